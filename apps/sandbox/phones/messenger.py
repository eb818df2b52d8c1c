"""Messenger on a shopper's phone."""

from typing import Any

from django.utils.translation import gettext as _

from .. import bubbles, formatting
from ..accounts import Account
from ..platforms import messenger
from ..shoppers import Profile
from ..store import Store
from .phone import NotPossible, Phone, local, new_bubble

TEXT_LIMIT = 2000


class Messenger(Phone):
    kind = "messenger"
    label = "Messenger"
    place = 2

    def name_of(self, profile: Profile) -> str:
        return f"70{profile.telegram_id}0000"

    def line(self, account: Account) -> str:
        return f"m.me/{account.config.get('username') or account.config.get('page_id', '')}"

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        return self._send(store, account, shopper, {"text": text[:TEXT_LIMIT]}, {"text": text}, reply_to)

    def _send(
        self,
        store: Store,
        account: Account,
        shopper: str,
        message: dict[str, Any],
        shown: dict[str, Any],
        reply_to: str = "",
    ) -> int:
        mid = messenger.new_mid()
        whole = {"mid": mid, **message, **({"reply_to": {"mid": reply_to}} if reply_to else {})}
        bubble = new_bubble(store, account, shopper, mid, shown)
        messenger.tell_shop(store, account, shopper, {"message": whole}, bubble=bubble)
        return bubble

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
                    mid = messenger.new_mid()
                    bubble = new_bubble(store, account, shopper, mid, {"text": button["title"], "tapped": True})
                    postback = {"mid": mid, "title": button["title"], "payload": value}
                    messenger.tell_shop(store, account, shopper, {"postback": postback}, bubble=bubble)
                    return bubble
        raise NotPossible(_("This message has no such button."))

    def reads(self, store: Store, account: Account, shopper: str, rows: list[Any]) -> None:
        if rows:
            news = {"watermark": int(store.now() * 1000)}
            messenger.tell_shop(store, account, shopper, {"read": news}, delay=0.4)

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {"text": formatting.plain(body.get("text", ""))}
        kind, payload = body.get("attachment", {}).get("type", ""), body.get("attachment", {}).get("payload", {})
        if kind == "image":
            shown["image"] = local(payload["url"])
        elif kind in ("video", "audio", "file"):
            shown["file"] = {"name": kind, "url": local(payload["url"])}
        elif kind == "template":
            shown |= card_of(payload)
        replies = [{"label": reply["title"], "value": reply["payload"]} for reply in body.get("quick_replies", [])]
        if replies:
            shown["rows"] = [*shown.get("rows", []), *([reply] for reply in replies)]
        return shown


def card_of(payload: dict[str, Any]) -> dict[str, Any]:
    """The words of a button template, or the first card of a row of them; ours have one."""
    card = payload.get("elements", [payload])[0]
    shown: dict[str, Any] = {"text": formatting.plain(card.get("text") or card.get("subtitle", ""))}
    if card.get("title"):
        shown["header"] = card["title"]
    if card.get("image_url"):
        shown["image"] = local(card["image_url"])
    shown["rows"] = [
        [
            {
                "label": button["title"],
                **({"url": local(button["url"])} if "url" in button else {"value": button["payload"]}),
            }
        ]
        for button in card.get("buttons", [])
    ]
    return shown
