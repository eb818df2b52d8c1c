"""One honest answer to "what would this cost me, and when does it come?", with a hash of all it promises."""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from djmoney.money import Money

from apps.catalog.cards import known_products
from apps.catalog.index import one_look
from apps.catalog.lists import Terms, level_of
from apps.catalog.models import Product, Variant
from apps.catalog.prices import prices_now
from apps.catalog.products import picture_of, variant_label
from apps.catalog.stock import available_to
from apps.merchants import clock
from apps.merchants.prepared import Prepared

from . import registry
from .delivery import DeliveryOption, Destination, TooHeavy, grams_of, option_of, order_value, reaches, steps_of
from .models import Cart, CartLine, PickupPoint
from .money import NotPayable, to_minor, total_of, zero
from .places import Place
from .points import has_point
from .pricing import price_in, terms_of_cart
from .promotions.calculate import Adjustment, Goods, Offer, Outcome, Situation, calculate
from .promotions.known import categories_of, collections_of, offers_for
from .reckoned import Question, known_of
from .tax import Rounding, TaxRow
from .tax_provider import Bill, Reckoned, Taxable

# What keeps a cart from becoming an order. "price_changed" is news, not an obstacle.
OBSTACLES = frozenset(
    {
        "empty", "out_of_stock", "no_price", "not_for_sale", "no_address", "no_delivery", "delivery_elsewhere", "too_heavy",
        "no_point", "not_payable", "tax_pending",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuoteLine:
    variant: Variant
    title: str
    quantity: int
    unit_price: Money
    line_total: Money  # before offers
    tax_percent: Decimal
    tax_amount: Money  # of what is left after them
    available: int | None  # how many this cart can have at most; None where stock is not counted
    image_url: str
    image_alt: str
    was_price: Money | None  # what the shopper last read, where it differs
    problem: str  # "" | out_of_stock | no_price | not_for_sale | price_changed
    hold_reference: str
    discount: Money
    adjustments: tuple[Adjustment, ...] = ()
    regular_price: Money | None = None  # what it costs everyone, where a price list says otherwise
    price_reason: str = ""  # why the list's counts, in the active language
    price_source: str = "list"


@dataclass(frozen=True, slots=True)
class Quote:
    """Sums: total = subtotal - discount + delivery, plus tax where prices are without (`is_tax_inclusive` False)."""

    lines: list[QuoteLine]
    subtotal: Money
    discount: Money  # off the goods
    delivery: Money  # what is left of it after offers
    delivery_discount: Money
    delivery_tax: Money
    delivery_tax_percent: Decimal
    tax: Money  # of lines and delivery
    total: Money
    is_tax_inclusive: bool
    tax_lines: list[tuple[str, Decimal, Money]]  # name, percent, amount
    tax_rows: list[TaxRow]  # the same by the rate each is a part of
    tax_place: Place  # where the tax is due
    tax_by: str  # who reckoned it: "table", the name of a provider, or "instead" (the table, in a provider's place)
    tax_calculation: int | None  # the row it comes from, where a provider did
    tax_question: Question | None  # what a provider has to be asked before it can be ordered ("tax_pending")
    wants_place: bool  # nothing of it travels, and a provider has to know where the buyer lives
    hash: str
    problems: list[str]
    currency: str
    needs_delivery: bool
    delivery_name: str
    earliest: dt.date | None
    latest: dt.date | None
    offers: Outcome

    @property
    def gift_cards(self) -> Money:
        """What gift cards among the goods cost; other gift cards and credit do not pay for them."""
        sold = [line.line_total for line in self.lines if line.variant.is_gift_card]
        return total_of(sold, currency=self.currency)

    @property
    def obstacles(self) -> list[str]:
        """The problems that keep it from being ordered."""
        return [problem for problem in self.problems if problem in OBSTACLES]


def quote(cart: Cart, *, channel: str = "") -> Quote:
    """Today's prices, offers, tax and stock for this cart; a constant number of queries, nothing is changed.

    `channel` is where the shopper asks: some offers are for one alone.
    """
    with one_look():
        return quote_rows(cart, quoted_lines(cart), channel=channel)


def quote_rows(
    cart: Cart,
    rows: list[CartLine],
    *,
    channel: str = "",
    groups: frozenset[str] | None = None,
    tier: int | None = None,
    now: dt.datetime | None = None,
    beside: Sequence[Offer] = (),
) -> Quote:
    """The same for lines that are at hand, for these groups with that level, and that moment if given.

    The rows need not be saved. `beside` are offers that this cart has in addition to its own.
    """
    priced = [(row, price_in(cart, row.variant) or zero(cart.currency)) for row in rows]
    needs_delivery = any(row.variant.is_sent for row in rows)
    chosen = _chosen_delivery(cart, order_value(priced, cart.currency), grams_of(rows)) if needs_delivery else None
    option = chosen if isinstance(chosen, DeliveryOption) else None
    situation = Situation(
        now=now or clock.now(),
        currency=cart.currency,
        country=cart.address.country if cart.address else cart.merchant.country,
        channel=channel,
        groups=groups or frozenset(),
        tier=tier,
        needs_delivery=needs_delivery,
        delivery=option.price if option else None,
    )
    outcome = _offers(cart, priced, situation, asks_groups=groups is None, beside=beside)
    stock = _stock_for(rows)
    lines = [_line(cart, row, stock, _of_line(outcome, at)) for at, row in enumerate(rows)]
    return _added_up(cart, lines, chosen, outcome, needs_delivery=needs_delivery)


def _added_up(
    cart: Cart,
    lines: list[QuoteLine],
    chosen: DeliveryOption | TooHeavy | None,
    outcome: Outcome,
    *,
    needs_delivery: bool,
) -> Quote:
    """The sums, what is in the way, and the hash over it all."""
    option = chosen if isinstance(chosen, DeliveryOption) else None
    currency, place = cart.currency, _place_of(cart, option)
    subtotal = total_of([line.line_total for line in lines], currency=currency)
    discount = total_of([line.discount for line in lines], currency=currency)
    delivery_discount = _total(_of_line(outcome, None), currency)
    delivery = (option.price if option else zero(currency)) - delivery_discount
    known = known_of(cart, _bill(cart, lines, delivery, place, option))
    tax, lines = known.tax, _taxed(lines, known.tax)
    net = subtotal - discount + delivery
    total = net if tax.is_inclusive else net + tax.tax
    problems = _problems(cart, lines, total, needs_delivery=needs_delivery, chosen=chosen)
    question = known.question if not OBSTACLES & set(problems) else None
    return Quote(
        lines=lines,
        subtotal=subtotal,
        discount=discount,
        delivery=delivery,
        delivery_discount=delivery_discount,
        delivery_tax=tax.delivery.tax,
        delivery_tax_percent=tax.delivery.percent,
        tax=tax.tax,
        total=total,
        is_tax_inclusive=tax.is_inclusive,
        tax_lines=_tax_lines(tax.rows),
        tax_rows=list(tax.rows),
        tax_place=place,
        tax_by=tax.by,
        tax_calculation=known.calculation,
        tax_question=question,
        wants_place=known.wants_place and not needs_delivery,
        hash=_hash(cart, lines, option, delivery, tax.tax, total, tax.is_inclusive, outcome),
        problems=[*problems, "tax_pending"] if question else problems,
        currency=currency,
        needs_delivery=needs_delivery,
        delivery_name=option.method.name if option else "",
        earliest=option.earliest if option else None,
        latest=option.latest if option else None,
        offers=outcome,
    )


def _offers(
    cart: Cart,
    priced: Sequence[tuple[CartLine, Money]],
    at: Situation,
    *,
    asks_groups: bool,
    beside: Sequence[Offer] = (),
) -> Outcome:
    """What is off; what the offers do not ask about is not looked up."""
    offers = [*offers_for(cart), *beside]
    if not offers:
        return Outcome()
    products = {row.variant.product_id for row, _ in priced}
    categories = categories_of(products, offers)
    collections = collections_of(cart.merchant, products, offers)
    goods = [
        Goods(
            row.variant.product_id,
            row.quantity,
            price,
            categories.get(row.variant.product_id, frozenset()),
            row.variant_id,
            collections.get(row.variant.product_id, frozenset()),
            takes_offers=not row.variant.is_gift_card,
        )
        for row, price in priced
    ]
    if any(offer.is_first_order_only for offer in offers):
        at = replace(at, is_first_order=not _has_ordered(cart))
    if asks_groups and any(offer.group for offer in offers):
        at = replace(at, groups=registry.groups_of(cart))
    if asks_groups and cart.customer_id and any(offer.tiers for offer in offers):
        tier = level_of(cart.customer_id)
        at = replace(at, tier=tier.pk if tier else None)
    return calculate(goods, offers, at)


def _has_ordered(cart: Cart) -> bool:
    """Another cart of this shopper has become an order, or is being paid for."""
    others = Cart.objects.filter(customer_id=cart.customer_id, status=Cart.Status.ORDERED).exclude(pk=cart.pk)
    return bool(cart.customer_id and others.exists())


def _of_line(outcome: Outcome, line: int | None) -> tuple[Adjustment, ...]:
    return tuple(part for part in outcome.adjustments if part.line == line)


def _total(parts: Sequence[Adjustment], currency: str) -> Money:
    return total_of([part.amount for part in parts], currency=currency)


def offers_taken(outcome: Outcome) -> list[tuple[Offer, Money]]:
    """Each offer that took something off, with all of it, in the order they were taken."""
    sums: dict[Offer, Money] = {}
    for part in outcome.adjustments:
        sums[part.offer] = sums[part.offer] + part.amount if part.offer in sums else part.amount
    return list(sums.items())


def quoted_lines(cart: Cart) -> list[CartLine]:
    """The cart's lines with all that a label, a price and a picture need; three small queries however many lines.

    What is sold and for how much is read now; how it is called and looks comes from memory (`known_products`).
    """
    rows = _lines(cart=cart.pk)
    return _dressed(cart, rows, terms_of_cart(cart))


def lines_if(
    cart: Cart, wanted: Sequence[tuple[Variant, int]], terms: Terms, *, now: dt.datetime | None = None
) -> list[CartLine]:
    """The lines of a cart that is only thought of, priced on these terms at that moment: nothing of it is saved."""
    rows = [
        CartLine(pk=-number, cart=cart, variant=variant, quantity=quantity)
        for number, (variant, quantity) in enumerate(wanted, start=1)
    ]
    return _dressed(cart, rows, terms, now=now)


def _dressed(cart: Cart, rows: list[CartLine], terms: Terms, *, now: dt.datetime | None = None) -> list[CartLine]:
    prices = prices_now((row.variant_id for row in rows), terms, now=now)
    _, known = known_products(cart.merchant, list(dict.fromkeys(row.variant.product_id for row in rows)))
    kept: dict[int, Any] = {product.pk: product for product in known}
    for row in rows:
        variant: Any = row.variant
        variant.all_prices = prices.get(variant.pk, [])
        variant.price_terms = terms
        variant.product.sellable = kept[variant.product_id].sellable
        variant.product.pictures = kept[variant.product_id].pictures
        for twin in variant.product.sellable:
            if twin.pk == variant.pk:
                variant.chosen_values = twin.chosen_values
    return rows


_lines = Prepared[CartLine](
    lambda cart: CartLine.objects.filter(cart_id=cart).select_related("variant__product"), cart=int
)


def _stock_for(rows: Sequence[CartLine]) -> dict[int, int]:
    """For each counted variant: what is free, plus what this cart already holds of it."""
    return available_to({row.hold_reference: row.variant_id for row in rows if row.variant.is_tracked})


def _place_of(cart: Cart, option: DeliveryOption | None) -> Place:
    """Where the tax is due: where the parcel goes, to a point too, or the store where it is picked up; where the buyer of
    what needs no parcel lives; the shop while nobody knows.
    """
    if option and option.method.pickup_at:
        return Place.at(option.method.pickup_at, country=cart.merchant.country)
    if point := _point_of(cart, option):
        return Place.of({"country": point.country, "postcode": point.postcode})
    address = cart.address
    if address is None:
        return Place.of(cart.lives_in, country=cart.merchant.country)
    return Place.of({"country": address.country, "region": address.region, "postcode": address.postcode})


def _point_of(cart: Cart, option: DeliveryOption | None) -> PickupPoint | None:
    """The point the parcel goes to, once it is chosen."""
    return cart.point if option and option.method.to_point else None


def _bill(cart: Cart, lines: Sequence[QuoteLine], delivery: Money, place: Place, option: DeliveryOption | None) -> Bill:
    """What tax is asked for: what is left after offers."""
    return Bill(
        currency=cart.currency,
        lines=tuple(
            Taxable(
                reference=f"variant:{line.variant.pk}",
                category=line.variant.product.tax_category,
                quantity=line.quantity,
                amount=line.line_total - line.discount,
                is_sent=line.variant.is_sent,
                is_voucher=line.variant.is_gift_card,
            )
            for line in lines
        ),
        delivery=delivery,
        place=place,
        address=_address_of(cart, option, place),
        rounding=Rounding.of(cart.merchant),
    )


def _address_of(cart: Cart, option: DeliveryOption | None, place: Place) -> dict[str, str]:
    """Where it goes or is picked up, or where its buyer lives, as exactly as it is known; empty while it is not."""
    if option and option.method.pickup_at:
        return {"line1": option.method.pickup_at.address.partition("\n")[0], **place.told()}
    if point := _point_of(cart, option):
        return {"line1": point.street, "city": point.city, **place.told()}
    if cart.address is None:
        return place.told() if cart.lives_in else {}
    return {name: getattr(cart.address, name) for name in ("line1", "line2", "city")} | place.told()


def _taxed(lines: Sequence[QuoteLine], tax: Reckoned) -> list[QuoteLine]:
    return [
        replace(line, tax_percent=each.percent, tax_amount=each.tax)
        for line, each in zip(lines, tax.lines, strict=True)
    ]


def _line(cart: Cart, row: CartLine, stock: dict[int, int], parts: tuple[Adjustment, ...]) -> QuoteLine:
    """What it costs, before tax is looked at."""
    variant, currency = row.variant, cart.currency
    price, own = price_in(cart, variant), _own_price(variant, currency)
    unit = price if price is not None else zero(currency)
    line_total, discount = unit * row.quantity, _total(parts, currency)
    left = max(stock.get(variant.pk, 0), 0) if variant.is_tracked else None
    picture = picture_of(variant)
    changed = price is not None and row.seen_price is not None and row.seen_price != price
    return QuoteLine(
        variant=variant,
        title=variant_label(variant),
        quantity=row.quantity,
        unit_price=unit,
        line_total=line_total,
        tax_percent=Decimal(0),
        tax_amount=zero(currency),
        available=left,
        image_url=picture.url,
        image_alt=picture.alt,
        was_price=row.seen_price if changed else None,
        problem=_line_problem(row, price, left, changed=changed),
        hold_reference=row.hold_reference,
        discount=discount,
        adjustments=parts,
        **own,
    )


def _own_price(variant: Any, currency: str) -> dict[str, Any]:
    """What is told of a price that is from a list; nothing of the price for everyone."""
    tag = next((tag for tag in variant.all_prices if tag.amount_currency == currency), None)
    if tag is None or tag.price_list is None:
        return {}
    terms: Terms = variant.price_terms
    source, reason = terms.source(tag.price_list), terms.reason(tag.price_list)
    return {"regular_price": tag.regular, "price_reason": reason, "price_source": source}


def _line_problem(row: CartLine, price: Money | None, left: int | None, *, changed: bool) -> str:
    if not row.variant.is_active or row.variant.product.status != Product.Status.ACTIVE:
        return "not_for_sale"
    if price is None or (row.variant.is_gift_card and not price.amount):
        return "no_price"
    if left is not None and left < row.quantity:
        return "out_of_stock"
    return "price_changed" if changed else ""


def _chosen_delivery(cart: Cart, subtotal: Money, grams: int) -> DeliveryOption | TooHeavy | None:
    method = cart.delivery_method
    if method is None or not method.is_active or str(method.price.currency) != cart.currency:
        return None
    steps = steps_of(method=method.pk)
    return option_of(method, merchant=cart.merchant, subtotal=subtotal, grams=grams, steps=steps)


def _tax_lines(rows: Sequence[TaxRow]) -> list[tuple[str, Decimal, Money]]:
    """One row for each name and percent, highest first."""
    sums: dict[tuple[str, Decimal], Money] = {}
    for row in rows:
        key = (row.name, row.percent)
        sums[key] = sums[key] + row.amount if key in sums else row.amount
    return [(name, percent, sums[name, percent]) for name, percent in sorted(sums, key=lambda k: (-k[1], k[0]))]


def _problems(
    cart: Cart,
    lines: Sequence[QuoteLine],
    total: Money,
    *,
    needs_delivery: bool,
    chosen: DeliveryOption | TooHeavy | None,
) -> list[str]:
    """Codes, each once, obstacles of the lines first."""
    found = ["empty"] if not lines else []
    found += [line.problem for line in lines if line.problem]
    if needs_delivery:
        if cart.address is None and not (chosen and chosen.method.pickup_at_id):
            found.append("no_address")
        if chosen is None:
            found.append("no_delivery")
        elif cart.address and not reaches(chosen.method, Destination.of(cart.address)):
            found.append("delivery_elsewhere")
        elif isinstance(chosen, TooHeavy):
            found.append("too_heavy")
        elif not has_point(cart, chosen.method):
            found.append("no_point")
    try:
        to_minor(total)
    except NotPayable:
        found.append("not_payable")
    return list(dict.fromkeys(found))


def _hash(
    cart: Cart,
    lines: Sequence[QuoteLine],
    option: DeliveryOption | None,
    delivery: Money,
    tax: Money,
    total: Money,
    is_inclusive: bool,
    outcome: Outcome,
) -> str:
    """All that the shopper commits to and nothing else: not the language, not the stock, not the day."""
    address = cart.address
    gift = [cart.gift_to, cart.gift_message]
    promise: dict[str, Any] = {
        "lines": sorted(
            [line.variant.pk, line.quantity, str(line.unit_price.amount), str(line.line_total.amount), str(line.tax_amount.amount)]
            for line in lines
        ),
        "delivery": [option.method.pk if option else None, str(delivery.amount)],
        "address": [str(address), address.country] if address else None,
        "tax": [str(tax.amount), is_inclusive],
        "total": [str(total.amount), cart.currency],
    }  # fmt: skip
    if any(gift) and any(line.variant.is_gift_card for line in lines):
        promise["gift"] = gift
    if option and option.method.to_point:
        promise["point"] = cart.point_id
    if outcome.adjustments:
        promise["offers"] = sorted(
            [part.offer.source, part.offer.code, lines[part.line].variant.pk if part.line is not None else 0, str(part.amount.amount)]
            for part in outcome.adjustments
        )  # fmt: skip
    return hashlib.sha256(json.dumps(promise, sort_keys=True).encode()).hexdigest()
