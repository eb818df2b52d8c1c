"""From one person to another, with a note. Who is meant is asked as for any chat; until somebody accepts, nothing changes
hands, so at each moment one has the thread."""

from typing import Any

from django.db import transaction

from apps.conversations.actions import keep_note, put_in_line, record_event
from apps.conversations.models import Conversation
from apps.merchants import clock

from .actions import Taken, end_asking, lock_with_siblings
from .models import Assignment, Offer
from .offers import asking_of, keep, name_of, offer_next

LONGEST_NOTE = 500
TRANSFER = "transfer"  # as a reason, and as the kind of its events


class NobodyThere(Exception):
    """Of those it is meant for nobody takes chats now with room for one more."""


@transaction.atomic
def transfer(
    conversation: Conversation,
    user: Any,
    *,
    person: int | None = None,
    group: str = "",
    note: str = "",
    waits: bool = False,
    is_lead: bool = False,
    client_id: str = "",
) -> Assignment | None:
    """`user` passes the thread on to a `person` (a user's number), to a `group` (an `Assignment.meant_for`), or to whoever
    fits, with a `note` that only colleagues read. Passing on again calls off what was asked before.

    Whoever has the thread keeps it until somebody accepts. With `waits`, or where the assistant has it, it waits in the
    list for everybody, and those it is meant for are asked first. Only who has a thread passes it on, or who `is_lead`;
    others are told by `Taken` who has it. Raises `NobodyThere`. The same `client_id` twice is once: then None.
    """
    locked, threads = lock_with_siblings(conversation)
    if client_id and locked.events.filter(kind=TRANSFER, data__client_id=client_id).exists():
        return None
    if locked.owner_user_id != user.pk and not is_lead:
        raise Taken(locked.owner_user)
    before = Assignment.objects.filter(conversation=locked).order_by("-pk").first()
    has_bot = locked.owner == Conversation.Owner.BOT
    end_asking([thread for thread in threads if thread.pk == locked.pk or thread.owner != Conversation.Owner.BOT])
    asked_at = clock.now()
    if waits or has_bot:
        asked_at = put_in_line(locked, user)
    if note.strip():
        keep_note(locked, user, note[:LONGEST_NOTE])
    assignment: Assignment = Assignment.objects.create(
        merchant_id=locked.merchant_id,
        conversation=locked,
        reason=TRANSFER,
        context={**(before.context if before else {}), "note": note.strip()[:LONGEST_NOTE]},
        wanted_id=person,
        meant_for=group,
        given_by=user,
        asked_at=asked_at,
    )
    made = offer_next(locked, assignment)
    if made is None and locked.owner != Conversation.Owner.BOT:
        raise NobodyThere
    _tell(locked, user, made, client_id)
    return assignment


@transaction.atomic
def call_off(conversation: Conversation, user: Any, *, is_lead: bool = False) -> bool:
    """`user` passes the thread on no longer; whoever has it keeps it, and what waits in the list goes on waiting there.

    False where nothing was passed on. Others than who has it, who gave it away, or who `is_lead` are told by `Taken`.
    """
    locked, _all = lock_with_siblings(conversation)
    assignment = asking_of(locked)
    if assignment is None or assignment.given_by_id is None or locked.owner == Conversation.Owner.BOT:
        return False
    if user.pk not in (locked.owner_user_id, assignment.given_by_id) and not is_lead:
        raise Taken(locked.owner_user)
    open_ones = assignment.offers.filter(outcome=Offer.Outcome.OPEN)
    open_ones.update(outcome=Offer.Outcome.WITHDRAWN, ended_at=clock.now())
    keep(assignment, locked)
    record_event(locked, TRANSFER, actor=user, data={"outcome": "called_off"})
    return True


def _tell(conversation: Conversation, user: Any, made: Offer | None, client_id: str) -> None:
    waits = conversation.owner == Conversation.Owner.BOT
    data = {"outcome": "asked", "next": name_of(made.user) if made else "", "waits": waits, "client_id": client_id}
    record_event(conversation, TRANSFER, actor=user, data=data)
