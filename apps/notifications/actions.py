"""Facts about orders, told in the shopper's thread: each once, whatever was killed in between."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.utils.translation import override
from django_scopes import scope, scopes_disabled

from apps.conversations.actions import insert_internal_event, send_message
from apps.conversations.actions.send import has_template, is_window_closed, language_of, needed_consent
from apps.conversations.models import Conversation, Message
from apps.customers.actions import Said
from apps.customers.actions.privacy import ERASED
from apps.customers.models import ConsentEntry, Customer
from apps.merchants import clock
from apps.messaging.channel import channel_for
from apps.messaging.content import OrderUpdate
from apps.orders.models import OrderEvent
from apps.payments.models import Bill

from .models import Notice
from .order_words import SPEAKERS, contents_for

logger = structlog.get_logger(__name__)

ORDER = "order"
SWEEP_WINDOW = dt.timedelta(days=3)
MOST_ATTEMPTS = 6


def run_due(limit: int = 20) -> int:
    """Tell what has not been told yet, oldest first. Returns how many facts were settled. For the worker."""
    due = _untold(limit)
    for event in due:
        with scope(merchant=event.merchant):
            try:
                tell(event)
            except Exception as error:  # one fact that cannot be told must not keep the others waiting
                logger.exception("notice.failed", order_event=event.pk)
                later(ORDER, event, error)
    return len(due)


def _untold(limit: int) -> list[OrderEvent]:
    """Facts nobody has spoken of, and those whose next try is due."""
    with scopes_disabled():
        spoken = Notice.objects.filter(source=ORDER, event=OuterRef("pk")).exclude(next_at__lte=clock.now())
        recent = OrderEvent.objects.filter(kind__in=SPEAKERS, created_at__gt=clock.now() - SWEEP_WINDOW)
        return list(recent.filter(~Exists(spoken)).select_related("merchant").order_by("pk")[:limit])


def later(source: str, event: Any, error: Exception) -> None:
    """Try again, ever more slowly; after the last time the error stays with the notice for a person to read."""
    notice, _ = Notice.objects.get_or_create(source=source, event=event.pk, defaults={"merchant_id": event.merchant_id})
    notice.attempts += 1
    pause = dt.timedelta(seconds=10 * 4**notice.attempts)
    notice.next_at = clock.now() + pause if notice.attempts < MOST_ATTEMPTS else None
    notice.error = f"{type(error).__name__}: {error}"[:1000]
    notice.save(update_fields=["attempts", "next_at", "error"])


@transaction.atomic
def tell(event: OrderEvent) -> Notice | None:
    """Say this fact to the shopper, once. None when somebody else has it in hand or has told it."""
    notice = ours_to_tell(ORDER, event)
    if notice is None:
        return None

    def said_in(thread: Conversation) -> list[Any]:
        language = language_of(thread)
        with override(language):
            return contents_for(event, language=language)

    conversation = best_conversation(event.order.customer, said_in=said_in)
    if conversation is None:
        return notice
    said = [_send(conversation, _about_bill(content, event, conversation)) for content in said_in(conversation)]
    if said:
        notice.message = said[0]
        notice.save(update_fields=["message"])
        insert_internal_event(
            conversation,
            "order_fact",
            {"order": event.order.number, "fact": event.kind},
            key=f"order_fact:{event.pk}",
        )
    return notice


def _about_bill(content: Any, event: OrderEvent, conversation: Conversation) -> Any:
    """News of an order say which bill they are about, where this thread has one of it."""
    account = conversation.channel_account
    if not isinstance(content, OrderUpdate) or not channel_for(account.kind).capability.has_bill_news:
        return content
    bills = Bill.objects.filter(attempt__order=event.order, channel_account=account).order_by("-pk")
    return replace(content, bill=bills.values_list("public_id", flat=True).first() or "")


def ours_to_tell(source: str, event: Any) -> Notice | None:
    """The fact's own row, for exactly one of those who ask for it; inside a transaction."""
    notice, is_new = Notice.objects.get_or_create(
        source=source, event=event.pk, defaults={"merchant_id": event.merchant_id}
    )
    return notice if is_new or _is_ours_to_repeat(notice) else None


def _is_ours_to_repeat(notice: Notice) -> bool:
    """A failed telling whose time has come, taken by exactly one of those who try."""
    due = Notice.objects.filter(pk=notice.pk, next_at__lte=clock.now())
    return bool(due.update(next_at=None, error=""))


def best_conversation(
    customer: Customer,
    *,
    said_in: Callable[[Conversation], list[Any]],
    purpose: str = Message.Purpose.TRANSACTIONAL,
) -> Conversation | None:
    """Where this person may be told something of this purpose, and of these threads the one they wrote in last.

    Threads on which they have withdrawn their consent come last, before them those where the time to answer freely is
    over and no wording was approved for what would be said there (`said_in`, asked of such threads alone). A merged
    shopper's threads count as one person's, a forgotten one has none. One query where no time is over.
    """
    needs = needed_consent(purpose)
    said = ConsentEntry.objects.filter(identity=OuterRef("identity"), purpose=needs).order_by("-id")
    threads = (
        Conversation.objects.filter(identity__customer=customer, identity__blocked_at=None)
        .exclude(identity__external_id__startswith=ERASED)
        .annotate(allowed=Subquery(said.values("granted")[:1]))
        .select_related("channel_account__merchant", "identity__customer")
        .order_by(F("last_inbound_at").desc(nulls_last=True), "-pk")
    )
    best: Conversation | None = max(threads, key=lambda thread: _reach(thread, needs, said_in), default=None)
    return best


def _reach(thread: Any, needs: str, said_in: Callable[[Conversation], list[Any]]) -> tuple[bool, bool, bool]:
    """The better the greater; of equals the first counts."""
    can_be_told = not is_window_closed(thread) or all(has_template(thread, content) for content in said_in(thread))
    return Said.of(needs, None, thread.allowed).is_granted, thread.channel_account.is_active, can_be_told


def _send(conversation: Conversation, content: Any) -> Message:
    return send_message(conversation, content, author=Message.Author.SYSTEM, purpose=Message.Purpose.TRANSACTIONAL)
