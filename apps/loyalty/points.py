"""How many points an amount is worth: exact fractions, rounded once."""

import datetime as dt
import math
from decimal import Decimal
from fractions import Fraction

from .book import months_later
from .models import LoyaltyProgramme, Tier

Rounding = LoyaltyProgramme.Rounding
MOST_POINTS = 2_000_000_000  # what the book can hold of one member
MOST_AT_ONCE = 100_000_000


def points_for(programme: LoyaltyProgramme, amount: Decimal, *, tier: Tier | None = None) -> int:
    """Points earned with goods of this amount; nothing for nothing."""
    percent = tier.earn_percent if tier else 100
    return min(MOST_AT_ONCE, rounded(Fraction(amount) * programme.ratio * Fraction(percent, 100), programme.rounding))


def rounded(exact: Fraction, rounding: str) -> int:
    """A whole number of points, none below zero."""
    if exact <= 0:
        return 0
    if rounding == Rounding.UP:
        return math.ceil(exact)
    return math.floor(exact + Fraction(1, 2)) if rounding == Rounding.HALF_UP else math.floor(exact)


def expiry(programme: LoyaltyProgramme, available_at: dt.datetime) -> dt.datetime | None:
    """When points that can be spent from then on are over."""
    return months_later(available_at, programme.expiry_months) if programme.expiry_months else None


def birthday_in(year: int, month: int, day: int) -> dt.date:
    """The 29th of February is the 28th in years without one."""
    try:
        return dt.date(year, month, day)
    except ValueError:
        return dt.date(year, month, day - 1)
