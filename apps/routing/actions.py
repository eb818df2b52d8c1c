"""From the assistant to a person and back. The words to the shopper are the caller's; here the baton moves."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, Value, When

from apps.conversations.actions import hand_back as give_baton_back
from apps.conversations.actions import take_over as take_baton_over
from apps.conversations.actions.record import record_event
from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.merchants.hours import is_open, next_opening

from .models import Assignment, Offer
from .offers import offer_next, offer_to


class Taken(Exception):
    """Somebody else answers this shopper already; `holder` is who."""

    def __init__(self, holder: Any) -> None:
        super().__init__(str(holder))
        self.holder = holder


class OfferOver(Exception):
    """The offer has run out or was called off, or the thread has become another's; no person has it yet."""


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
        _end_asking(locked)
        assignment = Assignment.objects.create(
            merchant_id=locked.merchant_id,
            conversation=locked,
            reason=reason[:40],
            context=context,
            is_after_hours=not open_now,
            asked_at=locked.waiting_since,
        )
        offer_next(locked, assignment, wanted=wanted)
        record_event(locked, "waiting", data={"reason": reason, "after_hours": not open_now})
    elif wanted is not None and locked.waiting_since is not None and offer_to(locked, wanted):
        record_event(locked, "offer", data={"outcome": "open"})
    conversation.waiting_since = locked.waiting_since
    asked = Assignment.objects.filter(conversation=locked, outcome=Assignment.Outcome.WAITING)
    offered_to = asked.values_list("offered_to", flat=True).first()
    if open_now:
        return Handover("waiting", None, _position(locked), offered_to)
    return Handover("after_hours", next_opening(locked.merchant), _position(locked), offered_to)


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
    _close_offers([locked])
    record_event(locked, "withdrawn")
    return True


@transaction.atomic
def take_over(conversation: Conversation, user: Any) -> list[Conversation]:
    """`user` answers from now on, in all threads of this customer; returns them."""
    threads = take_baton_over(conversation, user)
    waiting = Assignment.objects.filter(conversation__in=threads, outcome=Assignment.Outcome.WAITING)
    if waiting.update(outcome=Assignment.Outcome.TAKEN, user=user, taken_at=clock.now()):
        _close_offers(threads, taken_by=user)
    else:
        Assignment.objects.filter(conversation__in=threads, outcome=Assignment.Outcome.TAKEN).update(user=user)
    return threads


@transaction.atomic
def claim(conversation: Conversation, user: Any, *, seen: int | None) -> list[Conversation]:
    """Take over from whom the claimer saw answering: `seen` is a user's number, None the assistant.

    Of two at once one has it: for the other it raises `Taken`. Twice by the same person is once.
    """
    locked = _lock_all(conversation)
    holder = None if locked.owner == Conversation.Owner.BOT else locked.owner_user_id
    if holder == user.pk:
        return [locked]
    if holder != seen:
        raise Taken(locked.owner_user)
    return take_over(locked, user)


@transaction.atomic
def accept(offer: Offer, user: Any) -> list[Conversation]:
    """`user` takes what they were asked to; twice is once. Raises `Taken` or `OfferOver`."""
    conversation = offer.assignment.conversation
    locked = _lock_all(conversation)
    now = clock.now()
    is_waiting = locked.owner == Conversation.Owner.BOT and locked.waiting_since is not None
    standing = Offer.objects.filter(pk=offer.pk, user=user, outcome=Offer.Outcome.OPEN, until__gt=now)
    standing = standing.filter(assignment__outcome=Assignment.Outcome.WAITING)
    if is_waiting and standing.update(outcome=Offer.Outcome.ACCEPTED, ended_at=now):
        return take_over(locked, user)
    if locked.owner == Conversation.Owner.BOT:
        raise OfferOver
    if locked.owner_user_id != user.pk:
        raise Taken(locked.owner_user)
    return [locked]


def follow_outside(conversation: Conversation) -> None:
    """A person answers elsewhere, or let go of the thread there: nobody waits in it, so nobody is asked for it any more.

    The caller holds the conversation's lock.
    """
    if conversation.waiting_since is not None:
        return
    if conversation.owner == Conversation.Owner.BOT:
        _end_asking(conversation)
        return
    _close_offers([conversation])
    waiting = Assignment.objects.filter(conversation=conversation, outcome=Assignment.Outcome.WAITING)
    waiting.update(outcome=Assignment.Outcome.TAKEN, taken_at=clock.now())


@transaction.atomic
def hand_back(conversation: Conversation, user: Any, *, note: str = "") -> Conversation:
    """The assistant answers again; `note` is what it should know (staff only, never shown to the shopper)."""
    returned = give_baton_back(conversation, user, note=note)
    theirs = Assignment.objects.filter(conversation__identity__customer_id=conversation.identity.customer_id)
    running = theirs.filter(outcome__in=[Assignment.Outcome.TAKEN, Assignment.Outcome.WAITING])
    running.update(outcome=Assignment.Outcome.RETURNED, ended_at=clock.now())
    return returned


def _lock_all(conversation: Conversation) -> Conversation:
    """All threads of this customer, in the order in which the baton takes them; returns this one as it is now.

    Its owner is not joined in: after a wait for the lock the row is the new one, what was joined to it is not.
    """
    threads = Conversation.objects.filter(identity__customer_id=conversation.identity.customer_id)
    locked = threads.select_for_update(no_key=True, of=("self",)).select_related("identity")
    for thread in list(locked.order_by("pk")):
        if thread.pk == conversation.pk:
            return thread
    raise OfferOver  # joined with another customer's at this moment


def _end_asking(conversation: Conversation) -> None:
    """What was asked before is over; who was asked then can be asked anew."""
    _close_offers([conversation])
    running = (Assignment.Outcome.TAKEN, Assignment.Outcome.WAITING)
    earlier = Assignment.objects.filter(conversation=conversation, outcome__in=running)
    earlier.update(outcome=Assignment.Outcome.RETURNED, ended_at=clock.now())


def _close_offers(threads: list[Conversation], *, taken_by: Any = None) -> None:
    """Nobody is asked any more; who was asked and took it from the list in time has accepted."""
    now = clock.now()
    in_time = When(user=taken_by, until__gt=now, then=Value(Offer.Outcome.ACCEPTED))
    outcome = Case(in_time, default=Value(Offer.Outcome.WITHDRAWN)) if taken_by else Value(Offer.Outcome.WITHDRAWN)
    open_ones = Offer.objects.filter(assignment__conversation__in=threads, outcome=Offer.Outcome.OPEN)
    open_ones.update(outcome=outcome, ended_at=now)


def _position(conversation: Conversation) -> int:
    if conversation.waiting_since is None:
        return 0
    return Conversation.objects.filter(waiting_since__lt=conversation.waiting_since).count() + 1
