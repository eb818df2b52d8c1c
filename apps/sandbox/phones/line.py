"""LINE on a shopper's phone."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from .. import bubbles, files, formatting
from ..accounts import Account
from ..files import STATION, File, Place
from ..platforms import line
from ..shoppers import Profile
from ..store import Store
from ..wire import new_id
from .phone import FILES, NotPossible, Phone, file_shown, local, new_bubble, person, place_shown

TEXT_LIMIT = 10_000
STICKER = {
    "stickerId": "52002738", "packageId": "11537", "stickerResourceType": "ANIMATION", "keywords": ["cony", "thanks"],
    "quoteToken": "q",
}  # fmt: skip
PLACE = "place"  # what the button that sends a place is named on a phone here


class Line(Phone):
    kind = "line"
    label = "LINE"
    place = 5
    can = FILES | {"sticker", "location", "quote", "edit", "delete"}
    samples: ClassVar[dict[str, str]] = {"audio": "voice.m4a", "sticker": "sticker.png"}
    place_sent = STATION

    def name_of(self, profile: Profile) -> str:
        return f"U{profile.telegram_id:032x}"

    def line(self, account: Account) -> str:
        return str(account.config.get("basic_id") or "LINE")

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        said = {"type": "text", "text": text[:TEXT_LIMIT], "quoteToken": "q", **_quoting(reply_to)}
        return self._sends(store, account, shopper, said, {"text": text})

    def sends_file(self, store: Store, account: Account, shopper: str, file: File, caption: str, reply_to: str) -> int:
        """Fetched by the message's own number; of a sticker there is no file, and words below a picture do not exist."""
        number = line.next_id(store)
        files.keep(store, account, file, number=number)
        here = {"contentProvider": {"type": "line"}}
        lasts = {"duration": round((file.seconds or 1) * 1000)}
        forms: dict[str, dict[str, Any]] = {
            "image": {"quoteToken": "q", **here},
            "audio": {**lasts, **here},
            "video": {**lasts, "quoteToken": "q", **here},
            "file": {"fileName": file.name, "fileSize": len(file.content)},
            "sticker": STICKER,
        }
        told = forms[file.sort]
        said = {"type": file.sort, **told, **_quoting(reply_to)}
        return self._sends(store, account, shopper, said, file_shown(file, number), number=number)

    def sends_place(self, store: Store, account: Account, shopper: str, place: Place, reply_to: str) -> int:
        return self._sends(store, account, shopper, {**_place(place), **_quoting(reply_to)}, place_shown(place))

    def edits(self, store: Store, account: Account, shopper: str, row: Any, text: str) -> None:
        message = {"id": row["wire_id"], "type": "text", "text": text[:TEXT_LIMIT], "quoteToken": "q"}
        line.tell_shop(store, account, shopper, {"type": "messageEdited", "message": message})

    def deletes(self, store: Store, account: Account, shopper: str, row: Any) -> None:
        """The file is gone with the message."""
        files.forget(store, row["wire_id"])
        what = {"type": "unsend", "unsend": {"messageId": row["wire_id"]}}
        line.tell_shop(store, account, shopper, what, has_token=False)

    def _sends(
        self, store: Store, account: Account, shopper: str, message: dict[str, Any], shown: dict[str, Any], *,
        number: str = "",
    ) -> int:  # fmt: skip
        if person(store, account, shopper)["opted_out"]:
            raise NotPossible(_("This person blocked the shop. Unblock it first."))
        number = number or line.next_id(store)
        bubble = new_bubble(store, account, shopper, number, shown)
        seen = new_id("", 40)
        store.set_setting(f"line_read:{account.name}:{seen}", number)
        what = {"type": "message", "message": {"id": number, "markAsReadToken": seen, **message}}
        line.tell_shop(store, account, shopper, what, bubble=bubble)
        return bubble

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        """What a button says is told as data; what the shopper is seen to say is the app's affair."""
        for action in _actions(bubbles.body_of(row)):
            if action["type"] == "location" and value == PLACE:
                shown = {"text": STATION.name, "tapped": True}
                return self._sends(store, account, shopper, _place(STATION), shown)
            if action.get("data") == value:
                said = action.get("displayText") or action["label"]
                bubble = new_bubble(store, account, shopper, line.next_id(store), {"text": said, "tapped": True})
                what = {"type": "postback", "postback": {"data": value}}
                line.tell_shop(store, account, shopper, what, bubble=bubble)
                return bubble
        raise NotPossible(_("This message has no such button."))

    def blocked(self, store: Store, account: Account, shopper: str, *, blocked: bool) -> None:
        if blocked:
            line.tell_shop(store, account, shopper, {"type": "unfollow"}, has_token=False)
        else:
            line.tell_shop(store, account, shopper, {"type": "follow", "follow": {"isUnblocked": True}})

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {"text": formatting.plain(body.get("text", ""))}
        match body["type"]:
            case "image":
                shown["image"] = local(body["originalContentUrl"])
            case "video" | "audio":
                shown["file"] = {"name": body["type"], "url": local(body["originalContentUrl"])}
            case "flex":
                shown |= _card(body["contents"])
            case "template":
                shown |= _panel(body["template"])
            case "location":
                shown["text"] = formatting.plain(f"{body['title']}\n{body['address']}")
        replies = [_key(item["action"]) for item in body.get("quickReply", {}).get("items", [])]
        if replies:
            shown["rows"] = [*shown.get("rows", []), *([reply] for reply in replies)]
        return shown


def _place(place: Place) -> dict[str, Any]:
    where = {"latitude": place.latitude, "longitude": place.longitude}
    return {"type": "location", "title": place.name, "address": place.address, **where}


def _quoting(reply_to: str) -> dict[str, str]:
    return {"quotedMessageId": reply_to} if reply_to else {}


def _parts(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything in a block of a bubble, boxes opened."""
    for part in block.get("contents", []) if block.get("type") == "box" else [block]:
        if part.get("type") == "box":
            yield from _parts(part)
        else:
            yield part


def _blocks(bubble: dict[str, Any]) -> list[dict[str, Any]]:
    return [part for name in ("header", "hero", "body", "footer") if name in bubble for part in _parts(bubble[name])]


def _card(bubble: dict[str, Any]) -> dict[str, Any]:
    parts = _blocks(bubble)
    words = [part for part in parts if part["type"] == "text"]
    header = words.pop(0)["text"] if words and words[0].get("weight") == "bold" else ""
    shown: dict[str, Any] = {"text": formatting.plain("\n".join(part["text"] for part in words))}
    if header:
        shown["header"] = header
    if picture := next((part for part in parts if part["type"] == "image"), None):
        shown["image"] = local(picture["url"])
    shown["rows"] = [[_key(part["action"])] for part in parts if part["type"] == "button"]
    return shown


def _panel(template: dict[str, Any]) -> dict[str, Any]:
    """The words of a template, or its first column's."""
    panel = template.get("columns", [template])[0]
    shown: dict[str, Any] = {"text": formatting.plain(panel.get("text", ""))}
    if panel.get("title"):
        shown["header"] = panel["title"]
    if panel.get("thumbnailImageUrl"):
        shown["image"] = local(panel["thumbnailImageUrl"])
    shown["rows"] = [[_key(action)] for action in panel.get("actions", [])]
    return shown


def _key(action: dict[str, Any]) -> dict[str, str]:
    if action["type"] == "uri":
        return {"label": action["label"], "url": local(action["uri"])}
    value = PLACE if action["type"] == "location" else action.get("data") or action.get("text", "")
    return {"label": action["label"], "value": value}


def _actions(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything on this message that can be tapped."""
    yield from (item["action"] for item in body.get("quickReply", {}).get("items", []))
    yield from (part["action"] for part in _blocks(body.get("contents", {})) if part.get("type") == "button")
    template = body.get("template", {})
    for panel in (template, *template.get("columns", [])):
        yield from panel.get("actions", [])
