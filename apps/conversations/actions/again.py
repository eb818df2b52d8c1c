"""Once more to the platform, what did not get through."""

from django.db import transaction
from django.db.models.expressions import RawSQL

from ..models import Message, ThreadEvent
from .record import notify_workers, record_event

GIVEN_UP = (Message.State.DEAD, Message.State.FAILED, Message.State.UNKNOWN)


@transaction.atomic(savepoint=False)
def requeue_message(message: Message) -> Message:
    """Send it again because a person says so: consent, window and fence are asked once more. Only what was given up.

    It goes on at the part that did not arrive, as a message that the platform has not heard of (`rounds_of`), and answers
    whatever the shopper said last.
    """
    revived = Message.objects.filter(pk=message.pk, state__in=GIVEN_UP).update(
        state=Message.State.QUEUED,
        attempts=0,
        next_at=None,
        expires_at=None,
        error_class="",
        error_detail="",
        external_id="",
        reply_to="",
    )
    if revived:
        record_event(message.conversation, "state", seq=message.seq, data={"state": str(Message.State.QUEUED)})
        notify_workers("outbox")
    message.refresh_from_db()
    return message


def rounds_of(message: Message) -> int:
    """How often somebody has said "once more" to this message: each time it is another one for a platform that knows what
    it was sent before."""
    told = ThreadEvent.objects.filter(conversation_id=message.conversation_id, message_seq=message.seq, kind="state")
    return told.filter(data__state=str(Message.State.QUEUED)).count()


@transaction.atomic(savepoint=False)
def requeue_without_bill(message: Message) -> None:
    """The platform took a bill and failed it minutes later, as WhatsApp does: the link goes alone, as if refused at once.

    So do the plain words of news about an order that went out as news of its bill.
    """
    failed = Message.objects.filter(pk=message.pk, state=Message.State.FAILED, content__has_key="bill")
    if failed.update(content=RawSQL("content - 'bill'", ())):  # in place: it may just have been deleted
        requeue_message(message)
