"""What came in, as plain data: the only thing of an event that a turn reads and that is kept with it."""

from typing import Any

from apps.conversations.actions import CODES
from apps.conversations.entries import LONGEST
from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.reading import items, mapping, text

from .forms import answers_of

MAX_TEXT = 4000
PICTURES = ("image", "video")
LONGEST_SKU = 64  # of ours
LONGEST_PHONE = 40
MOST_ROWS = 60  # of a basket: more than a cart has lines for


def inputs_of(events: list[ChannelEvent]) -> list[dict[str, Any]]:
    """The events as the bot reads them; a burst of texts is one text, and "Hi" beside a link is the link's."""
    inputs: list[dict[str, Any]] = []
    for event in events:
        item = input_of(event)
        if item is None:
            continue
        last = inputs[-1] if inputs else None
        if item["kind"] == "text" and last and last["kind"] == "text":
            last["text"] = f"{last['text']}\n{item['text']}"[:MAX_TEXT]
            if item.get("codes"):
                last["codes"] = [*last.get("codes", []), *item["codes"]]
            if item.get("about"):
                last["about"] = item["about"]
        elif item["kind"] == "text" and last and last["kind"] == "arrived" and len(item["text"]) <= 12:
            if item.get("about"):
                last["about"] = item["about"]
        else:
            inputs.append(item)
    return inputs


def _codes(event: ChannelEvent) -> dict[str, Any]:
    """What the codes in it are known by; the text has their endings alone."""
    found = [str(code["token"]) for code in event.data.get(CODES, ())]
    return {"codes": found} if found else {}


def _about(event: ChannelEvent) -> dict[str, Any]:
    """The number of the goods that the message is about, where the platform tells one."""
    number = text(mapping(event.data.get("product")).get("product_retailer_id"))
    return {"about": number[:LONGEST_SKU]} if number else {}


def _contact(event: ChannelEvent) -> dict[str, Any]:
    """The contact that was shared, the first with a number; whose it is only where the platform vouches for it."""
    cards = map(mapping, items(event.data.get("contacts")))
    shared = next((card for card in cards if text(card.get("phone"))), {})
    return {"phone": text(shared.get("phone"))[:LONGEST_PHONE], "is_own": shared.get("is_own") is True}


def _rows(event: ChannelEvent) -> list[dict[str, Any]]:
    """The rows of a platform's basket, as far as a cart could hold them."""
    named = ("sku", "unit_price", "currency")
    return [
        {**{name: text(row.get(name))[:LONGEST_SKU] for name in named}, "quantity": row.get("quantity")}
        for row in map(mapping, items(event.data.get("items"))[:MOST_ROWS])
    ]


def input_of(event: ChannelEvent) -> dict[str, Any] | None:
    """One event as the bot reads it; None for what is not for it."""
    match event.kind:
        case EventKind.MESSAGE if event.type == "link" and event.data.get(
            "story"
        ):  # the shop is shown in one of theirs
            return {"kind": "arrived", "token": ""}
        case EventKind.MESSAGE if event.type in ("", "text", "link"):
            return {"kind": "text", "text": event.text[:MAX_TEXT], **_codes(event), **_about(event)}
        case EventKind.MESSAGE if event.type in PICTURES:
            said = {"text": event.text[:MAX_TEXT], "id": event.external_event_id, **_about(event)}
            return {"kind": "media", "type": event.type, **said}
        case EventKind.MESSAGE if event.type == "location":  # where somebody is stays in their message
            return {"kind": "location", "id": event.external_event_id}
        case EventKind.MESSAGE if event.type == "contact":
            return {"kind": "contact", **_contact(event)}
        case EventKind.MESSAGE if event.text:
            return {"kind": "text", "text": event.text[:MAX_TEXT], **_codes(event)}
        case EventKind.MESSAGE:
            return {"kind": "media", "type": event.type}
        case EventKind.ORDER:
            return {"kind": "basket", "rows": _rows(event), "text": event.text[:MAX_TEXT]}
        case EventKind.FORM_SUBMIT:
            return {"kind": "form", "answers": answers_of(event)}
        case EventKind.ACCOUNT_LINKED:
            return {"kind": "account_linked"}
        case EventKind.CHOICE:
            return {"kind": "choice", "token": event.payload, "label": (event.label or event.text)[:200]}
        case EventKind.REFERRAL if event.data.get("source") == "story":  # what they said to it is a message of its own
            return None
        case EventKind.REFERRAL | EventKind.CONVERSATION_STARTED:
            ad = str(event.data.get("ad") or "")[:LONGEST]
            came = {"token": str(event.data.get("ref", ""))[:LONGEST], **({"ad": ad} if ad else {}), **_about(event)}
            return {"kind": "arrived", **came}
        case EventKind.CONSENT if event.granted is None:
            return {"kind": "help"}
        case EventKind.INTERNAL:
            return {"kind": "internal", **event.data}
    return None
