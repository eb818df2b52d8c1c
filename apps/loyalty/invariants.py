"""What must always be true of points; run by `manage.py check_invariants`."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator

from django.db.models import Q, Sum

from apps.merchants import clock

from .book import Book
from .models import LoyaltyMembership, PointsEntry, Referral, RewardVoucher

PATIENCE = dt.timedelta(days=2)
CHUNK = 500


def counters_are_sums() -> list[str]:
    """What can be spent and what waits are all the points there are; for life is all that counts."""
    wrong = []
    members = LoyaltyMembership.objects.annotate(points=Sum("entries__points"), counts=Sum("entries__counts"))
    for member in members.order_by("pk").iterator(chunk_size=CHUNK):
        points, counts = member.points or 0, member.counts or 0
        if member.balance + member.pending != points:
            wrong.append(f"member {member.pk}: {member.balance} + {member.pending} pending, entries make {points}")
        if member.lifetime != counts:
            wrong.append(f"member {member.pk}: {member.lifetime} for life, entries make {counts}")
    return wrong


def lots_are_the_balance() -> list[str]:
    """Replayed from its entries, every member's book has the balance that is shown."""
    wrong = []
    for members in _chunks():
        books: dict[int, Book] = defaultdict(Book)
        for entry in PointsEntry.objects.filter(membership__in=members).order_by("pk"):
            books[entry.membership_id].write(entry)
        for member in members:
            book = books[member.pk]
            book.wait_until(member.settled_at)
            if (book.balance, book.pending) != (member.balance, member.pending):
                wrong.append(
                    f"member {member.pk}: lots make {book.balance} + {book.pending} pending, "
                    f"shown are {member.balance} + {member.pending}"
                )
    return wrong


def _chunks() -> Iterator[list[LoyaltyMembership]]:
    last = 0
    while rows := list(LoyaltyMembership.objects.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield rows
        last = rows[-1].pk


def balances_keep_the_policy() -> list[str]:
    """Nobody owes points but where the shop lets a balance fall below zero, or has let it once."""
    below = LoyaltyMembership.objects.filter(Q(balance__lt=0, may_be_negative=False) | Q(pending__lt=0))
    return [f"member {member.pk} has {member.balance} and {member.pending} pending" for member in below[:100]]


def due_points_are_booked() -> list[str]:
    """Points wait or expire no longer than the nightly sweep takes."""
    late = LoyaltyMembership.objects.filter(ended_at=None, next_change_at__lt=clock.now() - PATIENCE)
    return [f"member {member.pk} has points due since {member.next_change_at:%F %T}" for member in late[:100]]


def vouchers_were_paid() -> list[str]:
    """Each voucher has the redemption that paid for it, and one that is void has its points back."""
    wrong = []
    paid = _sums(PointsEntry.Kind.REDEEM)
    back = _sums(PointsEntry.Kind.REDEEM_ROLLBACK)
    for voucher in RewardVoucher.objects.select_related("membership").order_by("pk").iterator(chunk_size=CHUNK):
        if paid.get(voucher.redemption) != -voucher.cost:
            wrong.append(f"voucher {voucher.code} of {voucher.cost} points: paid {-paid.get(voucher.redemption, 0)}")
        is_kept = voucher.membership.ended_at is None
        if is_kept and (voucher.state == RewardVoucher.State.VOID) != (voucher.redemption in back):
            wrong.append(f"voucher {voucher.code} is {voucher.state}, given back {back.get(voucher.redemption, 0)}")
    return wrong


def _sums(kind: str) -> dict[str, int]:
    rows = PointsEntry.objects.filter(kind=kind).order_by().values_list("source")
    return dict(rows.annotate(Sum("points")))


def referrals_are_paid_when_due() -> list[str]:
    """Not before the friend's order can no longer be returned, and not much later."""
    now = clock.now()
    early = Referral.objects.filter(Q(due_at=None) | Q(due_at__gt=now), state=Referral.State.PAID)
    late = Referral.objects.filter(state=Referral.State.ORDERED, due_at__lt=now - PATIENCE)
    return [f"referral {referral.pk} was paid before it was due" for referral in early[:100]] + [
        f"referral {referral.pk} has been due since {referral.due_at:%F %T}" for referral in late[:100]
    ]


CHECKS: dict[str, Callable[[], list[str]]] = {
    "loyalty: counters are the sums of entries": counters_are_sums,
    "loyalty: lots make the balance": lots_are_the_balance,
    "loyalty: balances keep the policy": balances_keep_the_policy,
    "loyalty: due points are booked": due_points_are_booked,
    "loyalty: vouchers were paid for": vouchers_were_paid,
    "loyalty: referrals are paid when due": referrals_are_paid_when_due,
}
