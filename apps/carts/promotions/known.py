"""The merchant's promotions as offers to one shopper. What they are is kept in memory as long as the catalogue stays
as it is (a saved promotion counts as a change of it); how often they were used is read anew, for those with a limit.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from apps.catalog import collected
from apps.catalog.index import while_unchanged
from apps.catalog.models import Category, Product
from apps.loyalty.models import Reward, Tier
from apps.merchants.models import Merchant

from ..models import Cart, Coupon, Promotion, PromotionUse
from .calculate import Kind, Offer
from .vouchers import voucher_offers


@dataclass(frozen=True, slots=True)
class Kept:
    """A promotion with what it is about; do not change what you get."""

    promotion: Promotion
    products: frozenset[int]
    categories: frozenset[int]  # those below the named ones included
    collections: frozenset[int]
    tiers: tuple[Tier, ...] = ()

    @property
    def is_limited(self) -> bool:
        return self.promotion.usage_limit is not None or self.promotion.limit_per_customer is not None


def known_promotions(merchant: Merchant) -> tuple[Kept, ...]:
    """The active ones, those to come and those that are over included. No query while nothing changes in the shop."""
    return while_unchanged(merchant, "promotions", _load)


def _load() -> tuple[Kept, ...]:
    active = list(
        Promotion.objects.filter(is_active=True).prefetch_related("products", "categories", "collections", "tiers")
    )
    parents = dict(Category.objects.values_list("pk", "parent_id")) if active else {}
    return tuple(
        Kept(
            promotion,
            frozenset(product.pk for product in promotion.products.all()),
            frozenset(_with_children({category.pk for category in promotion.categories.all()}, parents)),
            frozenset(collection.pk for collection in promotion.collections.all()),
            tuple(promotion.tiers.all()),
        )
        for promotion in active
    )


def _with_children(wanted: set[int], parents: dict[int, int | None]) -> set[int]:
    found = set(wanted)
    while more := {pk for pk, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def sets_with(merchant: Merchant, product: int, now: dt.datetime) -> list[Kept]:
    """Sets at one price that are there for everybody just now and that this product is part of. No query."""
    return [kept for kept in known_promotions(merchant) if product in kept.products and _is_open_set(kept, now)]


def _is_open_set(kept: Kept, now: dt.datetime) -> bool:
    row = kept.promotion
    is_now = (row.starts_at is None or row.starts_at <= now) and (row.ends_at is None or now < row.ends_at)
    is_for_some = row.customer_group or kept.tiers or row.channels or row.countries or row.is_first_order_only
    is_for_all = not (is_for_some or kept.is_limited)
    return row.kind == Kind.SET and row.is_automatic and is_now and is_for_all


def takes_codes(merchant: Merchant) -> bool:
    """Whether a code could mean anything here."""
    return any(not kept.promotion.is_automatic for kept in known_promotions(merchant)) or gives_vouchers(merchant)


def gives_vouchers(merchant: Merchant) -> bool:
    """Whether points are good for something here. No query while nothing changes in the shop."""
    return while_unchanged(merchant, "rewards", Reward.objects.exists)


def offers_for(cart: Cart) -> list[Offer]:
    """What applies by itself and what the cart's codes open, with what is left of each for this shopper.

    Their vouchers come last, so that they are taken off what the offers have left.

    A use that this cart's own draft has taken counts as left. No query where nothing is limited and no code is given.
    """
    known, coupons = known_promotions(cart.merchant), _coupons(cart.codes)
    vouchers = voucher_offers(cart, {coupon.code for coupon in coupons}) if cart.codes else []
    if not known:
        return vouchers
    by_code = {coupon.promotion_id: coupon for coupon in coupons}
    wanted = [kept for kept in known if kept.promotion.is_automatic or kept.promotion.pk in by_code]
    used = _Used.of(cart, [kept.promotion.pk for kept in wanted if kept.is_limited], coupons)
    return [*(offer_of(kept, by_code.get(kept.promotion.pk), used) for kept in wanted), *vouchers]


def _coupons(codes: Sequence[str]) -> list[Coupon]:
    """In the order they were given; a code that is gone or switched off is none."""
    if not codes:
        return []
    found = {coupon.code: coupon for coupon in Coupon.objects.filter(code__in=codes, is_active=True)}
    return [found[code] for code in codes if code in found]


@dataclass(frozen=True, slots=True)
class _Used:
    """Counters as they stand, and the uses that are this shopper's or this cart's own."""

    totals: dict[int, int]
    rows: tuple[tuple[int, int | None, int, bool], ...]  # promotion, coupon, cart, is this shopper's
    cart: int | None

    @classmethod
    def of(cls, cart: Cart, limited: Collection[int], coupons: Iterable[Coupon]) -> "_Used":
        of_coupons = [coupon.promotion_id for coupon in coupons if _is_limited(coupon)]
        asked = {*limited, *of_coupons}
        if not asked or (cart.pk is None and cart.customer_id is None):
            return cls(
                dict(Promotion.objects.filter(pk__in=asked).values_list("pk", "uses")) if asked else {}, (), None
            )
        mine = PromotionUse.objects.filter(
            Q(customer=cart.customer_id) | Q(cart=cart.pk), promotion__in=asked, released_at__isnull=True
        )
        rows = mine.values_list("promotion_id", "coupon_id", "cart_id", "customer_id")
        return cls(
            dict(Promotion.objects.filter(pk__in=asked).values_list("pk", "uses")),
            tuple((promotion, coupon, cart_, who == cart.customer_id) for promotion, coupon, cart_, who in rows),
            cart.pk,
        )

    def here(self, promotion: int, coupon: int | None = None) -> int:
        """By this cart's own draft."""
        return sum(1 for row in self.rows if row[0] == promotion and row[2] == self.cart and coupon in (None, row[1]))

    def by_you(self, promotion: int, coupon: int | None = None) -> int:
        """By this shopper with other carts."""
        return sum(
            1
            for row in self.rows
            if row[0] == promotion and row[3] and row[2] != self.cart and coupon in (None, row[1])
        )


def _is_limited(coupon: Coupon) -> bool:
    return coupon.usage_limit is not None or coupon.limit_per_customer is not None


def offer_of(kept: Kept, coupon: Coupon | None, used: _Used) -> Offer:
    """The promotion as it stands for this shopper, named in the active language."""
    promotion = kept.promotion
    pk = promotion.pk
    left = [_left(promotion.usage_limit, used.totals.get(pk, promotion.uses) - used.here(pk))]
    yours = [_left(promotion.limit_per_customer, used.by_you(pk))]
    if coupon is not None:
        left.append(_left(coupon.usage_limit, coupon.uses - used.here(pk, coupon.pk)))
        yours.append(_left(coupon.limit_per_customer, used.by_you(pk, coupon.pk)))
    return Offer(
        pk=pk,
        name=promotion.name,
        kind=Kind(promotion.kind),
        percent=promotion.percent,
        amount=promotion.amount if promotion.kind in (Kind.AMOUNT, Kind.SET) else None,
        buy=promotion.buy_quantity,
        get=promotion.get_quantity,
        products=kept.products,
        categories=kept.categories,
        collections=kept.collections,
        min_subtotal=promotion.min_subtotal,
        min_quantity=promotion.min_quantity,
        is_first_order_only=promotion.is_first_order_only,
        channels=frozenset(promotion.channels),
        countries=frozenset(promotion.countries),
        currency=promotion.currency,
        group=promotion.customer_group,
        tiers=frozenset(tier.pk for tier in kept.tiers),
        tier_names=", ".join(tier.name for tier in kept.tiers),
        starts_at=promotion.starts_at,
        ends_at=promotion.ends_at,
        is_exclusive=promotion.is_exclusive,
        priority=promotion.priority,
        left=_least(left),
        left_for_you=_least(yours),
        code=coupon.code if coupon is not None else "",
        coupon=coupon.pk if coupon is not None else None,
        source=promotion.source,
    )


def _left(limit: int | None, used: int) -> int | None:
    return None if limit is None else limit - used


def _least(values: Iterable[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)


def categories_of(products: Collection[int], offers: Iterable[Offer]) -> dict[int, frozenset[int]]:
    """Which categories these products are in; asked only where an offer is about some."""
    if not products or not any(offer.categories for offer in offers):
        return {}
    rows: Any = Product.categories.through.objects.filter(product_id__in=list(products))
    found: dict[int, set[int]] = {}
    for product, category in rows.values_list("product_id", "category_id"):
        found.setdefault(product, set()).add(category)
    return {product: frozenset(categories) for product, categories in found.items()}


def collections_of(merchant: Merchant, products: Collection[int], offers: Iterable[Offer]) -> dict[int, frozenset[int]]:
    """Which of the collections that offers are about these products are in, by the rules as they stand now."""
    named = {collection for offer in offers for collection in offer.collections}
    return collected.collections_of(merchant, products, named) if named else {}
