"""Two members who prove to be one, and one who proves to be two: lots change hands as they are, line by line."""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from apps.customers.models import Customer
from apps.merchants.models import new_public_id

from .actions.account import Account, Rule, members
from .book import Kind
from .models import LoyaltyMembership, Referral, RewardVoucher

OPEN = ("invited", "ordered", "review")
JOINED = "the two are one person"


def merge_loyalty(source: Customer, target: Customer) -> dict[str, Any]:
    """Points, vouchers and invitations of one of two belong to the one they are. Registered with customers.

    Returns {"member": moved as a whole} or {"lots": entries that came over, "vouchers": ids}, "referral": id, and of other
    invitations "refused": {id: state before} and "invited": ids that changed hands.
    """
    moved = _move_referral(source, target)
    theirs = members().filter(customer=source).first()
    ours = LoyaltyMembership.objects.filter(customer=target).first()
    if theirs is None:
        return moved
    if ours is None:
        LoyaltyMembership.objects.filter(pk=theirs.pk).update(customer=target)
        return moved | {"member": theirs.pk}
    giver, taker = _open(theirs, ours)
    vouchers = list(theirs.vouchers.filter(state="open").order_by("pk").values_list("pk", flat=True))
    RewardVoucher.objects.filter(pk__in=vouchers).update(membership=ours)
    lots = _hand_over(giver, taker)
    _take_birthday(giver.member, taker.member)
    moved |= _refuse_self(giver.member, taker.member)
    return moved | {"lots": lots, "vouchers": vouchers, "into": ours.pk}


def unmerge_loyalty(source: Customer, target: Customer, moved: dict[str, Any] | None) -> None:
    """What came over and is still there goes back."""
    moved = moved or {}
    LoyaltyMembership.objects.filter(pk=moved.get("member"), customer=target).update(customer=source)
    Referral.objects.filter(pk=moved.get("referral"), friend=target).update(friend=source)
    if was := moved.get("referral_was"):
        refused = Referral.objects.filter(pk=moved["referral"], state=Referral.State.REFUSED, reason=JOINED)
        refused.update(state=was, reason="")
    theirs = LoyaltyMembership.objects.filter(customer=source).first()
    ours = LoyaltyMembership.objects.filter(pk=moved.get("into"), customer=target).first()
    if theirs is None or ours is None:
        return
    taker, giver = _open(theirs, ours)
    _invitations_back(theirs, ours, moved)
    RewardVoucher.objects.filter(pk__in=moved["vouchers"], membership=ours, state="open").update(membership=theirs)
    _hand_over(giver, taker, only=moved["lots"])


def _open(one: LoyaltyMembership, other: LoyaltyMembership) -> tuple[Account, Account]:
    """Both locked, in the order of their keys."""
    accounts = {pk: Account(pk) for pk in sorted((one.pk, other.pk))}
    return accounts[one.pk], accounts[other.pk]


@transaction.atomic
def _hand_over(giver: Account, taker: Account, *, only: Collection[int] | None = None) -> list[int]:
    """Each lot with its times and what counts of it, and a debt; the taker's new entries."""
    tag, made = new_public_id(), []
    if only is None and giver.book.debt:
        debt = giver.book.debt
        giver.write(Kind.MANUAL, rule=Rule.MERGE, points=debt, source=f"{tag}:debt")
        taker.write(Kind.MANUAL, rule=Rule.MERGE, points=-debt, source=f"{tag}:debt")
    for root, credit in list(giver.book.credits.items()):
        if only is not None and root not in only:
            continue
        shared: dict[str, Any] = {"rule": Rule.MERGE, "reference": credit.reference}
        counts = giver.book.counts[root]
        lots = [(lot.key, lot.points, lot.available_at, lot.expires_at) for lot in giver.book.lots if lot.root == root]
        for key, points, available_at, expires_at in lots or (
            [("none", 0, credit.available_at, None)] if counts else []
        ):
            shared["available_at"] = available_at
            source = f"{tag}:{root}:{key}"
            giver.write(Kind.MANUAL, points=-points, counts=-counts, source=source, lot_id=root, **shared)
            came = taker.write(
                Kind.MANUAL, points=points, counts=counts, source=source, expires_at=expires_at, **shared
            )
            made.append(came.pk)
            counts = 0
    giver.close()
    taker.close()
    return made


def _move_referral(source: Customer, target: Customer) -> dict[str, Any]:
    """The first invitation stands; one's own is none. {"referral": its id, "referral_was": its state where it is refused}."""
    mine = Referral.objects.filter(friend=source).first()
    if mine is None or Referral.objects.filter(friend=target).exists():
        return {"referral": None}
    Referral.objects.filter(pk=mine.pk).update(friend=target)
    own = Referral.objects.filter(pk=mine.pk, referrer__customer=target, state__in=OPEN)
    is_refused = own.update(state=Referral.State.REFUSED, reason=JOINED)
    return {"referral": mine.pk, **({"referral_was": mine.state} if is_refused else {})}


def _refuse_self(giver: LoyaltyMembership, taker: LoyaltyMembership) -> dict[str, Any]:
    """Nobody invites themselves; whom the giver invited, the taker has."""
    both = Referral.objects.filter(referrer__in=(giver, taker), friend__in=(giver.customer_id, taker.customer_id))
    refused = {str(pk): state for pk, state in both.filter(state__in=OPEN).values_list("pk", "state")}
    both.filter(pk__in=refused).update(state=Referral.State.REFUSED, reason=JOINED)
    invited = Referral.objects.filter(referrer=giver, state__in=OPEN)
    ids = list(invited.values_list("pk", flat=True))
    Referral.objects.filter(pk__in=ids).update(referrer=taker)
    return {"refused": refused, "invited": ids}


def _invitations_back(theirs: LoyaltyMembership, ours: LoyaltyMembership, moved: dict[str, Any]) -> None:
    """Whom each had invited is theirs again, unless the bonus was paid or judged meanwhile."""
    for pk, state in moved.get("refused", {}).items():
        Referral.objects.filter(pk=pk, state=Referral.State.REFUSED, reason=JOINED).update(state=state, reason="")
    Referral.objects.filter(pk__in=moved.get("invited", ()), referrer=ours, state__in=OPEN).update(referrer=theirs)


def _take_birthday(giver: LoyaltyMembership, taker: LoyaltyMembership) -> None:
    told = ("birth_month", "birth_day", "birthday_told_at")
    if giver.birth_month and not taker.birth_month:
        LoyaltyMembership.objects.filter(pk=taker.pk).update(**{name: getattr(giver, name) for name in told})
    LoyaltyMembership.objects.filter(pk=giver.pk).update(**dict.fromkeys(told))
