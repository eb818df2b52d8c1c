"""What may leave next: a thread's first waiting message, decided about under the thread's lock, taken under a lease."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import structlog
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When
from django_scopes import scope

from apps.customers.actions import Said, remember_said
from apps.customers.models import ConsentEntry
from apps.merchants import clock
from apps.merchants.accounts import account_by_id
from apps.merchants.models import Merchant
from apps.merchants.prepared import Prepared
from apps.merchants.statements import fetch
from apps.messaging.channel import Capability, ErrorClass, SendFailed, channel_for
from apps.messaging.content import Content, from_json
from apps.messaging.pace import REMEMBERED, counted, free_at

from ..actions.again import rounds_of
from ..actions.send import may_go_out
from ..models import Conversation, Message
from .account_pace import per_second, take_room, without_room
from .outcome import move, settle

logger = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=20)  # by then a part is sent and noted: see `sending.TO_NOTE`
SERVICE, MARKETING = ConsentEntry.Purpose.SERVICE, ConsentEntry.Purpose.MARKETING
_OUT = ("queued", "retry", "sending")
_HEADS = """
SELECT m.conversation_id, m.merchant_id FROM conversations_message m
WHERE m.state IN ('queued', 'retry', 'sending')
  AND (m.next_at IS NULL OR m.next_at <= %(now)s)
  AND (m.state <> 'sending' OR m.lease_until <= %(now)s)
  AND NOT EXISTS (
      SELECT 1 FROM conversations_message earlier
      WHERE earlier.conversation_id = m.conversation_id AND earlier.seq < m.seq
        AND earlier.state IN ('queued', 'retry', 'sending'))
  AND (%(full)s::bigint[] = '{}' OR (
      SELECT c.channel_account_id FROM conversations_conversation c WHERE c.id = m.conversation_id
      ) <> ALL(%(full)s::bigint[]))
ORDER BY m.next_at NULLS FIRST, m.id LIMIT %(limit)s
"""
# The message is the thread's first that waits, and the thread is locked.
_LEAVE = """
UPDATE conversations_message SET state = 'sending', attempts = attempts + 1, next_at = NULL, lease = %(lease)s,
    lease_until = %(until)s, send_started_at = %(now)s, reply_to = %(reply_to)s
WHERE id = %(message)s
"""


def _thread(conversation: int) -> QuerySet[Conversation]:
    mine = Conversation.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    found: QuerySet[Conversation] = mine.select_related("identity__customer").filter(pk=conversation)
    return found


_lock_thread = Prepared(_thread, conversation=int)


def _waiting(conversation: int) -> QuerySet[Message]:
    """The thread's first message that waits, with what its person says to such messages."""
    needs = Case(When(purpose=Message.Purpose.CAMPAIGN, then=Value(MARKETING)), default=Value(SERVICE))
    entry = ConsentEntry.objects.filter(identity=OuterRef("conversation__identity"), purpose=OuterRef("needs"))
    waiting: QuerySet[Message] = Message.objects.filter(conversation_id=conversation, state__in=_OUT)
    return waiting.annotate(
        needs=needs,
        consent_now=Subquery(entry.order_by("-id").values("pk")[:1]),
        is_granted=Subquery(entry.order_by("-id").values("granted")[:1]),
    ).order_by("seq")[:1]


@lru_cache
def _first_waiting(remembered: int) -> Prepared[Message]:
    """As `_waiting`; where a platform sets the pace, with when so many earlier messages left, in how many parts."""

    def paced(conversation: int) -> QuerySet[Message]:
        begun = Message.objects.filter(conversation_id=conversation, send_started_at__isnull=False)
        latest = begun.exclude(author=Message.Author.SHOPPER).order_by("-seq")
        times = latest.values_list("send_started_at", flat=True)[:remembered]
        parts = latest.values_list("parts_sent", flat=True)[:remembered]
        return _waiting(conversation).annotate(started=ArraySubquery(times), parts=ArraySubquery(parts))

    return Prepared(paced if remembered else _waiting, conversation=int)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to send until the lease ends, with all that sending needs."""

    message: Message
    conversation: Conversation
    lease: uuid.UUID
    handle: str = ""  # what the answer has to name, where the platform wants that
    name: str = ""  # the same on each attempt, so that a platform that was told it before knows it


@dataclass(slots=True)
class Look:
    """What one look at the outbox found. While `decided` is not 0, there may be more behind it."""

    claims: list[Claim] = field(default_factory=list)
    decided: int = 0  # messages that were claimed, put off or given up


def look(limit: int = 1) -> Look:
    """Take up to `limit` due messages, at most one per thread, each the first still waiting there; it ends early once an
    account turns out to have no room.

    What stands first may all be of that account: it is left out for the rest of its second, so others come forward.
    """
    full, found = without_room(clock.now()), Look()
    heads = fetch(_HEADS, {"now": clock.now(), "limit": limit * 8, "full": full})
    merchants: dict[int, Merchant] = {}
    for conversation_id, merchant_id in heads:
        if merchant_id not in merchants:
            merchants[merchant_id] = Merchant(pk=merchant_id)
        with scope(merchant=merchants[merchant_id]):
            _claim(conversation_id, found)
        if len(found.claims) == limit or not set(without_room(clock.now())) <= set(full):
            break
    return found


@transaction.atomic
def _claim(conversation_id: int, found: Look) -> None:
    """Decide about the thread's first waiting message under its lock, unless somebody else has that."""
    conversation = _lock_thread.first(conversation=conversation_id)
    if conversation is None:
        return
    account = account_by_id(conversation.channel_account_id)
    if account is None:
        return
    capability = channel_for(account.kind).capability
    remembered = REMEMBERED * capability.burst if capability.pace_seconds else 0
    message = _first_waiting(remembered).first(conversation=conversation_id)
    if message is None or (message.next_at is not None and message.next_at > clock.now()):
        return
    message.conversation = conversation
    conversation.channel_account, conversation.merchant = account, account.merchant
    claim = _decide(conversation, message, capability)
    found.decided += 1
    if claim is not None:
        found.claims.append(claim)


def _decide(conversation: Conversation, message: Any, capability: Capability) -> Claim | None:
    """Whether this message, as `_first_waiting` gives it, leaves now; if so, under a lease of ours."""
    now = clock.now()
    if message.state == Message.State.SENDING:
        if message.lease_until is None or message.lease_until <= now:
            _lapse(message)
        return None
    if message.expires_at is not None and message.expires_at <= now:
        move(message, Message.State.DEAD, error_class="expired")
        return None
    content = _readable(message)
    if content is None:
        return None
    if refused := _refused(conversation, message, content):
        move(message, Message.State.SUPPRESSED, error_class=refused)
        return None
    due_at = _due_at(message, capability, now)
    if due_at <= now:
        account = conversation.channel_account
        due_at = take_room(account.pk, per_second(capability, account.config), now)
    if due_at > now:
        message.next_at = due_at
        message.save(update_fields=["next_at"])
        return None
    return _lease(conversation, message, capability, now)


def _refused(conversation: Conversation, message: Any, content: Content) -> str:
    """Why it may not go out after all, "" if it may."""
    said = Said.of(message.needs, message.consent_now, message.is_granted)
    remember_said(conversation.identity, message.needs, said)
    verdict = may_go_out(
        conversation,
        content,
        author=message.author,
        purpose=message.purpose,
        fence=message.fence,
        is_confirmation=is_confirmation(message),
    )
    return verdict.reason


def _lease(conversation: Conversation, message: Any, capability: Capability, now: dt.datetime) -> Claim:
    """It leaves now, and is ours to send."""
    rounds = rounds_of(message) if message.send_started_at else 0
    message.lease, message.lease_until = uuid.uuid4(), now + LEASE
    message.state, message.send_started_at, message.next_at = Message.State.SENDING, now, None
    message.attempts += 1
    handle = _handle(conversation, message, capability, now)
    leaving = {"message": message.pk, "lease": message.lease, "until": message.lease_until, "now": now}
    fetch(_LEAVE, {**leaving, "reply_to": message.reply_to})
    name = f"{message.pk}.{rounds}" if rounds else str(message.pk)
    return Claim(message=message, conversation=conversation, lease=message.lease, handle=handle, name=name)


def _handle(conversation: Conversation, message: Message, capability: Capability, now: dt.datetime) -> str:
    """What the answer names. Where that is good for one call, whoever takes it uses it up: a second attempt goes without.

    Elsewhere a second attempt names what the first one named, though the shopper has said more since: only so the platform
    sees that it is the same. Where it takes no answer to that any more, to name what is newer might say the same twice; the
    message has failed then, and a person may send it again.
    """
    if not capability.handle_seconds:
        message.reply_to = message.reply_to or conversation.reply_handle
        return message.reply_to
    if not conversation.reply_handle:
        return ""
    said_at = conversation.last_inbound_at
    Conversation.objects.filter(pk=conversation.pk).update(reply_handle="")
    is_fresh = said_at is not None and (now - said_at).total_seconds() < capability.handle_seconds
    return conversation.reply_handle if is_fresh and message.attempts == 1 else ""


def _readable(message: Message) -> Content | None:
    """What is to be said; None and the message failed where nobody can read it: it may not stop the whole queue."""
    try:
        return from_json(message.content)
    except Exception as error:
        logger.exception("message.unreadable", message=message.pk)
        move(
            message,
            Message.State.FAILED,
            error_class=str(ErrorClass.BAD_REQUEST),
            error_detail=f"{type(error).__name__}: {error}"[:300],
        )
        return None


def is_confirmation(message: Message) -> bool:
    """The one word after an opt-out goes out although the consent it confirms is gone."""
    return message.author == Message.Author.SYSTEM and message.purpose == Message.Purpose.REPLY


def _lapse(message: Message) -> None:
    """Whoever was sending this died or hung: it may have arrived. Treated like an answer that was lost."""
    failure = SendFailed(ErrorClass.AMBIGUOUS, "the sender stopped before it noted an answer")
    settle(message, message.lease, failure)


def _due_at(message: Any, capability: Capability, now: dt.datetime) -> dt.datetime:
    if not capability.pace_seconds:
        return now
    since = now - dt.timedelta(seconds=capability.pace_seconds * REMEMBERED * capability.burst)
    begun = [(at, parts) for at, parts in zip(message.started, message.parts, strict=True) if at > since]
    return free_at(counted(begun), capability, now)
