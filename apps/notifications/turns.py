"""Whoever waited in line hears that it is their turn: once, in the thread they wrote in last, as far as they allow it."""

import structlog
from babel.dates import format_time
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from apps.carts.money import LOCALES
from apps.catalog.models import StockAlert
from apps.catalog.products import variant_label
from apps.catalog.waitlist import pass_turn
from apps.conversations.actions import send_message
from apps.conversations.actions.send import language_of
from apps.conversations.models import Conversation, Message
from apps.merchants import clock
from apps.messaging.content import Choice, OrderUpdate

from .actions import best_conversation, later, ours_to_tell
from .models import Notice

logger = structlog.get_logger(__name__)
WAITLIST = "waitlist"


def run_due(limit: int = 20) -> int:
    """Tell the turns nobody was told of yet, oldest first. Returns how many were settled. For the worker."""
    due = _untold(limit)
    for alert in due:
        with scope(merchant=alert.merchant):
            try:
                tell_turn(alert)
            except Exception as error:  # one turn that cannot be told must not keep the others waiting
                logger.exception("notice.failed", stock_alert=alert.pk)
                later(WAITLIST, alert, error)
    return len(due)


def _untold(limit: int) -> list[StockAlert]:
    with scopes_disabled():
        spoken = Notice.objects.filter(source=WAITLIST, event=OuterRef("pk")).exclude(next_at__lte=clock.now())
        turns = StockAlert.objects.filter(state=StockAlert.State.OFFERED, until__gt=clock.now())
        return list(turns.filter(~Exists(spoken)).select_related("merchant").order_by("offered_at", "pk")[:limit])


@transaction.atomic
def tell_turn(alert: StockAlert) -> Notice | None:
    """Say it, once. Where nobody can or may be told, the turn passes to the next at once."""
    notice = ours_to_tell(WAITLIST, alert)
    if notice is None:
        return None

    def said_in(thread: Conversation) -> list[OrderUpdate]:
        with override(language_of(thread)):
            return [_content(alert)]

    conversation = best_conversation(alert.customer, said_in=said_in)
    if conversation is None:
        pass_turn(alert)
        return notice
    (content,) = said_in(conversation)
    said = send_message(conversation, content, author=Message.Author.SYSTEM, purpose=Message.Purpose.TRANSACTIONAL)
    notice.message = said
    notice.save(update_fields=["message"])
    if said.state == Message.State.SUPPRESSED:
        pass_turn(alert)
    return notice


def _content(alert: StockAlert) -> OrderUpdate:
    """In the active language. Outside the window the template "back_in_stock" stands in, where there is one."""
    title = variant_label(alert.variant)
    locale = LOCALES.get(get_language() or "", "en")
    until = format_time(alert.until.astimezone(alert.merchant.zone), "short", locale=locale) if alert.until else ""
    return OrderUpdate(
        text=_("%(title)s is back, and it is your turn: one is kept for you until %(until)s.")
        % {"title": title, "until": until},
        state="back_in_stock",
        template="back_in_stock",
        variables=(title, until),
        choices=(
            Choice(label=_("Put it in my cart"), action={"do": "take_turn", "alert": alert.pk}, style="primary"),
            Choice(label=_("No, thanks"), action={"do": "leave_line", "variant": alert.variant_id}),
        ),
    )
