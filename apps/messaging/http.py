"""One HTTP client per process for all platforms, and what its failures mean."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx2

from apps.merchants import clock

from .channel import ErrorClass, SendFailed

USER_AGENT = "chatshop/0.1.0"  # Meta's specification wants name/major.minor.patch
MAX_ANSWER = 1_000_000  # bytes of a platform's answer that we read as JSON
# Nothing of the request had been written, so nothing can have been accepted.
BEFORE_THE_REQUEST = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any] = field(default_factory=dict)
    retry_after: float | None = None  # seconds
    is_json: bool = True

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300


@cache
def _pool(proxy: str) -> httpx2.HTTPTransport:
    """A pool of connections, shared by all threads of the process; straight on without a proxy.

    Used without httpx2's client, whose redirects, cookies and hooks nobody needs here and which costs as much again
    as the request. Idle connections are dropped early: a stale one would make a failed send look as if it might have
    arrived.
    """
    limits = httpx2.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=4.0)
    return httpx2.HTTPTransport(limits=limits, proxy=proxy or None)


@lru_cache(maxsize=256)
def way_to(url: str) -> tuple[httpx2.URL, str]:
    """(`url` taken apart, the operator's proxy for it). Raises `InvalidURL`, `UnsupportedProtocol`.

    What runs on this machine is never asked for through a proxy.
    """
    address = httpx2.URL(url)
    if address.scheme not in ("http", "https") or not address.host:
        raise httpx2.UnsupportedProtocol(f"not an address of the web: {url[:100]!r}")
    if address.host in ("127.0.0.1", "localhost", "::1") or proxy_bypass(address.host):
        return address, ""
    proxies = getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all") or ""
    return address, proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _exchange(method: str, url: str, *, timeout: float, headers: Mapping[str, str], **body: Any) -> Answer:
    """One request and its answer. Raises `httpx2.HTTPError`, `httpx2.InvalidURL`."""
    address, proxy = way_to(url)
    request = httpx2.Request(
        method,
        address,
        headers={"User-Agent": USER_AGENT, "Accept": "*/*", **headers},
        extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout)},
        **body,
    )
    response = _pool(proxy).handle_request(request)
    read, size = [], 0
    try:
        for part in response.iter_bytes():
            read.append(part)
            size += len(part)
            if size > MAX_ANSWER:
                break
    finally:
        response.close()
    return _answer(response, b"".join(read)[:MAX_ANSWER])


def post(
    url: str,
    *,
    timeout: float,
    json_body: Mapping[str, Any] | None = None,
    form: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> Answer:
    """The platform's answer, whatever its status. `timeout` is in seconds, for each wait of the exchange.

    Raises `SendFailed`: RETRY while nothing was written, AMBIGUOUS once the platform may have the request.
    """
    body: dict[str, Any] = {"json": json_body} if form is None else {"data": form}
    try:
        return _exchange("POST", url, timeout=timeout, headers=_headers(headers, auth), **body)
    except BEFORE_THE_REQUEST as error:
        raise SendFailed(ErrorClass.RETRY, f"not reached: {type(error).__name__}") from error
    except httpx2.InvalidURL as error:
        raise SendFailed(ErrorClass.BAD_REQUEST, f"no address: {error}") from error
    except httpx2.HTTPError as error:
        raise SendFailed(ErrorClass.AMBIGUOUS, f"no answer: {type(error).__name__}") from error


def get(url: str, *, timeout: float, headers: Mapping[str, str] | None = None) -> Answer:
    """As `post`; asking twice does no harm, so every failure is RETRY."""
    try:
        return _exchange("GET", url, timeout=timeout, headers=headers or {})
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise SendFailed(ErrorClass.RETRY, f"not reached: {type(error).__name__}") from error


def _headers(headers: Mapping[str, str] | None, auth: tuple[str, str] | None) -> dict[str, str]:
    found = dict(headers or {})
    if auth:
        found["Authorization"] = basic(":".join(auth).encode())
    return found


def basic(credentials: bytes) -> str:
    """The Authorization header for "name:password"."""
    return "Basic " + base64.b64encode(credentials).decode()


def _answer(response: httpx2.Response, content: bytes) -> Answer:
    retry_after = _retry_after(response.headers.get("retry-after", ""))
    try:
        data = json.loads(content)
    except ValueError:
        return Answer(response.status_code, {}, retry_after, is_json=False)
    if not isinstance(data, dict):
        return Answer(response.status_code, {}, retry_after, is_json=False)
    return Answer(response.status_code, data, retry_after)


def _retry_after(value: str) -> float | None:
    """The header in seconds, or as a date; at most an hour."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value), 3600.0)
    try:
        return min(max((parsedate_to_datetime(value) - clock.now()).total_seconds(), 0.0), 3600.0)
    except (ValueError, TypeError):
        return None
