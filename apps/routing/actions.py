"""From the assistant to a person and back. The words to the shopper are the caller's; here the baton moves."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Case, Value, When

from apps.conversations.actions import hand_back as give_baton_back
from apps.conversations.actions import lock_all
from apps.conversations.actions import take_over as take_baton_over
from apps.conversations.actions.record import record_event
from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.merchants.hours import is_open, next_opening
from apps.merchants.models import StaffRole

from .models import Assignment, Offer
from .offers import asking_of, offer_next, offer_to


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
    colleague = _colleague(wanted)
    if locked.owner == Conversation.Owner.BOT and locked.waiting_since is None:
        locked.waiting_since = clock.now()
        locked.save(update_fields=["waiting_since"])
        end_asking([locked])
        assignment = Assignment.objects.create(
            merchant_id=locked.merchant_id,
            conversation=locked,
            reason=reason[:40],
            context=context,
            is_after_hours=not open_now,
            asked_at=locked.waiting_since,
            wanted_id=colleague,
        )
        offer_next(locked, assignment)
        record_event(locked, "waiting", data={"reason": reason, "after_hours": not open_now})
    elif colleague is not None and locked.waiting_since is not None and offer_to(locked, colleague):
        record_event(locked, "offer", data={"outcome": "open"})
    conversation.waiting_since = locked.waiting_since
    open_ones = Offer.objects.filter(assignment__conversation=locked, outcome=Offer.Outcome.OPEN)
    offered_to = open_ones.values_list("user", flat=True).first()
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
    theirs = Assignment.objects.filter(conversation__in=threads)
    theirs.filter(outcome=Assignment.Outcome.TAKEN).update(user=user)
    waiting = theirs.filter(outcome=Assignment.Outcome.WAITING)
    if waiting.update(outcome=Assignment.Outcome.TAKEN, user=user, taken_at=clock.now()):
        _close_offers(threads, taken_by=user)
    return threads


@transaction.atomic
def claim(conversation: Conversation, user: Any, *, seen: int | None) -> list[Conversation]:
    """Take over from whom the claimer saw answering: `seen` is a user's number, None the assistant.

    Of two at once one has it: for the other it raises `Taken`. Twice by the same person is once.
    """
    locked, _all = lock_with_siblings(conversation)
    holder = None if locked.owner == Conversation.Owner.BOT else locked.owner_user_id
    if holder == user.pk:
        return [locked]
    if holder != seen:
        raise Taken(locked.owner_user)
    return take_over(locked, user)


@transaction.atomic
def accept(offer: Offer, user: Any) -> list[Conversation]:
    """`user` takes what they were asked to, be it from the line or from a colleague; twice is once.

    Raises `Taken` or `OfferOver`.
    """
    locked, _all = lock_with_siblings(offer.assignment.conversation)
    now = clock.now()
    standing = Offer.objects.filter(pk=offer.pk, user=user, outcome=Offer.Outcome.OPEN, until__gt=now)
    standing = standing.filter(assignment=asking_of(locked))
    if standing.update(outcome=Offer.Outcome.ACCEPTED, ended_at=now):
        return take_over(locked, user)
    if locked.owner_user_id == user.pk:
        return [locked]
    if locked.owner == Conversation.Owner.BOT or _was_kept(offer):
        raise OfferOver
    raise Taken(locked.owner_user)


def _was_kept(offer: Offer) -> bool:
    """What was passed on is still with whoever had it: nobody came."""
    asking = Assignment.objects.get(pk=offer.assignment_id)
    return asking.given_by_id is not None and asking.taken_at is None


def follow_outside(conversation: Conversation) -> None:
    """A person answers elsewhere, or let go of the thread there: nobody waits in it, so nobody is asked for it any more.

    The caller holds the conversation's lock.
    """
    if conversation.waiting_since is not None:
        return
    if conversation.owner == Conversation.Owner.BOT:
        end_asking([conversation])
        return
    if asking_of(conversation) is not None:
        return  # one of ours has it and passes it on: an echo of their words changes nothing
    _close_offers([conversation])
    waiting = Assignment.objects.filter(conversation=conversation, outcome=Assignment.Outcome.WAITING)
    waiting.update(outcome=Assignment.Outcome.TAKEN, taken_at=clock.now())


@transaction.atomic
def hand_back(conversation: Conversation, user: Any, *, note: str = "") -> Conversation:
    """The assistant answers again, and nobody is asked for this customer any more; `note` is what the assistant should
    know (staff only, never shown to the shopper). Nothing changes where the assistant has the thread already."""
    locked, threads = lock_with_siblings(conversation)
    if locked.owner != Conversation.Owner.BOT:
        end_asking(threads)
    return give_baton_back(conversation, user, note=note)


def lock_with_siblings(conversation: Conversation) -> tuple[Conversation, list[Conversation]]:
    """This thread as it is now, and all threads of its customer, locked."""
    threads = lock_all(conversation)
    for thread in threads:
        if thread.pk == conversation.pk:
            return thread, threads
    raise OfferOver  # joined with another customer's at this moment


def end_asking(threads: list[Conversation]) -> None:
    """What was asked before is over; who was asked then can be asked anew."""
    _close_offers(threads)
    running = (Assignment.Outcome.TAKEN, Assignment.Outcome.WAITING)
    earlier = Assignment.objects.filter(conversation__in=threads, outcome__in=running)
    earlier.update(outcome=Assignment.Outcome.RETURNED, ended_at=clock.now())


def _colleague(wanted: int | None) -> int | None:
    """Somebody asked for by name, as long as they work here."""
    if wanted is None or not StaffRole.objects.filter(user=wanted).exists():
        return None
    return wanted


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
