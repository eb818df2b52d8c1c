"""From a cart to a draft order: the first of the three phases of buying."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from djmoney.money import Money

from apps.carts.actions import lock_cart, see_prices
from apps.carts.models import Cart
from apps.carts.points import told
from apps.carts.promotions.calculate import Adjustment
from apps.carts.quote import Quote, QuoteLine, quote
from apps.catalog.stock import Wanted, extend_holds, held_until, take_holds
from apps.customers.models import Address
from apps.loyalty.errors import VoucherGone
from apps.merchants import clock

from ..errors import CartEmpty, CartIncomplete, NotNow, QuoteChanged
from ..models import Order, OrderAdjustment, OrderLine
from ..numbers import new_number
from ..uses import take_offers
from .cancel import void_locked_draft

HOLD_FOR_SUMMARY = dt.timedelta(minutes=15)
HOLD_FOR_LINK = dt.timedelta(minutes=35)  # a hosted checkout page cannot be made to end sooner than after 30


@dataclass(frozen=True, slots=True)
class Held:
    """Goods are kept `until` then, None where nothing can run out; `before` is what cost something else when last read."""

    until: dt.datetime | None
    before: dict[int, Money]


@transaction.atomic
def hold_for_summary(cart: Cart) -> Held:
    """The shopper is reading the summary: what is in it stays theirs for 15 minutes, counted anew each time.

    Until when is later where an order to be paid holds it already. Raises `OutOfStock`, and then holds nothing.
    """
    cart = lock_cart(cart)
    before = see_prices(cart)
    wanted = [
        Wanted(line.variant_id, line.quantity, line.hold_reference)
        for line in cart.lines.select_related("variant")
        if line.variant.is_tracked
    ]
    if not wanted:
        return Held(None, before)
    take_holds(wanted, reason="cart", until=clock.now() + HOLD_FOR_SUMMARY)
    return Held(held_until(want.reference for want in wanted), before)


@transaction.atomic
def prepare_order(
    cart: Cart,
    *,
    quote_hash: str,
    language: str,
    contact_name: str,
    contact_email: str = "",
    contact_phone: str = "",
    confirmed_by: str,
    channel: str = "",
) -> Order:
    """The shopper said yes to the quote with this hash: freeze it as a draft order and hold its goods.

    Asked twice, also at once from two channels, it gives the same order. `confirmed_by` says who or what agreed
    (a conversation's public id, "agent:…"), `channel` where. Raises `QuoteChanged`, `CartEmpty`, `CartIncomplete`,
    `OutOfStock`, and `UsedUp` when somebody was quicker with an offer.
    """
    cart = lock_cart(cart)
    existing = Order.objects.filter(cart=cart, status__in=Order.LIVE).first()
    if existing and (existing.status != Order.Status.DRAFT or existing.quote_hash == quote_hash):
        return existing
    today = quote(cart, channel=channel)
    if not today.lines:
        raise CartEmpty
    if today.hash != quote_hash:
        raise QuoteChanged(today)
    if set(today.obstacles) - {"out_of_stock"}:
        raise CartIncomplete(today)
    if existing:
        void_locked_draft(Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=existing.pk), release=False)
    order = _freeze(
        cart, today, language=language, name=contact_name, email=contact_email, phone=contact_phone, by=confirmed_by
    )
    # Last, because from here on others who want the same goods wait for our commit. Refuses what is not there.
    wanted = [
        Wanted(line.variant.pk, line.quantity, line.hold_reference) for line in today.lines if line.variant.is_tracked
    ]
    if wanted:
        take_holds(wanted, reason="cart", until=order.hold_until or clock.now())
    try:
        take_offers(order, today, instead_of=existing)
    except VoucherGone as gone:
        raise QuoteChanged(quote(cart, channel=channel)) from gone
    return order


def _freeze(cart: Cart, today: Quote, *, language: str, name: str, email: str, phone: str, by: str) -> Order:
    method = cart.delivery_method if today.needs_delivery else None
    order = Order.objects.create(
        merchant_id=cart.merchant_id,
        number=new_number(),
        customer_id=cart.customer_id,
        cart=cart,
        currency=cart.currency,
        subtotal=today.subtotal,
        discount_total=today.discount,
        delivery_total=today.delivery,
        delivery_discount=today.delivery_discount,
        tax_total=today.tax,
        delivery_tax=today.delivery_tax,
        delivery_tax_percent=today.delivery_tax_percent,
        tax_rows=[row.told() for row in today.tax_rows],
        tax_place=today.tax_place.told(),
        tax_by=today.tax_by,
        tax_calculation_id=today.tax_calculation,
        total=today.total,
        is_tax_inclusive=today.is_tax_inclusive,
        quote_hash=today.hash,
        language=language,
        contact_name=name,
        contact_email=email,
        contact_phone=str(phone),
        shipping_address=_frozen_address(cart.address if today.needs_delivery else None),
        **_gift(cart, today),
        delivery_name=today.delivery_name,
        point=told(cart.point) if method and method.to_point and cart.point else {},
        delivery_days_min=method.days_min if method else 0,
        delivery_days_max=method.days_max if method else 0,
        hold_until=clock.now() + HOLD_FOR_SUMMARY,
    )
    lines = OrderLine.objects.bulk_create(
        OrderLine(
            merchant_id=cart.merchant_id,
            order=order,
            variant=line.variant,
            title=line.title,
            sku=line.variant.sku,
            quantity=line.quantity,
            tax_percent=line.tax_percent,
            hold_reference=line.hold_reference,
            is_stocked=line.variant.is_tracked,
            price_source=line.price_source,
            comes_as=line.variant.product.comes_as,
            **_amounts(line),
        )
        for line in today.lines
    )
    if today.offers.adjustments:
        OrderAdjustment.objects.bulk_create(_adjustment(order, lines, part) for part in today.offers.adjustments)
    order.record("drafted", confirmed_by=by)
    return order


def _gift(cart: Cart, today: Quote) -> dict[str, str]:
    """For whom its gift cards are; nothing where there are none."""
    return {"gift_to": cart.gift_to, "gift_message": cart.gift_message} if today.gift_cards.amount else {}


def _amounts(line: QuoteLine) -> dict[str, Any]:
    return {
        "unit_price": line.unit_price,
        "line_total": line.line_total,
        "discount": line.discount,
        "tax_amount": line.tax_amount,
    }


def _adjustment(order: Order, lines: list[OrderLine], part: Adjustment) -> OrderAdjustment:
    """The lines are in the quote's order."""
    amounts: dict[str, Any] = {"amount": part.amount}
    return OrderAdjustment(
        merchant_id=order.merchant_id,
        order=order,
        line=lines[part.line] if part.line is not None else None,
        label=part.offer.name,
        source=part.offer.source,
        code=part.offer.code,
        **amounts,
    )


def _frozen_address(address: Address | None) -> dict[str, Any]:
    """What goes on the parcel, copied; empty when nothing is sent."""
    if address is None:
        return {}
    fields = ("name", "line1", "line2", "postcode", "city", "region", "country")
    return {field: getattr(address, field) for field in fields}


@transaction.atomic
def keep_holds(order: Order, *, until: dt.datetime) -> Order:
    """A pay link is about to go out: the draft's goods stay held until then; what had run out is taken again.

    Raises `NotNow` when the order is no draft any more, `OutOfStock` when somebody was faster.
    """
    order = Order.objects.select_for_update(no_key=True, of=("self",)).get(pk=order.pk)
    if order.status != Order.Status.DRAFT:
        raise NotNow(order, "be paid")
    order.hold_until = max(until, order.hold_until or until)
    order.save(update_fields=["hold_until"])
    lines = [line for line in order.lines.all() if line.is_stocked]
    lost = extend_holds([line.hold_reference for line in lines], order.hold_until) if lines else set()
    if lost:
        wanted = [Wanted(line.variant_id, line.quantity, line.hold_reference) for line in lines]
        take_holds(wanted, reason="payment", until=order.hold_until)
    return order
