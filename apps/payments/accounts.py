"""Whose keys are used: a merchant's own account row, or the one account of the environment."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django_scopes import scopes_disabled

from apps.merchants.doors import NotConfigured
from apps.merchants.models import Merchant

from .models import Payment, PaymentAccount

ENVIRONMENT = 0  # the account id under which events of the environment's account are kept
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Door:
    """An account as its webhook address names it."""

    id: int
    provider: str
    config: dict[str, Any]


def environment_config() -> dict[str, Any]:
    return {
        "api_key": settings.STRIPE_API_KEY,
        "webhook_secret": settings.STRIPE_WEBHOOK_SECRET,
        "api_base": settings.STRIPE_API_BASE,
    }


def asked_for(payment: Payment) -> PaymentAccount:
    """The account whose provider is asked for this attempt. Raises `NotConfigured` for a gift card's or credit's part."""
    if payment.account is None:
        raise NotConfigured(f"nobody is asked for {payment.tender}")
    return payment.account


def config_of(account: PaymentAccount) -> dict[str, Any]:
    return environment_config() if account.uses_environment else _stored(account)


def _stored(account: PaymentAccount) -> dict[str, Any]:
    """The encrypted column gives back "None" for a missing value: that is no secret, and nobody may sign with it."""
    return {key: value for key, value in account.config.items() if value not in (None, "", "None")}


def account_for(merchant: Merchant) -> PaymentAccount:
    """The merchant's active account; without one, the environment's. Raises `NotConfigured` without either."""
    own = PaymentAccount.objects.filter(merchant=merchant, is_active=True).order_by("uses_environment", "pk").first()
    if own is not None:
        return own
    if not settings.STRIPE_API_KEY:
        raise NotConfigured("no payment account, and STRIPE_API_KEY is not set")
    account, _ = PaymentAccount.objects.get_or_create(
        provider="stripe",
        name=f"environment-{merchant.slug}"[:60],
        defaults={"merchant": merchant, "uses_environment": True},
    )
    return account


def door_at(provider: str, name: str) -> Door | None:
    """The account behind `/payments/<provider>/<name>/webhook/`, of whichever merchant; None for nobody's."""
    with scopes_disabled():
        row = PaymentAccount.objects.filter(
            provider=provider, name=name, is_active=True, uses_environment=False
        ).first()
    if row is not None:
        return Door(row.pk, provider, _stored(row))
    if provider == "stripe" and name == DEFAULT:
        return Door(ENVIRONMENT, provider, environment_config())
    return None


def door_of(account_id: int) -> Door | None:
    """The account under which an event was stored; None when it has been removed since."""
    if account_id == ENVIRONMENT:
        return Door(ENVIRONMENT, "stripe", environment_config())
    with scopes_disabled():
        row = PaymentAccount.objects.filter(pk=account_id).first()
    return Door(row.pk, row.provider, _stored(row)) if row else None
