"""The outbox: claim a thread's next message under a lease, speak to the platform without a lock, note what came of it."""

from .claims import LEASE, Claim, look
from .outcome import requeue_unknown
from .sending import deliver

__all__ = ["LEASE", "Claim", "deliver", "look", "requeue_unknown"]
