"""A shop whose payments go to a Stripe played on loopback."""

from collections.abc import Iterator

import pytest

from apps.customers.models import Customer
from apps.merchants.models import Merchant
from apps.payments.models import PaymentAccount
from tests import factories

from .desk import NAME, Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    played = Desk()
    yield played
    played.close()


@pytest.fixture
def ana(in_scope: Merchant, desk: Desk) -> Customer:
    """A shopper of a shop that takes payments."""
    PaymentAccount.objects.create(merchant=in_scope, provider="stripe", name=NAME, config=desk.config)
    return factories.customer(in_scope)
