"""Which pages may open a socket: a browser sends the cookie with it wherever the page came from, so the page is asked."""

from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest

SCHEMES = {"ws": "http", "wss": "https"}
PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int]  # scheme, host, port


class SameOrigin:
    """Lets in pages of the very origin the socket is opened at, or one of `CSRF_TRUSTED_ORIGINS`; refuses all others.

    Scheme and host are those of the call, behind a proxy as the settings believe it, like Django's check of forms.
    """

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        answer = self.application if is_ours(scope) else WebsocketDenier()
        await answer(scope, receive, send)


def is_ours(scope: dict[str, Any]) -> bool:
    """Whether the page that opens this socket is one of ours. No or a hidden origin is a stranger's."""
    scheme = SCHEMES.get(scope.get("scheme", "ws"), "http")
    request = ASGIRequest({**scope, "type": "http", "method": "GET", "scheme": scheme}, BytesIO())
    page = _origin(request.headers.get("Origin", ""))
    try:
        here = _origin(f"{request.scheme}://{request.get_host()}")
    except DisallowedHost:
        return False
    return page is not None and page in {here, *map(_origin, settings.CSRF_TRUSTED_ORIGINS)}


def _origin(written: str) -> Origin | None:
    try:
        parts = urlsplit(written)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return None
    is_whole = (
        parts.scheme in PORTS and parts.hostname and not (parts.path or parts.query or parts.fragment or parts.username)
    )
    return (parts.scheme, parts.hostname, port) if is_whole and parts.hostname and port else None
