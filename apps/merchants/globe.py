"""Places on the globe in degrees: what is a place, and how far two of them are apart."""

from dataclasses import dataclass
from math import asin, cos, isfinite, radians, sin, sqrt
from typing import TypeVar

from django.db.models import CheckConstraint, ExpressionWrapper, F, FloatField, Model, Q, QuerySet, Value
from django.db.models.functions import ASin, Cos, Least, Radians, Sin, Sqrt
from django.utils.translation import gettext_lazy as _

EARTH = 6_371_008.8  # metres: the mean radius of the Earth (IUGG)
DEGREE = EARTH * radians(1)  # metres along a meridian
RINGS = (5_000, 25_000, 125_000, 625_000)  # metres
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in degrees, north and east of the zeros."""

    latitude: float
    longitude: float

    @classmethod
    def of(cls, latitude: object, longitude: object) -> "Spot | None":
        """None for what is no place on the globe: half of one, not a number, too far north."""
        if isinstance(latitude, bool) or isinstance(longitude, bool):
            return None
        if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
            return None
        if not (isfinite(latitude) and isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
            return None
        return cls(float(latitude), float(longitude))


def on_the_globe(*, name: str) -> CheckConstraint:
    """Of a model with `latitude` and `longitude`: both or neither, within the globe."""
    neither = Q(latitude__isnull=True, longitude__isnull=True)
    both = Q(latitude__range=(-90, 90), longitude__range=(-180, 180), latitude__isnull=False, longitude__isnull=False)
    return CheckConstraint(
        condition=neither | both,
        name=name,
        violation_error_message=_("Latitude and longitude go together: from -90 to 90 and from -180 to 180."),
    )


def metres(here: Spot, there: Spot) -> float:
    """As the crow flies, by the haversine formula; the globe as a ball is at most 0.6 % off."""
    up, across = radians(there.latitude - here.latitude), radians(there.longitude - here.longitude)
    square = sin(up / 2) ** 2 + cos(radians(here.latitude)) * cos(radians(there.latitude)) * sin(across / 2) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, square)))


def nearest(rows: QuerySet[Row], here: Spot, *, limit: int) -> list[Row]:
    """The rows nearest to it, each with its distance as `metres`; those whose place is unknown are left out.

    Looks in a box around it first, which an index on the latitude finds, and in larger ones while there are too few.
    """
    measured = rows.filter(latitude__isnull=False).annotate(metres=_metres_from(here)).order_by("metres", "pk")
    for (
        ring
    ) in RINGS:  # the box holds all that is within the ring, so what is further off than that may not be the next
        found = list(measured.filter(_box(here, ring), metres__lte=ring)[:limit])
        if len(found) == limit:
            return found
    return list(measured[:limit])


def _metres_from(here: Spot) -> ExpressionWrapper:
    """The haversine formula of `metres` in SQL."""
    half = Value(0.5)
    up = Sin(Radians(F("latitude") - Value(here.latitude)) * half)
    across = Sin(Radians(F("longitude") - Value(here.longitude)) * half)
    square = up * up + Cos(Radians(F("latitude"))) * Value(cos(radians(here.latitude))) * across * across
    return ExpressionWrapper(ASin(Sqrt(Least(Value(1.0), square))) * Value(2 * EARTH), output_field=FloatField())


def _box(here: Spot, ring: float) -> Q:
    """Degrees around it that hold everything within so many metres; over the date line it is in two parts."""
    high = ring / DEGREE
    low, top = here.latitude - high, here.latitude + high
    within = Q(latitude__range=(low, top))
    if max(abs(low), abs(top)) >= 90:  # around a pole every longitude is near
        return within
    wide = high / cos(radians(max(abs(low), abs(top))))
    west, east = here.longitude - wide, here.longitude + wide
    if wide >= 180:
        return within
    if west < -180:
        return within & (Q(longitude__gte=west + 360) | Q(longitude__lte=east))
    if east > 180:
        return within & (Q(longitude__gte=west) | Q(longitude__lte=east - 360))
    return within & Q(longitude__range=(west, east))
