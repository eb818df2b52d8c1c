"""What a platform tells about a message of ours. News only ever moves a message forward."""

import datetime as dt
import re
from typing import Any

from django.db.models import Case, F, IntegerField, When

from apps.customers.actions import names_of
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import REFUSED, ErrorClass
from apps.messaging.events import ChannelEvent, Receipt

from ..models import Conversation, Message, WirePart
from .again import requeue_without_bill
from .fall_back import fall_back
from .record import record_event

# What a message may become, by what it is. "failed" may follow "accepted" or "sent" (a platform can change its mind
# minutes after taking it), never a delivery.
BEFORE = {
    Receipt.ACCEPTED: ("sending", "unknown"),
    Receipt.SENT: ("sending", "unknown", "accepted"),
    Receipt.DELIVERED: ("sending", "unknown", "accepted", "sent", "failed"),
    Receipt.READ: ("sending", "unknown", "accepted", "sent", "delivered", "failed"),
    Receipt.FAILED: ("sending", "unknown", "accepted", "sent"),
}
# "Everything until then" is no news of a message that failed, or of which nobody knows whether it was sent.
SENT_BEFORE = {Receipt.DELIVERED: ("accepted", "sent"), Receipt.READ: ("accepted", "sent", "delivered")}
TAKEN = ("accepted", "sent")
LATEST = 200  # messages of a thread that such news may be about


def apply_status(account: ChannelAccount, event: ChannelEvent) -> bool:
    """Move the message this status names, if it is one of this account's own, or all that it says were sent until then.
    False: nobody here knows that id, or not yet."""
    if "until" in event.data:
        return _apply_until(account, event)
    message = _message_named(account, event.target) or _message_keyed(account, event)
    if message is None and not event.data.get("is_anyones"):
        message = _adopt(account, event)
    if message is None:
        return WirePart.objects.filter(
            external_id=event.target, message__conversation__channel_account=account
        ).exists() and _apply_to_part(account, event)
    _advance(message, event)
    return True


def _apply_until(account: ChannelAccount, event: ChannelEvent) -> bool:
    """What of a thread was sent until a moment, where the platform names no message; False while a send is underway."""
    receipt, until = Receipt(event.receipt), dt.datetime.fromisoformat(str(event.data["until"]))
    conversation = Conversation.objects.filter(
        channel_account=account, identity__external_id__in=names_of(event.external_user_id, event.aliases)
    ).first()
    if conversation is None:
        return True
    conversation.channel_account = account
    latest = Message.objects.filter(conversation=conversation, seq__gt=conversation.last_seq - LATEST)
    sent = latest.filter(state__in=(*SENT_BEFORE[receipt], Message.State.SENDING), send_started_at__lte=until)
    is_underway = False
    for message in sent.exclude(author=Message.Author.SHOPPER).order_by("seq"):
        if message.state == Message.State.SENDING:
            is_underway = True
            continue
        message.conversation = conversation
        _advance(message, event)
    return not is_underway


def _message_named(account: ChannelAccount, external_id: str) -> Message | None:
    if not external_id:
        return None
    return (
        Message.objects.filter(external_id=external_id, conversation__channel_account=account)
        .exclude(author=Message.Author.SHOPPER)
        .select_related("conversation")
        .first()
    )


def _message_keyed(account: ChannelAccount, event: ChannelEvent) -> Message | None:
    """Some platforms give back the key we sent along: it names a message without an id yet.

    `<message>:<part>`, behind the message how often it was sent anew, behind the part that it was said in other words.
    """
    found = re.fullmatch(r"([0-9]{1,18})(?:\.[0-9]{1,4})?:([0-9]{1,4})(?::instead)?", str(event.data.get("key", "")))
    if found is None:
        return None
    message = (
        Message.objects.filter(pk=int(found[1]), external_id="", conversation__channel_account=account)
        .filter(conversation__identity__external_id__in=names_of(event.external_user_id, event.aliases))
        .select_related("conversation")
        .first()
    )
    if message is not None and int(found[2]) == 0 and message.state == Message.State.UNKNOWN:
        Message.objects.filter(pk=message.pk, external_id="").update(external_id=event.target)
    return message if message is not None and int(found[2]) == 0 else None


def _adopt(account: ChannelAccount, event: ChannelEvent) -> Message | None:
    """A message whose answer was lost has no id yet; the first news of an unknown id in its thread names it."""
    if not event.target or WirePart.objects.filter(external_id=event.target).exists():
        return None
    orphan = (
        Message.objects.filter(
            conversation__channel_account=account,
            conversation__identity__external_id__in=names_of(event.external_user_id, event.aliases),
            state=Message.State.UNKNOWN,
            external_id="",
        )
        .select_related("conversation")
        .order_by("seq")
        .first()
    )
    if orphan is not None:
        orphan.external_id = event.target
        orphan.save(update_fields=["external_id"])
    return orphan


def _apply_to_part(account: ChannelAccount, event: ChannelEvent) -> bool:
    """Only a failure of one part is news about the whole; its delivery is not."""
    if event.receipt == Receipt.FAILED:
        part = WirePart.objects.select_related("message__conversation").get(
            external_id=event.target, message__conversation__channel_account=account
        )
        _advance(part.message, event, part=part.number)
    return True


def _advance(message: Message, event: ChannelEvent, *, part: int | None = None) -> None:
    """`part` is which of several wire messages the news is about; None is the last of those that were sent."""
    receipt = Receipt(event.receipt)
    changes: dict[str, Any] = {"state": str(receipt), "lease": None, "lease_until": None, "next_at": None}
    if receipt == Receipt.FAILED:
        changes["error_class"] = event.error_class or str(ErrorClass.UNREACHABLE)
        changes["error_detail"] = str(event.data.get("detail", ""))[:300]
        # Sent again, it goes on there: at the part of a message the platform had taken whole, else where it stopped.
        one_less = When(state__in=TAKEN, parts_sent__gt=0, then=F("parts_sent") - 1)
        last = Case(one_less, default=F("parts_sent"), output_field=IntegerField())
        changes["parts_sent"] = last if part is None else part
    moved = Message.objects.filter(pk=message.pk, state__in=BEFORE[receipt]).update(**changes)
    if moved:
        record_event(message.conversation, "state", seq=message.seq, data={"state": str(receipt)})
        if receipt == Receipt.FAILED and changes["error_class"] in REFUSED and message.content.get("bill"):
            requeue_without_bill(message)
        if receipt == Receipt.FAILED and changes["error_class"] == ErrorClass.UNREACHABLE:
            fall_back(message)
    if receipt == Receipt.FAILED and event.error_class == ErrorClass.OPTED_OUT:
        mark_blocked(message.conversation)


def mark_blocked(conversation: Conversation) -> None:
    """The platform says this person shut the door: nothing more is tried until they write."""
    identity = conversation.identity
    identity.blocked_at = clock.now()
    identity.save(update_fields=["blocked_at"])


def has_waiting_send(account: ChannelAccount, event: ChannelEvent) -> bool:
    """Whether a send of this thread has not yet noted its id: then the status only came early."""
    return Message.objects.filter(
        conversation__channel_account=account,
        conversation__identity__external_id__in=names_of(event.external_user_id, event.aliases),
        state=Message.State.SENDING,
    ).exists()
