"""What was given up: where to look, and how to try again."""

from django.db import transaction
from django.db.models import QuerySet

from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant

from .actions.again import GIVEN_UP
from .actions.record import notify_workers
from .models import InboundEvent, Message


def dead_events(merchant: Merchant) -> QuerySet[InboundEvent]:
    """Events of this merchant's accounts that no turn could deal with, newest first. Inside the merchant's scope."""
    accounts = ChannelAccount.objects.filter(merchant=merchant).values_list("pk", flat=True)
    return InboundEvent.objects.filter(channel_account_id__in=list(accounts), dead_at__isnull=False).order_by(
        "-dead_at"
    )


def dead_messages(merchant: Merchant) -> QuerySet[Message]:
    """Messages of ours that did not get through, or of which we cannot know, newest first."""
    return Message.objects.filter(merchant=merchant, state__in=GIVEN_UP).order_by("-pk")


@transaction.atomic
def replay_dead(event: InboundEvent) -> InboundEvent:
    """Give the event another set of attempts, now. Does nothing to one that is not dead."""
    revived = InboundEvent.objects.filter(pk=event.pk, dead_at__isnull=False).update(
        dead_at=None, error="", attempts=0, due_at=clock.now()
    )
    if revived:
        notify_workers("inbox")
    event.refresh_from_db()
    return event
