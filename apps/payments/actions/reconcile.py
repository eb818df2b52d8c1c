"""Asking on our own what we were not told: webhooks get lost, and the money is real all the same."""

import datetime as dt
from collections.abc import Iterable

import structlog
from django.conf import settings
from django.db.models import Q
from django_scopes import scope, scopes_disabled

from apps.merchants import clock
from apps.merchants.doors import NotConfigured
from apps.merchants.inbox import kept_name

from ..accounts import ENVIRONMENT, Door, door_of
from ..models import Payment, PaymentAccount, Refund, WebhookEvent
from ..privacy import kept_of
from ..provider import ProviderError, WebhookMessage, provider_for
from .check import check_payment

logger = structlog.get_logger(__name__)

LOOK_BACK = dt.timedelta(days=3)  # as long as Stripe goes on trying
RESERVED = dt.timedelta(hours=6)  # how often we look whether what is reserved still is
SETTLE = dt.timedelta(minutes=10)  # an attempt or refund younger than this may still be told by its webhook


def reconcile(*, limit: int = 500) -> dict[str, int]:
    """Fetch events we do not have and attempts nobody has told us about. For the scheduler; any number of times.

    Returns {"events": newly stored, "attempts": asked about, "errors": accounts or attempts that did not answer}.
    """
    counts = {"events": 0, "attempts": 0, "errors": 0}
    for doors in _accounts():
        try:
            counts["events"] += _missed_events(doors)
        except (ProviderError, NotConfigured) as error:
            counts["errors"] += 1
            logger.warning("reconcile.events", account=doors[0].id, error=str(error))
    for payment in _unsettled(limit):
        with scope(merchant=payment.merchant):
            try:
                check_payment(payment)
                counts["attempts"] += 1
            except (ProviderError, NotConfigured) as error:
                counts["errors"] += 1
                logger.warning("reconcile.attempt", payment=payment.pk, error=str(error))
    return counts


def _accounts() -> list[list[Door]]:
    """The doors of each account at a provider: several merchants, or a merchant and the environment, may share one."""
    with scopes_disabled():
        ids = list(
            PaymentAccount.objects.filter(is_active=True, uses_environment=False)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
    if settings.STRIPE_API_KEY:
        ids.append(ENVIRONMENT)
    accounts: dict[tuple[str, ...], list[Door]] = {}
    for door in (door_of(account_id) for account_id in ids):
        if door is not None:
            keys = (str(door.config.get(name) or "") for name in ("api_base", "api_key", "account"))
            accounts.setdefault((door.provider, *keys), []).append(door)
    return list(accounts.values())


def _missed_events(doors: list[Door]) -> int:
    """One account, asked once. An event is kept where its payment is; one about none of ours, wherever it came first."""
    provider, config = provider_for(doors[0].provider), doors[0].config
    messages = provider.list_events(clock.now() - LOOK_BACK, config)
    names = {message.id: kept_name(message.id) for message in messages}
    stored = WebhookEvent.objects.filter(account_id__in=[door.id for door in doors], event_id__in=names.values())
    known = set(stored.values_list("account_id", "event_id"))
    seen = {event_id for _, event_id in known}
    homes = _homes(doors, messages)
    fresh = []
    for message in messages:
        home = next((homes[known_as] for known_as in message.names if known_as in homes), None)
        name = names[message.id]
        if (home, name) in known or (home is None and name in seen):
            continue
        account_id = doors[0].id if home is None else home
        fresh.append(
            WebhookEvent(account_id=account_id, event_id=name, kind=message.kind[:80], payload=kept_of(message))
        )
    WebhookEvent.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _homes(doors: list[Door], messages: Iterable[WebhookMessage]) -> dict[str, int]:
    """Behind which of these doors each payment is that the messages name. One query."""
    ids = {door.id for door in doors}
    names = [name for message in messages for name in message.names]
    named = Q(provider_session__in=names) | Q(provider_payment__in=names) | Q(public_id__in=names)
    mine = Q(account_id__in=ids) | (Q(account__uses_environment=True) if ENVIRONMENT in ids else Q())
    with scopes_disabled():
        found = Payment.objects.filter(named & mine).values_list(
            "provider_session", "provider_payment", "public_id", "account_id", "account__uses_environment"
        )
        return {
            name: ENVIRONMENT if is_environment or account_id is None else account_id
            for *theirs, account_id, is_environment in found
            for name in theirs
            if name
        }


def _unsettled(limit: int) -> list[Payment]:
    """Open and processing attempts the provider knows, paid ones whose refund the provider has not finished, and now and
    then what is reserved."""
    before = clock.now() - SETTLE
    undecided = Q(state__in=[Payment.State.OPEN, Payment.State.PROCESSING])
    with scopes_disabled():
        unanswered = Refund.objects.filter(state=Refund.State.UNKNOWN)
        pending = Refund.objects.filter(state=Refund.State.PENDING).exclude(provider_ref="")
        giving_back = Q(refunds__in=unanswered | pending)
        reserved = Q(state=Payment.State.AUTHORISED) & (
            Q(checked_at__isnull=True) | Q(checked_at__lte=clock.now() - RESERVED) | Q(capture_before__lte=clock.now())
        )
        found = (
            Payment.objects.filter(undecided | giving_back | reserved, created_at__lte=before, account__isnull=False)
            .exclude(provider_session="", provider_payment="")
            .filter(Q(checked_at__isnull=True) | Q(checked_at__lte=before))
        )
        return list(found.select_related("merchant", "account").distinct().order_by("pk")[:limit])
