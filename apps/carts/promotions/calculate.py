"""What offers take off a cart: a pure function of goods, offers and the moment. It asks no table and no clock.

Every amount is one that can be paid, what is spread over lines adds up to it, and nothing falls below zero.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from djmoney.money import Money

from ..money import allocate, payable_step, total_of, zero

HUNDRED = Decimal(100)


class Kind(StrEnum):
    PERCENTAGE = "percentage"
    AMOUNT = "amount"
    BUY_X_GET_Y = "buy_x_get_y"
    FREE_DELIVERY = "free_delivery"
    SET = "set"
    PIECE = "piece"


class Reason(StrEnum):
    """Why an offer does not apply. Those in `CURABLE` the shopper can change with this very cart."""

    OFF = "off"
    NOT_YET = "not_yet"  # at
    OVER = "over"  # at
    USED_UP = "used_up"
    USED_BY_YOU = "used_by_you"
    NOT_FIRST = "not_first"
    NOT_FOR_YOU = "not_for_you"
    LEVEL = "level"  # other: the names of the levels it is for
    CHANNEL = "channel"
    MARKET = "market"
    CURRENCY = "currency"
    GOODS = "goods"
    NOTHING_TO_SEND = "nothing_to_send"
    QUANTITY = "quantity"  # count still missing
    THRESHOLD = "threshold"  # missing
    OTHER_OFFER = "other_offer"  # other
    NOTHING_LEFT = "nothing_left"


CURABLE = frozenset(
    {
        Reason.CHANNEL, Reason.MARKET, Reason.GOODS, Reason.NOTHING_TO_SEND, Reason.QUANTITY, Reason.THRESHOLD,
        Reason.OTHER_OFFER, Reason.NOTHING_LEFT,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Goods:
    """A line of the cart as offers see it."""

    product: int
    quantity: int
    unit: Money
    categories: frozenset[int] = frozenset()
    variant: int = 0
    collections: frozenset[int] = frozenset()
    takes_offers: bool = True  # money in another shape is never cheaper, nor does it bring an offer nearer

    @property
    def total(self) -> Money:
        return self.unit * self.quantity


@dataclass(frozen=True, slots=True)
class Offer:
    """A promotion or a voucher as it stands for one shopper: `left` is how often it may still be used, None for no limit."""

    pk: int
    name: str
    kind: Kind
    percent: Decimal = HUNDRED  # of what is off; for buy-x-get-y of the pieces given
    amount: Money | None = None  # that is off; of a set, what one of each of its products costs together
    buy: int = 0
    get: int = 0
    products: frozenset[int] = frozenset()  # what it is about; with no category or collection either, everything
    categories: frozenset[int] = frozenset()
    collections: frozenset[int] = frozenset()
    variant: int | None = None  # it is about this one alone; 0 for one that is not sold any more
    min_subtotal: Money | None = None
    min_quantity: int = 0
    is_first_order_only: bool = False
    channels: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    currency: str = ""
    group: str = ""
    tiers: frozenset[int] = frozenset()  # levels of the points; where there is a group too, either will do
    tier_names: str = ""
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    is_exclusive: bool = False
    priority: int = 0
    is_on: bool = True
    left: int | None = None
    left_for_you: int | None = None
    code: str = ""  # as the shopper gave it; "" for what applies by itself
    coupon: int | None = None
    voucher: int | None = None  # the reward voucher that this is
    source: str = ""  # how an order names it

    def is_about(self, goods: Goods) -> bool:
        if not goods.takes_offers:
            return False
        if self.variant is not None:
            return goods.variant == self.variant
        if not self.products and not self.categories and not self.collections:
            return True
        return (
            goods.product in self.products
            or not self.categories.isdisjoint(goods.categories)
            or not self.collections.isdisjoint(goods.collections)
        )


@dataclass(frozen=True, slots=True)
class Situation:
    """Where and for whom. `delivery` is its list price, None while no way is chosen."""

    now: dt.datetime
    currency: str
    country: str = ""
    channel: str = ""
    groups: frozenset[str] = frozenset()
    tier: int | None = None
    is_first_order: bool = True
    needs_delivery: bool = True
    delivery: Money | None = None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """So much off a line of the goods, or off delivery where `line` is None; always more than zero."""

    offer: Offer
    line: int | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Refused:
    offer: Offer
    reason: Reason
    missing: Money | None = None
    count: int = 0
    at: dt.datetime | None = None
    other: str = ""
    absent: frozenset[int] = frozenset()  # products that a set still needs


@dataclass(frozen=True, slots=True)
class Outcome:
    """`promised` are offers of free delivery that wait for a way to be chosen."""

    adjustments: tuple[Adjustment, ...] = ()
    refused: tuple[Refused, ...] = ()
    promised: tuple[Offer, ...] = ()

    @property
    def near(self) -> tuple[Refused, ...]:
        """What applies by itself and is only a little short of it."""
        return tuple(
            no for no in self.refused if not no.offer.code and no.reason in (Reason.THRESHOLD, Reason.QUANTITY)
        )


def calculate(goods: Sequence[Goods], offers: Sequence[Offer], at: Situation) -> Outcome:
    """What is off where. Among offers that do not go together, the shopper gets what saves most."""
    refused = {offer: no for offer in offers if (no := _refusal(goods, offer, at)) is not None}
    fitting = sorted((offer for offer in offers if offer not in refused), key=_turn)
    together = [offer for offer in fitting if not offer.is_exclusive]
    ways = [_Running(goods, way, at) for way in [together, *([offer] for offer in fitting if offer.is_exclusive)]]
    best = max(ways, key=lambda way: way.saved.amount)
    chosen = {offer: _no_effect(offer, best) for offer in best.offers}
    for offer in fitting:
        if offer not in chosen:
            refused[offer] = Refused(offer, Reason.OTHER_OFFER, other=", ".join(each.name for each in best.offers))
        elif (no := chosen[offer]) is not None:
            refused[offer] = no
    return Outcome(
        adjustments=tuple(best.adjustments),
        refused=tuple(refused[offer] for offer in offers if offer in refused),
        promised=tuple(best.promised),
    )


def _turn(offer: Offer) -> tuple[bool, int, int]:
    """Sets first, for theirs is the price others are taken off; then by priority."""
    return (offer.kind != Kind.SET, -offer.priority, offer.pk)


def _refusal(goods: Sequence[Goods], offer: Offer, at: Situation) -> Refused | None:
    """The first thing in the way; what the shopper is nearest to curing comes last."""
    for check in (_is_over, _is_used, _is_elsewhere, _is_short):
        if (no := check(goods, offer, at)) is not None:
            return no
    return None


def _is_over(goods: Sequence[Goods], offer: Offer, at: Situation) -> Refused | None:
    if not offer.is_on:
        return Refused(offer, Reason.OFF)
    if offer.ends_at is not None and at.now >= offer.ends_at:
        return Refused(offer, Reason.OVER, at=offer.ends_at)
    if offer.starts_at is not None and at.now < offer.starts_at:
        return Refused(offer, Reason.NOT_YET, at=offer.starts_at)
    return None


def _is_used(goods: Sequence[Goods], offer: Offer, at: Situation) -> Refused | None:
    if offer.left_for_you is not None and offer.left_for_you <= 0:
        return Refused(offer, Reason.USED_BY_YOU)
    if offer.left is not None and offer.left <= 0:
        return Refused(offer, Reason.USED_UP)
    if offer.is_first_order_only and not at.is_first_order:
        return Refused(offer, Reason.NOT_FIRST)
    if (offer.group or offer.tiers) and not _is_for(offer, at):
        return (
            Refused(offer, Reason.LEVEL, other=offer.tier_names) if offer.tiers else Refused(offer, Reason.NOT_FOR_YOU)
        )
    return None


def _is_for(offer: Offer, at: Situation) -> bool:
    return bool(offer.group and offer.group in at.groups) or at.tier in offer.tiers


def _is_elsewhere(goods: Sequence[Goods], offer: Offer, at: Situation) -> Refused | None:
    currencies = {str(value.currency) for value in (offer.amount, offer.min_subtotal) if value is not None}
    if (currencies | ({offer.currency} if offer.currency else set())) - {at.currency}:
        return Refused(offer, Reason.CURRENCY)
    if offer.countries and at.country not in offer.countries:
        return Refused(offer, Reason.MARKET)
    if offer.channels and at.channel not in offer.channels:
        return Refused(offer, Reason.CHANNEL)
    return None


def _is_short(goods: Sequence[Goods], offer: Offer, at: Situation) -> Refused | None:
    about = [item for item in goods if offer.is_about(item)]
    if not about or (offer.kind == Kind.SET and not offer.products):
        return Refused(offer, Reason.GOODS)
    if offer.kind == Kind.FREE_DELIVERY and not at.needs_delivery:
        return Refused(offer, Reason.NOTHING_TO_SEND)
    if offer.kind == Kind.SET and (absent := offer.products - {item.product for item in about}):
        return Refused(offer, Reason.QUANTITY, count=len(absent), absent=absent)
    least = max(offer.min_quantity, offer.buy + offer.get if offer.kind == Kind.BUY_X_GET_Y else 0)
    pieces = sum(item.quantity for item in about)
    if pieces < least:
        return Refused(offer, Reason.QUANTITY, count=least - pieces)
    subtotal = total_of([item.total for item in about], currency=at.currency)
    if offer.min_subtotal is not None and subtotal < offer.min_subtotal:
        return Refused(offer, Reason.THRESHOLD, missing=offer.min_subtotal - subtotal)
    return None


def _no_effect(offer: Offer, way: "_Running") -> Refused | None:
    if offer in way.promised or any(part.offer == offer for part in way.adjustments):
        return None
    return Refused(offer, Reason.NOTHING_LEFT)


@dataclass
class _Running:
    """Offers taken one after the other, each on what the ones before have left."""

    goods: Sequence[Goods]
    offers: list[Offer]
    at: Situation
    adjustments: list[Adjustment] = field(default_factory=list)
    promised: list[Offer] = field(default_factory=list)
    left: list[Money] = field(init=False)
    in_sets: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.left = [item.total for item in self.goods]
        self.in_sets = [0] * len(self.goods)  # pieces of each line that a set has
        self.delivery = self.at.delivery
        for offer in self.offers:
            TAKES[offer.kind](self, offer)

    @property
    def saved(self) -> Money:
        return total_of([part.amount for part in self.adjustments], currency=self.at.currency)

    def rounded(self, amount: Decimal) -> Money:
        """Once, half up, to what can be paid."""
        return Money(amount.quantize(payable_step(self.at.currency), rounding=ROUND_HALF_UP), self.at.currency)

    def take(self, offer: Offer, line: int | None, amount: Money) -> None:
        if line is not None:
            amount = min(amount, self.left[line])
        if amount.amount <= 0:
            return
        if line is not None:
            self.left[line] -= amount
        self.adjustments.append(Adjustment(offer, line, amount))

    def spread(self, offer: Offer, lines: list[int], amount: Money) -> None:
        """Over the lines by what is left of each, by largest remainder: the parts make the whole."""
        if not any(self.left[line].amount for line in lines):
            return
        weights = [self.left[line].amount for line in lines]
        parts = allocate(amount, weights, step=payable_step(self.at.currency))
        for line, part in zip(lines, parts, strict=True):
            self.take(offer, line, part)

    def lines_of(self, offer: Offer) -> list[int]:
        return [line for line, item in enumerate(self.goods) if offer.is_about(item)]


def _percentage(way: _Running, offer: Offer) -> None:
    lines = way.lines_of(offer)
    whole = total_of([way.left[line] for line in lines], currency=way.at.currency)
    way.spread(offer, lines, way.rounded(whole.amount * offer.percent / HUNDRED))


def _amount(way: _Running, offer: Offer) -> None:
    lines = way.lines_of(offer)
    whole = total_of([way.left[line] for line in lines], currency=way.at.currency)
    way.spread(offer, lines, min(offer.amount or zero(way.at.currency), whole))


def _buy_x_get_y(way: _Running, offer: Offer) -> None:
    """Of every so many pieces the cheapest are given; what they cost now is off, or the part that is said."""
    lines = way.lines_of(offer)
    pieces = sum(way.goods[line].quantity for line in lines)
    given = pieces // (offer.buy + offer.get) * offer.get
    for line in sorted(lines, key=lambda line: (way.goods[line].unit.amount, line)):
        count = min(given, way.goods[line].quantity)
        given -= count
        if count:
            share = way.left[line].amount * count / way.goods[line].quantity
            way.take(offer, line, way.rounded(share * offer.percent / HUNDRED))


def _set(way: _Running, offer: Offer) -> None:
    """As many sets as there are one of each of; the dearest pieces make them, and the rest costs what it costs.

    A piece is in one set at most: what another set has is not there for this one.
    """
    free = {
        line: item.quantity - way.in_sets[line] for line, item in enumerate(way.goods) if item.product in offer.products
    }
    pieces: Counter[int] = Counter()
    for line, count in free.items():
        pieces[way.goods[line].product] += count
    sets = min(pieces[product] for product in offer.products)
    wanted, inside = dict.fromkeys(offer.products, sets), dict[int, int]()
    for line in sorted(free, key=lambda line: (-way.goods[line].unit.amount, line)):
        product = way.goods[line].product
        inside[line] = min(wanted[product], free[line])
        wanted[product] -= inside[line]
    _at_set_price(way, offer, {line: count for line, count in inside.items() if count}, sets)


def _at_set_price(way: _Running, offer: Offer, inside: dict[int, int], sets: int) -> None:
    """So many pieces of each line cost what the sets cost; where that is not less, they are in none."""
    now = [way.left[line].amount * count / way.goods[line].quantity for line, count in inside.items()]
    price = offer.amount.amount * sets if offer.amount is not None else Decimal(0)
    off = way.rounded(sum(now, Decimal(0)) - price)
    if off.amount <= 0:
        return
    parts = allocate(off, now, step=payable_step(way.at.currency))
    for (line, count), part in zip(inside.items(), parts, strict=True):
        way.in_sets[line] += count
        way.take(offer, line, part)


def _piece(way: _Running, offer: Offer) -> None:
    """One piece of it costs nothing."""
    for line in way.lines_of(offer)[:1]:
        way.take(offer, line, way.goods[line].unit)


def _free_delivery(way: _Running, offer: Offer) -> None:
    if way.delivery is None:
        way.promised.append(offer)
        return
    way.take(offer, None, way.delivery)
    way.delivery = zero(way.at.currency)


TAKES: dict[Kind, Callable[[_Running, Offer], None]] = {
    Kind.PERCENTAGE: _percentage,
    Kind.AMOUNT: _amount,
    Kind.BUY_X_GET_Y: _buy_x_get_y,
    Kind.FREE_DELIVERY: _free_delivery,
    Kind.SET: _set,
    Kind.PIECE: _piece,
}
