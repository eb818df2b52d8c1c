"""What did not work: events no handler could take, messages no platform took, provider events that failed."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display

from apps.bot.models import Article
from apps.conversations.actions.again import requeue_message
from apps.conversations.dead_letters import replay_dead
from apps.conversations.models import AccountTrouble, Conversation, InboundEvent, Message, Rating, Snippet
from apps.merchants import inbox
from apps.merchants.models import ChannelAccount
from apps.orders.models import CarrierAccount, CarrierEvent
from apps.payments.models import PaymentAccount, WebhookEvent

from ..spoken import (
    EVENTS,
    SEND_ERRORS,
    InLanguages,
    Language,
    SendError,
    channel_in_words,
    in_words,
    rated_in_words,
)
from .base import MerchantAdmin, ReadOnlyAdmin

UNSENT = (Message.State.FAILED, Message.State.DEAD, Message.State.UNKNOWN)


@admin.register(InboundEvent)
class DeadLetterAdmin(ReadOnlyAdmin):
    """Messages that came in and could not be worked on. Nothing of them is lost; replaying tries again."""

    list_display = ["received_at", "thread_key", "what", "attempts", "error_shown", "dead_at"]
    fields = ["received_at", "thread_key", "what", "attempts", "error", "dead_at"]
    readonly_fields = ["what"]
    actions = ["replay"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundEvent]:
        mine = ChannelAccount.objects.values("pk")
        return super().get_queryset(request).filter(channel_account_id__in=mine, dead_at__isnull=False)

    @display(description=_("what"))
    def what(self, event: InboundEvent) -> str:
        kind = in_words(str(event.payload.get("kind", "?")), EVENTS)
        return f"{kind}: {event.payload.get('text', '')[:80]}"

    @display(description=_("error"))
    def error_shown(self, event: InboundEvent) -> str:
        return event.error.strip().splitlines()[-1][:160] if event.error.strip() else ""

    @admin.action(description=_("Try again"))
    def replay(self, request: HttpRequest, chosen: QuerySet[InboundEvent]) -> None:
        for event in chosen:
            replay_dead(event)
        _say_count(self, request, len(chosen))


@admin.register(Message)
class UnsentMessageAdmin(ReadOnlyAdmin):
    """Messages that did not go out, or of which we cannot know whether they did."""

    list_display = [
        "created_at",
        "who",
        "text_shown",
        "state_shown",
        "error",
        "error_detail",
        "attempts",
    ]
    fields = ["created_at", "who", "text", "state", "attempts", "error", "error_detail"]
    readonly_fields = ["who", "error"]
    list_filter = ["state", ("error_class", SendError)]
    search_fields = ["text"]
    list_select_related = ["conversation__identity", "conversation__channel_account"]
    actions = ["send_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).filter(state__in=UNSENT)

    @display(description=_("shopper"))
    def who(self, message: Message) -> str:
        return _person(message.conversation)

    @display(description=_("kind of error"), ordering="error_class")
    def error(self, message: Message) -> str:
        return in_words(message.error_class, SEND_ERRORS)

    @display(description=_("message"))
    def text_shown(self, message: Message) -> str:
        return message.text[:120]

    @display(description=_("state"), label={"unknown": "warning", "failed": "danger", "dead": "danger"})
    def state_shown(self, message: Message) -> tuple[str, str]:
        return message.state, message.get_state_display()

    @admin.action(description=_("Send again (an unknown one may arrive twice)"))
    def send_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        for message in chosen:
            requeue_message(message)
        _say_count(self, request, len(chosen))


@admin.register(AccountTrouble)
class AccountTroubleAdmin(ReadOnlyAdmin):
    """Channels whose platform no longer takes our key: renew it and the next message that goes out clears this."""

    list_display = ["channel", "since", "detail"]
    list_select_related = ["channel_account"]

    @display(description=_("channel"))
    def channel(self, trouble: AccountTrouble) -> str:
        return f"{channel_in_words(trouble.channel_account.kind)} · {trouble.channel_account.name}"


@admin.register(WebhookEvent)
class FailedPaymentEventAdmin(ReadOnlyAdmin):
    """Events of the payment provider that could not be worked on."""

    list_display = ["received_at", "kind", "event_id", "attempts", "error", "dead_at"]
    fields = ["received_at", "kind", "event_id", "attempts", "error", "dead_at"]
    actions = ["replay"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEvent]:
        mine = PaymentAccount.objects.values("pk")
        return super().get_queryset(request).filter(account_id__in=mine, dead_at__isnull=False)

    @admin.action(description=_("Try again"))
    def replay(self, request: HttpRequest, chosen: QuerySet[WebhookEvent]) -> None:
        for event in chosen:
            inbox.replay(event)
        _say_count(self, request, len(chosen))


@admin.register(CarrierEvent)
class FailedCarrierEventAdmin(ReadOnlyAdmin):
    """News of parcels nobody found, or that could not be worked on."""

    list_display = ["received_at", "status", "number", "event_id", "attempts", "error", "dead_at"]
    fields = ["received_at", "status", "event_id", "attempts", "error", "dead_at"]
    actions = ["replay"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CarrierEvent]:
        mine = CarrierAccount.objects.values("pk")
        return super().get_queryset(request).filter(account_id__in=mine, dead_at__isnull=False)

    @display(description=_("tracking number"))
    def number(self, event: CarrierEvent) -> str:
        return str(event.payload.get("number", ""))

    @admin.action(description=_("Try again"))
    def replay(self, request: HttpRequest, chosen: QuerySet[CarrierEvent]) -> None:
        for event in chosen:
            inbox.replay(event)
        _say_count(self, request, len(chosen))


def _person(conversation: Conversation) -> str:
    return f"{conversation.identity} · {channel_in_words(conversation.channel_account.kind)}"


def _say_count(desk: Any, request: HttpRequest, count: int) -> None:
    desk.message_user(
        request, ngettext("%d is tried again now.", "%d are tried again now.", count) % count, messages.SUCCESS
    )


@admin.register(Snippet)
class SnippetAdmin(InLanguages, MerchantAdmin):
    list_display = ["title", "language_in_words"]
    list_filter = [("language", Language)]
    search_fields = ["title", "text"]


@admin.register(Article)
class ArticleAdmin(InLanguages, MerchantAdmin):
    """What the assistant answers to questions about the shop."""

    list_display = ["title", "topic", "language_in_words", "position", "is_active"]
    list_filter = [("language", Language), "topic"]
    search_fields = ["title", "body"]


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "about", "score", "comment"]
    fields = ["created_at", "who", "about", "score", "comment"]
    readonly_fields = ["who", "about"]
    list_filter = ["score"]

    @display(description=_("what about"), ordering="subject")
    def about(self, rating: Rating) -> str:
        return rated_in_words(rating.subject)

    @display(description=_("shopper"))
    def who(self, rating: Rating) -> str:
        return _person(rating.conversation)
