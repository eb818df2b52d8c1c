"""Asking on our own what we were not told: webhooks get lost, and the money is real all the same."""

import datetime as dt

import structlog
from django.conf import settings
from django.db.models import Q
from django_scopes import scope, scopes_disabled

from apps.merchants import clock

from ..accounts import ENVIRONMENT, Door, door_of
from ..models import Payment, PaymentAccount, Refund, WebhookEvent
from ..provider import NotConfigured, ProviderError, provider_for
from .check import check_payment

logger = structlog.get_logger(__name__)

LOOK_BACK = dt.timedelta(days=3)  # as long as Stripe goes on trying
SETTLE = dt.timedelta(minutes=10)  # an attempt or refund younger than this may still be told by its webhook


def reconcile(*, limit: int = 500) -> dict[str, int]:
    """Fetch events we do not have and attempts nobody has told us about. For the scheduler; any number of times.

    Returns {"events": newly stored, "attempts": asked about, "errors": accounts or attempts that did not answer}.
    """
    counts = {"events": 0, "attempts": 0, "errors": 0}
    for door in _doors():
        try:
            counts["events"] += _missed_events(door)
        except (ProviderError, NotConfigured) as error:
            counts["errors"] += 1
            logger.warning("reconcile.events", account=door.id, error=str(error))
    for payment in _unsettled(limit):
        with scope(merchant=payment.merchant):
            try:
                check_payment(payment)
                counts["attempts"] += 1
            except (ProviderError, NotConfigured) as error:
                counts["errors"] += 1
                logger.warning("reconcile.attempt", payment=payment.pk, error=str(error))
    return counts


def _doors() -> list[Door]:
    with scopes_disabled():
        ids = list(PaymentAccount.objects.filter(is_active=True, uses_environment=False).values_list("pk", flat=True))
    if settings.STRIPE_API_KEY:
        ids.append(ENVIRONMENT)
    return [door for door in (door_of(account_id) for account_id in ids) if door is not None]


def _missed_events(door: Door) -> int:
    messages = provider_for(door.provider).list_events(clock.now() - LOOK_BACK, door.config)
    known = set(
        WebhookEvent.objects.filter(account_id=door.id, event_id__in=[message.id for message in messages]).values_list(
            "event_id", flat=True
        )
    )
    fresh = [message for message in messages if message.id not in known]
    WebhookEvent.objects.bulk_create(
        [
            WebhookEvent(account_id=door.id, event_id=message.id, kind=message.kind[:80], payload=message.payload)
            for message in fresh
        ],
        ignore_conflicts=True,
    )
    return len(fresh)


def _unsettled(limit: int) -> list[Payment]:
    """Open and processing attempts with a page, and paid ones whose refund the provider has not finished."""
    before = clock.now() - SETTLE
    undecided = Q(state__in=[Payment.State.OPEN, Payment.State.PROCESSING])
    with scopes_disabled():
        unanswered = Refund.objects.filter(state=Refund.State.UNKNOWN)
        pending = Refund.objects.filter(state=Refund.State.PENDING).exclude(provider_ref="")
        giving_back = Q(refunds__in=unanswered | pending)
        found = (
            Payment.objects.filter(undecided | giving_back, created_at__lte=before)
            .exclude(provider_session="")
            .filter(Q(checked_at__isnull=True) | Q(checked_at__lte=before))
        )
        return list(found.select_related("merchant", "account").distinct().order_by("pk")[:limit])
