"""Members bring friends. Both are paid once the friend's first order can no longer be returned.

Who looks like inviting themself is looked at by the shop first.
"""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from apps.customers.models import Address, Customer, Identity
from apps.merchants import clock

from ..errors import NotOffered, ReferralRefused
from ..models import LoyaltyMembership, Referral
from .account import Account, Rule, member_of, members, programme

State = Referral.State
OPEN = (State.INVITED, State.ORDERED, State.REVIEW)
UNJUDGED: dict[str, Any] = {"decided_by": None, "decided_with": "", "decided_at": None}


def accept_invitation(friend: Customer, code: str, *, has_ordered: bool) -> Referral:
    """The friend came with a member's code. The same code again is the same referral.

    Raises `NotOffered`, and `ReferralRefused` for a code nobody has, one's own, or who is no new shopper.
    """
    rules = programme()
    if rules is None or not rules.is_active or not (rules.referrer_bonus or rules.friend_bonus):
        raise NotOffered
    referrer = members().filter(code="".join(code.split()).upper()[:12]).first()
    if referrer is None:
        raise ReferralRefused("unknown")
    if referrer.customer_id == friend.pk:
        raise ReferralRefused("self")
    if known := Referral.objects.filter(friend=friend).first():
        return _same(known, referrer)
    if has_ordered:
        raise ReferralRefused("customer")
    try:
        with transaction.atomic():
            made: Referral = Referral.objects.create(
                merchant_id=friend.merchant_id, referrer=referrer, friend=friend, created_at=clock.now()
            )
            return made
    except IntegrityError:
        return _same(Referral.objects.get(friend=friend), referrer)


def _same(known: Referral, referrer: LoyaltyMembership) -> Referral:
    if known.referrer_id != referrer.pk:
        raise ReferralRefused("taken")
    return known


def friend_ordered(account: Account, *, reference: str, due_at: dt.datetime) -> None:
    """The first order of somebody who was invited: the clock runs. Their account is open."""
    found = Referral.objects.select_for_update(no_key=True, of=("self",)).filter(
        friend=account.member.customer_id, state=State.INVITED
    )
    for referral in found.select_related("referrer__customer"):
        referral.reason = same_person(referral.referrer.customer, account.member.customer)
        referral.state = State.REVIEW if referral.reason else State.ORDERED
        referral.reference, referral.due_at = reference, due_at
        referral.save(update_fields=["state", "reason", "reference", "due_at"])


def order_undone(friend: int, *, reference: str) -> None:
    """The order that counted came to nothing; the next one may count."""
    undone = Referral.objects.filter(friend=friend, reference=reference, state__in=(State.ORDERED, State.REVIEW))
    undone.update(state=State.INVITED, reference="", due_at=None, reason="", **UNJUDGED)


def pay_referrals(*, limit: int = 500) -> int:
    """Pay both sides of what is due; what looks like one person goes to the shop. Returns how many were paid.

    For the scheduler, in the merchant's scope; each in a transaction of its own.
    """
    due = Referral.objects.filter(state=State.ORDERED, due_at__lte=clock.now()).order_by("due_at", "pk")
    return sum(_pay(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


@transaction.atomic
def _pay(pk: int) -> bool:
    """Members are locked before the referral, as whoever undoes an order does."""
    told = Referral.objects.select_related("referrer").get(pk=pk)
    friend = member_of(told.friend_id)
    both = {told.referrer_id, *((friend.pk,) if friend else ())}
    accounts = {each: Account(each) for each in sorted(both)}
    locked: QuerySet[Referral] = Referral.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "referrer"
    )
    referral = locked.filter(pk=pk, state=State.ORDERED, due_at__lte=clock.now()).first()
    if referral is None:
        return False
    referrer = accounts[referral.referrer_id].member
    if friend is None or friend.pk == referrer.pk or referrer.ended_at is not None:
        return _decide(referral, State.REFUSED, "one of the two is no member any more")
    suspicion = "" if referral.is_judged else same_person(referrer.customer, friend.customer)
    if suspicion:
        return _decide(referral, State.REVIEW, suspicion)
    rules, source = accounts[referrer.pk].programme, f"referral:{pk}"
    accounts[referrer.pk].bonus(Rule.REFERRER, points=rules.referrer_bonus, source=source)
    accounts[friend.pk].bonus(Rule.FRIEND, points=rules.friend_bonus, source=source)
    for account in accounts.values():
        account.close()
    return _decide(referral, State.PAID, referral.reason)


def _decide(referral: Referral, state: str, reason: str) -> bool:
    referral.state, referral.reason = state, reason
    referral.save(update_fields=["state", "reason"])
    return state == State.PAID


@transaction.atomic
def judge_referral(referral: Referral, *, is_fine: bool, actor: Any = None, reference: str = "") -> Referral:
    """The shop has looked: paid when due, or refused. Only what waits for a judgement is judged.

    `reference` names the program that judged, where no person did.
    """
    referral = Referral.objects.select_for_update(no_key=True, of=("self",)).get(pk=referral.pk)
    if referral.state == State.REVIEW:
        referral.state = State.ORDERED if is_fine else State.REFUSED
        referral.decided_by, referral.decided_with, referral.decided_at = actor, reference, clock.now()
        referral.save(update_fields=["state", *UNJUDGED])
    return referral


def same_person(one: Customer, other: Customer) -> str:
    """Why these two look like one: the same phone, e-mail or address; "" when nothing says so."""
    if one.pk == other.pk:
        return "the same customer"
    if _phones(one) & _phones(other):
        return "the same phone"
    if one.email and one.email.casefold() == other.email.casefold():
        return "the same e-mail"
    return "the same address" if _places(one) & _places(other) else ""


def _phones(person: Customer) -> set[str]:
    numbers = [str(person.phone or ""), *Identity.objects.filter(customer=person).values_list("phone", flat=True)]
    return {digits for number in numbers if len(digits := "".join(c for c in number if c.isdecimal())) >= 6}


def _places(person: Customer) -> set[tuple[str, ...]]:
    rows = Address.objects.filter(customer=person).values_list("line1", "line2", "postcode", "country")
    return {tuple("".join(c for c in part.casefold() if c.isalnum()) for part in row) for row in rows}
