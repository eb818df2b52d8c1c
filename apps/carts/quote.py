"""One honest answer to "what would this cost me, and when does it come?", with a hash of all it promises."""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from djmoney.money import Money

from apps.catalog.cards import known_products
from apps.catalog.models import Product, Variant
from apps.catalog.prices import prices_now
from apps.catalog.products import picture_of, variant_label
from apps.catalog.stock import available_to
from apps.merchants.prepared import Prepared

from .delivery import DeliveryOption, option_of, reaches
from .models import Cart, CartLine
from .money import NotPayable, to_minor, total_of, zero
from .pricing import current_price
from .tax import DELIVERY_CATEGORY, Taxes

# What keeps a cart from becoming an order. "price_changed" is news, not an obstacle.
OBSTACLES = frozenset(
    {"empty", "out_of_stock", "no_price", "not_for_sale", "no_address", "no_delivery", "delivery_elsewhere", "not_payable"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuoteLine:
    variant: Variant
    title: str
    quantity: int
    unit_price: Money
    line_total: Money
    tax_percent: Decimal
    tax_amount: Money
    available: int | None  # how many this cart can have at most; None where stock is not counted
    image_url: str
    image_alt: str
    was_price: Money | None  # what the shopper last read, where it differs
    problem: str  # "" | out_of_stock | no_price | not_for_sale | price_changed
    hold_reference: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Sums: total = subtotal + delivery, plus tax where prices are without (`is_tax_inclusive` False)."""

    lines: list[QuoteLine]
    subtotal: Money
    delivery: Money
    delivery_tax: Money
    tax: Money  # of lines and delivery
    total: Money
    is_tax_inclusive: bool
    tax_lines: list[tuple[str, Decimal, Money]]  # name, percent, amount
    hash: str
    problems: list[str]
    currency: str
    needs_delivery: bool
    delivery_name: str
    earliest: dt.date | None
    latest: dt.date | None

    @property
    def obstacles(self) -> list[str]:
        """The problems that keep it from being ordered."""
        return [problem for problem in self.problems if problem in OBSTACLES]


def quote(cart: Cart) -> Quote:
    """Today's prices, tax and stock for this cart; a constant number of queries, nothing is changed."""
    rows = quoted_lines(cart)
    address = cart.address
    taxes = Taxes.at(address.country if address else cart.merchant.country, address.region if address else "")
    stock = _stock_for(rows)
    lines = [_line(row, cart.currency, taxes, stock) for row in rows]
    subtotal = total_of([line.line_total for line in lines], currency=cart.currency)
    needs_delivery = any(line.variant.requires_shipping for line in lines)
    option = _chosen_delivery(cart, subtotal) if needs_delivery else None
    delivery = option.price if option else zero(cart.currency)
    delivery_tax = taxes.on(delivery, DELIVERY_CATEGORY)
    tax_lines = _tax_lines(lines, taxes, delivery_tax)
    tax = total_of([amount for _, _, amount in tax_lines], currency=cart.currency)
    total = subtotal + delivery if taxes.is_inclusive else subtotal + delivery + tax
    return Quote(
        lines=lines,
        subtotal=subtotal,
        delivery=delivery,
        delivery_tax=delivery_tax,
        tax=tax,
        total=total,
        is_tax_inclusive=taxes.is_inclusive,
        tax_lines=tax_lines,
        hash=_hash(cart, lines, option, delivery, tax, total, taxes.is_inclusive),
        problems=_problems(cart, lines, total, needs_delivery=needs_delivery, option=option),
        currency=cart.currency,
        needs_delivery=needs_delivery,
        delivery_name=option.method.name if option else "",
        earliest=option.earliest if option else None,
        latest=option.latest if option else None,
    )


def quoted_lines(cart: Cart) -> list[CartLine]:
    """The cart's lines with all that a label, a price and a picture need; three small queries however many lines.

    What is sold and for how much is read now; how it is called and looks comes from memory (`known_products`).
    """
    rows = _lines(cart=cart.pk)
    prices = prices_now(row.variant_id for row in rows)
    _, known = known_products(cart.merchant, list(dict.fromkeys(row.variant.product_id for row in rows)))
    kept: dict[int, Any] = {product.pk: product for product in known}
    for row in rows:
        variant: Any = row.variant
        variant.all_prices = prices.get(variant.pk, [])
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


def _line(row: CartLine, currency: str, taxes: Taxes, stock: dict[int, int]) -> QuoteLine:
    variant = row.variant
    price = current_price(variant, currency)
    unit = price if price is not None else zero(currency)
    line_total = unit * row.quantity
    left = max(stock.get(variant.pk, 0), 0) if variant.is_tracked else None
    picture = picture_of(variant)
    changed = price is not None and row.seen_price is not None and row.seen_price != price
    return QuoteLine(
        variant=variant,
        title=variant_label(variant),
        quantity=row.quantity,
        unit_price=unit,
        line_total=line_total,
        tax_percent=taxes.percent(variant.product.tax_category),
        tax_amount=taxes.on(line_total, variant.product.tax_category),
        available=left,
        image_url=picture.url,
        image_alt=picture.alt,
        was_price=row.seen_price if changed else None,
        problem=_line_problem(row, price, left, changed=changed),
        hold_reference=row.hold_reference,
    )


def _line_problem(row: CartLine, price: Money | None, left: int | None, *, changed: bool) -> str:
    if not row.variant.is_active or row.variant.product.status != Product.Status.ACTIVE:
        return "not_for_sale"
    if price is None:
        return "no_price"
    if left is not None and left < row.quantity:
        return "out_of_stock"
    return "price_changed" if changed else ""


def _chosen_delivery(cart: Cart, subtotal: Money) -> DeliveryOption | None:
    method = cart.delivery_method
    if method is None or not method.is_active or str(method.price.currency) != cart.currency:
        return None
    return option_of(method, merchant=cart.merchant, subtotal=subtotal)


def _tax_lines(lines: Sequence[QuoteLine], taxes: Taxes, delivery_tax: Money) -> list[tuple[str, Decimal, Money]]:
    """One row per rate, highest first; rates of nothing are left out."""
    sums: dict[tuple[str, Decimal], Money] = {}
    parts = [(line.variant.product.tax_category, line.tax_amount) for line in lines]
    for category, amount in [*parts, (DELIVERY_CATEGORY, delivery_tax)]:
        if amount.amount:
            key = (taxes.name(category), taxes.percent(category))
            sums[key] = sums[key] + amount if key in sums else amount
    return [(name, percent, sums[name, percent]) for name, percent in sorted(sums, key=lambda k: (-k[1], k[0]))]


def _problems(
    cart: Cart, lines: Sequence[QuoteLine], total: Money, *, needs_delivery: bool, option: DeliveryOption | None
) -> list[str]:
    """Codes, each once, obstacles of the lines first."""
    found = ["empty"] if not lines else []
    found += [line.problem for line in lines if line.problem]
    if needs_delivery:
        if cart.address is None and not (option and option.method.pickup_at_id):
            found.append("no_address")
        if option is None:
            found.append("no_delivery")
        elif cart.address and not reaches(option.method, cart.address.country):
            found.append("delivery_elsewhere")
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
) -> str:
    """All that the shopper commits to and nothing else: not the language, not the stock, not the day."""
    address = cart.address
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
    return hashlib.sha256(json.dumps(promise, sort_keys=True).encode()).hexdigest()
