"""Apple Messages on a shopper's phone."""

import uuid
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from .. import bubbles, files, formatting, shoppers
from ..accounts import Account
from ..files import Card, File
from ..formatting import words_in
from ..platforms import apple
from ..platforms.apple_rules import EXTENSION
from ..shoppers import Profile
from ..store import Store
from .phone import FILES, NotPossible, Phone, card_shown, file_shown, local, new_bubble

IN_THE_TEXT = "\ufffc"
TAPBACKS = {"❤️": "Loved", "👍": "Liked", "👎": "Disliked", "😂": "Laughed at"}
TAKEN_OFF = {
    "❤️": "Removed a heart from", "👍": "Removed a like from", "👎": "Removed a dislike from", "😂": "Removed a laugh from",
}  # fmt: skip


class Apple(Phone):
    kind = "apple"
    label = "Apple Messages"
    place = 9
    can = FILES | {"contact", "react", "type"}
    samples: ClassVar[dict[str, str]] = {"audio": "voice.amr"}

    def name_of(self, profile: Profile) -> str:
        return f"urn:mbid:AQAAY{profile.telegram_id}"

    def line(self, account: Account) -> str:
        return _("Business chat")

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        shoppers.set_opted_out(store, platform="apple", account=account.name, external_id=shopper, opted_out=False)
        return self._send(store, account, shopper, {"body": text}, {"text": text})

    def _send(self, store: Store, account: Account, shopper: str, what: dict[str, Any], shown: dict[str, Any]) -> int:
        name = str(uuid.uuid4())
        bubble = new_bubble(store, account, shopper, name, shown)
        apple.tell_shop(store, account, shopper, "text", what, bubble=bubble, name=name)
        return bubble

    def sends_file(self, store: Store, account: Account, shopper: str, file: File, caption: str, reply_to: str) -> int:
        """Put up encrypted; a mark in the text says where it belongs."""
        told = apple.put_by_shopper(store, account, file.content, name=file.name, mime=file.mime)
        said = {"body": f"{IN_THE_TEXT}{caption}", "attachments": [told]}
        number = files.keep(store, account, file)
        return self._send(store, account, shopper, said, file_shown(file, number, caption))

    def sends_card(self, store: Store, account: Account, shopper: str, card: Card, reply_to: str) -> int:
        file = card.vcard()
        told = apple.put_by_shopper(store, account, file.content, name=file.name, mime=file.mime)
        return self._send(store, account, shopper, {"body": IN_THE_TEXT, "attachments": [told]}, card_shown(card))

    def reacts(self, store: Store, account: Account, shopper: str, row: Any, emoji: str) -> None:
        """Comes as words of the phone's, with the words it is about."""
        quoted = words_in(self.draw(account, bubbles.body_of(row)))
        said = TAPBACKS.get(emoji) or f"Reacted {emoji} to"
        if not emoji:
            taken_off = str(bubbles.body_of(row).get("reacted", ""))
            said = TAKEN_OFF.get(taken_off) or f"Removed {taken_off} from"
        apple.tell_shop(store, account, shopper, "text", {"body": f"{said} “{quoted}”"})

    def types(self, store: Store, account: Account, shopper: str) -> None:
        apple.tell_shop(store, account, shopper, "typing_start", {})

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        """A quick reply names what was picked; a list comes back with that row alone."""
        data = bubbles.body_of(row).get("interactiveData", {}).get("data", {})
        quick = data.get("quick-reply", {})
        for place, item in enumerate(quick.get("items", [])):
            if item["identifier"] == value:
                picked = {**quick, "selectedIndex": place, "selectedIdentifier": value}
                return self._picks(store, account, shopper, data, {"quick-reply": picked}, item)
        for section in data.get("listPicker", {}).get("sections", []):
            for item in section["items"]:
                if item["identifier"] == value:
                    picked = {"sections": [{**section, "items": [item]}]}
                    return self._picks(store, account, shopper, data, {"listPicker": picked}, item)
        raise NotPossible(_("This message has no such button."))

    def _picks(
        self,
        store: Store,
        account: Account,
        shopper: str,
        asked: dict[str, Any],
        picked: dict[str, Any],
        item: dict[str, Any],
    ) -> int:
        shown = {"text": item["title"], "detail": item.get("subtitle", ""), "tapped": True}
        name = str(uuid.uuid4())
        bubble = new_bubble(store, account, shopper, name, shown)
        data = {"version": "1.0", "requestIdentifier": asked["requestIdentifier"], **picked}
        whole = {"interactiveData": {"bid": EXTENSION, "data": data, "sessionIdentifier": str(uuid.uuid4())}}
        apple.tell_shop(store, account, shopper, "interactive", whole, bubble=bubble, name=name)
        return bubble

    def blocked(self, store: Store, account: Account, shopper: str, *, blocked: bool) -> None:
        """The thread is deleted, which closes it; of coming back nothing is told until they write."""
        if blocked:
            apple.tell_shop(store, account, shopper, "close", {})

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        if body["type"] == "interactive":
            return _choices(body["interactiveData"])
        files = body.get("shown", [])
        if body["type"] == "richLink":
            link = {"label": body["richLinkData"]["title"], "url": local(body["richLinkData"]["url"])}
            return {"text": formatting.plain(""), "image": _at(files[0]), "rows": [[link]]}
        shown: dict[str, Any] = {"text": formatting.plain(body["body"].replace(IN_THE_TEXT, "").strip())}
        for file in files:
            if file["mime"].startswith("image/"):
                shown["image"] = _at(file)
            else:
                shown["file"] = {"name": file["name"], "url": _at(file)}
        return shown


def _at(file: dict[str, str]) -> str:
    return f"/sandbox/api/apple/shown/{file['at']}"


def _choices(part: dict[str, Any]) -> dict[str, Any]:
    data = part["data"]
    if "quick-reply" in data:
        quick = data["quick-reply"]
        rows = [[{"label": item["title"], "value": item["identifier"]}] for item in quick["items"]]
        return {"text": formatting.plain(quick["summaryText"]), "rows": rows}
    sections = [
        {
            "title": section["title"],
            "rows": [
                {"label": item["title"], "detail": item.get("subtitle", ""), "value": item["identifier"]}
                for item in section["items"]
            ],
        }
        for section in data["listPicker"]["sections"]
    ]
    bubble = part["receivedMessage"]
    button = bubble.get("subtitle") or bubble["title"]
    return {"text": formatting.plain(bubble["title"]), "list": {"button": button, "sections": sections}}
