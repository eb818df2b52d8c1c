"""The same again: what was ordered once goes into the cart, as it is sold today."""

from dataclasses import dataclass

from apps.carts.actions import open_cart, top_up
from apps.carts.money import money
from apps.carts.pricing import price_in, terms_of_cart
from apps.catalog.prices import with_prices

from ..models import Order, OrderLine
from .parcels import Goods


@dataclass(frozen=True, slots=True)
class Again:
    """What of an order is in the cart now, in the order's words."""

    there: tuple[Goods, ...]
    short: tuple[Goods, ...]  # fewer than were ordered: so many
    gone: tuple[str, ...]  # not to be had: not sold any more, or sold out
    is_repriced: bool  # something costs more or less than it did


def order_again(order: Order) -> Again:
    """Put everything of it into its customer's cart, at today's prices; more is never there than was ordered.

    Asking twice changes nothing more. Nothing is held or promised before the summary.
    """
    lines = list(order.lines.select_related("variant__product").order_by("pk"))
    wanted: dict[int, int] = {}
    for line in lines:
        wanted[line.variant_id] = wanted.get(line.variant_id, 0) + line.quantity
    have = top_up(order.customer, wanted)
    titles = {line.variant_id: line.title for line in lines}
    return Again(
        there=tuple(Goods(titles[one], have[one]) for one in wanted if one in have),
        short=tuple(Goods(titles[one], have[one]) for one, count in wanted.items() if have.get(one, count) < count),
        gone=tuple(titles[one] for one in wanted if one not in have),
        is_repriced=_costs_otherwise(order, [line for line in lines if line.variant_id in have]),
    )


def _costs_otherwise(order: Order, lines: list[OrderLine]) -> bool:
    cart = open_cart(order.customer)
    with_prices((line.variant for line in lines), terms_of_cart(cart))
    return any(price_in(cart, line.variant) != money(line.unit_price.amount, order.currency) for line in lines)
