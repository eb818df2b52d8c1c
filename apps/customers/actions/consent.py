"""The consent ledger: entries are only ever added, and the newest one speaks."""

import datetime as dt

from apps.merchants import clock
from apps.merchants.prepared import Prepared

from ..models import ConsentEntry, Identity

DEFAULTS = {ConsentEntry.Purpose.SERVICE: True, ConsentEntry.Purpose.MARKETING: False}
_latest = Prepared[ConsentEntry](
    lambda identity, purpose: ConsentEntry.objects.filter(identity_id=identity, purpose=purpose).order_by("-id")[:1],
    identity=int,
    purpose=str,
)


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


def latest_consent(identity: Identity, purpose: str) -> ConsentEntry | None:
    """The entry that decides, if the person ever said anything about `purpose` here."""
    return _latest.first(identity=identity.pk, purpose=str(purpose))


def may_receive(identity: Identity, purpose: str) -> bool:
    """Whether we may write: service until it is withdrawn, marketing only once it is allowed; never past a block."""
    if identity.blocked_at is not None:
        return False
    entry = latest_consent(identity, purpose)
    return DEFAULTS[ConsentEntry.Purpose(purpose)] if entry is None else entry.granted
