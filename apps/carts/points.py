"""Pick-up points: which are near a postcode, and whether the one that was chosen is still there."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from .models import Cart, DeliveryMethod, PickupPoint
from .places import plain_postcode

NEAREST = 5


def points_near(method: DeliveryMethod, *, country: str, postcode: str, limit: int = NEAREST) -> list[PickupPoint]:
    """The method's open points in that country, nearest first as far as postcodes tell."""
    wanted = plain_postcode(postcode)
    found = method.points.filter(is_active=True, country=country.upper())
    return sorted(found, key=lambda point: (*_distance(wanted, point.postcode), point.name, point.pk))[:limit]


def _distance(wanted: str, postcode: str) -> tuple[int, int]:
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
    return {"id": point.public_id, **{name: getattr(point, name) for name in names}}
