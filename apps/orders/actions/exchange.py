"""Goods of another price instead: a draft order of their own, held like every draft until its difference is paid."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import override
from djmoney.money import Money

from apps.carts.models import Cart
from apps.carts.money import money, zero
from apps.carts.places import Place
from apps.carts.reckoned import mark_of_table
from apps.carts.tax import Rate, Rounding, Taxes, tax_rows
from apps.catalog.lists import terms_for
from apps.catalog.models import Product, Variant
from apps.catalog.products import NoPrice, tag_of, variant_label
from apps.catalog.stock import Wanted, take_holds
from apps.merchants import clock
from apps.merchants.models import new_public_id

from ..models import Order, OrderLine
from ..numbers import new_number
from .prepare import HOLD_FOR_LINK


@dataclass(frozen=True, slots=True)
class Price:
    """What so many of a variant cost today where an order went, offers left aside; nothing is charged for delivery."""

    unit: Money
    net: Money  # all of them; with the tax in it where prices are so
    tax: Money
    rate: Rate
    is_tax_inclusive: bool
    source: str = "list"  # as `OrderLine.price_source`

    @property
    def total(self) -> Money:
        """What the shopper pays."""
        return self.net if self.is_tax_inclusive else self.net + self.tax


def price_instead(order: Order, variant: Variant, quantity: int) -> Price | None:
    """None for what is not sold in the order's currency, and for what lies in no parcel: only goods are sent instead."""
    if variant.product.comes_as != Product.ComesAs.GOODS:
        return None
    terms = terms_for(order.merchant, order.customer_id, country=order.shipping_address.get("country", ""))
    try:
        tag = tag_of(variant, order.currency, terms)
    except NoPrice:
        return None
    unit = money(tag.amount.amount, order.currency)
    source = "list" if tag.price_list is None else terms.source(tag.price_list)
    taxes = Taxes.at(Place.of(order.tax_place or order.shipping_address, country=order.merchant.country))
    with override(order.language or order.merchant.default_language):  # the tax is named for the shopper, whoever asks
        rate, net = taxes.rate(variant.product.tax_category, unit), unit * quantity
    tax = taxes.of([(net, rate)], Rounding.of(order.merchant))[0]
    return Price(unit, net, tax, rate, taxes.is_inclusive, source)


@transaction.atomic
def draft_exchange(order: Order, variant: Variant, quantity: int, price: Price, *, confirmed_by: str = "") -> Order:
    """A draft of its own for these, sent where `order` went, its goods held until a pay link ends.

    Raises `OutOfStock`.
    """
    cart = Cart.objects.create(
        merchant_id=order.merchant_id,
        customer_id=order.customer_id,
        currency=order.currency,
        status=Cart.Status.ORDERED,
    )
    nothing = zero(order.currency)
    kept = (
        "language", "contact_name", "contact_email", "contact_phone", "shipping_address", "delivery_name",
        "delivery_days_min", "delivery_days_max", "tax_place",
    )  # fmt: skip
    until = clock.now() + HOLD_FOR_LINK
    draft: Order = Order.objects.create(
        merchant_id=order.merchant_id,
        number=new_number(),
        customer_id=order.customer_id,
        cart=cart,
        currency=order.currency,
        subtotal=price.net,
        discount_total=nothing,
        delivery_total=nothing,
        delivery_discount=nothing,
        tax_total=price.tax,
        delivery_tax=nothing,
        tax_rows=[row.told() for row in tax_rows([(price.rate, price.tax)])],
        tax_by=mark_of_table(order.merchant),
        total=price.total,
        is_tax_inclusive=price.is_tax_inclusive,
        hold_until=until,
        **{name: getattr(order, name) for name in kept},
    )
    line: OrderLine = OrderLine.objects.create(
        merchant_id=order.merchant_id,
        order=draft,
        variant=variant,
        title=variant_label(variant),
        sku=variant.sku,
        quantity=quantity,
        unit_price=price.unit,
        line_total=price.net,
        discount=nothing,
        tax_percent=price.rate.percent,
        tax_amount=price.tax,
        price_source=price.source,
        hold_reference=f"exchange:{new_public_id()}",
        is_stocked=variant.is_tracked,
    )
    draft.record("drafted", confirmed_by=confirmed_by, exchange_for=order.number)
    if line.is_stocked:
        take_holds([Wanted(variant.pk, quantity, line.hold_reference)], reason="cart", until=until)
    return draft
