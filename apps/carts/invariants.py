"""What must always be true of carts; run by `manage.py check_invariants`."""

from collections.abc import Callable

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Cast, Coalesce

from apps.catalog.models import StockHold

from .models import Cart, CartChange, CartLine, Coupon, DeliveryStep, PickupPoint, Promotion, PromotionUse


def one_open_cart() -> list[str]:
    """A customer has at most one open cart, and it is in the merchant's own shop."""
    doubled = Cart.objects.filter(status=Cart.Status.OPEN).values("customer_id").annotate(n=Count("pk")).filter(n__gt=1)
    astray = Cart.objects.exclude(merchant_id=F("customer__merchant_id"))
    return [f"customer {row['customer_id']} has {row['n']} open carts" for row in doubled] + [
        f"cart {cart.pk} and its customer belong to different shops" for cart in astray
    ]


def lines_of_one_shop() -> list[str]:
    """A cart holds only things of its own shop, bound for an address of its own customer."""
    lines = CartLine.objects.exclude(merchant_id=F("variant__merchant_id"), cart__merchant_id=F("merchant_id"))
    carts = Cart.objects.filter(~Q(address__customer_id=F("customer_id")), address__isnull=False)
    return [f"cart line {line.pk} holds another shop's variant" for line in lines] + [
        f"cart {cart.pk} goes to somebody else's address" for cart in carts
    ]


def uses_counted() -> list[str]:
    """What a promotion or a code counts is the number of its uses that were not given back, and within its limit."""
    wrong = []
    for model, name in ((Promotion, "promotion"), (Coupon, "coupon")):
        taken = PromotionUse.objects.filter(released_at__isnull=True, **{f"{name}__isnull": False}).order_by()
        rows = dict(taken.values_list(f"{name}_id").annotate(n=Count("pk")))
        for pk, uses, limit in model.objects.order_by("pk").values_list("pk", "uses", "usage_limit"):
            if uses != rows.get(pk, 0):
                wrong.append(f"{name} {pk} counts {uses} uses and has {rows.get(pk, 0)}")
            if limit is not None and rows.get(pk, 0) > limit:
                wrong.append(f"{name} {pk} was used {rows[pk]} times, {limit} are allowed")
    return wrong


def uses_of_one_shop() -> list[str]:
    """A use is of a promotion of its own shop, by a code of that promotion, with a cart of its own shopper."""
    odd = PromotionUse.objects.filter(
        ~Q(merchant_id=F("promotion__merchant_id"))
        | (Q(coupon__isnull=False) & ~Q(coupon__promotion_id=F("promotion_id")))
        | ~Q(cart__customer_id=F("customer_id"))
    )
    return [f"use {use.pk} of promotion {use.promotion_id} mixes what does not belong together" for use in odd]


def steps_of_their_way() -> list[str]:
    """A step of a delivery's price is of the shop its way belongs to."""
    odd = DeliveryStep.objects.exclude(merchant_id=F("method__merchant_id"))
    return [f"step {step.pk} and its way of delivery {step.method_id} belong to different shops" for step in odd]


def points_of_their_way() -> list[str]:
    """A cart goes to a pick-up point only by the way that point is of, and a point is of the shop its way belongs to."""
    astray = Cart.objects.filter(point__isnull=False).exclude(
        delivery_method_id=F("point__method_id"), point__method__to_point=True
    )
    foreign = PickupPoint.objects.exclude(merchant_id=F("method__merchant_id"))
    return [f"cart {cart.pk} goes to point {cart.point_id} by another way" for cart in astray] + [
        f"point {point.pk} and its way of delivery {point.method_id} belong to different shops" for point in foreign
    ]


def goods_of_one_shop() -> list[str]:
    """What a promotion is about, and which levels it is for, is of its own shop."""
    through = {
        "product": Promotion.products,
        "category": Promotion.categories,
        "collection": Promotion.collections,
        "tier": Promotion.tiers,
    }
    return [
        f"promotion {promotion} names the {name} {pk} of another shop"
        for name, relation in through.items()
        for promotion, pk in relation.through.objects.exclude(
            promotion__merchant_id=F(f"{name}__merchant_id")
        ).values_list("promotion_id", f"{name}_id")
    ]


def changes_tell_all() -> list[str]:
    """What a cart's log says last of a thing is how many of it lie there, and a log is of its cart's own shop."""
    counted = CartChange.objects.filter(what=CartChange.What.GOODS)
    newer = counted.filter(cart=OuterRef("cart"), variant=OuterRef("variant"), pk__gt=OuterRef("pk"))
    lies = CartLine.objects.filter(cart=OuterRef("cart"), variant=OuterRef("variant")).values("quantity")
    latest = counted.filter(~Exists(newer)).annotate(
        lies=Coalesce(Subquery(lies), 0), told=Cast("after", output_field=IntegerField())
    )
    foreign = CartChange.objects.exclude(merchant_id=F("cart__merchant_id"))
    return [
        f"cart {change.cart_id} has {change.lies} of variant {change.variant_id} and its log says {change.told}"
        for change in latest.exclude(lies=F("told"))
    ] + [f"change {change.pk} and its cart {change.cart_id} belong to different shops" for change in foreign]


def lapsed_hold_nothing() -> list[str]:
    """A cart that lapsed keeps nothing from others."""
    active = StockHold.objects.filter(state=StockHold.State.ACTIVE, reference__startswith="cart:")
    holding = {reference.split(":")[1] for reference in active.values_list("reference", flat=True)}
    lapsed = Cart.objects.filter(pk__in=holding, status=Cart.Status.EXPIRED).order_by("pk")
    return [f"cart {cart.pk} lapsed and still holds stock" for cart in lapsed]


CHECKS: dict[str, Callable[[], list[str]]] = {
    "carts: one open per customer": one_open_cart,
    "carts: nothing foreign in them": lines_of_one_shop,
    "carts: steps of delivery belong to their way": steps_of_their_way,
    "carts: points of delivery belong to their way": points_of_their_way,
    "carts: promotions name goods and levels of their own shop": goods_of_one_shop,
    "carts: their logs tell what lies in them": changes_tell_all,
    "carts: lapsed ones hold nothing": lapsed_hold_nothing,
    "carts: uses of promotions are counted": uses_counted,
    "carts: uses of promotions belong together": uses_of_one_shop,
}
