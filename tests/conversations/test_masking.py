"""Card numbers are masked; everything else that is long and made of digits is left alone."""

from typing import Any

import pytest

from apps.conversations.actions import mask_cards
from apps.conversations.actions.masking import clean_event

from .people import event


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("4242424242424242", "•••• 4242"),
        ("my card: 4242 4242 4242 4242, exp 12/29", "my card: •••• 4242, exp 12/29"),
        ("4242-4242-4242-4242 cvc 123", "•••• 4242 cvc 123"),
        ("4242.4242.4242.4242", "•••• 4242"),
        ("3782 822463 10005", "•••• 0005"),
        ("5555555555554444 and 4000056655665556", "•••• 4444 and •••• 5556"),
        ("４２４２４２４２４２４２４２４２", "•••• 4242"),
        ("4242 4242 4242 4242 12 29 123", "•••• 4242 12 29 123"),
        ("4222222222222", "•••• 2222"),
        ("4242\n4242\n4242\n4242", "•••• 4242"),
        ("4242–4242—4242‑4242", "•••• 4242"),
        ("4242−4242−4242−4242", "•••• 4242"),
        ("4242   4242   4242   4242", "•••• 4242"),
        ("4242\u200b4242\u200b4242\u200b4242", "•••• 4242"),
        ("4242, 4242, 4242, 4242", "•••• 4242"),
        ("4242|4242|4242|4242, thanks", "•••• 4242, thanks"),
        ("4242:4242:4242:4242", "•••• 4242"),
        ("4242*4242*4242*4242", "•••• 4242"),
        ("3782 / 822463 / 10005", "•••• 0005"),
        ("+4242424242424242", "+•••• 4242"),
        ("+4242 4242 4242 4242", "+•••• 4242"),
        ("4\ufe0f\u20e32\ufe0f\u20e3" * 8, "•••• 4242\ufe0f\u20e3"),
    ],
)
def test_card_numbers_keep_their_last_four(said: str, kept: str) -> None:
    assert mask_cards(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "4242424242424241",  # does not add up
        "+49 151 2345 6789",
        "+4915123456789",
        "order K7QM-2XPD",
        "00340434292135100186",  # a parcel
        "1234567812345670",  # adds up, but no card begins with 1
        "I want 12 of 5, 3 of 7 and 2 of 9",
        "10115 Berlin, 12.11.2026, 09:30",
        "+4242424242422",  # adds up, and is a phone number
        "2026, 2027, 2028 or 2033",
        "1, 2, 3, 4, 5, 6, 7, 8, 9",
    ],
)
def test_other_numbers_are_left_alone(said: str) -> None:
    assert mask_cards(said) == said


def test_ids_keep_their_digits() -> None:
    card = "4242424242424242"
    cleaned: Any = clean_event(event(text=card, user=card, data={"ad": card, "note": card, "items": [{"sku": card}]}))
    assert (cleaned.text, cleaned.external_user_id) == ("•••• 4242", card)
    assert cleaned.data == {"ad": card, "note": "•••• 4242", "items": [{"sku": card}]}
