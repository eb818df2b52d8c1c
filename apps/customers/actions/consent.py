"""The consent ledger: entries are only ever added, and the newest one speaks."""

import datetime as dt
from dataclasses import dataclass

from apps.merchants import clock
from apps.merchants.prepared import Prepared

from ..models import ConsentEntry, Identity

DEFAULTS = {ConsentEntry.Purpose.SERVICE: True, ConsentEntry.Purpose.MARKETING: False}
_latest = Prepared[ConsentEntry](
    lambda identity, purpose: ConsentEntry.objects.filter(identity_id=identity, purpose=purpose).order_by("-id")[:1],
    identity=int,
    purpose=str,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person last said about a purpose: whether they allow it, and the entry that holds it (None: nothing)."""

    is_granted: bool
    entry_id: int | None = None

    @classmethod
    def of(cls, purpose: str, entry_id: int | None, granted: bool | None) -> "Said":
        """As read from the newest entry's columns; without one the purpose's default."""
        return cls(DEFAULTS[ConsentEntry.Purpose(purpose)] if granted is None else granted, entry_id)


def record_consent(
    identity: Identity,
    *,
    purpose: str,
    granted: bool,
    source: str,
    wording: str = "",
    event_key: str = "",
    occurred_at: dt.datetime | None = None,
) -> ConsentEntry:
    """Write down that this person allowed or withdrew `purpose` ("service" | "marketing") on this channel."""
    forget_said(identity)
    return ConsentEntry.objects.create(
        merchant_id=identity.merchant_id,
        identity=identity,
        purpose=ConsentEntry.Purpose(purpose),
        granted=granted,
        source=source,
        wording=wording[:200],
        event_key=event_key,
        occurred_at=occurred_at or clock.now(),
    )


def remember_said(identity: Identity, purpose: str, said: Said) -> None:
    """Read under the lock of the thread: good until that lock is given up, or this person says something else."""
    identity.__dict__.setdefault("_said", {})[str(purpose)] = said


def forget_said(identity: Identity) -> None:
    """Ask the ledger anew."""
    identity.__dict__.pop("_said", None)


def latest_consent(identity: Identity, purpose: str) -> Said:
    """What decides about `purpose` here."""
    known: Said | None = identity.__dict__.get("_said", {}).get(str(purpose))
    if known is not None:
        return known
    entry = _latest.first(identity=identity.pk, purpose=str(purpose))
    return Said.of(purpose, None, None) if entry is None else Said.of(purpose, entry.pk, entry.granted)


def may_receive(identity: Identity, purpose: str) -> bool:
    """Whether we may write: service until it is withdrawn, marketing only once it is allowed; never past a block."""
    return identity.blocked_at is None and latest_consent(identity, purpose).is_granted
