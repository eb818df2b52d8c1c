"""RCS on a shopper's phone: the messages app, with an agent in it. Whoever carries it, the phone speaks Google's words."""

import uuid
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from .. import bubbles, files, formatting
from ..accounts import Account
from ..files import SQUARE, Card, File, Place
from ..platforms import rbm, twilio, vonage, vonage_rcs, vonage_webhooks
from ..shoppers import Profile
from ..store import Store
from ..wire import new_id
from .phone import FILES, NotPossible, Phone, card_shown, file_shown, local, new_bubble, place_shown
from .sms import kept_words

TEXT_LIMIT = 3072
PROVIDERS = {"google": "RCS", "vonage": "RCS (Vonage)", "twilio": "RCS (Twilio)"}


def provider_of(account: Account) -> str:
    return str(account.config.get("provider") or "google")


class Rcs(Phone):
    kind = "rcs"
    label = "RCS"
    place = 5
    can = FILES | {"location", "contact", "type"}
    samples: ClassVar[dict[str, str]] = {"audio": "voice.amr"}

    def name_of(self, profile: Profile) -> str:
        return profile.phone

    def line(self, account: Account) -> str:
        return str(account.config.get("agent_id", ""))

    def label_of(self, account: Account) -> str:
        return PROVIDERS[provider_of(account)]

    def abilities(self, account: Account) -> frozenset[str]:
        """That somebody is typing, Google alone tells."""
        return self.can if provider_of(account) == "google" else self.can - {"type"}

    def may_block(self, account: Account) -> bool:
        """Only Google tells of who unsubscribes; at the others they say STOP."""
        return provider_of(account) == "google"

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        return self._send(store, account, shopper, {"text": text[:TEXT_LIMIT]}, {"text": text})

    def _send(
        self, store: Store, account: Account, shopper: str, message: dict[str, Any], shown: dict[str, Any], *,
        file: File | None = None, number: str = "",
    ) -> int:  # fmt: skip
        """`message` in Google's words: text, suggestionResponse or location; of a file, what its carrier makes of it."""
        provider = provider_of(account)
        name = {"google": new_id("Mx", 24), "vonage": str(uuid.uuid4()), "twilio": new_id("SM", 32)}[provider]
        bubble = new_bubble(store, account, shopper, name, shown)
        if provider == "vonage":
            told = vonage_rcs.told_of(account, message, file, number)
            vonage_webhooks.hand_over_rcs(store, account, shopper, told, bubble=bubble, name=name)
        elif provider == "twilio":
            fields = _twilio_fields(message) | kept_words(store, account, shopper, message.get("text", ""))
            twilio.hand_over(store, account, shopper, fields, sid=name, bubble=bubble, file=file, number=number)
        else:
            head = {"senderPhoneNumber": shopper, "messageId": name, "sendTime": rbm.stamp(store.now())}
            whole = {**head, **message, **(_google_file(account, file, number) if file else {})}
            rbm.tell_shop(store, account, whole, lane=f"rcs:{account.name}:{shopper}", bubble=bubble)
        return bubble

    def sends_file(self, store: Store, account: Account, shopper: str, file: File, caption: str, reply_to: str) -> int:
        number = files.keep(store, account, file)
        said, shown = ({"text": caption} if caption else {}), file_shown(file, number, caption)
        return self._send(store, account, shopper, said, shown, file=file, number=number)

    def sends_place(self, store: Store, account: Account, shopper: str, place: Place, reply_to: str) -> int:
        where = {"latitude": place.latitude, "longitude": place.longitude}
        return self._send(store, account, shopper, {"location": where}, place_shown(place))

    def sends_card(self, store: Store, account: Account, shopper: str, card: Card, reply_to: str) -> int:
        file = card.vcard()
        number = files.keep(store, account, file)
        return self._send(store, account, shopper, {}, card_shown(card), file=file, number=number)

    def types(self, store: Store, account: Account, shopper: str) -> None:
        news = {"senderPhoneNumber": shopper, "eventType": "IS_TYPING", "sendTime": rbm.stamp(store.now())}
        rbm.tell_shop(store, account, news)

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        """A suggestion is answered with its label and its postback; sharing a place sends one as well."""
        for kind, one in suggestions_of(bubbles.body_of(row)):
            if one["postbackData"] == value:
                answer = {"postbackData": value, "text": one["text"], "type": kind.upper()}
                shown = {"text": one["text"], "tapped": True}
                bubble = self._send(store, account, shopper, {"suggestionResponse": answer}, shown)
                if "shareLocationAction" in one:
                    self.sends_place(store, account, shopper, SQUARE, "")
                return bubble
        raise NotPossible(_("This message has no such button."))

    def reads(self, store: Store, account: Account, shopper: str, rows: list[Any]) -> None:
        for row in rows:
            sent = bubbles.body_of(row).get("sent", {})
            if provider_of(account) == "vonage":
                told = vonage.state_of(store, sent, row["wire_id"], "read")
                vonage_webhooks.tell_shop(store, account, told, url=sent.get("webhook_url", ""), delay=0.4)
            elif provider_of(account) == "twilio":
                named = {**sent, "From": twilio.sender_of(account), "To": f"{twilio.RCS}{shopper}"}
                twilio.tell_state(store, account, named, row["wire_id"], "read", delay=0.4)
            else:
                news = {"senderPhoneNumber": shopper, "messageId": row["wire_id"], "eventType": "READ"}
                rbm.tell_shop(store, account, {**news, "sendTime": rbm.stamp(store.now())}, delay=0.4)

    def blocked(self, store: Store, account: Account, shopper: str, *, blocked: bool) -> None:
        if provider_of(account) != "google":
            return
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
        if body.get("pictures"):
            shown["album"] = [local(address) for address in body["pictures"]]
        below = suggestions_of(body) if not cards else _named(body.get("suggestions", []))
        rows = [[_key(kind, one)] for kind, one in below]
        return {**shown, "rows": rows} if rows else shown


def _twilio_fields(message: dict[str, Any]) -> dict[str, str]:
    if tapped := message.get("suggestionResponse"):
        return {"Body": tapped["text"], "ButtonPayload": tapped["postbackData"], "ButtonText": tapped["text"]}
    if place := message.get("location"):
        return {"Body": "", "Latitude": str(place["latitude"]), "Longitude": str(place["longitude"])}
    return {"Body": message.get("text", "")}


def _google_file(account: Account, file: File, number: str) -> dict[str, Any]:
    """The address is secret, and open to whoever knows it."""
    url = files.address(account, "rbm", f"{rbm.Rbm.shelf}{number}")
    payload = {"mimeType": file.mime, "fileSizeBytes": len(file.content), "fileUri": url, "fileName": file.name}
    return {"userFile": {"payload": payload}}


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
