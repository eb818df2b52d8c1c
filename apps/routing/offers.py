"""A waiting shopper is offered to one person at a time, for half a minute; whoever is left to ask is asked next.

Lock order: the conversation, then the person asked, then its assignment and offers. What has moved on is told by a thread event.
"""

import datetime as dt
from typing import Any

from django.db import transaction
from django_scopes import scope, scopes_disabled

from apps.conversations.actions import record_event
from apps.conversations.models import Conversation
from apps.merchants import clock
from apps.merchants.models import Merchant, StaffRole
from apps.merchants.statements import fetch

from .models import Assignment, Offer
from .presence import SEEN_WITHIN, SHIFT
from .responders import Responder, choose_responder

ASKED_FOR = dt.timedelta(seconds=30)
Outcome = Offer.Outcome
_ASKED = 0xA5ED  # the class of our advisory locks: "asked"

RAN_OUT = """
SELECT a.merchant_id, a.conversation_id FROM routing_offer o JOIN routing_assignment a ON a.id = o.assignment_id
WHERE o.outcome = 'open' AND o.until <= %(now)s ORDER BY o.until LIMIT %(limit)s
"""
# Who is free, by the same rules as `responders` has, and for each the one who waits longest of those they were not
# asked for. Every row of it can be offered: nobody whom no one can be asked for stands in the way of the others. An
# asking alone is not a wait: somebody may have answered outside, and the thread knows.
FREE = """
SELECT DISTINCT a.merchant_id, a.conversation_id, a.asked_at FROM routing_presence p
JOIN accounts_user u ON u.id = p.user_id AND u.is_active
JOIN merchants_staffrole r ON r.user_id = p.user_id AND r.merchant_id = p.merchant_id AND r.is_active
JOIN merchants_merchant m ON m.id = p.merchant_id
CROSS JOIN LATERAL (
    SELECT w.merchant_id, w.conversation_id, w.asked_at FROM routing_assignment w
    JOIN conversations_conversation t ON t.id = w.conversation_id AND t.owner = 'bot' AND t.waiting_since IS NOT NULL
    WHERE w.merchant_id = p.merchant_id AND w.outcome = 'waiting' AND w.given_by_id IS DISTINCT FROM p.user_id
      AND NOT EXISTS (
        SELECT FROM routing_offer o WHERE o.assignment_id = w.id AND (o.outcome = 'open' OR o.user_id = p.user_id))
    ORDER BY w.asked_at LIMIT 1) a
WHERE p.state = 'available' AND p.seen_at >= %(seen)s
  AND (p.switched_at >= %(switched)s OR EXISTS (
    SELECT FROM merchants_openinghours h, LATERAL (SELECT %(now)s AT TIME ZONE m.timezone AS local) n
    WHERE h.merchant_id = m.id AND h.weekday = EXTRACT(isodow FROM n.local) - 1
      AND h.opens <= n.local::time AND h.closes > n.local::time))
  AND NOT EXISTS (SELECT FROM routing_offer o
    WHERE o.merchant_id = p.merchant_id AND o.user_id = p.user_id AND o.outcome = 'open')
  AND (SELECT count(DISTINCT i.customer_id) FROM conversations_conversation c
    JOIN customers_identity i ON i.id = c.identity_id
    WHERE c.merchant_id = p.merchant_id AND c.owner_user_id = p.user_id)
    < CASE r.role WHEN 'expert' THEN LEAST(r.capacity, %(experts)s) ELSE r.capacity END
ORDER BY a.asked_at LIMIT %(limit)s
"""


def offer_next(conversation: Conversation, assignment: Assignment | None) -> Offer | None:
    """Ask the next one who fits, if somebody is left; the caller holds the conversation's lock and tells the consoles.

    Who was asked once in this asking is not asked again: the thread stays in the list for everybody.
    """
    chosen = _choose(assignment, conversation) if assignment else None
    return _make(assignment, chosen) if assignment and chosen else None


def offer_to(conversation: Conversation, wanted: int) -> bool:
    """Who waits already asks for somebody by name: that one is asked instead, if they are there and were not asked yet.

    The caller holds the conversation's lock.
    """
    assignment = asking_of(conversation)
    if assignment is None:
        return False
    assignment.wanted_id, assignment.meant_for, assignment.given_by = wanted, "", None
    assignment.save(update_fields=["wanted", "meant_for", "given_by"])
    chosen = _choose(assignment, conversation)
    if chosen is None or chosen.user.pk != wanted:
        return False
    assignment.offers.filter(outcome=Outcome.OPEN).update(outcome=Outcome.WITHDRAWN, ended_at=clock.now())
    _make(assignment, chosen)
    return True


def _choose(assignment: Assignment, conversation: Conversation) -> Responder | None:
    """Whoever fits and is not being asked for another thread at this very moment.

    Who fits is looked up again behind the person's lock: what a colleague's turn has given them since counts.
    """
    locked: set[int] = set()
    busy: set[int] = set()
    while True:
        chosen = choose_responder(conversation, asking=assignment, without=busy)
        if chosen is None or chosen.user.pk in locked:
            return chosen
        (locked if _lock(chosen.user.pk) else busy).add(chosen.user.pk)


def _lock(user_id: int) -> bool:
    """One transaction at a time asks a person. Nobody waits for it, so it goes with any order of other locks."""
    ((got,),) = fetch("SELECT pg_try_advisory_xact_lock(%s::int, hashint8(%s))", [_ASKED, user_id])
    return bool(got)


def _make(assignment: Assignment, chosen: Responder) -> Offer:
    now = clock.now()
    made: Offer = Offer.objects.create(
        merchant_id=assignment.merchant_id,
        assignment=assignment,
        user=chosen.user,
        is_known=chosen.is_known,
        made_at=now,
        until=now + ASKED_FOR,
    )
    return made


@transaction.atomic
def decline(offer: Offer, user: Any, *, reason: str) -> None:
    """Not this one, and why; the next is asked at once. What has moved on meanwhile stays as it is."""
    conversation = _locked(offer.assignment.conversation_id)
    mine = Offer.objects.filter(pk=offer.pk, user=user, outcome=Outcome.OPEN)
    if conversation is not None and mine.update(outcome=Outcome.DECLINED, reason=reason, ended_at=clock.now()):
        _go_on(conversation, user, {"outcome": "declined", "reason": reason})


def withdraw_offers(user: Any) -> None:
    """This person takes no more chats: what they are asked just now, somebody else is asked."""
    for offer in Offer.objects.filter(user=user, outcome=Outcome.OPEN).select_related("assignment"):
        with transaction.atomic():
            conversation = _locked(offer.assignment.conversation_id)
            still = Offer.objects.filter(pk=offer.pk, outcome=Outcome.OPEN)
            if conversation is not None and still.update(outcome=Outcome.WITHDRAWN, ended_at=clock.now()):
                _go_on(conversation, user, {"outcome": "withdrawn"})


def _go_on(conversation: Conversation, user: Any, told: dict[str, Any]) -> None:
    """This person was asked in vain, and the next is asked. Who gave the thread away is told, and when nobody is left,
    whoever has it keeps it."""
    assignment = asking_of(conversation)
    made = offer_next(conversation, assignment)
    if assignment is None or assignment.given_by_id is None:
        record_event(conversation, "offer", actor=user, data=told)
        return
    if made is None and conversation.owner != Conversation.Owner.BOT:
        keep(assignment, conversation)
    after = {"next": name_of(made.user) if made else "", "by": assignment.given_by_id, "waits": _waits(conversation)}
    record_event(conversation, "transfer", actor=user, data={**told, **after})


def keep(assignment: Assignment, conversation: Conversation) -> None:
    """Nobody took what was passed on: it is answered by whoever has it. Without `taken_at`, for nobody came."""
    assignment.outcome, assignment.user_id = Assignment.Outcome.TAKEN, conversation.owner_user_id
    assignment.save(update_fields=["outcome", "user"])


def name_of(person: Any) -> str:
    return str(person.shown_name) if person else ""


def _waits(conversation: Conversation) -> bool:
    return conversation.waiting_since is not None


def run_due(limit: int = 20) -> int:
    """Let the offers lapse that ran out, and ask whoever is free. Returns how many moved. For the worker."""
    now = clock.now()
    times = {"now": now, "seen": now - SEEN_WITHIN, "switched": now - SHIFT}
    with scopes_disabled():
        due = fetch(RAN_OUT, {**times, "limit": limit})
        due += fetch(FREE, {**times, "limit": limit, "experts": StaffRole.MOST_FOR_EXPERTS})
        merchants = Merchant.objects.in_bulk({merchant for merchant, *_ in due})
    moved = 0
    for merchant, conversation, *_ in due:
        with scope(merchant=merchants[merchant]):
            moved += move_on(conversation)
    return moved


@transaction.atomic
def move_on(conversation_id: int) -> int:
    """1 when the thread's offer lapsed or a new one was made; 0 also while somebody else is at the thread."""
    conversation = _locked(conversation_id, skip_locked=True)
    if conversation is None:
        return 0
    open_one = Offer.objects.filter(assignment__conversation=conversation, outcome=Outcome.OPEN).first()
    if open_one is None:
        if offer_next(conversation, asking_of(conversation)) is None:
            return 0
        record_event(conversation, "offer", data={"outcome": "open"})
        return 1
    if open_one.until > clock.now():
        return 0
    open_one.outcome, open_one.ended_at = Outcome.LAPSED, clock.now()
    open_one.save(update_fields=["outcome", "ended_at"])
    _go_on(conversation, open_one.user, {"outcome": "lapsed"})
    return 1


def asking_of(conversation: Conversation) -> Assignment | None:
    """What is asked, if somebody still waits or passes the thread on. The conversation is known as it is now."""
    rows = Assignment.objects.filter(conversation=conversation, outcome=Assignment.Outcome.WAITING)
    if conversation.owner != Conversation.Owner.BOT:
        if conversation.owner_user_id is None:
            return None  # somebody answers outside
        rows = rows.filter(given_by__isnull=False)
    elif conversation.waiting_since is None:
        return None
    found: Assignment | None = rows.first()
    return found


def _locked(conversation_id: int, *, skip_locked: bool = False) -> Conversation | None:
    threads = Conversation.objects.select_for_update(no_key=True, of=("self",), skip_locked=skip_locked)
    found: Conversation | None = (
        threads.select_related("identity", "channel_account", "merchant").filter(pk=conversation_id).first()
    )
    return found
