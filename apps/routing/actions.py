"""From the assistant to a person and back. The words to the shopper are the caller's; here the baton moves."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from apps.conversations.actions import hand_back as give_baton_back
from apps.conversations.actions import take_over as take_baton_over
from apps.conversations.actions.record import record_event
from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.merchants.hours import is_open, next_opening
from apps.merchants.models import StaffRole

from .models import Assignment, Presence

SEEN_WITHIN = dt.timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class Handover:
    """`state` is "waiting" or "after_hours"; `opens_at` (aware) only then; `position` 1 is next in line; `offered_to` is
    the number of whoever is asked first, None for nobody in particular."""

    state: str
    opens_at: dt.datetime | None
    position: int
    offered_to: int | None = None


@transaction.atomic
def hand_over(
    conversation: Conversation, *, reason: str, context: dict[str, Any], wanted: int | None = None
) -> Handover:
    """The shopper wants a person, `wanted` (a user's number) before all others: put the thread into the queue, once, and
    say what they may expect.

    Asking again keeps the first place in line. A thread a person already holds stays theirs.
    """
    locked = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    open_now = is_open(locked.merchant)
    if locked.owner == Conversation.Owner.BOT and locked.waiting_since is None:
        locked.waiting_since = clock.now()
        locked.save(update_fields=["waiting_since"])
        chosen = choose_responder(locked, wanted=wanted)
        running = Assignment.objects.filter(conversation=locked, outcome=Assignment.Outcome.TAKEN)
        running.update(outcome=Assignment.Outcome.RETURNED, ended_at=locked.waiting_since)
        Assignment.objects.update_or_create(
            conversation=locked,
            outcome=Assignment.Outcome.WAITING,
            defaults={
                "merchant_id": locked.merchant_id,
                "reason": reason[:40],
                "context": context,
                "is_after_hours": not open_now,
                "offered_to": chosen,
                "asked_at": locked.waiting_since,
            },
        )
        record_event(locked, "waiting", data={"reason": reason, "after_hours": not open_now})
    elif wanted is not None and locked.waiting_since is not None:
        _offer_to(locked, wanted)
    conversation.waiting_since = locked.waiting_since
    asked = Assignment.objects.filter(conversation=locked, outcome=Assignment.Outcome.WAITING)
    offered_to = asked.values_list("offered_to", flat=True).first()
    if open_now:
        return Handover("waiting", None, _position(locked), offered_to)
    return Handover("after_hours", next_opening(locked.merchant), _position(locked), offered_to)


def _offer_to(conversation: Conversation, wanted: int) -> None:
    """Who waits already asks for somebody by name: that one is asked first, if they are here."""
    chosen = choose_responder(conversation, wanted=wanted)
    if chosen is not None and chosen.pk == wanted:
        waiting = Assignment.objects.filter(conversation=conversation, outcome=Assignment.Outcome.WAITING)
        waiting.update(offered_to=chosen)


@transaction.atomic
def withdraw(conversation: Conversation) -> bool:
    """The shopper does without a person after all: the thread leaves the line. False where it stands in none.

    Whoever has taken the thread already keeps it.
    """
    locked = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    if locked.owner != Conversation.Owner.BOT or locked.waiting_since is None:
        return False
    locked.waiting_since = conversation.waiting_since = None
    locked.save(update_fields=["waiting_since"])
    waiting = Assignment.objects.filter(conversation=locked, outcome=Assignment.Outcome.WAITING)
    waiting.update(outcome=Assignment.Outcome.WITHDRAWN, ended_at=clock.now())
    record_event(locked, "withdrawn")
    return True


def choose_responder(conversation: Conversation, *, wanted: int | None = None) -> Any | None:
    """Whom to ask first: the one who is wanted, if they are at their console; else somebody there who speaks the
    shopper's language and holds the fewest threads."""
    here = dict(
        Presence.objects.filter(
            state=Presence.State.AVAILABLE, seen_at__gte=clock.now() - SEEN_WITHIN, user__is_active=True
        ).values_list("user_id", "seen_at")
    )
    roles = list(StaffRole.objects.filter(is_active=True, user_id__in=here).select_related("user"))
    if not roles:
        return None
    held = dict.fromkeys(here, 0)
    for user_id in Conversation.objects.filter(owner_user_id__in=here).values_list("owner_user_id", flat=True):
        held[user_id] += 1

    def rank(role: StaffRole) -> tuple[bool, bool, int, int]:
        speaks = not role.languages or conversation.language in role.languages
        return (role.user_id != wanted, not speaks, held[role.user_id], role.pk)

    return min(roles, key=rank).user


@transaction.atomic
def take_over(conversation: Conversation, user: Any) -> list[Conversation]:
    """`user` answers from now on, in all threads of this customer; returns them."""
    threads = take_baton_over(conversation, user)
    waiting = Assignment.objects.filter(conversation__in=threads, outcome=Assignment.Outcome.WAITING)
    if not waiting.update(outcome=Assignment.Outcome.TAKEN, user=user, taken_at=clock.now()):
        Assignment.objects.filter(conversation__in=threads, outcome=Assignment.Outcome.TAKEN).update(user=user)
    return threads


@transaction.atomic
def hand_back(conversation: Conversation, user: Any, *, note: str = "") -> Conversation:
    """The assistant answers again; `note` is what it should know (staff only, never shown to the shopper)."""
    returned = give_baton_back(conversation, user, note=note)
    Assignment.objects.filter(
        conversation__identity__customer_id=conversation.identity.customer_id,
        outcome__in=[Assignment.Outcome.TAKEN, Assignment.Outcome.WAITING],
    ).update(outcome=Assignment.Outcome.RETURNED, ended_at=clock.now())
    return returned


def mark_present(user: Any, merchant_id: int, *, state: str = Presence.State.AVAILABLE) -> None:
    """This person's console is open now."""
    Presence.objects.update_or_create(
        merchant_id=merchant_id, user=user, defaults={"state": state, "seen_at": clock.now()}
    )


def _position(conversation: Conversation) -> int:
    if conversation.waiting_since is None:
        return 0
    return Conversation.objects.filter(waiting_since__lt=conversation.waiting_since).count() + 1
