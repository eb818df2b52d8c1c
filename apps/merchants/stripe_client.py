"""Stripe's SDK over the process's one HTTP client: for whoever takes payments there, and whoever asks it about tax.

Its objects are not dicts (`to_dict()`).
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx2
import stripe

from .doors import NotConfigured, ProviderRefused, ProviderUnavailable
from .outside import exchange
from .reach import PrivateAddress

T = TypeVar("T")

TIMEOUT = 10.0  # seconds
MAX_ANSWER = 20_000_000  # bytes; a page of events with their objects
CONFLICT = 409  # another call with the same key is still running


class _Client(stripe.HTTPClient):
    """No redirects, and nowhere inside."""

    name = "chatshop"

    def __init__(self, timeout: float) -> None:
        super().__init__()
        self.seconds = timeout

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """(body, status, headers). Raises `stripe.APIConnectionError`."""
        body = {"content": post_data} if post_data else {}
        try:
            reply = exchange(
                method.upper(), url, timeout=self.seconds, headers=headers or {}, max_bytes=MAX_ANSWER, **body
            )
        except (PrivateAddress, httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise stripe.APIConnectionError(f"{type(error).__name__}: {error}") from error
        return reply.content.decode(errors="replace"), reply.status, reply.headers

    def close(self) -> None:
        """The connections are the process's, not ours."""


def api_of(config: Mapping[str, Any], *, timeout: float = TIMEOUT) -> stripe.StripeClient:
    """`config` has `api_key`, and `api_base` for another address. Raises `NotConfigured` without a key."""
    if not config.get("api_key"):
        raise NotConfigured("the Stripe key is not set")
    base = str(config.get("api_base") or "").rstrip("/")
    addresses: Any = {"api": base, "files": base} if base else {}  # files have another host at Stripe alone
    return stripe.StripeClient(
        str(config["api_key"]),
        base_addresses=addresses,
        max_network_retries=0,  # our own state decides what is repeated, with our own keys
        http_client=_Client(timeout),
    )


def ask(call: Callable[[], T]) -> T:
    """Raises `ProviderUnavailable`, `ProviderRefused`, and `NotConfigured` for a key they do not know."""
    try:
        return call()
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise ProviderUnavailable(str(error)) from error
    except stripe.AuthenticationError as error:
        raise NotConfigured("Stripe does not accept the key") from error
    except stripe.StripeError as error:
        if error.http_status is not None and error.http_status < 500 and error.http_status != CONFLICT:
            raise ProviderRefused(error.user_message or str(error), code=error.code or "") from error
        raise ProviderUnavailable(str(error)) from error
