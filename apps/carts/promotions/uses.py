"""Counting uses: taken with the draft order, given back when it ends. The last thing locked in a transaction.

Counters are locked by primary key, promotions before codes; whoever wants the same use waits for the commit.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F

from apps.customers.models import Customer
from apps.merchants import clock

from ..models import Cart, Coupon, Promotion, PromotionUse


class UsedUp(Exception):
    """Somebody was quicker, or this shopper has had it before: the promotion cannot be used once more."""

    def __init__(self, promotion: Promotion) -> None:
        super().__init__(f"{promotion} cannot be used once more")
        self.promotion = promotion


@dataclass(frozen=True, slots=True)
class Wish:
    """One use that is wanted: of a promotion, perhaps by a code."""

    promotion: int
    coupon: int | None = None


@dataclass(frozen=True, slots=True)
class _Locked:
    promotions: dict[int, Promotion]
    coupons: dict[int, Coupon]


def take_uses(cart: Cart, reference: str, wishes: Collection[Wish], *, instead_of: str = "") -> None:
    """Note that this order uses these, or raise `UsedUp`. What `instead_of` had is given back first.

    Taken again under the same reference, after it was given back, is one use.
    """
    given_up = _flip(instead_of) if instead_of else []
    if not wishes and not given_up:
        return
    locked = _lock([*wishes, *given_up])
    _count(given_up, -1)
    mine = PromotionUse.objects.filter(reference=reference, promotion__in=[wish.promotion for wish in wishes])
    had = {use.promotion_id: use for use in mine}
    fresh = [wish for wish in wishes if wish.promotion not in had or had[wish.promotion].released_at is not None]
    _refuse_used_up(locked, cart.customer_id, fresh, given_up)
    _count(fresh, 1)
    if had:
        PromotionUse.objects.filter(pk__in=[use.pk for use in had.values()]).update(released_at=None)
    PromotionUse.objects.bulk_create(
        PromotionUse(
            merchant_id=cart.merchant_id,
            promotion_id=wish.promotion,
            coupon_id=wish.coupon,
            customer_id=cart.customer_id,
            cart=cart,
            reference=reference,
        )
        for wish in fresh
        if wish.promotion not in had
    )


def release_uses(reference: str, *, only_returnable: bool = False) -> None:
    """Give back what this order used; twice is once. `only_returnable`: where a refund does so, by setting."""
    given_up = _flip(reference, only_returnable=only_returnable)
    if given_up:
        _lock(given_up)
        _count(given_up, -1)


def retake_uses(cart: Cart, reference: str) -> None:
    """An order that had ended comes back: it uses again what it used. Raises `UsedUp`."""
    ended = PromotionUse.objects.filter(reference=reference, released_at__isnull=False)
    take_uses(cart, reference, [Wish(use.promotion_id, use.coupon_id) for use in ended.order_by("promotion_id")])


def move_uses(source: Customer, target: Customer) -> list[int]:
    """Two customers turned out to be one: what either used, they used. Registered with customers."""
    moved = list(PromotionUse.objects.filter(customer=source).order_by("pk").values_list("pk", flat=True))
    PromotionUse.objects.filter(pk__in=moved).update(customer=target)
    return moved


def move_uses_back(source: Customer, target: Customer, moved: list[int] | None) -> None:
    """Those of carts that went back; carts first."""
    PromotionUse.objects.filter(pk__in=moved or (), customer=target, cart__customer=source).update(customer=source)


def _flip(reference: str, *, only_returnable: bool = False) -> list[Wish]:
    """Mark the order's rows as given back; which uses these were. The order is locked by the caller."""
    taken = PromotionUse.objects.filter(reference=reference, released_at__isnull=True)
    if only_returnable:
        taken = taken.filter(promotion__returns_use=True)
    rows = list(taken.order_by("pk").values_list("pk", "promotion_id", "coupon_id"))
    if rows:
        PromotionUse.objects.filter(pk__in=[row[0] for row in rows]).update(released_at=clock.now())
    return [Wish(promotion, coupon) for _pk, promotion, coupon in rows]


def _lock(wishes: Iterable[Wish]) -> _Locked:
    listed = list(wishes)
    coupons = {wish.coupon for wish in listed if wish.coupon is not None}
    return _Locked(
        _locked_rows(Promotion, {wish.promotion for wish in listed}),
        _locked_rows(Coupon, coupons) if coupons else {},
    )


def _locked_rows(model: Any, ids: set[int]) -> dict[int, Any]:
    return {row.pk: row for row in model.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}


def _count(wishes: Sequence[Wish], change: int) -> None:
    """One use each, all their rows locked. The database refuses what would pass a limit."""
    promotions = [wish.promotion for wish in wishes]
    coupons = [wish.coupon for wish in wishes if wish.coupon is not None]
    if promotions:
        Promotion.objects.filter(pk__in=promotions).update(uses=F("uses") + change)
    if coupons:
        Coupon.objects.filter(pk__in=coupons).update(uses=F("uses") + change)


def _refuse_used_up(locked: _Locked, customer: int, wishes: Sequence[Wish], given_up: Sequence[Wish]) -> None:
    mine = _uses_of(customer, locked, wishes)
    for wish in wishes:
        promotion = locked.promotions.get(wish.promotion)
        if promotion is None:
            raise Promotion.DoesNotExist(wish.promotion)
        back = sum(each.promotion == wish.promotion for each in given_up)
        if _is_full(promotion.usage_limit, promotion.uses - back):
            raise UsedUp(promotion)
        if _is_full(promotion.limit_per_customer, mine.get((wish.promotion, None), 0)):
            raise UsedUp(promotion)
        coupon = locked.coupons.get(wish.coupon) if wish.coupon is not None else None
        if coupon is not None:
            back = sum(each.coupon == coupon.pk for each in given_up)
            by_code = mine.get((wish.promotion, coupon.pk), 0)
            if _is_full(coupon.usage_limit, coupon.uses - back) or _is_full(coupon.limit_per_customer, by_code):
                raise UsedUp(promotion)


def _is_full(limit: int | None, used: int) -> bool:
    return limit is not None and used >= limit


def _uses_of(customer: int, locked: _Locked, wishes: Sequence[Wish]) -> dict[tuple[int, int | None], int]:
    """How often this shopper has used them, in all and by code; asked once the counters are locked."""
    rows: list[Any] = [*locked.promotions.values(), *locked.coupons.values()]
    if all(row.limit_per_customer is None for row in rows):
        return {}
    wanted = [wish.promotion for wish in wishes]
    uses = PromotionUse.objects.filter(promotion__in=wanted, customer=customer, released_at__isnull=True)
    counted: dict[tuple[int, int | None], int] = {}
    for promotion, coupon, n in uses.values_list("promotion_id", "coupon_id").annotate(n=Count("pk")).order_by():
        counted[promotion, None] = counted.get((promotion, None), 0) + n
        if coupon is not None:
            counted[promotion, coupon] = n
    return counted
