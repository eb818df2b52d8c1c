"""What a shopper can do with a channel's app, told to the shop as its platform would: signed, through its front door."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _

from .. import bubbles, shoppers
from ..accounts import Account, shop_url
from ..shoppers import Profile
from ..store import Store


class NotPossible(Exception):
    """A real phone would not let them do this."""


class Phone:
    """One file per kind overrides what differs. Each of these runs in the caller's transaction; numbers are bubbles."""

    kind: ClassVar[str] = ""
    label: ClassVar[str] = ""
    place: ClassVar[int] = 100  # in the gallery, smallest first
    can_block: ClassVar[bool] = True

    def name_of(self, profile: Profile) -> str:
        """How the platform knows this person."""
        return profile.phone.lstrip("+")

    def line(self, account: Account) -> str:
        """What stands under the shop's name."""
        return ""

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        """The shopper types and sends."""
        raise NotImplementedError

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


def person(store: Store, account: Account, shopper: str) -> Any:
    return shoppers.know(store, platform=account.kind, account=account.name, external_id=shopper)


def local(address: Any) -> str:
    """The shop's own pictures by path, so that they load whichever name the page was opened under."""
    text = str(address or "")
    base = shop_url()
    return text[len(base) :] or "/" if text.startswith(base + "/") else text
