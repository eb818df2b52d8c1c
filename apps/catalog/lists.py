"""Which price lists count for a shopper (docs/decisions/price-lists.md).

The most telling list that has a price for a variant gives it: one for a group of theirs in their country, one for a
group, one for their country, one for everyone; then the higher priority, then the older list. Never two together, and
where no list has a price, the one for everyone counts.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext

from apps.customers.models import Address, GroupMember
from apps.merchants import clock
from apps.merchants.models import Merchant

from .index import has_lists, remembered
from .models import PriceList


@dataclass(frozen=True, slots=True)
class Terms:
    """The lists that count for a shopper now, the most telling first. `ever` has those that are over or to come, too.

    `currency` is what they pay in; "" for the shop's own, so that what is kept for it is kept once.
    """

    lists: tuple[int, ...] = ()
    ever: tuple[int, ...] = ()
    currency: str = ""
    rows: Mapping[int, PriceList] = field(default_factory=dict, compare=False, repr=False)

    def reason(self, price_list: int) -> str:
        """Why a price is of this list, in the active language."""
        row = self.rows[price_list]
        return row.reason or gettext("your price: %s") % row.name

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
    """Where parcels to a shopper usually go ("" where nobody knows), and the lists of their groups or of nobody's."""

    country: str
    lists: tuple[PriceList, ...]


def terms_for(merchant: Merchant, customer: int | None, *, country: str = "") -> Terms:
    """Of the shopper of this key where parcels go to `country`, or to their usual address, or to the shop's country.

    Call in the merchant's scope. No query in a shop without lists, one with them; within one look it is asked once.
    """
    if not has_lists(merchant):
        return FOR_EVERYONE
    standing: _Standing = remembered(("standing", merchant.pk, customer), lambda: _standing(customer))
    return terms_of(standing.lists, country=country or standing.country or merchant.country)


def terms_in_groups(merchant: Merchant, groups: Iterable[str], *, country: str) -> Terms:
    """Of somebody who is only thought of: in groups of these names. Call in the merchant's scope."""
    if not has_lists(merchant):
        return FOR_EVERYONE
    lists = PriceList.objects.annotate(is_for_group=Exists(_links()))
    theirs = lists.filter(Q(is_for_group=False) | Exists(_links().filter(customergroup__name__in=list(groups))))
    return terms_of(theirs, country=country)


def terms_of(lists: Iterable[PriceList], *, country: str, now: dt.datetime | None = None) -> Terms:
    """Of whom these lists may be for, each with `is_for_group`: those that reach the country, in their order."""
    moment, land = now or clock.now(), country.upper()
    reached = sorted((one for one in lists if not one.countries or land in one.countries), key=_order)
    return Terms(
        lists=tuple(one.pk for one in reached if _is_in_force(one, moment)),
        ever=tuple(one.pk for one in reached),
        rows={one.pk: one for one in reached},
    )


def _order(one: PriceList) -> tuple[bool, bool, int, int]:
    is_for_group: bool = one.is_for_group  # type: ignore[attr-defined]
    return not is_for_group, not one.countries, -one.priority, one.pk


def _is_in_force(one: PriceList, moment: dt.datetime) -> bool:
    has_begun = one.starts_at is None or one.starts_at <= moment
    return one.is_active and has_begun and (one.ends_at is None or one.ends_at > moment)


def _standing(customer: int | None) -> _Standing:
    address = Address.objects.filter(customer=customer).order_by("-is_default", "-pk").values("country")[:1]
    mine = GroupMember.objects.filter(customer=customer, group__price_lists=OuterRef("pk"))
    lists = PriceList.objects.annotate(is_for_group=Exists(_links()), usual=Subquery(address))
    found = list(lists.filter(Q(is_for_group=False) | Exists(mine)))
    return _Standing(next((one.usual or "" for one in found), ""), tuple(found))


def _links() -> QuerySet[Model]:
    """For queries over `PriceList`: the groups it is for."""
    return PriceList.groups.through.objects.filter(pricelist=OuterRef("pk"))
