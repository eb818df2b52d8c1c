"""Viber on a shopper's phone."""

import base64
import hashlib
import html
import re
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from .. import bubbles, files, formatting
from ..accounts import Account
from ..files import Card, File, Place
from ..platforms import viber
from ..shoppers import Profile
from ..store import Store
from .phone import NotPossible, Phone, card_shown, file_shown, local, new_bubble, person, place_shown

TEXT_LIMIT = 7000
COLUMNS = 6


class Viber(Phone):
    kind = "viber"
    label = "Viber"
    place = 6
    can = frozenset({"image", "video", "file", "sticker", "location", "contact"})
    samples: ClassVar[dict[str, str]] = {"sticker": "sticker.png"}

    def name_of(self, profile: Profile) -> str:
        return base64.b64encode(hashlib.sha256(profile.key.encode()).digest()[:15]).decode().replace("/", "x")

    def line(self, account: Account) -> str:
        return f"viber://pa?chatURI={account.config.get('chat_uri', '')}"

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        return self._send(store, account, shopper, {"type": "text", "text": text[:TEXT_LIMIT]}, {"text": text})

    def sends_file(self, store: Store, account: Account, shopper: str, file: File, caption: str, reply_to: str) -> int:
        number = files.keep(store, account, file)
        url = files.address(account, "viber", f"{viber.Viber.shelf}{number}/{file.name}")
        forms: dict[str, dict[str, Any]] = {
            "image": {"type": "picture", "thumbnail": url, **({"text": caption} if caption else {})},
            "video": {
                "type": "video",
                "thumbnail": url,
                "duration": round(file.seconds) or 1,
                "size": len(file.content),
            },
            "file": {"type": "file", "file_name": file.name, "file_size": len(file.content)},
            "sticker": {"type": "sticker", "sticker_id": 46105},
        }
        told = forms[file.sort]
        return self._send(store, account, shopper, {"media": url, **told}, file_shown(file, number, caption))

    def sends_place(self, store: Store, account: Account, shopper: str, place: Place, reply_to: str) -> int:
        where = {"lat": place.latitude, "lon": place.longitude, "address": place.address}
        return self._send(store, account, shopper, {"type": "location", "location": where}, place_shown(place))

    def sends_card(self, store: Store, account: Account, shopper: str, card: Card, reply_to: str) -> int:
        contact = {"name": card.name, "phone_number": card.phone, "avatar": ""}
        return self._send(store, account, shopper, {"type": "contact", "contact": contact}, card_shown(card))

    def opens(self, store: Store, account: Account, shopper: str, context: str = "") -> None:
        """By a link or the account's page: that alone makes nobody a subscriber, and one message may come."""
        row = person(store, account, shopper)
        store.set_setting(f"viber_welcome:{account.name}:{shopper}", 1)
        started = {"event": "conversation_started", "type": "open", "user": viber.person_of(row), "subscribed": False}
        viber.tell_shop(store, account, {**started, **({"context": context} if context else {})}, shopper=shopper)

    def _send(
        self, store: Store, account: Account, shopper: str, message: dict[str, Any], shown: dict[str, Any]
    ) -> int:
        row, token = person(store, account, shopper), viber.new_token()
        if row["opted_out"]:
            raise NotPossible(_("This person left the bot. Let it in again first."))
        bubble = new_bubble(store, account, shopper, str(token), shown)
        said = {"event": "message", "silent": False, "sender": viber.person_of(row), "message": message}
        viber.tell_shop(store, account, said, shopper=shopper, token=token, bubble=bubble)
        return bubble

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        """A key sends its words in the shopper's name, or their place or number."""
        body = bubbles.body_of(row)
        for key in _keys(body):
            if key.get("ActionBody") != value or key.get("ActionType") in ("open-url", "none"):
                continue
            label = _bare(key.get("Text", "")) or _label_of(body, value)
            shown = {"text": label, "tapped": True}
            if key.get("ActionType") == "location-picker":
                place = {"lat": 52.52, "lon": 13.405}
                return self._send(store, account, shopper, {"type": "location", "location": place}, shown)
            if key.get("ActionType") == "share-phone":
                contact = {"name": "", "phone_number": "447700900101"}
                return self._send(store, account, shopper, {"type": "contact", "contact": contact}, shown)
            return self._send(store, account, shopper, {"type": "text", "text": value}, shown)
        raise NotPossible(_("This message has no such button."))

    def reads(self, store: Store, account: Account, shopper: str, rows: list[Any]) -> None:
        for row in rows:
            seen = {"event": "seen", "user_id": shopper}
            viber.tell_shop(store, account, seen, shopper=shopper, token=int(row["wire_id"]), delay=0.4)

    def blocked(self, store: Store, account: Account, shopper: str, *, blocked: bool) -> None:
        left = {"event": "unsubscribed", "user_id": shopper}
        joined = {"event": "subscribed", "user": viber.person_of(person(store, account, shopper))}
        viber.tell_shop(store, account, left if blocked else joined, shopper=shopper)

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {"text": formatting.plain(body.get("text", ""))}
        if body.get("type") == "picture":
            shown["image"] = local(body["media"])
        if body.get("type") in ("video", "file", "url"):
            shown["file"] = {"name": body.get("file_name") or body["type"], "url": local(body["media"])}
        rows = _lines((body.get("keyboard") or {}).get("Buttons", []))
        if body.get("type") == "rich_media":
            shown = {"cards": _cards(body["rich_media"])}
        return {**shown, "rows": rows} if rows else shown


def _keys(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Cards stay in the thread; a keyboard is there while its message is the latest."""
    rich, keyboard = body.get("rich_media") or {}, body.get("keyboard") or {}
    return [*rich.get("Buttons", []), *keyboard.get("Buttons", [])]


def _bare(words: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", words.replace("<br>", "\n")))


def _label_of(body: dict[str, Any], value: str) -> str:
    """What the key that does the same is called: a card's picture has no words of its own."""
    return next((_bare(key["Text"]) for key in _keys(body) if key.get("ActionBody") == value and key.get("Text")), "")


def _lines(keys: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Keys beside each other as long as six columns hold them."""
    lines: list[list[dict[str, Any]]] = []
    used = COLUMNS
    for key in keys:
        columns = key.get("Columns", COLUMNS)
        if used + columns > COLUMNS:
            lines.append([])
            used = 0
        used += columns
        label = _bare(key.get("Text", ""))
        is_link = key.get("ActionType") == "open-url"
        lines[-1].append(
            {"label": label, **({"url": local(key["ActionBody"])} if is_link else {"value": key["ActionBody"]})}
        )
    return lines


def _cards(rich: dict[str, Any]) -> list[dict[str, Any]]:
    """Cards side by side: a picture, words and keys each, told as one list of keys that fills card after card."""
    columns, height = rich.get("ButtonsGroupColumns", COLUMNS), rich.get("ButtonsGroupRows", 7)
    cards: list[dict[str, Any]] = []
    used = columns * height
    for key in rich["Buttons"]:
        if used >= columns * height:
            cards.append({"rows": []})
            used = 0
        used += key.get("Columns", columns) * key.get("Rows", 1)
        card = cards[-1]
        if key.get("Image"):
            card["image"] = local(key["Image"])
        elif key.get("ActionType") == "none":
            card["text"] = formatting.plain(_bare(key.get("Text", "")))
        else:
            card["rows"].append([{"label": _bare(key.get("Text", "")), "value": key["ActionBody"]}])
    return cards
