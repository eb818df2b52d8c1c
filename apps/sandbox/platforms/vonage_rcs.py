"""RCS in Vonage's words and in Google's: what a shop sends is shown as Google shows it, what a phone says is told as Vonage
tells it (developer.vonage.com/en/api/messages, "RCS")."""

from typing import Any

from ..accounts import Account
from ..files import File, address

ORIENTATION, WIDTH = "card_orientation", "card_width"
VCARDS = ("text/vcard", "text/x-vcard")


def content_of(call: dict[str, Any]) -> dict[str, Any]:
    """The `contentMessage` this call stands for. Raises `KeyError`, `TypeError`, `AttributeError` where it lacks something."""
    form = call["message_type"]
    below = {"suggestions": [_suggestion(one) for one in call["suggestions"]]} if call.get("suggestions") else {}
    looks = call.get("rcs") or {}
    if form == "text":
        return {"text": call["text"], **below}
    if form == "card":
        card = {"cardOrientation": looks.get(ORIENTATION, "VERTICAL"), "cardContent": _card(call["card"])}
        return {"richCard": {"standaloneCard": card}, **below}
    if form == "carousel":
        cards = [_card(card) for card in call["carousel"]["cards"]]
        row = {"cardWidth": looks.get(WIDTH, "MEDIUM"), "cardContents": cards}
        return {"richCard": {"carouselCard": row}, **below}
    if form == "custom":
        found: dict[str, Any] = call["custom"]["contentMessage"]
        return dict(found)
    return {"contentInfo": {"fileUrl": call[form]["url"]}, **below}


def _card(card: dict[str, Any]) -> dict[str, Any]:
    media = {"height": card.get("media_height", "MEDIUM"), "contentInfo": {"fileUrl": card["media_url"]}}
    shown: dict[str, Any] = {"title": card["title"], "description": card["text"], "media": media}
    if card.get("suggestions"):
        shown["suggestions"] = [_suggestion(one) for one in card["suggestions"]]
    return shown


def _suggestion(one: dict[str, Any]) -> dict[str, Any]:
    told = {"text": one["text"], "postbackData": one["postback_data"]}
    if one["type"] == "reply":
        return {"reply": told}
    action = {"openUrlAction": {"url": one["url"]}} if one["type"] == "open_url" else {"shareLocationAction": {}}
    return {"action": {**told, **action}}


def told_of(account: Account, message: dict[str, Any], file: File | None, number: str) -> dict[str, Any]:
    """What the phone says in Google's words (see `phones.rcs`), in Vonage's."""
    if tapped := message.get("suggestionResponse"):
        if tapped["type"] == "REPLY":
            return {"message_type": "reply", "reply": {"id": tapped["postbackData"], "title": tapped["text"]}}
        return {"message_type": "button", "button": {"payload": tapped["postbackData"], "text": tapped["text"]}}
    if place := message.get("location"):
        return {"message_type": "location", "location": {"lat": place["latitude"], "long": place["longitude"]}}
    if file is None:
        return {"message_type": "text", "text": message["text"]}
    kind = "vcard" if file.mime in VCARDS else file.sort
    shown = {"url": address(account, "vonage", f"v3/media/{number}"), "name": file.name, "size": str(len(file.content))}
    return {"message_type": kind, kind: {**shown, **({"caption": message["text"]} if message.get("text") else {})}}
