"""A member's row under its lock, with the book replayed to this moment: whoever moves points goes through here."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet

from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.prepared import Prepared

from ..book import Book, Kind
from ..models import LoyaltyMembership, LoyaltyProgramme, PointsEntry, Tier
from ..points import expiry
from ..tiers import follow_tier

Rule = PointsEntry.Rule
COUNTERS = ["balance", "pending", "lifetime", "may_be_negative", "tier", "tier_until", "settled_at", "next_change_at"]


def _programme() -> QuerySet[LoyaltyProgramme]:
    found: QuerySet[LoyaltyProgramme] = LoyaltyProgramme.objects.order_by("pk")[:1]
    return found


_find_programme = Prepared(_programme)  # every menu asks


def programme() -> LoyaltyProgramme | None:
    """The merchant's rules, whether in force or not."""
    return _find_programme.first()


def members() -> QuerySet[LoyaltyMembership]:
    """Everybody who joined and was not forgotten."""
    found: QuerySet[LoyaltyMembership] = LoyaltyMembership.objects.filter(ended_at=None)
    return found


def member_of(customer: Customer | int, *, earning: bool = False) -> LoyaltyMembership | None:
    """This shopper's membership; with `earning` only while the programme is on. One statement."""
    found = members().filter(customer=customer)
    if earning:
        found = found.filter(merchant__loyaltyprogramme__is_active=True)
    return found.first()


_find_tier = Prepared[Tier](  # every turn of a shop with prices or offers for members asks
    lambda customer: Tier.objects.filter(
        loyaltymembership__customer=customer,
        loyaltymembership__ended_at=None,
        merchant__loyaltyprogramme__is_active=True,
    ),
    customer=int,
)


def tier_of(customer: int) -> Tier | None:
    """The level this shopper is on, days of grace included; None while the programme is off. One statement."""
    return _find_tier.first(customer=customer)


class Account:
    """Locks the member until the transaction ends; what has become due by now is booked first.

    `close` writes the counters; an account that is opened and not closed changes nothing but its due expiries.
    """

    def __init__(self, membership_id: int) -> None:
        rows = LoyaltyMembership.objects.select_for_update(no_key=True, of=("self",)).select_related("tier", "customer")
        self.member: LoyaltyMembership = rows.get(pk=membership_id)
        self.now = clock.now()
        self.programme = programme() or LoyaltyProgramme(merchant_id=self.member.merchant_id)
        self.entries: list[PointsEntry] = list(PointsEntry.objects.filter(membership=self.member).order_by("pk"))
        self.book = Book(self.entries)
        self.book.wait_until(max(self.now, self.member.settled_at))
        for lot in self.book.expired(self.now):
            self.expire(lot.key, lot.root, lot.points)

    def entry(self, kind: str, source: str) -> PointsEntry | None:
        """The line for this, if it was written already."""
        return next((entry for entry in self.entries if entry.kind == kind and entry.source == source), None)

    def write(
        self,
        kind: str,
        *,
        rule: str,
        points: int,
        source: str,
        counts: int = 0,
        reference: str = "",
        lot_id: int | None = None,
        available_at: dt.datetime | None = None,
        expires_at: dt.datetime | None = None,
        reason: str = "",
        actor: Any = None,
    ) -> PointsEntry:
        entry: PointsEntry = PointsEntry.objects.create(
            merchant_id=self.member.merchant_id,
            membership=self.member,
            kind=kind,
            rule=rule,
            points=points,
            counts=counts,
            source=source,
            reference=reference,
            lot_id=lot_id,
            available_at=available_at or self.now,
            expires_at=expires_at,
            reason=reason[:200],
            actor=actor,
            created_at=self.now,
        )
        self.entries.append(entry)
        self.book.write(entry)
        return entry

    def earn(
        self, rule: str, *, points: int, source: str, available_at: dt.datetime, reference: str = ""
    ) -> PointsEntry:
        """Points that count, for as long as the programme says."""
        return self.write(
            Kind.EARN,
            rule=rule,
            points=points,
            counts=points,
            source=source,
            reference=reference,
            available_at=available_at,
            expires_at=expiry(self.programme, available_at),
        )

    def bonus(self, rule: str, *, points: int, source: str, reference: str = "") -> int:
        """A bonus to be spent at once, once per source, and the fact of it. Returns how many points came."""
        if not points or not self.programme.is_active or self.entry(Kind.EARN, source):
            return 0
        self.earn(rule, points=points, source=source, available_at=self.now, reference=reference)
        self.member.record("bonus", points=points, rule=rule)
        return points

    def expire(self, key: str, root: int, points: int, *, reason: str = "") -> None:
        rule = self.book.credits[root].rule if root in self.book.credits else Rule.DESK
        self.write(Kind.EXPIRE, rule=rule, points=-points, source=key, lot_id=root, reason=reason)

    def close(self) -> None:
        """The counters as the book says, and the tier they lead to."""
        member, book = self.member, self.book
        if (came := self._came()) and self.programme.is_active:
            member.record("available", points=came)
        member.balance, member.pending, member.lifetime = book.balance, book.pending, book.lifetime
        member.may_be_negative = self.programme.may_be_negative or book.balance < 0
        member.settled_at, member.next_change_at = self.now, book.next_change()
        follow_tier(member, self.entries, grace_days=self.programme.grace_days, now=self.now)
        member.save(update_fields=COUNTERS)

    def _came(self) -> int:
        """How many of the points that waited can be spent since the last time somebody looked; none that came at once."""
        since, now, credits = self.member.settled_at, self.now, self.book.credits
        return sum(
            lot.points
            for lot in self.book.lots
            if since < lot.available_at <= now
            and lot.root in credits
            and credits[lot.root].created_at < lot.available_at
        )
