"""The one HTTP client of the process, for platforms and payment providers alike.

No redirects are followed, no cookies kept, and no connection is opened to an address that `reach` refuses.
"""

import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore2
import httpx2

from .deadline import at_most
from .reach import places_of

MOST_CONNECTIONS, MOST_IDLE = 64, 32
IDLE_SECONDS = 4.0  # a stale connection would make a failed call look as if it might have arrived
PIECE = 65_536  # bytes written between two looks at the clock
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: httpx2.Headers
    content: bytes


class TimedStream(httpcore2.NetworkStream):
    """A connection on which no wait goes beyond the deadline of whoever uses it just now."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, at_most(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            self._stream.write(buffer[start : start + PIECE], at_most(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, at_most(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class TimedNetwork(httpcore2.SyncBackend):
    """No wait goes beyond the deadline. Where it is judged, a name is asked for once and one of the addresses that `reach`
    allows is connected to; TLS still proves the name."""

    def __init__(self, *, is_judged: bool) -> None:
        self._is_judged = is_judged

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """The first address that answers. Raises `PrivateAddress`, `ConnectError`, `ConnectTimeout`."""
        *others, last = self._places(host, port)
        for place in others:
            try:
                return TimedStream(super().connect_tcp(place, port, at_most(timeout), local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return TimedStream(super().connect_tcp(last, port, at_most(timeout), local_address, socket_options))

    def _places(self, host: str, port: int) -> list[str]:
        """Raises `PrivateAddress`, `ConnectError`."""
        if not self._is_judged:
            return [host]
        try:
            return places_of(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(str(error)) from error


class Transport(httpx2.HTTPTransport):
    """httpx2's, over a judged network."""

    def __init__(self) -> None:
        super().__init__()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(),
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_IDLE,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=TimedNetwork(is_judged=True),
        )


@cache
def _pool(proxy: str) -> httpx2.HTTPTransport:
    """A pool of connections, shared by all threads of the process; straight on without a proxy.

    Used without httpx2's client, whose redirects, cookies and hooks nobody needs here and which costs as much again
    as the request.
    """
    if not proxy:
        return Transport()
    limits = httpx2.Limits(
        max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_IDLE, keepalive_expiry=IDLE_SECONDS
    )
    transport = httpx2.HTTPTransport(limits=limits, proxy=proxy)
    transport._pool._network_backend = TimedNetwork(is_judged=False)
    return transport


@lru_cache(maxsize=256)
def way_to(url: str) -> tuple[httpx2.URL, str]:
    """(`url` taken apart, the operator's proxy for it). Raises `InvalidURL`, `UnsupportedProtocol`.

    What runs on this machine is never asked for through a proxy.
    """
    address = httpx2.URL(url)
    if address.scheme not in ("http", "https") or not address.host:
        raise httpx2.UnsupportedProtocol(f"not an address of the web: {url[:100]!r}")
    if address.host in LOOPBACK or proxy_bypass(address.host):
        return address, ""
    proxies = getproxies()
    proxy = proxies.get(address.scheme) or proxies.get("all") or ""
    return address, proxy if not proxy or "://" in proxy else f"http://{proxy}"


def exchange(
    method: str, url: str, *, timeout: float, headers: Mapping[str, str], max_bytes: int, **body: Any
) -> Reply:
    """One request and the first `max_bytes` of its answer. `timeout` is in seconds, for each wait of the exchange; all of
    them together go no further than the deadline there is (`deadline.within`).

    Raises `PrivateAddress`, `httpx2.HTTPError`, `httpx2.InvalidURL`.
    """
    address, proxy = way_to(url)
    if proxy:
        _judge_for_proxy(address)
    request = httpx2.Request(
        method,
        address,
        headers=headers,
        extensions={"timeout": dict.fromkeys(("connect", "read", "write"), timeout) | {"pool": at_most(timeout)}},
        **body,
    )
    response = _pool(proxy).handle_request(request)
    read, size = [], 0
    try:
        for part in response.iter_bytes():
            read.append(part)
            size += len(part)
            if size > max_bytes:
                break
    finally:
        response.close()
    return Reply(response.status_code, response.headers, b"".join(read)[:max_bytes])


def _judge_for_proxy(address: httpx2.URL) -> None:
    """Behind a proxy it is the proxy that connects: what we know to be inside is not even asked for."""
    try:
        places_of(address.host, address.port or (443 if address.scheme == "https" else 80))
    except (OSError, UnicodeError):
        return  # a name only the proxy can ask for
