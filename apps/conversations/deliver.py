"""The outbox: claim a thread's next message under a lease, speak to the platform without a lock, note what came of it."""

import datetime as dt
import random
import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import structlog
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Case, OuterRef, QuerySet, Subquery, Value, When
from django_scopes import scope, scopes_disabled

from apps.customers.actions import Said, may_receive, remember_said
from apps.customers.actions.consent import DEFAULTS
from apps.customers.models import ConsentEntry, Identity
from apps.merchants import clock
from apps.merchants.accounts import account_by_id
from apps.merchants.models import Merchant
from apps.merchants.prepared import Prepared
from apps.merchants.statements import fetch, one
from apps.messaging.channel import Capability, ErrorClass, Recipient, SendFailed, WireMessage, channel_for
from apps.messaging.content import Content, from_json
from apps.messaging.pace import REMEMBERED, free_at
from apps.messaging.templates import NoTemplate, render_outside_window

from .actions.record import record_event, tell_change_after_commit
from .actions.send import is_window_closed, language_of, may_go_out, needed_consent
from .actions.statuses import mark_blocked
from .models import AccountTrouble, Conversation, Message

logger = structlog.get_logger(__name__)

LEASE = dt.timedelta(seconds=20)  # longer than any one call to a platform takes
MAX_ATTEMPTS = 8
MAX_BACKOFF = 300.0
UNKNOWN_WAIT = dt.timedelta(seconds=120)  # how long the platform's own news is waited for before a repeat
UNKNOWN_REPEATS = 2
# May be repeated without anybody looking, although the first may have arrived: better twice than never.
REPEATABLE = (Message.Purpose.TRANSACTIONAL,)
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
ORDER BY m.next_at NULLS FIRST, m.id LIMIT %(limit)s
"""
# A part went out: note it, with the platform's name for it.
_PART = """
WITH noted AS (
    UPDATE conversations_message SET parts_sent = %(parts)s WHERE id = %(message)s AND lease = %(lease)s
    RETURNING id, merchant_id)
INSERT INTO conversations_wirepart (merchant_id, message_id, number, external_id)
SELECT merchant_id, id, %(parts)s - 1, %(external)s::text FROM noted WHERE %(external)s::text <> ''
ON CONFLICT (message_id, number) DO UPDATE SET external_id = EXCLUDED.external_id
"""
# The same, if the next may go out as well: ours to go on with while the lease is, for the assistant's answers while the
# baton is the one they were made for, and while the person has not shut the door: `may_go_out`, asked between two parts.
_GO_ON = """
WITH noted AS (
    UPDATE conversations_message m SET parts_sent = %(parts)s, lease_until = %(until)s, send_started_at = %(now)s
    FROM conversations_conversation c JOIN customers_identity i ON i.id = c.identity_id
    WHERE m.id = %(message)s AND m.lease = %(lease)s AND m.state = 'sending' AND c.id = m.conversation_id
      AND (c.fence = m.fence OR m.author <> 'bot' OR m.purpose <> 'reply')
      AND (%(is_confirmation)s OR i.blocked_at IS NULL AND COALESCE(
          (SELECT granted FROM customers_consententry WHERE identity_id = i.id AND purpose = %(needs)s
           ORDER BY id DESC LIMIT 1), %(unless_said)s))
    RETURNING m.id, m.merchant_id),
named AS (
    INSERT INTO conversations_wirepart (merchant_id, message_id, number, external_id)
    SELECT merchant_id, id, %(parts)s - 1, %(external)s::text FROM noted WHERE %(external)s::text <> ''
    ON CONFLICT (message_id, number) DO UPDATE SET external_id = EXCLUDED.external_id)
SELECT id FROM noted
"""
_ACCEPTED = """
WITH accepted AS (
    UPDATE conversations_message SET state = 'accepted', external_id = %(external)s, parts_sent = %(parts)s,
        lease = NULL, lease_until = NULL, error_class = '', error_detail = ''
    WHERE id = %(message)s AND lease = %(lease)s AND state = 'sending' RETURNING id),
cured AS (
    DELETE FROM conversations_accounttrouble WHERE channel_account_id = %(account)s AND EXISTS (SELECT 1 FROM accepted))
INSERT INTO conversations_threadevent (merchant_id, conversation_id, kind, message_seq, data, created_at)
SELECT %(merchant)s, %(conversation)s, 'state', %(seq)s, '{"state": "accepted"}', %(now)s FROM accepted RETURNING id
"""
# The message is the thread's first that waits, and the thread is locked.
_LEAVE = """
UPDATE conversations_message SET state = 'sending', attempts = attempts + 1, next_at = NULL, lease = %(lease)s,
    lease_until = %(until)s, send_started_at = %(now)s
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
    """As `_waiting`; where a platform sets the pace, with when so many earlier messages began to leave."""

    def paced(conversation: int) -> QuerySet[Message]:
        begun = Message.objects.filter(conversation_id=conversation, send_started_at__isnull=False)
        latest = begun.exclude(author=Message.Author.SHOPPER).order_by("-seq")
        times = latest.values_list("send_started_at", flat=True)[:remembered]
        return _waiting(conversation).annotate(started=ArraySubquery(times))

    return Prepared(paced if remembered else _waiting, conversation=int)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that is ours to send until the lease ends, with all that sending needs."""

    message: Message
    conversation: Conversation
    lease: uuid.UUID


def claim_due(limit: int = 1) -> list[Claim]:
    """Take up to `limit` due messages, at most one per thread, each the first still waiting there."""
    heads = fetch(_HEADS, {"now": clock.now(), "limit": limit * 8})
    merchants: dict[int, Merchant] = {}
    claims: list[Claim] = []
    for conversation_id, merchant_id in heads:
        if merchant_id not in merchants:
            merchants[merchant_id] = Merchant(pk=merchant_id)
        with scope(merchant=merchants[merchant_id]):
            claim = _claim(conversation_id)
        if claim is not None:
            claims.append(claim)
            if len(claims) == limit:
                break
    return claims


@transaction.atomic
def _claim(conversation_id: int) -> Claim | None:
    """Decide about the thread's first waiting message under its lock; None when it is not to be sent now."""
    conversation = _lock_thread.first(conversation=conversation_id)
    if conversation is None:
        return None
    account = account_by_id(conversation.channel_account_id)
    if account is None:
        return None
    capability = channel_for(account.kind).capability
    remembered = REMEMBERED * capability.burst if capability.pace_seconds else 0
    message = _first_waiting(remembered).first(conversation=conversation_id)
    if message is None:
        return None
    message.conversation = conversation
    conversation.channel_account, conversation.merchant = account, account.merchant
    return _decide(conversation, message, capability)


def _decide(conversation: Conversation, message: Any, capability: Capability) -> Claim | None:
    """Whether this message, as `_first_waiting` gives it, leaves now; if so, under a lease of ours."""
    now = clock.now()
    if message.state == Message.State.SENDING:
        if message.lease_until is None or message.lease_until <= now:
            _lapse(message)
        return None
    if message.next_at is not None and message.next_at > now:
        return None
    if message.expires_at is not None and message.expires_at <= now:
        _move(message, Message.State.DEAD, error_class="expired")
        return None
    content = _readable(message)
    if content is None:
        return None
    said = Said.of(message.needs, message.consent_now, message.is_granted)
    remember_said(conversation.identity, message.needs, said)
    verdict = may_go_out(
        conversation,
        content,
        author=message.author,
        purpose=message.purpose,
        fence=message.fence,
        is_confirmation=_is_confirmation(message),
    )
    if verdict.reason:
        _move(message, Message.State.SUPPRESSED, error_class=verdict.reason)
        return None
    due_at = _due_at(message, capability, now)
    if due_at > now:
        message.next_at = due_at
        message.save(update_fields=["next_at"])
        return None
    message.lease, message.lease_until = uuid.uuid4(), now + LEASE
    message.state, message.send_started_at, message.next_at = Message.State.SENDING, now, None
    message.attempts += 1
    fetch(_LEAVE, {"message": message.pk, "lease": message.lease, "until": message.lease_until, "now": now})
    return Claim(message=message, conversation=conversation, lease=message.lease)


def _readable(message: Message) -> Content | None:
    """What is to be said; None and the message failed where nobody can read it: it may not stop the whole queue."""
    try:
        return from_json(message.content)
    except Exception as error:
        logger.exception("message.unreadable", message=message.pk)
        _move(
            message,
            Message.State.FAILED,
            error_class=str(ErrorClass.BAD_REQUEST),
            error_detail=f"{type(error).__name__}: {error}"[:300],
        )
        return None


def _is_confirmation(message: Message) -> bool:
    """The one word after an opt-out goes out although the consent it confirms is gone."""
    return message.author == Message.Author.SYSTEM and message.purpose == Message.Purpose.REPLY


def _lapse(message: Message) -> None:
    """Whoever was sending this died or hung: it may have arrived. Treated like an answer that was lost."""
    failure = SendFailed(ErrorClass.AMBIGUOUS, "the sender stopped before it noted an answer")
    _settle(message, message.lease, failure)


def _due_at(message: Any, capability: Capability, now: dt.datetime) -> dt.datetime:
    if not capability.pace_seconds:
        return now
    since = now - dt.timedelta(seconds=capability.pace_seconds * REMEMBERED * capability.burst)
    return free_at([at for at in message.started if at > since], capability, now)


def deliver(claim: Claim) -> str:
    """Send what was claimed, part by part, and note the outcome; returns the message's new state. No lock is held."""
    with scope(merchant=claim.conversation.merchant):
        message, account = claim.message, claim.conversation.channel_account
        try:
            wires = _wires(claim.conversation, from_json(message.content))
        except NoTemplate as error:
            return _settle(message, claim.lease, SendFailed(ErrorClass.WINDOW_CLOSED, str(error)))
        except Exception as error:
            logger.exception("message.unrenderable", message=message.pk)
            return _settle(message, claim.lease, SendFailed(ErrorClass.BAD_REQUEST, f"{type(error).__name__}: {error}"))
        channel = channel_for(account.kind)
        to = _recipient(claim.conversation)
        provider_id = ""
        for number in range(message.parts_sent, len(wires)):
            if number > message.parts_sent and not _go_on(claim, number, provider_id):
                return str(Message.State.SUPPRESSED)
            try:
                sent = channel.send(wires[number], to, account.config, key=f"{message.pk}:{number}")
            except SendFailed as failure:
                return _settle(message, claim.lease, failure)
            except Exception as error:
                logger.exception("message.send_crashed", message=message.pk)
                return _settle(
                    message, claim.lease, SendFailed(ErrorClass.AMBIGUOUS, f"{type(error).__name__}: {error}")
                )
            provider_id = sent.provider_id
        return _accept(claim, provider_id, parts=len(wires))


def _wires(conversation: Conversation, content: Content) -> list[WireMessage]:
    account, language = conversation.channel_account, language_of(conversation)
    if is_window_closed(conversation):
        return render_outside_window(account, content, language=language)
    return channel_for(account.kind).render(content, language=language)


def _recipient(conversation: Conversation) -> Recipient:
    identity = conversation.identity
    phone = {"phone": identity.phone} if identity.phone else {}
    return Recipient(external_id=identity.external_id, aliases={**phone, **identity.aliases})


def _go_on(claim: Claim, parts: int, provider_id: str) -> bool:
    """So many parts went out, the last as `provider_id`: noted. Whether the next may too: every part is a send of its own."""
    now = clock.now()
    needs = needed_consent(claim.message.purpose)
    values: dict[str, Any] = {
        "message": claim.message.pk,
        "lease": claim.lease,
        "parts": parts,
        "external": provider_id,
        "now": now,
        "until": now + LEASE,
        "is_confirmation": _is_confirmation(claim.message),
        "needs": str(needs),
        "unless_said": DEFAULTS[needs],
    }
    if fetch(_GO_ON, values):
        return True
    fetch(_PART, {name: values[name] for name in ("message", "lease", "parts", "external")})
    _stop(claim, parts)
    return False


@transaction.atomic
def _stop(claim: Claim, parts: int) -> None:
    """The rest is not sent: somebody has the baton or nobody is to be written to. Without the lease not ours to say."""
    message = Message.objects.select_for_update(no_key=True).get(pk=claim.message.pk)
    if message.lease == claim.lease and message.state == Message.State.SENDING:
        message.conversation = claim.conversation
        identity = Identity.objects.get(pk=claim.conversation.identity_id)
        is_open = _is_confirmation(message) or may_receive(identity, needed_consent(message.purpose))
        reason = "fence" if is_open else str(ErrorClass.OPTED_OUT)
        _move(message, Message.State.SUPPRESSED, error_class=reason, error_detail=f"stopped after part {parts}")


def _accept(claim: Claim, provider_id: str, *, parts: int) -> str:
    values: dict[str, Any] = {
        "message": claim.message.pk,
        "lease": claim.lease,
        "external": provider_id,
        "parts": parts,
        "account": claim.conversation.channel_account_id,
        "merchant": claim.message.merchant_id,
        "conversation": claim.conversation.pk,
        "seq": claim.message.seq,
        "now": clock.now(),
    }
    told = one(_ACCEPTED, values)
    if told is None:  # the platform's own news overtook its answer
        mine = Message.objects.filter(pk=claim.message.pk)
        mine.filter(external_id="").update(external_id=provider_id, parts_sent=parts)
        return str(mine.get().state)
    tell_change_after_commit(claim.conversation, told[0])
    return str(Message.State.ACCEPTED)


@transaction.atomic
def _settle(message: Message, lease: uuid.UUID | None, failure: SendFailed) -> str:
    """What a refusal or a lost answer means for this message, its person and its account."""
    fresh = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    if fresh.lease != lease or fresh.state != Message.State.SENDING:
        return fresh.state  # not ours any more: the news came by another way
    fresh.conversation = message.conversation
    state, next_at = _after(fresh, failure)
    logger.info("message.not_accepted", message=fresh.pk, error_class=str(failure.error_class), state=str(state))
    _move(fresh, state, error_class=str(failure.error_class), error_detail=failure.detail[:300], next_at=next_at)
    if failure.error_class == ErrorClass.OPTED_OUT:
        mark_blocked(message.conversation)
    elif failure.error_class == ErrorClass.WINDOW_CLOSED:
        Conversation.objects.filter(pk=message.conversation_id).update(last_inbound_at=None)
    elif failure.error_class == ErrorClass.AUTH:
        AccountTrouble.objects.get_or_create(
            channel_account=message.conversation.channel_account,
            defaults={"merchant_id": message.merchant_id, "detail": failure.detail[:300], "since": clock.now()},
        )
    return str(state)


def _after(message: Message, failure: SendFailed) -> tuple[str, dt.datetime | None]:
    """The next state and, where there is another attempt, its time."""
    now = clock.now()
    if failure.error_class == ErrorClass.AMBIGUOUS:
        repeats = message.purpose in REPEATABLE and message.attempts <= UNKNOWN_REPEATS
        return Message.State.UNKNOWN, now + UNKNOWN_WAIT if repeats else None
    if failure.error_class in (ErrorClass.RETRY, ErrorClass.RETRY_AFTER, ErrorClass.AUTH):
        if message.attempts >= MAX_ATTEMPTS:
            return Message.State.DEAD, None
        return Message.State.RETRY, now + dt.timedelta(seconds=_backoff(message.attempts, failure))
    return Message.State.FAILED, None


def _backoff(attempts: int, failure: SendFailed) -> float:
    """Seconds: what the platform asked for, else doubling from one, with a little chance against marching in step."""
    if failure.retry_after is not None:
        return min(max(failure.retry_after, 0.0), 3600.0)
    base = 30.0 if failure.error_class == ErrorClass.AUTH else 1.0
    return min(base * 2 ** (attempts - 1), MAX_BACKOFF) * random.uniform(0.9, 1.1)  # noqa: S311 - no secret


def _move(message: Message, state: str, **fields: object) -> None:
    """Give up the lease and change the state, for all to see."""
    changes = {"state": state, "lease": None, "lease_until": None, "next_at": None, **fields}
    Message.objects.filter(pk=message.pk).update(**changes)
    record_event(message.conversation, "state", seq=message.seq, data={"state": str(state), **_reason(fields)})


def _reason(fields: dict[str, object]) -> dict[str, object]:
    return {"error_class": fields["error_class"]} if fields.get("error_class") else {}


def requeue_unknown() -> int:
    """Order news whose fate stayed unknown goes out again, after the wait; returns how many."""
    with scopes_disabled(), transaction.atomic():
        return Message.objects.filter(state=Message.State.UNKNOWN, next_at__lte=clock.now()).update(
            state=Message.State.RETRY, next_at=None
        )
