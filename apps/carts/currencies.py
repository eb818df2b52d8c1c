"""Which currency a shopper's cart is in, and moving a filled one into another (docs/decisions/currencies.md)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction

from apps.catalog.index import sold_in
from apps.customers.models import Address, Customer
from apps.customers.phone_country import country_of_phone
from apps.merchants.markets import currency_at

from .changes import Actor, note, way_of
from .models import Cart, CartChange, CartLine
from .pricing import current_price


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of moving a cart. `stuck` names the goods that have no price there: while there are any and they are
    not to be taken out, nothing has changed."""

    is_done: bool
    stuck: tuple[str, ...] = ()


def sold_by(customer: Customer) -> list[str]:
    """The currencies of the customer's shop, its own first. In the merchant's scope."""
    return [customer.merchant.currency, *sold_in(customer.merchant)]


def currency_for(customer: Customer, *, country: str = "") -> str:
    """What they pay in: as they chose, else as the country does where parcels go, or where their usual address or their
    phone is, or the shop. In the merchant's scope; no query in a shop with one currency."""
    merchant, further = customer.merchant, sold_in(customer.merchant)
    if not further:
        return str(merchant.currency)
    is_chosen = customer.currency == merchant.currency or customer.currency in further
    if not is_chosen and not country:
        country = _country_of(customer) or merchant.country
    return currency_at(merchant, further, chosen=customer.currency, country=country)


def _country_of(customer: Customer) -> str:
    """By their usual address, their phone, or the number they write from; "" where none of these tells."""
    usual = Address.objects.filter(customer=customer).order_by("-is_default", "-pk").values_list("country", flat=True)
    if found := usual.first() or country_of_phone(str(customer.phone or "")):
        return found
    writes_from = customer.identities.exclude(phone="").order_by("pk").values_list("phone", flat=True)
    return next((country for phone in writes_from if (country := country_of_phone(phone))), "")


def shoppers_currency(customer: Customer) -> str:
    """What they are shown prices in: their open cart's currency, else what a new cart would be in. In the merchant's
    scope; no query in a shop with one currency."""
    if not sold_in(customer.merchant):
        return str(customer.merchant.currency)
    open_ones = Cart.objects.filter(customer=customer, status=Cart.Status.OPEN).values_list("currency", flat=True)
    return open_ones.first() or currency_for(customer)


@transaction.atomic
def choose_currency(customer: Customer, currency: str) -> None:
    """Remember what they want to pay in, for every cart to come. Raises `ValueError` for what the shop does not sell in."""
    if currency not in sold_by(customer):
        raise ValueError(f"not sold in {currency}")
    customer.currency = currency
    customer.save(update_fields=["currency"])


def stuck_in(lines: Iterable[CartLine], currency: str) -> list[CartLine]:
    """Those of the priced lines that have no price in that currency."""
    return [line for line in lines if current_price(line.variant, currency) is None]


def repriced(locked: Cart, lines: Collection[CartLine], currency: str, by: Actor) -> None:
    """A locked cart goes on in this currency: what is left in it costs what it costs there, a way of delivery that is
    priced in another has to be chosen again. The new prices are news once, told with the change."""
    for line in lines:
        line.seen_price = current_price(line.variant, currency)
    CartLine.objects.bulk_update(lines, ["seen_price", "seen_price_currency"])
    note(locked, CartChange.What.CURRENCY, locked.currency, currency, by)
    way = locked.delivery_method
    if way is not None and str(way.price.currency) != currency:
        note(locked, CartChange.What.DELIVERY, way_of(way, locked.point), "", by)
        locked.delivery_method, locked.point = None, None
    locked.currency = currency
    locked.save(update_fields=["currency", "delivery_method", "point", "updated_at"])
