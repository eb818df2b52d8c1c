"""What this app does when a customer asks for their words, or wants them gone."""

from typing import Any

from django.db.models import Q

from apps.customers.actions import thread_keys_of
from apps.customers.actions.privacy import ERASED
from apps.customers.models import Customer, Identity
from apps.customers.registry import on_erase, on_export

from .actions import record_event
from .files import forget_files
from .models import (
    Attachment,
    Conversation,
    EntryArrival,
    InboundEvent,
    InboxThread,
    Message,
    Note,
    PendingChoice,
    Rating,
    ThreadEvent,
)

SAID_ABOUT = (
    "note",
    "returned",
    "continued",
    "in_store",
)  # events that carry what was written or summed up of the person

# What could still go out, now or after a wait.
UNFINISHED = (Message.State.QUEUED, Message.State.RETRY, Message.State.SENDING, Message.State.UNKNOWN)
FORGOTTEN = "erased"  # why it does not


@on_erase
def erase_threads(customer: Customer) -> None:
    """The words go, the numbering and the states stay: books and statistics still add up."""
    threads = Conversation.objects.filter(identity__customer=customer).select_related("identity")
    for thread in threads:
        keys = _keys_of(thread)
        mine = InboundEvent.objects.filter(_came_from(thread, keys), channel_account_id=thread.channel_account_id)
        inbox = InboxThread.objects.filter(channel_account_id=thread.channel_account_id, thread_key__in=keys)
        nameless = f"{ERASED}{thread.public_id}"
        mine.filter(processed_at=None).delete()
        mine.update(payload={"kind": "ignored", "erased": True}, error="", thread_key=nameless)
        inbox.delete()
        Conversation.objects.filter(pk=thread.pk).update(thread_key=nameless, reply_handle="")
    messages = Message.objects.filter(conversation__in=threads)
    forget_files(Attachment.objects.filter(message__in=messages))
    PendingChoice.objects.filter(conversation__in=threads).delete()
    Note.objects.filter(conversation__in=threads).delete()
    ThreadEvent.objects.filter(conversation__in=threads, kind__in=SAID_ABOUT).update(data={})
    Rating.objects.filter(conversation__in=threads).update(comment="")
    EntryArrival.objects.filter(conversation__in=threads).delete()
    _call_back(messages)
    messages.update(text="", content={"kind": "deleted"}, error_detail="", reply_to="")


def _call_back(messages: Any) -> None:
    """What is not out yet stays in, and the threads say of each that it did and why."""
    unfinished = list(messages.filter(state__in=UNFINISHED).select_related("conversation__channel_account"))
    messages.filter(pk__in=[message.pk for message in unfinished]).update(
        state=Message.State.SUPPRESSED, error_class=FORGOTTEN, next_at=None, lease=None, lease_until=None
    )
    for message in unfinished:
        data = {"state": str(Message.State.SUPPRESSED), "error_class": FORGOTTEN}
        record_event(message.conversation, "state", seq=message.seq, data=data)


def _keys_of(thread: Conversation) -> set[str]:
    """Every inbox thread this person came through, save what is somebody else's now."""
    keys = thread_keys_of(thread.identity) | {thread.thread_key}
    others = Identity.objects.filter(channel_account=thread.channel_account_id, external_id__in=keys)
    return keys - set(others.exclude(pk=thread.identity_id).values_list("external_id", flat=True))


def _came_from(thread: Conversation, keys: set[str]) -> Q:
    """What came under these keys; and under a number that is somebody else's now, until they began to write from it."""
    theirs = Identity.objects.filter(formerly=thread.identity_id).first()
    if theirs is None:
        return Q(thread_key__in=keys)
    return Q(thread_key__in=keys) | Q(thread_key=theirs.external_id, received_at__lt=theirs.created_at)


def export_threads(customer: Customer) -> list[dict[str, Any]]:
    """Every thread with every word, oldest first."""
    threads = Conversation.objects.filter(identity__customer=customer).select_related("channel_account")
    return [
        {
            "channel": thread.channel_account.kind,
            "messages": [
                {"at": row.occurred_at.isoformat(), "author": row.author, "text": row.text, **_beside(row)}
                for row in thread.messages.order_by("seq")
            ],
            "ratings": list(thread.ratings.values("subject", "score", "comment")),
            "came_by": [
                {"link": row.entry.title, "where": row.source, "at": row.arrived_at.isoformat()}
                for row in thread.arrivals.select_related("entry").order_by("pk")
            ],
        }
        for thread in threads.order_by("pk")
    ]


def _beside(message: Message) -> dict[str, Any]:
    """Where somebody said they were, how they had worded it before, and how they felt about what we said."""
    content = message.content
    told = {key: content[key] for key in ("earlier", "reaction") if content.get(key)}
    return {"location": content.get("data", {}), **told} if content.get("kind") == "location" else told


on_export("conversations", export_threads)
