"""The outbox: claim a thread's next message under a lease, speak to the platform without a lock, note what came of it."""

from .claims import LEASE, Claim, claim_due, look
from .outcome import requeue_unknown
from .sending import deliver

__all__ = ["LEASE", "Claim", "claim_due", "deliver", "look", "requeue_unknown"]
