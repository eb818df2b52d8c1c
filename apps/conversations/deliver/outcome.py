"""What a refusal, a lost answer or a dead sender means for a message, its person and its account."""

import datetime as dt
import random
import uuid

import structlog
from django.db import transaction
from django_scopes import scopes_disabled

from apps.merchants import clock
from apps.messaging.channel import ErrorClass, SendFailed
from apps.messaging.content import from_json

from ..actions.fall_back import fall_back
from ..actions.record import record_event
from ..actions.send import has_template
from ..actions.statuses import mark_blocked
from ..models import AccountTrouble, Conversation, Message

logger = structlog.get_logger(__name__)

MAX_ATTEMPTS = 8
MAX_BACKOFF = 300.0
UNKNOWN_WAIT = dt.timedelta(seconds=120)  # how long the platform's own news is waited for before a repeat
UNKNOWN_REPEATS = 2
# May be repeated without anybody looking, although the first may have arrived: better twice than never.
REPEATABLE = (Message.Purpose.TRANSACTIONAL,)


@transaction.atomic
def settle(message: Message, lease: uuid.UUID | None, failure: SendFailed) -> str:
    """What a refusal or a lost answer means for this message, its person and its account."""
    fresh = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
    if fresh.lease != lease or fresh.state != Message.State.SENDING:
        return fresh.state  # not ours any more: the news came by another way
    fresh.conversation = message.conversation
    state, next_at = _after(fresh, failure)
    logger.info("message.not_accepted", message=fresh.pk, error_class=str(failure.error_class), state=str(state))
    move(fresh, state, error_class=str(failure.error_class), error_detail=failure.detail[:300], next_at=next_at)
    if failure.error_class == ErrorClass.UNREACHABLE:
        fall_back(fresh)
    elif failure.error_class == ErrorClass.OPTED_OUT:
        mark_blocked(message.conversation)
    elif failure.error_class == ErrorClass.WINDOW_CLOSED:
        # It says so of what this one answered; whatever the shopper has said since may be answered still.
        latest = Conversation.objects.filter(pk=message.conversation_id)
        latest.filter(reply_handle__in=(fresh.reply_to, "")).update(last_inbound_at=None)
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
    if failure.error_class == ErrorClass.WINDOW_CLOSED and message.attempts == 1 and _can_be_worded(message):
        return Message.State.RETRY, now
    return Message.State.FAILED, None


def _can_be_worded(message: Message) -> bool:
    """An approved wording stands in, now that the platform has said that free words may not go."""
    return not message.parts_sent and has_template(message.conversation, from_json(message.content))


def _backoff(attempts: int, failure: SendFailed) -> float:
    """Seconds: what the platform asked for, else doubling from one, with a little chance against marching in step."""
    if failure.retry_after is not None:
        return min(max(failure.retry_after, 0.0), 3600.0)
    base = 30.0 if failure.error_class == ErrorClass.AUTH else 1.0
    return min(base * 2 ** (attempts - 1), MAX_BACKOFF) * random.uniform(0.9, 1.1)  # noqa: S311 - no secret


def move(message: Message, state: str, **fields: object) -> None:
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
