"""What a shopper does on a phone; each function runs in one transaction and returns the number of the bubble it made."""

from django.utils.translation import gettext as _

from . import bubbles, shoppers
from .accounts import Account
from .phones import PHONES, NotPossible
from .store import Store


def says(
    store: Store, account: Account, *, shopper: str, text: str, name: str = "", language: str = "", reply_to: str = ""
) -> int:
    """The shopper types and sends. Raises `NotPossible` on an empty text."""
    if not text.strip():
        raise NotPossible(_("There is nothing to send."))
    with store.write():
        shoppers.wrote(
            store, platform=account.kind, account=account.name, external_id=shopper, name=name, language=language
        )
        return PHONES[account.kind].says(store, account, shopper, text, reply_to)


def taps(store: Store, account: Account, *, shopper: str, bubble: int, value: str) -> int:
    """The shopper taps a button or a list row of a message, named by its id. Raises `NotPossible`."""
    with store.write():
        row = store.one(
            "select * from bubbles where id = ? and account = ? and shopper = ?", bubble, account.name, shopper
        )
        if row is None or row["direction"] != "in":
            raise NotPossible(_("That message is not on this phone."))
        shoppers.wrote(store, platform=account.kind, account=account.name, external_id=shopper)
        return PHONES[account.kind].taps(store, account, shopper, row, value)


def reads(store: Store, account: Account, *, shopper: str) -> int:
    """The phone shows the thread: what was delivered is now read. How many."""
    with store.write():
        fresh = bubbles.unread(store, platform=account.kind, account=account.name, shopper=shopper)
        for row in fresh:
            bubbles.change(store, row["id"], state="read")
        PHONES[account.kind].reads(store, account, shopper, fresh)
        return len(fresh)


def blocks(store: Store, account: Account, *, shopper: str, blocked: bool) -> None:
    """The shopper blocks the business, or lets it in again."""
    with store.write():
        shoppers.set_opted_out(
            store, platform=account.kind, account=account.name, external_id=shopper, opted_out=blocked
        )
        PHONES[account.kind].blocked(store, account, shopper, blocked=blocked)
