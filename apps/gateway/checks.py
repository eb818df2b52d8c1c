"""What `check --deploy` says about the way from the shop's public address to these processes."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def proxy(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """An https address whose proxy is not believed: each page would send its reader to itself for ever."""
    if not settings.IS_HTTPS or settings.BEHIND_PROXY:
        return []
    told = (
        "PUBLIC_URL is https and BEHIND_PROXY is not set: behind a proxy that ends TLS every page redirects to itself."
    )
    hint = "Set BEHIND_PROXY=1, where the proxy replaces X-Forwarded-Proto and X-Forwarded-For."
    return [Warning(told, hint=hint, id="gateway.W001")]
