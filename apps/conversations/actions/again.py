"""Once more to the platform, what did not get through."""

from django.db import transaction
from django.db.models import Case, F, Value, When

from ..models import Message
from .record import notify_workers, record_event

GIVEN_UP = (Message.State.DEAD, Message.State.FAILED, Message.State.UNKNOWN)


@transaction.atomic(savepoint=False)
def requeue_message(message: Message) -> Message:
    """Send it again because a person says so: consent, window and fence are asked once more. Only what was given up.

    One that stopped on the way goes on where it stopped; one that the platform took whole and failed later starts anew.
    """
    revived = Message.objects.filter(pk=message.pk, state__in=GIVEN_UP).update(
        state=Message.State.QUEUED,
        attempts=0,
        next_at=None,
        expires_at=None,
        error_class="",
        error_detail="",
        parts_sent=Case(When(external_id="", then=F("parts_sent")), default=Value(0)),
        external_id="",
    )
    if revived:
        record_event(message.conversation, "state", seq=message.seq, data={"state": "queued"})
        notify_workers("outbox")
    message.refresh_from_db()
    return message


def requeue_without_bill(message: Message) -> None:
    """The platform took a bill and failed it minutes later, as WhatsApp does: the link goes alone, as if refused at once."""
    message.content = {key: value for key, value in message.content.items() if key != "bill"}
    message.save(update_fields=["content"])
    requeue_message(message)
