"""The shop in a terminal: every line is answered before the next is read."""

import io

import pytest
from django.core.management import call_command

from apps.gateway.loop import drain
from apps.gateway.management.commands import chat
from apps.merchants.models import Merchant


def test_a_line_that_a_worker_beside_it_has_taken_is_waited_for(
    merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def taken_by_another() -> int:
        looks.append(len(looks))
        return drain() if len(looks) % 2 == 0 else 0  # at the first look the other one is at it

    monkeypatch.setattr(chat, "drain", taken_by_another)
    monkeypatch.setattr("sys.stdin", io.StringIO("hello\n\nDeutsch\n"))
    heard = io.StringIO()
    call_command("chat", merchant=merchant.slug, stdout=heard)
    first, second = (heard.getvalue().index(words) for words in ("Hello, I am", "Deutsch"))
    assert (first < second, looks) == (True, [0, 1, 2, 3])
