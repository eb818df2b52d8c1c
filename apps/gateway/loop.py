"""Everything a worker does, done once and in this process: for transcripts, tests and `run_worker --once`."""

from collections.abc import Callable

from apps.conversations.deliver import deliver, look, requeue_unknown

from .jobs import JOBS, respond
from .turns import Respond, run_turn

MAX_ROUNDS = 10_000


def drain(*, until_idle: bool = True, answer: Respond = respond, jobs: dict[str, Callable[[int], int]] = JOBS) -> int:
    """Take every turn, run every effect, payment event and notice, and make every delivery that is due now.

    `clock.now()` decides what is due. Returns how many things were done; one round only unless `until_idle`.
    """
    total = 0
    for _ in range(MAX_ROUNDS):
        done = _round(answer, jobs)
        total += done
        if not done or not until_idle:
            return total
    raise RuntimeError("the shop never came to rest")


def _round(answer: Respond, jobs: dict[str, Callable[[int], int]]) -> int:
    done = 0
    while taken := run_turn(answer):
        done += taken
    for run_due in jobs.values():
        done += run_due(20)
    done += requeue_unknown()
    return done + deliver_due()


def deliver_due() -> int:
    """Send what is due, one message of a thread after the other; returns how many were tried."""
    sent = 0
    while (found := look(10)).decided:
        for claim in found.claims:
            deliver(claim)
        sent += len(found.claims)
    return sent
