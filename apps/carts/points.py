"""Pick-up points: which are near a place or a postcode, and whether the one that was chosen is still there."""

from typing import Any

from django.db.models import Avg, Exists, OuterRef, Q, QuerySet

from apps.merchants.globe import Spot, metres, nearest

from .models import Cart, DeliveryMethod, PickupPoint
from .places import plain_postcode

NEAREST = 5
MOST = 40  # somebody who has seen so many writes another postcode
FURTHEST = float("inf")


def open_points(method: DeliveryMethod, country: str) -> QuerySet[PickupPoint]:
    found: QuerySet[PickupPoint] = method.points.filter(is_active=True, country=country.upper())
    return found


def points_around(
    method: DeliveryMethod, *, country: str, here: Spot, limit: int = NEAREST, skip: int = 0
) -> list[PickupPoint]:
    """The method's open points in that country whose place is known, nearest first, each with its `metres`."""
    return nearest(open_points(method, country), here, limit=min(skip + limit, MOST))[skip:]


def points_near(
    method: DeliveryMethod, *, country: str, postcode: str, limit: int = NEAREST, skip: int = 0
) -> list[PickupPoint]:
    """The method's open points in that country, nearest first as far as postcodes tell.

    Of two whose postcodes are equally near, the one nearer to where the points of the wanted postcode lie goes first.
    """
    wanted = plain_postcode(postcode)
    found = open_points(method, country)
    # In the order of their postcodes the nearest stand next to the wanted one: the further off, the less they share.
    after = found.filter(place__gte=wanted).order_by("place", "name", "pk")[:MOST]
    before = found.filter(place__lt=wanted).order_by("-place", "-name", "-pk")[:MOST]
    middle = _middle_of(method, country, wanted)

    def nearness(point: PickupPoint) -> tuple[Any, ...]:
        there = Spot.of(point.latitude, point.longitude)
        far = metres(middle, there) if middle and there else FURTHEST
        return (*postcodes_apart(wanted, point.postcode), far, point.name, point.pk)

    return sorted([*after, *before], key=nearness)[skip : min(skip + limit, MOST)]


def _middle_of(method: DeliveryMethod, country: str, postcode: str) -> Spot | None:
    """Where a postcode is, by the points that have it."""
    there = open_points(method, country).filter(place=postcode, latitude__isnull=False)
    found = there.aggregate(latitude=Avg("latitude"), longitude=Avg("longitude"))
    return Spot.of(found["latitude"], found["longitude"])


def knows_places(method: DeliveryMethod, country: str) -> bool:
    """Whether any of the open points there can be measured from where somebody is."""
    return open_points(method, country).filter(latitude__isnull=False).exists()


def postcodes_apart(wanted: str, postcode: str) -> tuple[int, int]:
    """The more of their beginning two postcodes share the nearer they are; of equals, by their next digits."""
    there = plain_postcode(postcode)
    shared = next(
        (at for at, (a, b) in enumerate(zip(wanted, there, strict=False)) if a != b), min(len(wanted), len(there))
    )
    return -shared, abs(_number(wanted[shared:]) - _number(there[shared:]))


def _number(text: str) -> int:
    digits = "".join(sign for sign in text if sign.isdecimal())
    return int(digits[:9] or 0)


def with_points(methods: QuerySet[DeliveryMethod], country: str) -> QuerySet[DeliveryMethod]:
    """Without ways to pick-up points where there is none open in that country."""
    open_ones = PickupPoint.objects.filter(method=OuterRef("pk"), is_active=True, country=country.upper())
    return methods.filter(Q(to_point=False) | Exists(open_ones))


def has_point(cart: Cart, method: DeliveryMethod) -> bool:
    """Whether the way needs none, or the one chosen is its own, open, and in the country the parcel goes to."""
    if not method.to_point:
        return True
    point = cart.point
    if point is None or point.method_id != method.pk or not point.is_active:
        return False
    return cart.address is None or point.country == cart.address.country


def told(point: PickupPoint) -> dict[str, Any]:
    """As an order keeps it."""
    names = ("name", "street", "postcode", "city", "country", "hours")
    return {"id": point.public_id, **{name: getattr(point, name) for name in names}, **_by_carrier(point)}


def _by_carrier(point: PickupPoint) -> dict[str, str]:
    """What whoever makes the label asks for."""
    return {"reference": point.reference} if point.reference else {}
