"""What a shopper does on a phone; each function runs in one transaction and returns the number of the bubble it made."""

from typing import Any

from django.utils.translation import gettext as _

from . import bubbles, shoppers
from .accounts import Account
from .files import FRIEND, MOST_BYTES, File, sample
from .phones import PHONES, NotPossible
from .screens import REACTIONS, words_of
from .store import Store

QUOTED = 90  # letters of the message an answer quotes


def says(
    store: Store, account: Account, *, shopper: str, text: str, name: str = "", language: str = "", quotes: int = 0
) -> int:
    """The shopper types and sends, as an answer to the bubble `quotes` if it is one. Raises `NotPossible` on an empty text."""
    if not text.strip():
        raise NotPossible(_("There is nothing to send."))
    with store.write():
        quoted = _quoted(store, account, shopper, quotes)
        shoppers.wrote(
            store, platform=account.kind, account=account.name, external_id=shopper, name=name, language=language
        )
        bubble = PHONES[account.kind].says(store, account, shopper, text, quoted["wire_id"] if quoted else "")
        return _with_quote(store, account, bubble, quoted)


def sends(
    store: Store, account: Account, *, shopper: str, sort: str, file: File | None = None, caption: str = "",
    name: str = "", language: str = "", quotes: int = 0,
) -> int:  # fmt: skip
    """The shopper sends one of `Phone.can`: a file (their own, or the phone's sample), a place or a card of a friend.

    Raises `NotPossible` where the app has no such thing, or takes none so large.
    """
    phone = PHONES[account.kind]
    if sort not in phone.abilities(account):
        raise NotPossible(_("This app cannot send that."))
    if file is not None and not 0 < len(file.content) <= MOST_BYTES:
        raise NotPossible(_("This file is empty or too large for the app."))
    with store.write():
        quoted = _quoted(store, account, shopper, quotes)
        reply_to = quoted["wire_id"] if quoted else ""
        shoppers.wrote(
            store, platform=account.kind, account=account.name, external_id=shopper, name=name, language=language
        )
        if sort == "location":
            bubble = phone.sends_place(store, account, shopper, phone.place_sent, reply_to)
        elif sort == "contact":
            bubble = phone.sends_card(store, account, shopper, FRIEND, reply_to)
        else:
            sent = file or sample(sort, name=phone.sample_of(account, sort))
            bubble = phone.sends_file(store, account, shopper, sent, caption.strip(), reply_to)
        return _with_quote(store, account, bubble, quoted)


def _quoted(store: Store, account: Account, shopper: str, bubble: int) -> Any:
    """The message an answer names, or None. Raises `NotPossible`."""
    if not bubble:
        return None
    return _one_of(store, account, shopper, bubble, "quote")


def _one_of(store: Store, account: Account, shopper: str, bubble: int, ability: str) -> Any:
    """A bubble of this thread that this may be done with. Raises `NotPossible`."""
    if ability not in PHONES[account.kind].abilities(account):
        raise NotPossible(_("This app cannot do that."))
    row = store.one(
        "select * from bubbles where id = ? and platform = ? and account = ? and shopper = ?",
        bubble, account.kind, account.name, shopper,
    )  # fmt: skip
    if row is None or row["direction"] == "note" or bubbles.body_of(row).get("deleted"):
        raise NotPossible(_("That message is not on this phone."))
    return row


def _with_quote(store: Store, account: Account, bubble: int, quoted: Any) -> int:
    row = store.one("select * from bubbles where id = ?", bubble) if quoted is not None else None
    if row is not None:
        words = words_of(account, quoted)
        said = words if len(words) <= QUOTED else words[:QUOTED].rstrip() + "…"
        bubbles.change(store, bubble, body={**bubbles.body_of(row), "quote": said})
    return bubble


def reacts(store: Store, account: Account, *, shopper: str, bubble: int, emoji: str) -> None:
    """An emoji under a message of either side; "" or the same again takes it off. Raises `NotPossible`."""
    if emoji and emoji not in REACTIONS:
        raise NotPossible(_("This app cannot do that."))
    with store.write():
        row = _one_of(store, account, shopper, bubble, "react")
        body = bubbles.body_of(row)
        wanted = "" if emoji == body.get("reacted") else emoji
        PHONES[account.kind].reacts(store, account, shopper, row, wanted)
        bubbles.change(store, bubble, body={**body, "reacted": wanted})


def edits(store: Store, account: Account, *, shopper: str, bubble: int, text: str) -> None:
    """Words of their own are other words from now on. Raises `NotPossible`."""
    with store.write():
        row = _one_of(store, account, shopper, bubble, "edit")
        body = bubbles.body_of(row)
        phone = PHONES[account.kind]
        if not text.strip() or row["direction"] != "out" or body.get("tapped") or body.get("file"):
            raise NotPossible(_("This message cannot be changed."))
        if store.now() - row["at"] > phone.edit_seconds:
            raise NotPossible(_("It is too late to change this message."))
        edited = {**body, "text": text, "edited": int(body.get("edited", 0)) + 1}
        bubbles.change(store, bubble, body=edited)
        phone.edits(store, account, shopper, bubbles.by_id(store, bubble), text)


def deletes(store: Store, account: Account, *, shopper: str, bubble: int) -> None:
    """A message of their own is taken back. Raises `NotPossible`."""
    with store.write():
        row = _one_of(store, account, shopper, bubble, "delete")
        if row["direction"] != "out" or bubbles.body_of(row).get("tapped"):
            raise NotPossible(_("This message cannot be taken back."))
        PHONES[account.kind].deletes(store, account, shopper, row)
        bubbles.change(store, bubble, body={"text": "", "deleted": True})


def types(store: Store, account: Account, *, shopper: str) -> None:
    """The shopper begins to type, which some platforms tell."""
    with store.write():
        if "type" in PHONES[account.kind].abilities(account):
            PHONES[account.kind].types(store, account, shopper)


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


def changes(
    store: Store, account: Account, what: str, *, shopper: str, bubble: int, emoji: str = "", text: str = ""
) -> None:
    """`what` is react, edit or delete. Raises `NotPossible`, `ValueError` on anything else."""
    if what == "react":
        reacts(store, account, shopper=shopper, bubble=bubble, emoji=emoji)
    elif what == "edit":
        edits(store, account, shopper=shopper, bubble=bubble, text=text)
    elif what == "delete":
        deletes(store, account, shopper=shopper, bubble=bubble)
    else:
        raise ValueError(f"no such order: {what}")
