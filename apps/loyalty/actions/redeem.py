"""Points into vouchers and back; and what a cart asks about a voucher. Carts decide where it is taken off."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from apps.customers.models import Customer
from apps.merchants import clock

from ..book import Kind
from ..errors import NotAMember, NotEnoughPoints, NotOffered, RewardGone, VoucherGone
from ..models import LoyaltyMembership, PointsEntry, Reward, RewardVoucher
from ..points import expiry
from .account import Account, Rule, member_of, programme

GIVEN_BACK_FOR = dt.timedelta(days=30)  # the least that points are good for when they come back after their time
State = RewardVoucher.State


def redeem(member: LoyaltyMembership, reward: Reward, *, reference: str) -> RewardVoucher:
    """Points for a voucher of its own code. The same reference again gives the same voucher.

    Raises `NotEnoughPoints`, `RewardGone`, `NotOffered`, `NotAMember`.
    """
    try:
        with transaction.atomic():
            return _known(member, reference) or _redeem(member, reward, reference)
    except IntegrityError:  # the same wish, twice at the same moment: the other one got it
        known = _known(member, reference)
        if known is None:
            raise
        return known


def _known(member: LoyaltyMembership, reference: str) -> RewardVoucher | None:
    found: RewardVoucher | None = RewardVoucher.objects.filter(membership=member, redemption=reference).first()
    return found


def _redeem(member: LoyaltyMembership, reward: Reward, reference: str) -> RewardVoucher:
    rules = programme()
    if rules is None or not rules.is_active:
        raise NotOffered
    today: Reward | None = Reward.objects.filter(pk=reward.pk, is_active=True).first()
    if today is None:
        raise RewardGone
    _take(member, today.cost)
    now = clock.now()  # read under the lock, so that the book's clock goes forward
    PointsEntry.objects.create(
        merchant_id=member.merchant_id,
        membership=member,
        kind=Kind.REDEEM,
        rule=Rule.REWARD,
        points=-today.cost,
        source=reference,
        available_at=now,
        created_at=now,
    )
    voucher = today.voucher(now=now, membership=member, redemption=reference)
    voucher.save()
    return voucher


def _take(member: LoyaltyMembership, points: int) -> None:
    """One conditional update; only where points have become due or have expired is the book opened first."""
    if _took(member, points):
        return
    account = Account(member.pk)
    if account.member.ended_at is not None:
        raise NotAMember
    account.close()
    if not _took(member, points):
        raise NotEnoughPoints(balance=account.member.balance, wanted=points)


def _took(member: LoyaltyMembership, points: int) -> bool:
    nothing_due = Q(next_change_at=None) | Q(next_change_at__gt=clock.now())
    rows = LoyaltyMembership.objects.filter(nothing_due, pk=member.pk, ended_at=None, balance__gte=points)
    return bool(rows.update(balance=F("balance") - points))


@transaction.atomic
def roll_back(member: LoyaltyMembership, *, reference: str) -> RewardVoucher:
    """Undo a redemption whose voucher was not used: its points are back as they were. Twice is once.

    Raises `VoucherGone` for a voucher that is used or that this member never had.
    """
    account = Account(member.pk)
    voucher = account.member.vouchers.select_for_update(no_key=True, of=("self",)).filter(redemption=reference).first()
    if voucher is None or voucher.state == State.USED:
        raise VoucherGone
    _undo(account, voucher)
    account.close()
    return voucher


def undo_vouchers(account: Account, *, used_for: str) -> None:
    """The order they were used for has come to nothing: void, their points back. The account is open."""
    for voucher in account.member.vouchers.filter(used_for=used_for).order_by("pk"):
        _undo(account, voucher)


def _undo(account: Account, voucher: RewardVoucher) -> None:
    voucher.state, voucher.used_for, voucher.used_at = State.VOID, "", None
    voucher.save(update_fields=["state", "used_for", "used_at"])
    if account.entry(Kind.REDEEM_ROLLBACK, voucher.redemption) is None:
        expires = expiry(account.programme, account.now)
        if expires and account.entry(Kind.REDEEM, voucher.redemption):  # each lot knows its own end, or had it
            expires = account.now + GIVEN_BACK_FOR
        account.write(
            Kind.REDEEM_ROLLBACK,
            rule=Rule.REWARD,
            points=voucher.cost,
            source=voucher.redemption,
            expires_at=expires,
        )


def usable_voucher(customer: Customer, code: str) -> RewardVoucher:
    """The shopper's own voucher by its code, whatever the case and spaces. Raises `VoucherGone`."""
    tidy = "".join(code.split()).upper()[:12]
    member = member_of(customer)
    found: RewardVoucher | None = member.vouchers.filter(code=tidy).first() if member else None
    if found is None or not found.is_usable(clock.now()):
        raise VoucherGone
    return found


def use_voucher(voucher: RewardVoucher, *, reference: str) -> None:
    """It is taken for this order, in the order's transaction; the same order again is fine. Raises `VoucherGone`."""
    now = clock.now()
    mine = RewardVoucher.objects.filter(pk=voucher.pk)
    in_time = Q(expires_at=None) | Q(expires_at__gt=now)
    if mine.filter(in_time, state=State.OPEN).update(state=State.USED, used_for=reference, used_at=now):
        return
    if not mine.filter(state=State.USED, used_for=reference).exists():
        raise VoucherGone


def release_vouchers(*, reference: str) -> int:
    """The order was never paid: its vouchers can be used again. Returns how many."""
    mine = RewardVoucher.objects.filter(used_for=reference, state=State.USED)
    return int(mine.update(state=State.OPEN, used_for="", used_at=None))
