"""RCS on a shopper's phone: the messages app, with an agent in it."""

from typing import Any

from django.utils.translation import gettext as _

from .. import bubbles, formatting
from ..accounts import Account
from ..platforms import rbm
from ..shoppers import Profile
from ..store import Store
from ..wire import new_id
from .phone import NotPossible, Phone, local, new_bubble

TEXT_LIMIT = 3072


class Rcs(Phone):
    kind = "rcs"
    label = "RCS"
    place = 5

    def name_of(self, profile: Profile) -> str:
        return profile.phone

    def line(self, account: Account) -> str:
        return str(account.config.get("agent_id", ""))

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        return self._send(store, account, shopper, {"text": text[:TEXT_LIMIT]}, {"text": text})

    def _send(
        self, store: Store, account: Account, shopper: str, message: dict[str, Any], shown: dict[str, Any]
    ) -> int:
        name = new_id("Mx", 24)
        bubble = new_bubble(store, account, shopper, name, shown)
        whole = {"senderPhoneNumber": shopper, "messageId": name, "sendTime": rbm.stamp(store.now()), **message}
        rbm.tell_shop(store, account, whole, lane=f"rcs:{account.name}:{shopper}", bubble=bubble)
        return bubble

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        """A suggestion is answered with its label and its postback; sharing a place sends one as well."""
        for kind, one in suggestions_of(bubbles.body_of(row)):
            if one["postbackData"] == value:
                answer = {"postbackData": value, "text": one["text"], "type": kind.upper()}
                shown = {"text": one["text"], "tapped": True}
                bubble = self._send(store, account, shopper, {"suggestionResponse": answer}, shown)
                if "shareLocationAction" in one:
                    place = {"location": {"latitude": 52.520008, "longitude": 13.404954}}
                    self._send(store, account, shopper, place, {"text": "📍 52.520008, 13.404954"})
                return bubble
        raise NotPossible(_("This message has no such button."))

    def reads(self, store: Store, account: Account, shopper: str, rows: list[Any]) -> None:
        for row in rows:
            news = {"senderPhoneNumber": shopper, "messageId": row["wire_id"], "eventType": "READ"}
            rbm.tell_shop(store, account, {**news, "sendTime": rbm.stamp(store.now())}, delay=0.4)

    def blocked(self, store: Store, account: Account, shopper: str, *, blocked: bool) -> None:
        word = "UNSUBSCRIBE" if blocked else "SUBSCRIBE"
        news = {"senderPhoneNumber": shopper, "eventType": word, "sendTime": rbm.stamp(store.now())}
        rbm.tell_shop(store, account, news)

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {"text": formatting.plain(body.get("text", ""))}
        rich = body.get("richCard", {})
        cards = rich.get("carouselCard", {}).get("cardContents") or []
        if "standaloneCard" in rich:
            shown |= _card_of(rich["standaloneCard"]["cardContent"])
        elif cards:
            shown |= _carousel_of(cards)
        elif "contentInfo" in body:
            shown |= _file_of(body["contentInfo"]["fileUrl"])
        below = suggestions_of(body) if not cards else _named(body.get("suggestions", []))
        rows = [[_key(kind, one)] for kind, one in below]
        return {**shown, "rows": rows} if rows else shown


def suggestions_of(body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """("reply" or "action", what is on it), those on cards first, as they are shown."""
    rich = body.get("richCard", {})
    cards = [*rich.get("carouselCard", {}).get("cardContents", [])]
    cards += [rich["standaloneCard"]["cardContent"]] if "standaloneCard" in rich else []
    listed = [*(one for card in cards for one in card.get("suggestions", [])), *body.get("suggestions", [])]
    return _named(listed)


def _named(listed: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [next(iter(one.items())) for one in listed]


def _key(kind: str, one: dict[str, Any]) -> dict[str, Any]:
    if "openUrlAction" in one:
        return {"label": one["text"], "url": local(one["openUrlAction"]["url"])}
    return {"label": one["text"], "value": one["postbackData"]}


def _card_of(card: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"text": formatting.plain(card.get("description", ""))}
    if card.get("title"):
        shown["header"] = card["title"]
    if "media" in card:
        shown["image"] = local(card["media"]["contentInfo"]["fileUrl"])
    return shown


def _carousel_of(cards: list[dict[str, Any]]) -> dict[str, Any]:
    """Side by side, each with its own buttons."""
    shown = [
        {**_card_of(card), "rows": [[_key(kind, one)] for kind, one in _named(card.get("suggestions", []))]}
        for card in cards
    ]
    return {"cards": shown}


def _file_of(address: str) -> dict[str, Any]:
    name = address.partition("?")[0].rpartition("/")[2]
    is_picture = name.rpartition(".")[2].lower() in ("jpg", "jpeg", "png", "gif", "webp")
    return {"image": local(address)} if is_picture else {"file": {"name": name, "url": local(address)}}
