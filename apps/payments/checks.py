"""What `check --deploy` says about the way money comes in."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def stripe_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A key without its webhook secret, or a live key sent somewhere else than to Stripe."""
    found: list[CheckMessage] = []
    if settings.STRIPE_API_KEY and not settings.STRIPE_WEBHOOK_SECRET:
        found.append(Warning("STRIPE_API_KEY is set without STRIPE_WEBHOOK_SECRET.", id="payments.W001"))
    if settings.STRIPE_API_KEY.startswith(("sk_live_", "rk_live_")) and settings.STRIPE_API_BASE:
        found.append(Warning("A live Stripe key goes to STRIPE_API_BASE, which is not Stripe.", id="payments.W002"))
    return found
