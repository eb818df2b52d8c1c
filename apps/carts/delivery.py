"""How a parcel may travel, what that costs, and between which days it comes."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from djmoney.money import Money

from apps.customers.models import Address
from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.merchants.prepared import Prepared

from .models import CartLine, DeliveryMethod, DeliveryStep
from .money import money, round_money, total_of, zero
from .places import plain_postcode

SATURDAY = 5

steps_of = Prepared[DeliveryStep](lambda method: DeliveryStep.objects.filter(method_id=method), method=int)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a parcel goes, as far as its price depends on it."""

    country: str
    region: str = ""
    postcode: str = ""

    @classmethod
    def of(cls, address: Address) -> "Destination":
        return cls(address.country, address.region, address.postcode)


@dataclass(frozen=True, slots=True)
class DeliveryOption:
    method: DeliveryMethod
    price: Money
    earliest: dt.date
    latest: dt.date


@dataclass(frozen=True, slots=True)
class TooHeavy:
    """A way that goes there and carries no more than this."""

    method: DeliveryMethod
    max_grams: int


def grams_of(rows: Iterable[CartLine]) -> int:
    """What the parcel weighs; things that need none weigh nothing."""
    return sum(row.variant.weight_grams * row.quantity for row in rows if row.variant.is_sent)


def order_value(priced: Iterable[tuple[CartLine, Money | None]], currency: str) -> Money:
    """What the price of a delivery goes by: the goods. A gift card is money changed into another kind."""
    goods = [price * row.quantity for row, price in priced if price is not None and not row.variant.is_gift_card]
    return total_of(goods, currency=currency)


def add_working_days(start: dt.date, days: int, *, closed: Collection[dt.date] = ()) -> dt.date:
    """The day so many Mondays-to-Fridays after `start`; with 0, the next working day on or after it.

    Days in `closed` are no working days.
    """
    day = start
    while not _is_working(day, closed):
        day += dt.timedelta(days=1)
    while days > 0:
        day += dt.timedelta(days=1)
        days -= _is_working(day, closed)
    return day


def _is_working(day: dt.date, closed: Collection[dt.date]) -> bool:
    return day.weekday() < SATURDAY and day not in closed


def reaches(method: DeliveryMethod, place: Destination) -> bool:
    """Whether this way goes there at all: into the country and, where it names any, the region or the postcode."""
    if method.countries and place.country.upper() not in method.countries:
        return False
    if not method.regions and not method.postcodes:
        return True
    is_in_region = place.region.strip().casefold() in {region.strip().casefold() for region in method.regions}
    postcode, prefixes = plain_postcode(place.postcode), filter(None, map(plain_postcode, method.postcodes))
    return is_in_region or any(map(postcode.startswith, prefixes))


def step_for(steps: Iterable[DeliveryStep], *, subtotal: Money, grams: int) -> DeliveryStep | None:
    """Of the steps that hold, the one of the highest order value, and of those the one of the least weight."""
    holding = [
        step
        for step in steps
        if step.from_amount <= subtotal.amount and (step.up_to_grams is None or grams <= step.up_to_grams)
    ]
    return min(
        holding, key=lambda step: (-step.from_amount, step.up_to_grams is None, step.up_to_grams or 0), default=None
    )


def heaviest(method: DeliveryMethod, steps: Iterable[DeliveryStep], *, subtotal: Money) -> int | None:
    """The most this way carries for such an order, in grams; None for any weight.

    A table that begins at no order value is complete: what is heavier than its last step is not carried. Where the
    table begins later, the method's own price holds for what no step names.
    """
    holding = [step for step in steps if step.from_amount <= subtotal.amount]
    limits = [] if method.max_grams is None else [method.max_grams]
    if any(step.from_amount == 0 for step in holding) and all(step.up_to_grams is not None for step in holding):
        limits.append(max(step.up_to_grams or 0 for step in holding))
    return min(limits, default=None)


def delivery_price(
    method: DeliveryMethod, subtotal: Money, *, grams: int = 0, steps: Sequence[DeliveryStep] = ()
) -> Money:
    """Nothing from the amount on at which it is free; otherwise by its steps, and without a fitting one its price."""
    currency = str(subtotal.currency)
    if method.free_from is not None and method.free_from.currency == subtotal.currency and subtotal >= method.free_from:
        return zero(currency)
    step = step_for(steps, subtotal=subtotal, grams=grams)
    return money(step.price, currency) if step else round_money(method.price)


def option_of(
    method: DeliveryMethod, *, merchant: Merchant, subtotal: Money, grams: int = 0, steps: Sequence[DeliveryStep] = ()
) -> DeliveryOption | TooHeavy:
    """The method with its price for this cart and its days counted from the merchant's today; `grams` is the parcel's
    weight, `steps` the method's table of prices."""
    most = heaviest(method, steps, subtotal=subtotal)
    if most is not None and grams > most:
        return TooHeavy(method, most)
    leaves = _leaves(method, clock.now().astimezone(merchant.zone))
    return DeliveryOption(
        method=method,
        price=delivery_price(method, subtotal, grams=grams, steps=steps),
        earliest=add_working_days(leaves, method.days_min, closed=method.closed_days),
        latest=add_working_days(leaves, method.days_max, closed=method.closed_days),
    )


def _leaves(method: DeliveryMethod, now: dt.datetime) -> dt.date:
    """The day from which its days are counted: today, or, too late for today, the next working day."""
    today = now.date()
    is_late = method.cutoff_hour is not None and now.hour >= method.cutoff_hour
    if is_late and _is_working(today, method.closed_days):
        return add_working_days(today, 1, closed=method.closed_days)
    return today


def options_for(
    methods: Iterable[DeliveryMethod], *, merchant: Merchant, subtotal: Money, place: Destination, grams: int = 0
) -> list[DeliveryOption | TooHeavy]:
    """Those that go there and are priced in the cart's currency, in the merchant's order; their `steps` prefetched."""
    return [
        option_of(method, merchant=merchant, subtotal=subtotal, grams=grams, steps=list(method.steps.all()))
        for method in methods
        if reaches(method, place) and method.price.currency == subtotal.currency
    ]
