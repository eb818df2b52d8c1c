"""What a payment provider is to us: few verbs, our own words. One file in `providers/` speaks to one of them."""

import datetime as dt
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar

from djmoney.money import Money

from apps.merchants.doors import Configured, NotConfigured, ProviderError, ProviderRefused, ProviderUnavailable

from . import providers as providers_package

__all__ = [
    "CheckoutLine", "CheckoutRequest", "Claim", "Fact", "Kind", "Provider", "ProviderError", "ProviderRefused", "ProviderUnavailable",
    "RefundAnswer", "Session", "WebhookMessage", "all_providers", "provider_for",
]  # fmt: skip


class Kind(StrEnum):
    """What can happen to an attempt to pay. Facts, in any order, any number of times."""

    PROCESSING = "processing"
    AUTHORISED = "authorised"  # reserved, to be taken later
    CAPTURED = "captured"
    VOIDED = "voided"  # what was reserved is so no more, and nothing of it was taken
    RELEASED = "released"  # so much of what is reserved shall not be taken: our own word
    FAILED = "failed"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    REFUND_PENDING = "refund_pending"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    INQUIRY = "inquiry"  # the bank asks, and no money is in question yet
    MISMATCH = "mismatch"


class Stand(StrEnum):
    """How far a dispute has come. One that is decided is never open again."""

    OPEN = "open"  # the bank waits for the shop's answer
    REVIEW = "review"  # the answer is there, or its time is over: the bank decides
    DROPPED = "dropped"  # the bank only asked, and lets it be
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Claim:
    """A dispute as the provider tells of it at one moment; news of it come late, twice and in any order."""

    ref: str
    reason: str  # the bank's, as the provider names it
    stand: Stand
    is_inquiry: bool  # the bank only asks: no money has been taken
    amount: Money
    opened_at: dt.datetime
    due_by: dt.datetime | None
    answers: int  # how often the shop's evidence was handed in
    moves: int  # how often money moved because of it: taken, given back
    withheld: Money  # what is taken for it now, in the currency the shop is paid out in
    fee: Money  # what the provider charges for it

    @property
    def age(self) -> tuple[int, int, int, str]:
        """Of two tellings of one dispute the later has more of it: nothing in it ever goes back."""
        return (
            STANDS.index((self.is_inquiry, self.stand)),
            self.moves,
            self.answers,
            self.due_by.isoformat() if self.due_by else "",
        )


# An inquiry may become a dispute, a dispute never an inquiry; what two decisions are told of is lost.
STANDS = [(True, Stand.OPEN), (True, Stand.REVIEW), (True, Stand.DROPPED)]
STANDS += [(False, Stand.OPEN), (False, Stand.REVIEW), (False, Stand.WON), (False, Stand.LOST)]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened to an attempt; `ref` is the provider's id of what it happened by."""

    kind: Kind
    amount: Money
    ref: str
    occurred_at: dt.datetime
    key: str = ""  # of a refund: the name under which we asked for it, "" if somebody else did
    claim: Claim | None = None  # of a dispute: all that is told of it


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    title: str
    quantity: int
    unit_price: Money


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What a hosted page must show and ask for. Nothing in it says who the shopper is."""

    reference: str  # our payment's public id
    order_number: str
    lines: tuple[CheckoutLine, ...]
    amount: Money
    success_url: str
    cancel_url: str
    expires_at: dt.datetime
    language: str
    customer: str = ""  # the payer's name at the provider: then the page asks whether the card may be kept
    note: str = ""  # what is said beside that question
    reserves: bool = False  # the money is only reserved there, and taken by `capture`


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """A kept card to be charged, without a page."""

    reference: str  # our payment's public id
    order_number: str
    amount: Money
    customer: str
    card: str
    reserves: bool = False


@dataclass(frozen=True, slots=True)
class KeptCard:
    """A card that its owner let be kept, as the provider describes it."""

    id: str
    customer: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


class Stage(StrEnum):
    """How far the charge of a kept card has come; its facts say what became of it."""

    NEW = "new"  # nobody has asked the bank yet
    UNPROVEN = "unproven"  # the bank wants the cardholder to say so themselves
    AT_BANK = "at_bank"  # the cardholder is expected at the bank's page
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Session:
    """A hosted page, or a charge without one, and what became of it."""

    id: str
    url: str
    is_open: bool
    reference: str  # our payment's public id, as we gave it
    order_number: str
    amount: Money
    expires_at: dt.datetime | None
    livemode: bool
    payment_id: str = ""
    facts: tuple[Fact, ...] = ()
    card: KeptCard | None = None  # that was paid with, where it may be kept
    capture_before: dt.datetime | None = None  # until when what is reserved can be taken
    stage: Stage = Stage.DONE  # of a charge without a page, whose `id` is ""
    trouble: str = ""  # the provider's word for why it failed


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    id: str
    amount: Money
    state: str  # pending | done | failed


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """A provider's event: a pointer to the thing it is about, never the truth about it."""

    id: str
    kind: str
    created_at: dt.datetime
    livemode: bool
    account: str = ""
    session_id: str = ""
    payment_id: str = ""
    reference: str = ""  # our payment's public id, if the thing carries it
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """What a payment it is about is known by, the surest first."""
        return tuple(name for name in (self.session_id, self.payment_id, self.reference) if name)

    @property
    def is_about_money(self) -> bool:
        return bool(self.names)


# What a shop can say to a bank, in our words.
EVIDENCE = (
    "name", "email", "address", "goods", "carrier", "tracking_number", "shipped_on", "arrived_on", "explanation",
    "conversation",
)  # fmt: skip
MOST_EVIDENCE = 20_000  # characters that a provider takes of one text


class Provider(Configured):
    """Override everything. `config` is the account's decrypted settings; no lock is held during these calls."""

    name: ClassVar[str] = ""

    def verify(self, headers: Mapping[str, str], body: bytes, config: Mapping[str, Any]) -> None:
        """Over the raw bytes, before anything is read. Raises `SignatureWrong` or `NotConfigured`."""
        raise NotConfigured(f"{self.name} takes no webhooks")

    def parse_webhook(self, body: bytes) -> WebhookMessage:
        """Raises `Malformed`."""
        raise NotImplementedError

    def read_event(self, payload: Mapping[str, Any]) -> WebhookMessage:
        """A stored event again. Raises `Malformed`."""
        raise NotImplementedError

    def is_ours(self, message: WebhookMessage, config: Mapping[str, Any]) -> bool:
        """Whether the event is of this account and of the mode (live or test) we work in."""
        raise NotImplementedError

    def create_checkout(self, request: CheckoutRequest, config: Mapping[str, Any], *, key: str) -> Session:
        """Raises `ProviderUnavailable` or `ProviderRefused`."""
        raise NotImplementedError

    def fetch_checkout(self, session_id: str, config: Mapping[str, Any]) -> Session:
        """The hosted page as it is now, with every fact known about its money."""
        raise NotImplementedError

    def expire_checkout(self, session_id: str, config: Mapping[str, Any]) -> Session:
        """End the page so that nobody can pay there any more; fine when it has ended. Returns what it is now."""
        raise NotImplementedError

    def create_customer(self, reference: str, config: Mapping[str, Any], *, key: str) -> str:
        """A name under which cards can be kept. Raises as `create_checkout` does."""
        raise NotImplementedError

    def create_charge(self, request: ChargeRequest, config: Mapping[str, Any], *, key: str) -> Session:
        """Prepare it, and move nothing: what is confirmed later has a name before any money moves."""
        raise NotImplementedError

    def confirm_charge(
        self, payment_id: str, card: str, config: Mapping[str, Any], *, key: str, return_url: str = ""
    ) -> Session:
        """Charge the card without its owner, or with a `return_url` with them, at the bank's page (`url`).

        A refusal is an answer: what the charge is then. Raises `ProviderUnavailable`.
        """
        raise NotImplementedError

    def fetch_charge(self, payment_id: str, config: Mapping[str, Any]) -> Session:
        """The charge as it is now, with every fact known about its money."""
        raise NotImplementedError

    def end_charge(self, payment_id: str, config: Mapping[str, Any]) -> Session:
        """It can bring no money any more that it has not brought yet: what is reserved by it stays so. Fine when it is
        over. Returns what it is now."""
        raise NotImplementedError

    def cancel_charge(self, payment_id: str, config: Mapping[str, Any]) -> Session:
        """It can bring no money any more, also where it is reserved; fine when it is over. Returns what it is now."""
        raise NotImplementedError

    def capture(self, payment_id: str, amount: Money, config: Mapping[str, Any], *, key: str) -> None:
        """Take so much of what is reserved, once, and let go of the rest. Raises `ProviderUnavailable` or `ProviderRefused`."""
        raise NotImplementedError

    def forget(self, ref: str, config: Mapping[str, Any]) -> None:
        """Remove a kept card, or a customer with all of theirs; fine when it has gone."""
        raise NotImplementedError

    def refund(self, payment_id: str, amount: Money, config: Mapping[str, Any], *, key: str) -> RefundAnswer:
        """Raises `ProviderUnavailable` or `ProviderRefused`."""
        raise NotImplementedError

    def upload(self, name: str, content: bytes, config: Mapping[str, Any], *, key: str) -> str:
        """A PDF to be shown to the bank; returns the provider's name for it. Raises as `refund` does."""
        raise NotImplementedError

    def fetch_dispute(self, ref: str, config: Mapping[str, Any]) -> Claim:
        """The dispute as it is now. Raises as `refund` does."""
        raise NotImplementedError

    def answer_dispute(self, ref: str, evidence: Mapping[str, str], config: Mapping[str, Any], *, key: str) -> Claim:
        """Hand the shop's evidence in: it can be done once. Keys are those of `EVIDENCE`, and "receipt" is a name
        that `upload` gave. Raises as `refund` does."""
        raise NotImplementedError

    def accept_dispute(self, ref: str, config: Mapping[str, Any], *, key: str) -> Claim:
        """Give in: it is lost, and nothing undoes that. Raises as `refund` does."""
        raise NotImplementedError

    def list_events(self, since: dt.datetime, config: Mapping[str, Any]) -> list[WebhookMessage]:
        """What happened since, oldest first."""
        raise NotImplementedError


@cache
def all_providers() -> dict[str, Provider]:
    """Every provider there is, by name, found by looking into the `providers` folder."""
    found: dict[str, Provider] = {}
    for info in pkgutil.iter_modules(providers_package.__path__):
        module = importlib.import_module(f"{providers_package.__name__}.{info.name}")
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, Provider)
                and value.name
                and value.__module__ == module.__name__
            ):
                found[value.name] = value()
    return found


def provider_for(name: str) -> Provider:
    """Raises `KeyError`."""
    return all_providers()[name]
