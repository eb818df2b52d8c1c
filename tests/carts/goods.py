"""A small shop to buy from: one warehouse, goods with prices and stock, a delivery way, German VAT."""

import itertools
from decimal import Decimal
from typing import Any

from djmoney.money import Money

from apps.carts.actions import add_to_cart, open_cart, set_delivery
from apps.carts.models import Cart, DeliveryMethod, TaxRate
from apps.carts.quote import quote
from apps.catalog.models import Price, Product, Variant
from apps.catalog.stock import receive_stock
from apps.customers.models import Address, Customer
from apps.merchants.models import Location, Merchant
from apps.orders.actions import prepare_order
from apps.orders.models import Order

_numbers = itertools.count(1)


def warehouse(merchant: Merchant) -> Location:
    found, _ = Location.objects.get_or_create(merchant=merchant, name="Warehouse")
    return found


def variant(
    merchant: Merchant,
    title: str = "Blue mug",
    *,
    price: str = "12.00",
    currency: str = "EUR",
    stock: int | None = 10,
    **fields: Any,
) -> Variant:
    """A product with one variant; `stock=None` means nobody counts it."""
    number = next(_numbers)
    product = Product.objects.create(
        merchant=merchant,
        title=title,
        slug=f"product-{number}",
        tax_category=fields.pop("tax_category", "standard"),
        comes_as=fields.pop("comes_as", "goods"),
    )
    made = Variant.objects.create(
        merchant=merchant, product=product, sku=f"SKU-{number}", is_tracked=stock is not None, **fields
    )
    Price.objects.create(merchant=merchant, variant=made, amount=Money(price, currency))
    if stock:
        receive_stock(made, warehouse(merchant), stock, reason="delivery")
    return made


def parcel(
    merchant: Merchant, *, price: str = "4.90", free_from: str | None = "50.00", currency: str = "EUR", **fields: Any
) -> DeliveryMethod:
    return DeliveryMethod.objects.create(
        merchant=merchant,
        name=fields.pop("name", "Parcel"),
        price=Money(price, currency),
        free_from=Money(free_from, currency) if free_from else None,
        **fields,
    )


def vat(
    merchant: Merchant, percent: str = "19", *, country: str = "DE", is_inclusive: bool = True, **fields: Any
) -> TaxRate:
    return TaxRate.objects.create(
        merchant=merchant, country=country, percent=Decimal(percent), is_inclusive=is_inclusive, **fields
    )


def address(customer: Customer, country: str = "DE", **fields: Any) -> Address:
    values = {"name": "Ana Example", "line1": "Musterstraße 1", "postcode": "10115", "city": "Berlin"} | fields
    return Address.objects.create(merchant_id=customer.merchant_id, customer=customer, country=country, **values)


def full_cart(customer: Customer, variants: dict[Variant, int], *, method: DeliveryMethod | None = None) -> Cart:
    """A cart with these goods, bound for Berlin by `method` (made when not given)."""
    for wanted, quantity in variants.items():
        add_to_cart(customer, wanted, quantity=quantity)
    way = method or DeliveryMethod.objects.first() or parcel(customer.merchant)
    place = customer.addresses.first() or address(customer)
    return set_delivery(open_cart(customer), address=place, method=way)


def draft(cart: Cart, **fields: Any) -> Order:
    """The draft order of somebody who says yes to today's quote."""
    values: dict[str, Any] = {"language": "en", "contact_name": "Ana Example", "confirmed_by": "test"}
    return prepare_order(cart, quote_hash=quote(cart).hash, **(values | fields))
