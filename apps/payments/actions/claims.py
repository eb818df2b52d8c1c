"""What a provider tells of a dispute, kept as it came furthest: late news change nothing."""

from collections.abc import Iterable
from functools import reduce

from ..models import Dispute, Payment
from ..provider import Claim


def later(one: Claim, other: Claim) -> Claim:
    """Which of two tellings of one dispute has come further; in whatever order they are heard, it is the same."""
    return max(one, other, key=lambda claim: claim.age)


def keep_claims(payment: Payment, claims: Iterable[Claim]) -> None:
    """Write down each dispute as it stands. The payment is locked. One query, and one per dispute that has news."""
    told: dict[str, list[Claim]] = {}
    for claim in claims:
        told.setdefault(claim.ref, []).append(claim)
    if not told:
        return
    known = {row.provider_ref: row for row in payment.disputes.select_for_update(no_key=True, of=("self",))}
    for ref, tellings in told.items():
        row = known.get(ref)
        before = [row.claim] if row is not None else []
        now = reduce(later, [*before, *tellings])
        if before != [now]:
            _write(row or Dispute(merchant_id=payment.merchant_id, payment=payment, provider_ref=ref), now)


def _write(row: Dispute, claim: Claim) -> None:
    if row.is_inquiry and not claim.is_inquiry:  # what was said to the question is no answer to the dispute
        row.wish, row.wished_by, row.wished_at, row.done_at = Dispute.Wish.NONE, None, None, None
        row.refusals += 1
    row.reason, row.amount, row.opened_at = claim.reason[:60], claim.amount, claim.opened_at
    row.state, row.is_inquiry = Dispute.State(claim.stand), claim.is_inquiry
    row.due_by, row.answers, row.moves = claim.due_by, claim.answers, claim.moves
    row.withheld, row.fee = claim.withheld, claim.fee
    row.save()
