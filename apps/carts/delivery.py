"""How a parcel may travel, what that costs, and between which days it comes."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from djmoney.money import Money

from apps.merchants import clock
from apps.merchants.models import Merchant

from .models import DeliveryMethod
from .money import round_money, zero

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class DeliveryOption:
    method: DeliveryMethod
    price: Money
    earliest: dt.date
    latest: dt.date


def add_working_days(start: dt.date, days: int) -> dt.date:
    """The day so many Mondays-to-Fridays after `start`; with 0, the next working day on or after it."""
    day = start
    while day.weekday() >= SATURDAY:
        day += dt.timedelta(days=1)
    while days > 0:
        day += dt.timedelta(days=1)
        days -= day.weekday() < SATURDAY
    return day


def reaches(method: DeliveryMethod, country: str) -> bool:
    """Whether this way goes to that country at all."""
    return not method.countries or country.upper() in method.countries


def delivery_price(method: DeliveryMethod, subtotal: Money) -> Money:
    """Nothing from the amount on at which it is free; otherwise the method's price."""
    if method.free_from is not None and method.free_from.currency == subtotal.currency and subtotal >= method.free_from:
        return zero(str(subtotal.currency))
    return round_money(method.price)


def option_of(method: DeliveryMethod, *, merchant: Merchant, subtotal: Money) -> DeliveryOption:
    """The method with its price for this cart and its days counted from the merchant's today."""
    today = clock.now().astimezone(merchant.zone).date()
    return DeliveryOption(
        method=method,
        price=delivery_price(method, subtotal),
        earliest=add_working_days(today, method.days_min),
        latest=add_working_days(today, method.days_max),
    )


def options_for(
    methods: Iterable[DeliveryMethod], *, merchant: Merchant, subtotal: Money, country: str
) -> list[DeliveryOption]:
    """Those that go there and are priced in the cart's currency, in the merchant's order."""
    return [
        option_of(method, merchant=merchant, subtotal=subtotal)
        for method in methods
        if reaches(method, country) and method.price.currency == subtotal.currency
    ]
