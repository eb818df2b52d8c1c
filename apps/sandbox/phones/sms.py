"""SMS on a shopper's phone, whoever carries the shop's side of it."""

import uuid
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import bubbles, files, formatting, shoppers
from ..accounts import Account
from ..files import Card, File
from ..platforms import twilio, vonage_webhooks
from ..shoppers import Profile
from ..store import Store
from ..wire import new_id
from .phone import NotPossible, Phone, card_shown, file_shown, local, new_bubble, person

TEXT_LIMIT = 1600
AUTO_REPLIES = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}  # fmt: skip


class Sms(Phone):
    kind = "sms"
    label = "SMS"
    place = 4
    can_block = False
    can = frozenset({"image", "audio", "video", "contact"})
    samples: ClassVar[dict[str, str]] = {"audio": "voice.amr"}

    def name_of(self, profile: Profile) -> str:
        return profile.phone

    def line(self, account: Account) -> str:
        return str(account.config.get("from_number", ""))

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        by = _by_vonage if account.config.get("provider") == "vonage" else _by_twilio
        return by(store, account, shopper, text[:TEXT_LIMIT])

    def abilities(self, account: Account) -> frozenset[str]:
        """Vonage's older SMS API knows of no MMS."""
        return frozenset() if account.config.get("signature_method") else self.can

    def sends_file(self, store: Store, account: Account, shopper: str, file: File, caption: str, reply_to: str) -> int:
        number = files.keep(store, account, file)
        return self._sends(store, account, shopper, file, number, caption, file_shown(file, number, caption))

    def sends_card(self, store: Store, account: Account, shopper: str, card: Card, reply_to: str) -> int:
        file = card.vcard()
        number = files.keep(store, account, file)
        return self._sends(store, account, shopper, file, number, "", card_shown(card))

    def _sends(
        self, store: Store, account: Account, shopper: str, file: File, number: str, text: str, shown: dict[str, Any]
    ) -> int:
        """As an MMS."""
        is_vonage = account.config.get("provider") == "vonage"
        name = str(uuid.uuid4()) if is_vonage else new_id("MM", 32)
        bubble = new_bubble(store, account, shopper, name, shown)
        if is_vonage:
            vonage_webhooks.hand_over_mms(store, account, shopper, file, number, text, bubble=bubble, name=name)
        else:
            twilio.hand_over(store, account, shopper, {"Body": text}, sid=name, bubble=bubble, file=file, number=number)
        return bubble

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        raise NotPossible(_("There is nothing to tap in an SMS."))

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {"text": formatting.plain(body.get("Body", ""))}
        if body.get("MediaUrl"):
            shown["album"] = [local(address) for address in body["MediaUrl"]]
        if (parts := body.get("segments", 1)) > 1:
            shown["detail"] = ngettext("%(count)d part", "%(count)d parts", parts) % {"count": parts}
        return shown


def _by_vonage(store: Store, account: Account, shopper: str, text: str) -> int:
    name = str(uuid.uuid4())
    bubble = new_bubble(store, account, shopper, name, {"text": text})
    vonage_webhooks.hand_over(store, account, shopper, text, bubble=bubble, name=name)
    return bubble


def _by_twilio(store: Store, account: Account, shopper: str, text: str) -> int:
    sid = new_id("SM", 32)
    bubble = new_bubble(store, account, shopper, sid, {"text": text})
    twilio.hand_over(
        store, account, shopper, {"Body": text, **kept_words(store, account, shopper, text)}, sid=sid, bubble=bubble
    )
    return bubble


def kept_words(store: Store, account: Account, shopper: str, text: str) -> dict[str, str]:
    """Where Twilio answers by itself, what it tells the shop of that."""
    kind = _kept_by_twilio(text)
    if kind:
        _carrier_answers(store, account, shopper, kind)
    return {"OptOutType": kind} if kind else {}


def _kept_by_twilio(text: str) -> str:
    """STOP, START, HELP, or "" where the word is none of the carrier's."""
    word = text.strip().upper()
    kinds = {"STOP": twilio.STOP_WORDS, "START": twilio.START_WORDS, "HELP": twilio.HELP_WORDS}
    return next((kind for kind, words in kinds.items() if word in words), "")


def _carrier_answers(store: Store, account: Account, shopper: str, kind: str) -> None:
    """The carrier keeps the opt-out list itself and says so; START says nothing to those who are in."""
    row = person(store, account, shopper)
    was_out = bool(row["opted_out"])
    if kind in ("STOP", "START"):
        shoppers.set_opted_out(
            store, platform=account.kind, account=account.name, external_id=shopper, opted_out=kind == "STOP"
        )
    if kind == "HELP" or (kind == "STOP") != was_out:
        bubbles.add(
            store,
            platform=account.kind,
            account=account.name,
            shopper=shopper,
            direction="note",
            body={"text": AUTO_REPLIES[kind]},
        )
