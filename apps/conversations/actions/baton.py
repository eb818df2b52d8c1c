"""Who answers. The fence grows whenever the baton changes hands, and older words do not go out any more."""

import datetime as dt
from typing import Any

from django.db import transaction

from apps.merchants import clock

from ..models import Conversation, Message
from .internal import insert_internal_event
from .masking import clean_text
from .record import record_event


@transaction.atomic
def take_over(conversation: Conversation, user: Any) -> list[Conversation]:
    """`user` answers from now on, in every thread of this customer; the bot begins no reply after the commit."""
    threads = lock_all(conversation)
    for thread in threads:
        _hand_to(thread, user, owner=Conversation.Owner.AGENT)
    return threads


@transaction.atomic
def hand_back(conversation: Conversation, user: Any, *, note: str = "") -> Conversation:
    """The assistant answers again, in every thread of this customer, and begins with a recap in this one.

    Nobody waits in any of them any more. Nothing changes where the assistant has this one already.
    """
    note = clean_text(note)
    threads = lock_all(conversation)
    if any(thread.pk == conversation.pk and thread.owner != Conversation.Owner.BOT for thread in threads):
        for thread in threads:
            if thread.owner != Conversation.Owner.BOT:
                _return(thread, user, note=note)
            elif thread.waiting_since is not None:
                _stand(thread, None)
            if thread.pk == conversation.pk:
                _recap(thread, note)
    conversation.refresh_from_db()
    return conversation


@transaction.atomic
def put_in_line(conversation: Conversation, user: Any) -> dt.datetime:
    """This thread waits for a person, and whoever had the customer's threads lets go of them; returns since when it waits.

    The assistant answers meanwhile, without a recap. Who waits already keeps their place.
    """
    since = clock.now()
    for thread in lock_all(conversation):
        if thread.owner != Conversation.Owner.BOT:
            _return(thread, user)
        if thread.pk == conversation.pk:
            since = thread.waiting_since or since
            _stand(thread, since)
            _note(conversation, thread)
    return since


def give_back(conversation: Conversation) -> None:
    """Whoever had this one thread outside lets go of it. Nothing changes where the assistant has it, or one of our people."""
    locked = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    if locked.owner == Conversation.Owner.AGENT and locked.owner_user_id is None:
        _return(locked, None)
        _note(conversation, locked)
        _recap(conversation)


def take_baton(conversation: Conversation, user: Any, *, owner: str) -> None:
    """A person has spoken here: the thread is theirs. Nothing changes for whoever holds it already."""
    locked = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    if locked.owner != owner or (user is not None and locked.owner_user_id != user.pk):
        _hand_to(locked, user, owner=owner)
    _note(conversation, locked)


def on_wire_since(conversation: Conversation) -> list[dict[str, Any]]:
    """The assistant's messages that were already leaving: they cannot be called back, so the thread shows them."""
    leaving = conversation.messages.filter(author=Message.Author.BOT, state=Message.State.SENDING).order_by("seq")
    return [{"seq": row.seq, "since": _iso(row.send_started_at)} for row in leaving]


def lock_all(conversation: Conversation) -> list[Conversation]:
    """All threads of this customer, locked until the transaction ends, by number as everybody takes them.

    Their owners are not joined in: after a wait for the lock a row is the new one, what was joined to it is not.
    """
    return list(
        Conversation.objects.select_for_update(no_key=True, of=("self",))
        .filter(identity__customer_id=conversation.identity.customer_id)
        .select_related("identity", "channel_account")
        .order_by("pk")
    )


def _note(conversation: Conversation, locked: Conversation) -> None:
    conversation.owner, conversation.owner_user, conversation.fence = locked.owner, locked.owner_user, locked.fence
    conversation.waiting_since = locked.waiting_since


def _stand(thread: Conversation, since: dt.datetime | None) -> None:
    """Since when it stands in line, None for in none. The thread is locked by the caller."""
    thread.waiting_since = since
    thread.save(update_fields=["waiting_since"])


def _return(thread: Conversation, user: Any, *, note: str = "") -> None:
    """The thread is locked by the caller."""
    thread.owner, thread.owner_user, thread.waiting_since = Conversation.Owner.BOT, None, None
    thread.fence += 1
    thread.save(update_fields=["owner", "owner_user", "waiting_since", "fence"])
    record_event(thread, "returned", actor=user, data={"note": note} if note else {})


def _recap(thread: Conversation, note: str = "") -> None:
    insert_internal_event(thread, "handed_back", {"note": note}, key=f"handed_back:{thread.pk}:{thread.fence}")


def _hand_to(thread: Conversation, user: Any, *, owner: str) -> None:
    """The thread is locked by the caller. Queued replies of the assistant are called back at once."""
    thread.owner, thread.owner_user, thread.waiting_since = owner, user, None
    thread.fence += 1
    thread.save(update_fields=["owner", "owner_user", "waiting_since", "fence"])
    waiting = thread.messages.filter(author=Message.Author.BOT, purpose=Message.Purpose.REPLY)
    waiting = waiting.filter(state__in=Message.WAITING)
    called_back = list(waiting.order_by("seq").values_list("seq", flat=True))
    waiting.update(state=Message.State.SUPPRESSED, error_class="fence")
    record_event(thread, "taken", actor=user, data={"on_wire": on_wire_since(thread), "called_back": called_back})


def _iso(moment: dt.datetime | None) -> str:
    return moment.isoformat() if moment else ""
