"""What cannot be told after a commit is logged, whatever kind of thing it was, and nothing else stops."""

from functools import partial
from typing import Any

import pytest
from django.db import transaction
from django.dispatch import Signal

from apps.merchants.afterwards import after_commit
from apps.merchants.models import Merchant
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def _fails(*args: Any, **kwargs: Any) -> None:
    raise ConnectionError("nobody there")


@pytest.mark.parametrize("tell", [_fails, partial(_fails, 1), Signal().send])
def test_a_failed_telling_stops_nothing(tell: Any, caplog: Any) -> None:
    told: list[str] = []
    with transaction.atomic():
        made = factories.merchant("one")
        after_commit(tell)
        after_commit(told.append, "after")
    assert Merchant.objects.filter(pk=made.pk).exists()
    assert told == ["after"]
    assert "Error calling" in caplog.text


def test_nothing_is_told_of_what_was_undone() -> None:
    told: list[str] = []
    with transaction.atomic():
        after_commit(told.append, "never")
        transaction.set_rollback(True)
    assert told == []
