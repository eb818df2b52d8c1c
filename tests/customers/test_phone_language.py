"""The language a phone number hints at, among the shop's own."""

from typing import Any

import pytest

from apps.customers.actions import identify
from apps.customers.phone_language import language_of_phone
from tests.factories import channel_account

LANGUAGES = ("en", "de", "es", "zh-hans")


@pytest.mark.parametrize(
    ("phone", "language"),
    [
        ("4917612345678", "de"),
        ("+4917612345678", "de"),
        ("+436641234567", "de"),
        ("+41791234567", "de"),
        ("+34600123456", "es"),
        ("+5215512345678", "es"),  # Mexico and the United States speak theirs in fact, not by law
        ("+12025550105", "en"),
        ("+447700900101", "en"),
        ("+8613800100104", "zh-hans"),
        ("+85290000000", "zh-hans"),
        ("+33612345678", ""),
        ("+999123456", ""),
        ("MYSHOP", ""),
        ("12345", ""),
        ("", ""),
    ],
)
def test_the_first_official_language_the_shop_speaks(phone: str, language: str) -> None:
    assert language_of_phone(phone, LANGUAGES) == language


def test_only_the_shops_languages_are_spoken() -> None:
    assert [language_of_phone("+41791234567", mine) for mine in (["fr", "en"], ["it"], ["en"])] == ["fr", "it", ""]


def test_a_newcomer_is_taken_to_speak_as_at_home_unless_the_platform_knows_better(in_scope: Any, merchant: Any) -> None:
    phone, chat = channel_account(merchant, "whatsapp"), channel_account(merchant, "telegram")
    jonas = identify(phone, "DE.1", phone="4917612345678")
    emma = identify(chat, "77", phone="4917612345678", language="en")
    hidden = identify(phone, "US.1")
    assert [one.customer.language for one in (jonas, emma, hidden)] == ["de", "en", ""]


def test_whoever_is_known_keeps_their_language(in_scope: Any, merchant: Any) -> None:
    account = channel_account(merchant, "whatsapp")
    identify(account, "US.1")
    assert identify(account, "US.1", phone="4917612345678").customer.language == ""
