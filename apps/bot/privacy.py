"""What the bot keeps about a shopper goes when they ask: turns hold names and addresses as they were typed."""

from typing import Any

from apps.conversations.models import Message, ThreadEvent
from apps.customers.models import Customer

from .models import Effect, Session, Turn


def erase(customer: Customer) -> None:
    """Forget every talk with this person; what was said stays or goes with the messages."""
    for model in (Turn, Session, Effect):
        model.objects.filter(conversation__identity__customer=customer).delete()


def keep_talking(source: Customer, target: Customer) -> None:
    """Two who are one go on in each thread where they were."""
    return


def forget_where_we_were(source: Customer, target: Customer, moved: Any) -> None:
    """Two who are two again: no half-filled question, and no summary, may show the one what the other said."""
    Session.objects.filter(conversation__identity__customer__in=[source, target]).update(state={})
    summaries = Message.objects.filter(conversation__identity__customer=source, content__has_key="said_on")
    summaries.update(text="", content={"kind": "deleted"})
    brought = ThreadEvent.objects.filter(conversation__identity__customer=source, kind="continued")
    brought.update(data={})
