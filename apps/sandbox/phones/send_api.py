"""What the phones of Messenger and Instagram share: quick replies, cards, buttons on them."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _

from .. import bubbles, files, formatting
from ..accounts import Account
from ..files import File
from ..platforms.send_api import SendApi
from ..store import Store
from .phone import NotPossible, Phone, file_shown, local, new_bubble

LIKE = 369239263222822  # the thumb beside the field, which is a sticker
NAMES = {"❤️": "love", "👍": "like", "👎": "dislike", "😂": "smile", "😮": "wow", "😢": "sad"}


class SendApiPhone(Phone):
    platform: ClassVar[SendApi]
    text_limit: ClassVar[int]
    samples: ClassVar[dict[str, str]] = {"audio": "voice.m4a", "sticker": "sticker.png"}

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        return self._send(store, account, shopper, {"text": text[: self.text_limit]}, {"text": text}, reply_to)

    def _send(
        self,
        store: Store,
        account: Account,
        shopper: str,
        message: dict[str, Any],
        shown: dict[str, Any],
        reply_to: str = "",
    ) -> int:
        mid = self.platform.new_mid()
        whole = {"mid": mid, **message, **({"reply_to": {"mid": reply_to}} if reply_to else {})}
        bubble = new_bubble(store, account, shopper, mid, shown)
        self.platform.tell_shop(store, account, shopper, {"message": whole}, bubble=bubble)
        return bubble

    def sends_file(self, store: Store, account: Account, shopper: str, file: File, caption: str, reply_to: str) -> int:
        """By an address of Meta's own that is open to whoever has it; a sticker is a picture with a number."""
        number = files.keep(store, account, file)
        url = files.address(account, self.platform.name, f"{self.platform.shelf}{number}/{file.name}")
        payload: dict[str, Any] = {"url": url}
        said: dict[str, Any] = {"text": caption} if caption else {}
        kind = file.sort
        if kind == "sticker":
            kind, payload["sticker_id"], said["sticker_id"] = "image", LIKE, LIKE
        said["attachments"] = [{"type": kind, "payload": payload}]
        return self._send(store, account, shopper, said, file_shown(file, number, caption), reply_to)

    def reacts(self, store: Store, account: Account, shopper: str, row: Any, emoji: str) -> None:
        what = (
            {"action": "react", "emoji": emoji, "reaction": NAMES.get(emoji, "other")}
            if emoji
            else {"action": "unreact"}
        )
        self._tell(store, account, shopper, "message_reactions", {"reaction": {"mid": row["wire_id"], **what}})

    def edits(self, store: Store, account: Account, shopper: str, row: Any, text: str) -> None:
        times = int(bubbles.body_of(row).get("edited", 1))
        edit = {"mid": row["wire_id"], "text": text[: self.text_limit], "num_edit": times}
        self._tell(store, account, shopper, self.platform.edit_field, {"message_edit": edit})

    def deletes(self, store: Store, account: Account, shopper: str, row: Any) -> None:
        taken_back = {"message": {"mid": row["wire_id"], "is_deleted": True}}
        self._tell(store, account, shopper, "messages", taken_back)

    def _tell(self, store: Store, account: Account, shopper: str, field: str, what: dict[str, Any]) -> None:
        if self.platform.tells(store, account, field):
            self.platform.tell_shop(store, account, shopper, what, is_in_order=True)

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        """A quick reply is a message with a payload; a button on a card is a postback, which is no message."""
        body = bubbles.body_of(row)
        for reply in body.get("quick_replies", []):
            if reply.get("payload") == value:
                message = {"text": reply["title"], "quick_reply": {"payload": value}}
                return self._send(store, account, shopper, message, {"text": reply["title"], "tapped": True})
        payload = body.get("attachment", {}).get("payload", {})
        for card in (payload, *payload.get("elements", [])):
            for button in card.get("buttons", []):
                if button.get("payload") == value:
                    mid = self.platform.new_mid()
                    bubble = new_bubble(store, account, shopper, mid, {"text": button["title"], "tapped": True})
                    postback = {"mid": mid, "title": button["title"], "payload": value}
                    self.platform.tell_shop(store, account, shopper, {"postback": postback}, bubble=bubble)
                    return bubble
        raise NotPossible(_("This message has no such button."))

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {"text": formatting.plain(body.get("text", ""))}
        kind, payload = body.get("attachment", {}).get("type", ""), body.get("attachment", {}).get("payload", {})
        if kind == "image":
            shown["image"] = local(payload["url"])
        elif kind in ("video", "audio", "file"):
            shown["file"] = {"name": kind, "url": local(payload["url"])}
        elif kind == "template":
            shown |= template_of(payload)
        replies = [{"label": reply["title"], "value": reply["payload"]} for reply in body.get("quick_replies", [])]
        if replies:
            shown["rows"] = [*shown.get("rows", []), *([reply] for reply in replies)]
        return shown


def template_of(payload: dict[str, Any]) -> dict[str, Any]:
    """The words of a button template, a card alone, or a row of cards."""
    elements = payload.get("elements", [payload])
    if len(elements) == 1:
        return card_of(elements[0])
    return {"cards": [card_of(element) for element in elements]}


def card_of(card: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"text": formatting.plain(card.get("text") or card.get("subtitle", ""))}
    if card.get("title"):
        shown["header"] = card["title"]
    if card.get("image_url"):
        shown["image"] = local(card["image_url"])
    shown["rows"] = [[_button(button)] for button in card.get("buttons", [])]
    return shown


def _button(button: dict[str, Any]) -> dict[str, Any]:
    where = {"url": local(button["url"])} if "url" in button else {"value": button["payload"]}
    return {"label": button["title"], **where}
