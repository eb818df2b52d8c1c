"""Goods of another price instead: a draft order of their own, held like every draft until its difference is paid."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import override
from djmoney.money import Money

from apps.carts.models import Cart
from apps.carts.money import money, zero
from apps.carts.places import Place
from apps.carts.reckoned import Known, known_of
from apps.carts.reckoning import answer
from apps.carts.tax import Rounding
from apps.carts.tax_provider import Bill, Taxable
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
    known: Known  # what is known of its tax, and who has still to be asked
    source: str = "list"  # as `OrderLine.price_source`

    @property
    def tax(self) -> Money:
        return self.known.tax.tax

    @property
    def percent(self) -> Decimal:
        return self.known.tax.lines[0].percent

    @property
    def total(self) -> Money:
        """What the shopper pays."""
        return self.net if self.known.tax.is_inclusive else self.net + self.tax


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
    bill = _bill(order, variant, quantity, unit * quantity)
    with override(order.language or order.merchant.default_language):  # the tax is named for the shopper, whoever asks
        return Price(unit, bill.amount, known_of(order.cart, bill, beside=_sale(order)), source)


def _sale(order: Order) -> str:
    """Each exchange of an order is a sale of its own."""
    return f"exchange:{order.number}:{order.returns.exclude(exchange_order=None).count() + 1}"


def _bill(order: Order, variant: Variant, quantity: int, amount: Money) -> Bill:
    place = Place.of(order.tax_place or order.shipping_address, country=order.merchant.country)
    category = variant.product.tax_category
    return Bill(
        currency=order.currency,
        lines=(Taxable(f"variant:{variant.pk}", category, quantity, amount, is_sent=True),),
        delivery=zero(order.currency),
        place=place,
        address=_address_of(order) | place.told(),
        rounding=Rounding.of(order.merchant),
    )


def _address_of(order: Order) -> dict[str, str]:
    """Where it went, as exactly as the order has it."""
    if order.point:
        return {"line1": order.point["street"], "city": order.point["city"]}
    return {name: str(order.shipping_address.get(name) or "") for name in ("line1", "line2", "city")}


def reckon_exchange(order: Order, variant: Variant, quantity: int) -> bool:
    """Have the tax on these reckoned by whoever does it outside, if it has not been. Call outside a transaction.

    As `reckoning.reckon`: False where there is no answer and the shop does not sell without one.
    """
    price = price_instead(order, variant, quantity)
    if price is None or price.known.question is None:
        return True
    return answer(order.cart, price.known.question)


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
        tax_rows=[row.told() for row in price.known.tax.rows],
        tax_by=price.known.tax.by,
        tax_calculation_id=price.known.calculation,
        total=price.total,
        is_tax_inclusive=price.known.tax.is_inclusive,
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
        tax_percent=price.percent,
        tax_amount=price.tax,
        price_source=price.source,
        hold_reference=f"exchange:{new_public_id()}",
        is_stocked=variant.is_tracked,
    )
    draft.record("drafted", confirmed_by=confirmed_by, exchange_for=order.number)
    if line.is_stocked:
        take_holds([Wanted(variant.pk, quantity, line.hold_reference)], reason="cart", until=until)
    return draft
