"""What may still come back of an order: what the shop takes back, less what was paid back without coming."""

from collections.abc import Mapping

from apps.orders.actions import Left, returnable
from apps.orders.models import Order

from .shares import given_back


def left_to_return(order: Order, kind: str) -> list[Left]:
    """Line by line, for a `ReturnRequest.Kind`."""
    left = returnable(order, kind)
    if not left:
        return []
    given = given_back(order)
    unpaid = ((some, min(some.quantity, some.line.quantity - given.units[some.line.pk])) for some in left)
    return [Left(some.line, most, some.until) for some, most in unpaid if most > 0]


def most_to_return(order: Order, kind: str) -> Mapping[int, int]:
    """{line id: pieces}."""
    return {some.line.pk: some.quantity for some in left_to_return(order, kind)}
