"""What needs no parcel: handed over in the chat with the confirmed payment, and taken back while nobody has used it.

A licence code is taken here, with its piece. A card or a link is not this floor's: who called reads the lines.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import F

from apps.catalog.models import StockMovement
from apps.catalog.stock import ship, take_sold_in

from ..codes import give_codes
from ..errors import TooMany
from ..fold import fold_goods
from ..models import Order, OrderLine
from .cancel import end_if_nothing_left, undo_promotions


def hand_over(order: Order) -> list[OrderLine]:
    """All lines of a placed order that lie in no parcel are the shopper's now. The order is locked. Again is nothing."""
    going = [line for line in order.lines.order_by("variant_id", "pk") if not line.is_goods and line.unsent]
    if not going:
        return []
    new = {line: line.unsent for line in going}
    for line, pieces in new.items():
        OrderLine.objects.filter(pk=line.pk).update(handed=F("handed") + pieces)
        if line.is_stocked:
            ship(line.variant_id, pieces, line.hold_reference, reason="in the chat")
        line.handed += pieces
    give_codes(new)
    fold_goods(order)
    order.record("handed_over", lines=[line.pk for line in going])
    return going


def take_back(order: Order, lines: Mapping[int, int], *, actor: Any = None, ends: bool = True) -> None:
    """So many of these (line id → how many) are the shop's again. The order is locked, and whoever calls has seen to it
    that nobody uses them any more. Raises `TooMany`.

    With `ends` an order of which nothing is left is called off.
    """
    known = {line.pk: line for line in order.lines.order_by("variant_id", "pk")}
    for pk, quantity in lines.items():
        if not 0 <= quantity <= (left := known[pk].handed if pk in known else 0):
            raise TooMany(order, "take back", left=left)
    taken = [(known[pk], quantity) for pk, quantity in lines.items() if quantity]
    for line, quantity in taken:
        OrderLine.objects.filter(pk=line.pk).update(handed=F("handed") - quantity, dropped=F("dropped") + quantity)
    if not taken:
        return
    fold_goods(order)
    has_ended = ends and end_if_nothing_left(order, actor=actor)
    for line, quantity in taken:
        if line.is_stocked:
            _back_on_the_shelf(line, quantity)
    if has_ended:
        undo_promotions(order)


def _back_on_the_shelf(line: OrderLine, quantity: int) -> None:
    sold = StockMovement.objects.filter(reference=line.hold_reference, kind=StockMovement.Kind.SHIPPED)
    level = sold.select_related("level__location").order_by("-pk")[0].level
    take_sold_in(line.variant, level.location, quantity, reference=line.hold_reference)
