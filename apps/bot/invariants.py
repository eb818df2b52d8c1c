"""Truths of the bot that hold whatever was killed when."""

import datetime as dt

from django.db.models import Count, F, Max

from apps.merchants import clock

from .models import Effect, Session

OVERDUE = dt.timedelta(hours=1)


def turns_are_counted() -> list[str]:
    """Each session has exactly the turns it counts, none twice and none missing."""
    sessions = Session.objects.annotate(
        recorded=Count("conversation__turns"), last=Max("conversation__turns__number")
    ).exclude(turns=0, recorded=0)
    wrong = sessions.exclude(recorded=F("turns"), last=F("turns"))
    return [f"session {row.pk} counts {row.turns} turns, {row.recorded} are recorded" for row in wrong[:100]]


def effects_are_done() -> list[str]:
    """Nothing asked of the outside lies around for an hour."""
    late = Effect.objects.filter(state=Effect.State.WAITING, due_at__lt=clock.now() - OVERDUE)
    return [f"effect {row.pk} ({row.kind}) has waited since {row.due_at:%Y-%m-%d %H:%M}" for row in late[:100]]
