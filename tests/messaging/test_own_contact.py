"""A card passed on in WhatsApp: its number is the sender's own only as far as WhatsApp vouches for it."""

from typing import Any

from apps.messaging.platforms.whatsapp.contacts import contacts_of

BASE = {"aliases": {"wa_id": "34600111222", "phone": "34600111222"}}


def card(phone: str, wa_id: str) -> list[dict[str, Any]]:
    return [{"name": {"formatted_name": "Pilar"}, "phones": [{"phone": phone, "wa_id": wa_id}]}]


def test_of_an_own_card_only_the_number_whatsapp_knows_is_vouched_for() -> None:
    (told,) = contacts_of(card("+49 151 99999999", "34600111222"), BASE)
    assert told == {"name": "Pilar", "phone": "+34600111222", "is_own": True}


def test_somebody_elses_card_says_what_stands_on_it() -> None:
    (told,) = contacts_of(card("+49 151 99999999", "4915199999999"), BASE)
    assert told == {"name": "Pilar", "phone": "+49 151 99999999", "is_own": False}
