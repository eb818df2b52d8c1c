"""What an attempt has come to: a fold over its events, the same in whatever order they came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from djmoney.money import Money

from apps.carts.money import total_of
from apps.orders.models import Order

from .models import Payment
from .provider import Fact, Kind

State = Payment.State
Status = Order.PaymentStatus


@dataclass(frozen=True, slots=True)
class Folded:
    state: str  # a Payment.State
    captured: Money
    refunded: Money
    disputed: Money  # in question now
    lost: Money  # in disputes
    authorised: Money  # what may be taken at most; of what was never reserved, what came
    released: Money  # of it, what shall not be taken

    @property
    def reserved(self) -> Money:
        """What can be taken, as long as nothing has been."""
        return self.authorised - self.released if self.state == State.AUTHORISED else self.authorised * 0

    @property
    def kept(self) -> Money:
        """What is left of what came, or is reserved."""
        return self.captured + self.reserved - self.refunded - self.lost

    @property
    def is_beyond_belief(self) -> bool:
        """More was taken than reserved, or went back than came: a person must look."""
        return self.captured > self.authorised or self.refunded > self.captured


def fold(facts: Iterable[Fact], *, currency: str) -> Folded:
    """Repeated facts count once; a success is never taken back by a failure, whichever is heard first."""
    known = {(fact.kind, fact.ref): fact for fact in facts}
    kinds = {kind for kind, _ in known}
    came_back = {ref for kind, ref in known if kind == Kind.REFUND_FAILED}
    decided = {ref for kind, ref in known if kind in (Kind.DISPUTE_WON, Kind.DISPUTE_LOST)}

    def amount(kind: Kind, *, without: set[str] = frozenset()) -> Money:  # type: ignore[assignment]
        return total_of(
            [f.amount for (k, ref), f in known.items() if k == kind and ref not in without], currency=currency
        )

    captured = amount(Kind.CAPTURED)
    return Folded(
        state=_state(kinds),
        captured=captured,
        authorised=amount(Kind.AUTHORISED) if Kind.AUTHORISED in kinds else captured,
        released=amount(Kind.RELEASED),
        refunded=amount(Kind.REFUNDED, without=came_back),
        disputed=amount(Kind.DISPUTED, without=decided),
        lost=amount(Kind.DISPUTE_LOST),
    )


def _state(kinds: set[Kind]) -> str:
    for kind, state in (
        (Kind.MISMATCH, State.REVIEW),
        (Kind.CAPTURED, State.SUCCEEDED),
        (Kind.VOIDED, State.RELEASED),
        (Kind.AUTHORISED, State.AUTHORISED),
        (Kind.FAILED, State.FAILED),
        (Kind.EXPIRED, State.EXPIRED),
        (Kind.PROCESSING, State.PROCESSING),
    ):
        if kind in kinds:
            return state
    return State.OPEN


def payment_status(attempts: Sequence[Folded], *, total: Money) -> str:
    """The order's payment status from all its attempts; money under review does not count as paid.

    What was let go before the rest was taken is not owed any more.
    """
    counted = [attempt for attempt in attempts if attempt.state != State.REVIEW]
    currency = str(total.currency)
    captured = total_of([attempt.captured for attempt in counted], currency=currency)
    refunded = total_of([attempt.refunded for attempt in counted], currency=currency)
    if any(attempt.disputed.amount for attempt in counted):
        return Status.DISPUTED
    if any(attempt.lost.amount for attempt in counted):
        return Status.LOST
    if any(attempt.reserved.amount for attempt in counted):
        return Status.AUTHORISED
    total -= total_of([each.released for each in counted if each.state == State.SUCCEEDED], currency=currency)
    if not captured.amount:
        return Status.PENDING if any(attempt.state == State.PROCESSING for attempt in counted) else Status.NONE
    if refunded >= captured:
        return Status.REFUNDED
    if captured - refunded > total:
        return Status.OVERPAID
    if captured >= total:
        return Status.PARTLY_REFUNDED if refunded.amount and captured - refunded < total else Status.PAID
    return Status.PARTLY_PAID
