"""A waiting shopper is offered to one person at a time, and no offer outlives its time."""

import datetime as dt

from django.db.models import Count

from apps.merchants import clock
from apps.merchants.invariants import register

from .models import Offer

GRACE = dt.timedelta(minutes=2)  # for a worker that is just being started anew
SHOWN = 100
STANDING = (Offer.Outcome.OPEN, Offer.Outcome.ACCEPTED)


def one_offer_at_a_time() -> list[str]:
    """Of one asking at most one offer is open or was accepted."""
    standing = Offer.objects.filter(outcome__in=STANDING).order_by().values("assignment")
    twice = standing.annotate(times=Count("pk")).filter(times__gt=1)
    return [f"assignment {row['assignment']} has {row['times']} standing offers" for row in twice[:SHOWN]]


def offers_lapse() -> list[str]:
    """An offer whose time is over is closed, and somebody else is asked."""
    late = Offer.objects.filter(outcome=Offer.Outcome.OPEN, until__lt=clock.now() - GRACE)
    return [f"offer {row.pk} to {row.user_id} is open since {row.made_at}" for row in late[:SHOWN]]


register("routing.one offer at a time", one_offer_at_a_time)
register("routing.offers lapse", offers_lapse)
