"""The shop's own stores: which are near, and at which of them a cart can be picked up."""

from collections.abc import Sequence

from apps.merchants.globe import Spot, nearest
from apps.merchants.models import Location

from .actions import delivery_options
from .delivery import DeliveryOption, Destination
from .models import Cart
from .places import plain_postcode
from .points import postcodes_apart

MOST = 200  # stores looked at for their postcodes


def stores(*, here: Spot | None = None, postcode: str = "", limit: int, skip: int = 0) -> Sequence[Location]:
    """The stores of the shop in scope, nearest first, each with its `metres`; those nobody can measure come after them.

    Without a place the postcode tells, as far as it does; without either they come in the shop's own order.
    """
    visited = Location.objects.filter(is_store=True)
    if here is None and postcode:
        wanted = plain_postcode(postcode)
        return sorted(visited[:MOST], key=lambda store: postcodes_apart(wanted, store.postcode))[skip : skip + limit]
    if here is None:
        return list(visited[skip : skip + limit])
    found = list(nearest(visited, here, limit=skip + limit))
    if len(found) < skip + limit:
        found += list(visited.filter(latitude__isnull=True)[: skip + limit - len(found)])
    return found[skip:]


def pick_up_places(cart: Cart) -> set[int]:
    """The locations at which this cart can be picked up as it is; none for an empty one."""
    if not cart.lines.exists():
        return set()
    place = Destination.of(cart.address) if cart.address else Destination(cart.merchant.country)
    ways = delivery_options(cart, place=place)
    return {
        option.method.pickup_at_id
        for option in ways
        if isinstance(option, DeliveryOption) and option.method.pickup_at_id
    }
