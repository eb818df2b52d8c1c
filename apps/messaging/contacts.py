"""A person somebody passes on: `{"name", "phone", "is_own"}`, the same on every channel, in `data["contacts"]`."""

from typing import Any

from .events import MediaRef

VCARDS = ("text/vcard", "text/x-vcard", "text/directory")  # media types of a card in a file: RFC 6350, and older names


def contact(name: str, phone: str = "", *, is_own: bool = False) -> dict[str, Any]:
    """`is_own` only where the platform proves that it is the sender's own number."""
    return {"name": name, "phone": phone, "is_own": is_own}


def sort_of(media: tuple[MediaRef, ...]) -> dict[str, Any]:
    """The type of a message with these files; of nothing but cards it is a contact, and who that is stands in the card."""
    first = next((one for one in media if one.mime.partition(";")[0].lower() not in VCARDS), None)
    if first is None:
        return {"type": "contact", "data": {"contacts": [contact("") for _card in media]}}
    return {"type": first.media_type}
