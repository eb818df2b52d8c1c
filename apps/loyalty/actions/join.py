"""Joining, and telling one's birthday."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.customers.models import Customer
from apps.merchants import clock

from ..book import Kind
from ..errors import BirthdayKept, NotOffered
from ..models import LoyaltyMembership
from ..points import birthday_in
from .account import Account, Rule, member_of, members, programme

KNOWN_FOR = dt.timedelta(days=30)  # a birthday told later than that is not for this year
APART = dt.timedelta(days=300)  # between two birthdays, whatever was told in between


def join(customer: Customer, *, terms: str) -> LoyaltyMembership:
    """One tap: the shopper agreed to `terms` (their address). Twice is once. Raises `NotOffered`."""
    rules = programme()
    if rules is None or not rules.is_active:
        raise NotOffered
    if known := member_of(customer):
        return known
    now = clock.now()
    try:
        with transaction.atomic():
            made: LoyaltyMembership = LoyaltyMembership.objects.create(
                merchant_id=customer.merchant_id,
                customer=customer,
                terms=terms[:300],
                joined_at=now,
                settled_at=now,
                may_be_negative=rules.may_be_negative,
            )
            return made
    except IntegrityError:
        known = member_of(customer)
        if known is None:
            raise
        return known


@transaction.atomic
def tell_birthday(member: LoyaltyMembership, *, month: int, day: int) -> None:
    """Day and month, no year. The same again is fine; another raises `BirthdayKept`, an impossible one `ValueError`."""
    dt.date(2024, month, day)  # a leap year knows every day
    told = LoyaltyMembership.objects.filter(pk=member.pk, birth_month=None)
    if told.update(birth_month=month, birth_day=day, birthday_told_at=clock.now()):
        return
    if not LoyaltyMembership.objects.filter(pk=member.pk, birth_month=month, birth_day=day).exists():
        raise BirthdayKept


def give_birthdays() -> int:
    """Today's birthdays, where the shop is: once a year, and only if it was told thirty days before.

    For the scheduler, in the merchant's scope. Returns how many were given.
    """
    rules = programme()
    if rules is None or not rules.is_active or not rules.birthday_bonus:
        return 0
    today = clock.now().astimezone(rules.merchant.zone).date()
    days = {(today.month, today.day)}
    if birthday_in(today.year, 2, 29) == today:
        days.add((2, 29))
    born = Q()
    for month, day in days:
        born |= Q(birth_month=month, birth_day=day)
    due = members().filter(born, birthday_told_at__lte=clock.now() - KNOWN_FOR).order_by("pk")
    return sum(_congratulate(pk, today.year) for pk in list(due.values_list("pk", flat=True)))


@transaction.atomic
def _congratulate(pk: int, year: int) -> bool:
    account = Account(pk)
    given = (e for e in account.entries if e.rule == Rule.BIRTHDAY and e.kind == Kind.EARN)
    if any(entry.created_at > account.now - APART for entry in given) or account.member.ended_at is not None:
        return False
    points = account.bonus(Rule.BIRTHDAY, points=account.programme.birthday_bonus, source=f"birthday:{year}")
    account.close()
    return bool(points)
