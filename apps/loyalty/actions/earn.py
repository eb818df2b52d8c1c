"""How points come in and how those of returned goods go out again. Orders tell amounts and dates; nothing is asked of them."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction

from apps.customers.models import Customer
from apps.merchants.goodwill import Gift
from apps.merchants.models import Goodwill

from ..book import Kind
from ..errors import NotEnoughPoints, ReasonMissing
from ..models import LoyaltyMembership, PointsEntry
from ..points import MOST_AT_ONCE, expiry, points_for, rounded
from .account import Account, Rule, member_of
from .redeem import undo_vouchers
from .refer import friend_ordered, order_undone


@transaction.atomic
def earn_for_order(member: LoyaltyMembership, *, reference: str, amount: Decimal, is_first: bool) -> int:
    """The order is paid: its points, once, spendable when it can no longer be returned. Returns how many.

    `amount` is what the goods cost, `reference` names the order ("order:12"). Nothing is earned with nothing.
    """
    account = Account(member.pk)
    rules = account.programme
    if amount <= 0 or not rules.is_active or account.entry(Kind.EARN, reference):
        return 0
    available = account.now + dt.timedelta(days=rules.return_days)
    given = {Rule.ORDER: points_for(rules, amount, tier=account.member.tier)}
    if is_first:
        given[Rule.FIRST_ORDER] = rules.first_order_bonus
        friend_ordered(account, reference=reference, due_at=available)
    for rule, points in given.items():
        if points:
            source = reference if rule == Rule.ORDER else f"{rule}:{reference}"
            account.earn(rule, points=points, source=source, reference=reference, available_at=available)
    account.close()
    total = sum(given.values())
    if total:
        account.member.record("earned", points=total, available_at=available.isoformat())
    return total


@transaction.atomic
def keep_for_order(customer: Customer | int, *, reference: str, share: Fraction) -> None:
    """So much of what the order cost is still with the shop: its points follow, down and up again. Any number of times.

    With nothing left, bonuses of the order go too, vouchers used for it are undone, and their points are back as they
    were. Points that are spent already are taken from others or become a debt, as the merchant chose.
    """
    member = member_of(customer)
    if member is None:
        return
    account = Account(member.pk)
    credits = [entry for entry in account.book.credits.values() if entry.reference == reference]
    for credit in credits:
        _follow(account, credit, share)
    if not share:
        undo_vouchers(account, used_for=reference)
        order_undone(account.member.customer_id, reference=reference)
    account.close()


def _follow(account: Account, credit: PointsEntry, share: Fraction) -> None:
    """Bring what counts of one credit to its share; what is taken is never more than the policy allows."""
    whole = share if credit.rule in (Rule.ORDER, Rule.MERGE) else Fraction(bool(share))
    target = rounded(min(Fraction(1), whole) * credit.counts, account.programme.rounding)
    book = account.book
    change = target - book.counts[credit.pk]
    shared: dict[str, Any] = {
        "rule": credit.rule,
        "source": f"{credit.pk}:{book.backs[credit.pk]}",
        "counts": change,
        "reference": credit.reference,
        "lot_id": credit.pk,
        "available_at": credit.available_at,
    }
    if change < 0:
        wanted = -change
        if not account.programme.may_be_negative:
            wanted = min(wanted, book.within_reach(credit.pk))
        account.write(Kind.CLAWBACK, points=-wanted, **shared)
    elif change > 0:
        back = max(0, book.taken[credit.pk] - (credit.counts - target))
        account.write(Kind.EARN, points=back, expires_at=credit.expires_at, **shared)


@transaction.atomic
def earn_for_review(member: LoyaltyMembership, *, reference: str) -> int:
    """The order was rated: its bonus, once, and gone again with the order. Returns how many points."""
    account = Account(member.pk)
    points = account.bonus(
        Rule.REVIEW, points=account.programme.review_bonus, source=f"review:{reference}", reference=reference
    )
    account.close()
    return points


@transaction.atomic
def correct_points(
    member: LoyaltyMembership, *, points: int, reason: str, actor: Any = None, reference: str = "", source: str
) -> PointsEntry:
    """The shop gives or takes points by hand and says why. The same source twice is one correction.

    `reference` names the program it comes from, where no person does it.
    Raises `ReasonMissing`, `NotEnoughPoints` when more would be taken than can be spent, and `OverLimit` where the
    `actor` gives more than they may.
    """
    if not points or not reason.strip() or abs(points) > MOST_AT_ONCE:
        raise ReasonMissing
    gift = Gift(member.merchant, actor)
    account = Account(member.pk)
    if known := account.entry(Kind.MANUAL, source):
        return known
    gift.write(Goodwill.Kind.POINTS, Decimal(points), unit=Goodwill.IN_POINTS, key=f"{member.pk}:{source}")
    if points < 0 and account.book.balance < -points:
        raise NotEnoughPoints(balance=account.book.balance, wanted=-points)
    expires = expiry(account.programme, account.now) if points > 0 else None
    entry = account.write(
        Kind.MANUAL,
        rule=Rule.DESK,
        points=points,
        source=source,
        reference=reference,
        expires_at=expires,
        reason=reason,
        actor=actor,
    )
    account.close()
    return entry
