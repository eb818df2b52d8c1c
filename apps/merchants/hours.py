"""When a person answers: the merchant's opening hours, asked in the merchant's own time zone."""

import datetime as dt

from django_scopes import scope

from .clock import now
from .models import Merchant, OpeningHours

SEARCH_DAYS = 8  # a week and the rest of today


def is_open(merchant: Merchant, at: dt.datetime | None = None) -> bool:
    """Whether the shop's people are at their desks at `at` (default: now). Without any hours it is never open."""
    local = (at or now()).astimezone(merchant.zone)
    with scope(merchant=merchant):
        return OpeningHours.objects.filter(
            weekday=local.weekday(), opens__lte=local.time(), closes__gt=local.time()
        ).exists()


def next_opening(merchant: Merchant, at: dt.datetime | None = None) -> dt.datetime | None:
    """The next moment (aware, the merchant's zone) somebody sits down; `None` without opening hours."""
    local = (at or now()).astimezone(merchant.zone)
    with scope(merchant=merchant):
        hours = list(OpeningHours.objects.all())
    for days in range(SEARCH_DAYS):
        day = local.date() + dt.timedelta(days=days)
        for row in sorted((row for row in hours if row.weekday == day.weekday()), key=lambda row: row.opens):
            opens = dt.datetime.combine(day, row.opens, tzinfo=merchant.zone)
            if opens > local:
                return opens
    return None
