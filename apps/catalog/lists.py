"""Which price lists count for a shopper (docs/decisions/price-lists.md).

The most telling list that has a price for a variant gives it: one for a group of theirs in their country, one for a
group, one for their country, one for everyone; then the higher priority, then the older list. Never two together, and
where no list has a price, the one for everyone counts. Members on a level of the points are a group, too.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext

from apps.customers.models import Address, GroupMember
from apps.loyalty.actions import tier_of
from apps.loyalty.models import Tier
from apps.merchants import clock
from apps.merchants.models import Merchant

from .index import has_lists, remembered
from .models import PriceList


@dataclass(frozen=True, slots=True)
class Terms:
    """The lists that count for a shopper now, the most telling first. `ever` has those that are over or to come, too.

    `currency` is what they pay in; "" for the shop's own, so that what is kept for it is kept once. `tier` is the level
    they are on, where some of these lists are for members.
    """

    lists: tuple[int, ...] = ()
    ever: tuple[int, ...] = ()
    currency: str = ""
    rows: Mapping[int, PriceList] = field(default_factory=dict, compare=False, repr=False)
    tier: Tier | None = field(default=None, compare=False, repr=False)

    def reason(self, price_list: int) -> str:
        """Why a price is of this list, in the active language."""
        row = self.rows[price_list]
        if row.reason:
            return row.reason
        if self.tier is not None and _is_for_tier(row, self.tier):
            return gettext("%s member price") % self.tier.name
        return gettext("your price: %s") % row.name

    def paid_in(self, merchant: Merchant) -> str:
        """The currency by its code."""
        return self.currency or merchant.currency

    def within(self, merchant: Merchant, currency: str) -> "Terms":
        """The same in this currency."""
        return replace(self, currency="" if currency == merchant.currency else currency)

    def source(self, price_list: int) -> str:
        """What the books call it."""
        return f"pricelist:{self.rows[price_list].public_id}"


FOR_EVERYONE = Terms()


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where parcels to a shopper usually go ("" where nobody knows), and the lists of their groups or of nobody's.

    `tier` is their level; None where no list is for members.
    """

    country: str
    lists: tuple[PriceList, ...]
    tier: Tier | None


def terms_for(merchant: Merchant, customer: int | None, *, country: str = "") -> Terms:
    """Of the shopper of this key where parcels go to `country`, or to their usual address, or to the shop's country.

    Call in the merchant's scope. No query in a shop without lists, one with them, two where some are for members;
    within one look it is asked once.
    """
    if not has_lists(merchant):
        return FOR_EVERYONE
    standing: _Standing = remembered(("standing", merchant.pk, customer), lambda: _standing(customer))
    return terms_of(standing.lists, country=country or standing.country or merchant.country, tier=standing.tier)


def level_of(customer: int) -> Tier | None:
    """The level of the points that this shopper is on; within one look it is asked once."""
    return remembered(("level", customer), lambda: tier_of(customer))


def terms_in_groups(
    merchant: Merchant, groups: Iterable[str], *, country: str, tier: Tier | None = None, now: dt.datetime | None = None
) -> Terms:
    """Of somebody who is only thought of: in groups of these names, on this level. Call in the merchant's scope."""
    if not has_lists(merchant):
        return FOR_EVERYONE
    lists = _reaching(_links().filter(customergroup__name__in=list(groups)))
    return terms_of(_for_members_of(tier, lists), country=country, tier=tier, now=now)


def terms_of(
    lists: Iterable[PriceList], *, country: str, tier: Tier | None = None, now: dt.datetime | None = None
) -> Terms:
    """Of whom these lists may be for, each with `is_for_some`: those that reach the country, in their order."""
    moment, land = now or clock.now(), country.upper()
    reached = sorted((one for one in lists if not one.countries or land in one.countries), key=_order)
    return Terms(
        lists=tuple(one.pk for one in reached if _is_in_force(one, moment)),
        ever=tuple(one.pk for one in reached),
        rows={one.pk: one for one in reached},
        tier=tier,
    )


def _order(one: PriceList) -> tuple[bool, bool, int, int]:
    is_for_some: bool = one.is_for_some  # type: ignore[attr-defined]
    return not is_for_some, not one.countries, -one.priority, one.pk


def _is_in_force(one: PriceList, moment: dt.datetime) -> bool:
    has_begun = one.starts_at is None or one.starts_at <= moment
    return one.is_active and has_begun and (one.ends_at is None or one.ends_at > moment)


def _standing(customer: int | None) -> _Standing:
    address = Address.objects.filter(customer=customer).order_by("-is_default", "-pk").values("country")[:1]
    mine = GroupMember.objects.filter(customer=customer, group__price_lists=OuterRef("pk"))
    found: list[Any] = list(_reaching(mine).annotate(usual=Subquery(address)))
    has_levels = any(one.tier_ids for one in found)
    tier = level_of(customer) if customer is not None and has_levels else None
    country = next((one.usual or "" for one in found), "")
    return _Standing(country, tuple(_for_members_of(tier, found)), tier)


def _reaching(theirs: QuerySet[Any]) -> QuerySet[PriceList]:
    """The lists for everyone, those that `theirs` (a query over `PriceList`) has rows for, and those for any level.

    Each with `is_for_some`, `is_theirs` and `tier_ids`.
    """
    levels = _tier_links().order_by("pk").values("tier")
    lists = PriceList.objects.annotate(
        is_for_some=Q(Exists(_links())) | Q(Exists(_tier_links())),
        is_theirs=Exists(theirs),
        tier_ids=ArraySubquery(levels),
    )
    return lists.filter(Q(is_for_some=False) | Q(is_theirs=True) | Exists(_tier_links()))


def _for_members_of(tier: Tier | None, lists: Iterable[Any]) -> Iterator[PriceList]:
    """Those of `_reaching` that are for whoever is on this level."""
    for one in lists:
        if not one.is_for_some or one.is_theirs or (tier is not None and _is_for_tier(one, tier)):
            yield one


def _is_for_tier(one: Any, tier: Tier) -> bool:
    return tier.pk in one.tier_ids


def _links() -> QuerySet[Model]:
    """For queries over `PriceList`: the groups it is for."""
    return PriceList.groups.through.objects.filter(pricelist=OuterRef("pk"))


def _tier_links() -> QuerySet[Model]:
    """The levels it is for."""
    return PriceList.tiers.through.objects.filter(pricelist=OuterRef("pk"))
