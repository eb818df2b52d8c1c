"""People a shopper passes on in WhatsApp, in our shape: name and first number of each.

https://developers.facebook.com/docs/whatsapp/cloud-api/messages/contacts-messages
"""

from typing import Any

from apps.messaging.contacts import contact
from apps.messaging.reading import items, mapping, text

MOST = 20


def contacts_of(part: Any, base: dict[str, Any]) -> list[dict[str, Any]]:
    """`base` is what the message says of who sent it: a number that WhatsApp knows them by is their own."""
    own = {number for key in ("wa_id", "phone") if (number := base["aliases"].get(key, "").lstrip("+"))}
    return [_contact(mapping(card), own) for card in items(part)[:MOST]]


def _contact(card: dict[str, Any], own: set[str]) -> dict[str, Any]:
    name = mapping(card.get("name"))
    words = text(name.get("formatted_name")) or text(name.get("first_name"))
    phones = [mapping(phone) for phone in items(card.get("phones"))]
    first = phones[0] if phones else {}
    known = text(first.get("wa_id"))
    if known in own:  # what else stands on the card is whatever somebody wrote there, and no number that is vouched for
        return contact(words, f"+{known}", is_own=True)
    return contact(words, text(first.get("phone")) or known)
