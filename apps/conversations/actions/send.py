"""The one place where anybody speaks: consent, window and fence decided, numbered, and queued with the change itself."""

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from apps.customers.actions import forget_said, latest_consent
from apps.customers.models import ConsentEntry
from apps.merchants import clock
from apps.merchants.statements import fetch
from apps.messaging.channel import ErrorClass, channel_for
from apps.messaging.content import Content, OrderUpdate, Text, to_json
from apps.messaging.events import EventKind
from apps.messaging.rendering import floor_text
from apps.messaging.sealed import shut
from apps.messaging.templates import template_for

from ..models import Conversation, Message
from .baton import take_baton
from .choices import LIFETIME, give_tokens
from .masking import clean_text
from .record import store_reply

PURPOSE_NEEDS = {Message.Purpose.CAMPAIGN: ConsentEntry.Purpose.MARKETING}
HUMANS = (Message.Author.AGENT, Message.Author.EXPERT)
_REFRESH = """
SELECT last_seq, fence, owner, last_inbound_at FROM conversations_conversation WHERE id = %s FOR NO KEY UPDATE
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a message may go out, and if not, why (an `ErrorClass` or "fence"), with the consent that decided."""

    reason: str = ""
    consent_id: int | None = None


@transaction.atomic(savepoint=False)
def send_message(
    conversation: Conversation,
    content: Content,
    *,
    author: str,
    author_user: Any = None,
    purpose: str = "reply",
    client_id: uuid.UUID | str | None = None,
    fence: int | None = None,
    turn_key: str = "",
    expires_at: dt.datetime | None = None,
    is_confirmation: bool = False,
) -> Message:
    """Queue `content` for the shopper, or record why it must not go out (state "suppressed").

    A person's answer takes the baton. The same `client_id` twice is one message. `fence` is the baton's number
    when the words were composed; None means now. Web chat has it at once: there its seq is its delivery.
    `is_confirmation` is for the one answer to an opt-out, by author "system".
    """
    if client_id is not None:
        Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        earlier = Message.objects.filter(conversation=conversation, client_id=client_id).first()
        if earlier is not None:
            return earlier
    if author in HUMANS:
        take_baton(conversation, author_user, owner=author)
        content = replace(content, text=clean_text(content.text))
    now = clock.now()
    values: dict[str, Any] = {
        "merchant_id": conversation.merchant_id,
        "conversation": conversation,
        "author": author,
        "author_user": author_user,
        "text": shut(floor_text(content, language_of(conversation))),
        "purpose": purpose,
        "client_id": client_id,
        "turn_key": turn_key,
        "expires_at": expires_at,
        "occurred_at": now,
    }
    content, choices = give_tokens(content)
    values["content"] = to_json(content)
    while True:
        values["fence"] = conversation.fence if fence is None else fence
        verdict = may_go_out(
            conversation,
            content,
            author=author,
            purpose=purpose,
            fence=values["fence"],
            is_confirmation=is_confirmation,
        )
        message = Message(**values, seq=conversation.last_seq + 1, **_standing(conversation, verdict, now))
        offered = () if verdict.reason else choices
        if store_reply(conversation, message, choices=offered, expires_at=now + LIFETIME):
            return message
        _refresh(conversation)  # something happened here since the caller looked; from now on nothing can


def language_of(conversation: Conversation) -> str:
    """The language this shopper reads: the thread's, else the customer's, as far as the shop speaks it, else its own."""
    shop = conversation.channel_account.merchant
    for code in (conversation.language, conversation.identity.customer.language):
        if code in shop.languages:
            return str(code)
    return str(shop.default_language)


def _refresh(conversation: Conversation) -> None:
    """Lock the conversation and know it as it is."""
    ((conversation.last_seq, conversation.fence, conversation.owner, conversation.last_inbound_at),) = fetch(
        _REFRESH, [conversation.pk]
    )
    forget_said(conversation.identity)


def _standing(conversation: Conversation, verdict: Verdict, now: dt.datetime) -> dict[str, Any]:
    """The fields of a new message that the verdict decides."""
    is_here = conversation.channel_account.kind == "webchat"
    state = Message.State.ACCEPTED if is_here else Message.State.QUEUED
    return {
        "state": Message.State.SUPPRESSED if verdict.reason else state,
        "error_class": verdict.reason,
        "consent_id": verdict.consent_id,
        "send_started_at": now if is_here and not verdict.reason else None,
    }


def may_go_out(
    conversation: Conversation,
    content: Content,
    *,
    author: str,
    purpose: str,
    fence: int,
    is_confirmation: bool = False,
) -> Verdict:
    """Asked when a message is queued and again when it is about to leave; the conversation is locked both times."""
    if is_confirmation:
        return Verdict()
    is_reply_of_bot = author == Message.Author.BOT and purpose == Message.Purpose.REPLY
    if is_reply_of_bot and (fence != conversation.fence or conversation.owner != Conversation.Owner.BOT):
        return Verdict("fence")
    needs = needed_consent(purpose)
    said = latest_consent(conversation.identity, needs)
    if conversation.identity.blocked_at is not None or not said.is_granted:
        return Verdict(str(ErrorClass.OPTED_OUT), said.entry_id)
    if is_window_closed(conversation, author=author) and not has_template(conversation, content):
        return Verdict(str(ErrorClass.WINDOW_CLOSED), said.entry_id)
    return Verdict("", said.entry_id)


def needed_consent(purpose: str) -> ConsentEntry.Purpose:
    """What a person must allow for a message of this purpose."""
    return PURPOSE_NEEDS.get(Message.Purpose(purpose), ConsentEntry.Purpose.SERVICE)


@dataclass(frozen=True, slots=True)
class Window:
    """What the shopper did at `since` lets `most` messages follow it until `closes_at`; None means no limit."""

    since: dt.datetime | None
    closes_at: dt.datetime | None
    most: int | None


def windows_of(conversation: Conversation, *, is_person: bool = False) -> list[Window]:
    """The one that the shopper's latest doing opened; where a tap opens a shorter one than words, that of both."""
    account, latest = conversation.channel_account, conversation.last_inbound_at
    channel = channel_for(account.kind)
    limits = channel.capability

    def of_words(since: dt.datetime | None) -> Window:
        closes_at = channel.window_closes_at(since, account.config, is_person=is_person)
        return Window(since, closes_at, limits.replies)

    if not limits.brief_seconds or latest is None:
        return [of_words(latest)]
    heard = Message.objects.filter(conversation_id=conversation.pk, author=Message.Author.SHOPPER)
    words = heard.exclude(content__kind=str(EventKind.CHOICE)).order_by("-seq")
    said_at = words.values_list("occurred_at", flat=True).first()
    brief = Window(latest, latest + dt.timedelta(seconds=limits.brief_seconds), limits.brief_replies)
    if said_at is None:
        return [brief]
    return [of_words(said_at), brief] if said_at < latest else [of_words(said_at)]


def window_closes_at(conversation: Conversation, *, is_person: bool = False) -> dt.datetime | None:
    """Until when free words may be sent to this shopper, by a person of the shop or by anybody; None means no limit."""
    ends = [window.closes_at for window in windows_of(conversation, is_person=is_person)]
    return max(end for end in ends if end is not None) if None not in ends else None


def is_window_closed(conversation: Conversation, *, author: str = "") -> bool:
    """Free words may not be sent: too much time has passed since the shopper wrote, or as many answers as may follow went
    out. Some platforms leave people more time than the assistant."""
    if channel_for(conversation.channel_account.kind).capability.window_hours is None:
        return False
    closes_at = window_closes_at(conversation, is_person=author in HUMANS)
    return closes_at is None or closes_at <= clock.now() or replies_left(conversation) == 0


def replies_left(conversation: Conversation) -> int | None:
    """How many messages may still follow the shopper's latest; None means no limit."""
    if channel_for(conversation.channel_account.kind).capability.replies is None:
        return None
    windows, now = windows_of(conversation), clock.now()
    if len(windows) > 1:
        windows = [window for window in windows if window.closes_at is None or window.closes_at > now]
    return max((_left_in(conversation, window) for window in windows), default=0)


def _left_in(conversation: Conversation, window: Window) -> int:
    if window.since is None or window.most is None:
        return 0
    ours = Message.objects.filter(conversation_id=conversation.pk, send_started_at__gte=window.since)
    latest = ours.exclude(author=Message.Author.SHOPPER).order_by("-seq").values_list("parts_sent", flat=True)
    return max(0, window.most - sum(latest[: window.most + 1]))


def has_template(conversation: Conversation, content: Content) -> bool:
    """Whether an approved template can stand in for these words when the window is closed."""
    account = conversation.channel_account
    if not (channel_for(account.kind).capability.has_templates and isinstance(content, OrderUpdate)):
        return False
    if not content.template:
        return False
    language, values = language_of(conversation), len(content.variables)
    return template_for(account, purpose=content.template, language=language, values=values) is not None


def say(conversation: Conversation, text: str, **options: Any) -> Message:
    """Plain words; see `send_message`."""
    return send_message(conversation, Text(text=text), **options)
