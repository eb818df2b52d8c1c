"""The providers' door and desk: store an event once and say 200; later look at what it points to."""

from collections.abc import Mapping

import structlog
from channels.db import database_sync_to_async
from django.db.models import Q
from django_scopes import scope, scopes_disabled

from apps.merchants import inbox
from apps.merchants.doors import Malformed, NotConfigured, SignatureWrong

from .accounts import Door, door_at, door_of
from .actions.capture import send_captures, take_shipped
from .actions.cards import remove_forgotten
from .actions.check import check_payment, record_session
from .actions.dispute import send_answers
from .actions.send import send_refunds
from .actions.start import end_stale_links
from .actions.tender import release_tenders
from .models import Payment, WebhookEvent
from .privacy import kept_of
from .provider import WebhookMessage, all_providers, provider_for

logger = structlog.get_logger(__name__)

LARGEST = 1_000_000  # bytes; a provider's event has a few thousand
Answer = tuple[int, bytes]


class Unknown(Exception):
    """An event about money of ours that we cannot find (yet)."""


async def store_webhook(provider: str, account_name: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """(status, body) for the platform. 200 only once the event is stored. `headers` have lower-case names."""
    return await database_sync_to_async(take_webhook)(account_name, headers, body, provider=provider)


def take_webhook(account_name: str, headers: Mapping[str, str], body: bytes, *, provider: str = "stripe") -> Answer:
    """As `store_webhook`, for callers that may wait."""
    door = door_at(provider, account_name) if provider in all_providers() else None
    if door is None:
        return 404, b"nobody here"
    if len(body) > LARGEST:
        return 413, b"too large"
    adapter = provider_for(door.provider)
    try:
        adapter.verify(headers, body, door.config)
    except NotConfigured:
        logger.error("payment.webhook_not_configured", provider=provider, account=account_name)
        return 503, b"not configured"
    except SignatureWrong:
        logger.warning("payment.webhook_forged", provider=provider, account=account_name)
        return 400, b"signature"
    except Exception:  # a check that breaks is a check that failed
        logger.exception("payment.webhook_unverifiable", provider=provider, account=account_name)
        return 400, b"signature"
    try:
        message = adapter.parse_webhook(body)
    except Malformed:
        return 400, b"malformed"
    if not adapter.is_ours(message, door.config):
        logger.error("payment.webhook_of_others", account=account_name, event_id=message.id, livemode=message.livemode)
        return 400, b"not for this account"
    name = inbox.kept_name(message.id)
    event = WebhookEvent(account_id=door.id, event_id=name, kind=message.kind[:80], payload=kept_of(message))
    inbox.keep(event, wakes="payments")
    return 200, b"ok"


def run_due(limit: int = 20) -> int:
    """The worker's part: events, promised refunds, captures, answers to disputes, pages that must end. Returns how many things were done."""
    events = inbox.claim(WebhookEvent, limit)
    for event in events:
        _process(event)
    done = take_shipped(limit) + send_captures(limit) + send_refunds(limit) + send_answers(limit)
    done += end_stale_links(limit) + release_tenders(limit) + remove_forgotten(limit)
    return len(events) + done


def _process(event: WebhookEvent) -> None:
    """Look at what it points to. What fails is tried again, ever more slowly, and ends as a dead letter."""
    try:
        _look(event)
    except Exception as error:  # whatever it is, the event must not be lost and must not stop the others
        logger.exception("payment.event_failed", event_id=event.event_id, attempts=event.attempts + 1)
        inbox.again(event, f"{type(error).__name__}: {error}")
    else:
        inbox.done(event)


def _look(event: WebhookEvent) -> None:
    """Raises `Unknown`, `ProviderUnavailable` and the like."""
    door = door_of(event.account_id)
    if door is None:
        raise Unknown("the account is gone")
    message = provider_for(door.provider).read_event(event.payload)
    if not message.is_about_money:
        return
    payment = _payment_of(event.account_id, message)
    if payment is None:
        if message.reference:
            raise Unknown(f"no payment {message.reference}")
        return  # another business of the same account
    with scope(merchant=payment.merchant):
        _check(payment, message, door)


def _check(payment: Payment, message: WebhookMessage, door: Door) -> None:
    """Look at our page; a page that bears our payment's name without being it is looked at too, and goes to review."""
    if payment.is_off_session:
        _check_charge(payment, message, door)
        return
    if message.session_id and not payment.provider_session:  # we were stopped before we could remember its page
        Payment.objects.filter(pk=payment.pk, provider_session="").update(provider_session=message.session_id)
        payment.provider_session = message.session_id
    if not payment.provider_session:
        raise Unknown(f"payment {payment.public_id} has no page yet")
    if message.session_id in ("", payment.provider_session):
        check_payment(payment, event_id=message.id)
    else:
        stray = provider_for(door.provider).fetch_checkout(message.session_id, door.config)
        record_session(payment.pk, stray, event_id=message.id)


def _check_charge(payment: Payment, message: WebhookMessage, door: Door) -> None:
    """A kept card has no page: one that bears its name is somebody else's work, and is looked at as such."""
    if message.session_id:
        stray = provider_for(door.provider).fetch_checkout(message.session_id, door.config)
        record_session(payment.pk, stray, event_id=message.id)
        return
    if not payment.provider_payment:  # the answer that told its name was lost
        Payment.objects.filter(pk=payment.pk, provider_payment="").update(provider_payment=message.payment_id)
        payment.provider_payment = message.payment_id
    check_payment(payment, event_id=message.id)


def _payment_of(account_id: int, message: WebhookMessage) -> Payment | None:
    """Ours by session, by the provider's payment, or by the name we gave it; only within the event's account."""
    known = Q(provider_session=message.session_id) & ~Q(provider_session="")
    known |= Q(provider_payment=message.payment_id) & ~Q(provider_payment="")
    known |= Q(public_id=message.reference)
    mine = Q(account_id=account_id) if account_id else Q(account__uses_environment=True)
    with scopes_disabled():
        return Payment.objects.filter(mine & known).select_related("merchant", "account").first()
