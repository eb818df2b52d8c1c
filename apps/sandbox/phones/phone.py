"""What a shopper can do with a channel's app, told to the shop as its platform would: signed, through its front door."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _

from .. import bubbles, shoppers
from ..accounts import Account, shop_url
from ..files import SQUARE, Card, File, Place
from ..shoppers import Profile
from ..store import Store

FILES = frozenset({"image", "audio", "video", "file"})
MINUTES_TO_EDIT = 15


SAMPLES = {
    "image": "shirt.jpg", "audio": "voice.ogg", "video": "video.mp4", "file": "size-chart.pdf", "sticker": "sticker.webp",
}  # fmt: skip


class NotPossible(Exception):
    """A real phone would not let them do this."""


class Phone:
    """One file per kind overrides what differs. Each of these runs in the caller's transaction; numbers are bubbles."""

    kind: ClassVar[str] = ""
    label: ClassVar[str] = ""
    place: ClassVar[int] = 100  # in the gallery, smallest first
    can_block: ClassVar[bool] = True
    # What its app has: image, audio, video, file, sticker, location, contact to send; react, quote, edit, delete; and type
    # where the platform tells that somebody is typing. Words are sent on every phone.
    can: ClassVar[frozenset[str]] = frozenset()
    edit_seconds: ClassVar[float] = MINUTES_TO_EDIT * 60.0
    samples: ClassVar[dict[str, str]] = {}  # files of this app's own forms
    place_sent: ClassVar[Place] = SQUARE

    def abilities(self, account: Account) -> frozenset[str]:
        """What of all this is played for this account."""
        return self.can

    def label_of(self, account: Account) -> str:
        """What its tab says."""
        return self.label

    def may_block(self, account: Account) -> bool:
        return self.can_block

    def sample_of(self, account: Account, sort: str) -> str:
        """The name of the file it sends as this sort."""
        return self.samples.get(sort) or SAMPLES[sort]

    def name_of(self, profile: Profile) -> str:
        """How the platform knows this person."""
        return profile.phone.lstrip("+")

    def line(self, account: Account) -> str:
        """What stands under the shop's name."""
        return ""

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        """The shopper types and sends."""
        raise NotImplementedError

    def sends_file(self, store: Store, account: Account, shopper: str, file: File, caption: str, reply_to: str) -> int:
        """A picture, a voice note, a film, a document or a sticker, with words below it where the app has those."""
        raise NotPossible(_("This app cannot send that."))

    def sends_place(self, store: Store, account: Account, shopper: str, place: Place, reply_to: str) -> int:
        raise NotPossible(_("This app cannot send that."))

    def sends_card(self, store: Store, account: Account, shopper: str, card: Card, reply_to: str) -> int:
        raise NotPossible(_("This app cannot send that."))

    def reacts(self, store: Store, account: Account, shopper: str, row: Any, emoji: str) -> None:
        """An emoji is set under a message, or taken off with ""."""
        raise NotPossible(_("This app has no reactions."))

    def edits(self, store: Store, account: Account, shopper: str, row: Any, text: str) -> None:
        """A message of their own says something else from now on."""
        raise NotPossible(_("This app cannot change what was sent."))

    def deletes(self, store: Store, account: Account, shopper: str, row: Any) -> None:
        """A message of their own is taken back for everybody."""
        raise NotPossible(_("This app cannot take back what was sent."))

    def types(self, store: Store, account: Account, shopper: str) -> None:
        """The shopper began to type; where the platform tells such things, it does."""

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        """The shopper taps a button or a list row of a message. Raises `NotPossible`."""
        raise NotPossible(_("There is nothing to tap here."))

    def reads(self, store: Store, account: Account, shopper: str, rows: list[Any]) -> None:
        """The phone showed these messages; where the platform tells such things, it does."""

    def blocked(self, store: Store, account: Account, shopper: str, *, blocked: bool) -> None:
        """The shopper blocked the business or let it in again; where the platform tells such things, it does."""

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        """A message of the shop as the app shows it (see `screens`)."""
        raise NotImplementedError


def new_bubble(store: Store, account: Account, shopper: str, wire_id: str, body: dict[str, Any]) -> int:
    """What the shopper sent, on its way."""
    return bubbles.add(
        store, platform=account.kind, account=account.name, shopper=shopper, direction="out", wire_id=wire_id,
        state="sending", body=body,
    )  # fmt: skip


def file_shown(file: File, number: str, caption: str = "") -> dict[str, Any]:
    """The body of a bubble with a file in it."""
    return {"text": caption, "file": {"id": number, "sort": file.sort, "name": file.name}}


def place_shown(place: Place) -> dict[str, Any]:
    return {"text": f"📍 {place.name}\n{place.address}"}


def card_shown(card: Card) -> dict[str, Any]:
    return {"text": f"👤 {card.name}\n{card.phone}"}


def person(store: Store, account: Account, shopper: str) -> Any:
    return shoppers.know(store, platform=account.kind, account=account.name, external_id=shopper)


def local(address: Any) -> str:
    """The shop's own pictures by path, so that they load whichever name the page was opened under."""
    text = str(address or "")
    base = shop_url()
    return text[len(base) :] or "/" if text.startswith(base + "/") else text
