"""Downloading what a shopper sent, from the platform's own hosts and nowhere else.

The name is resolved once, every address must be public, and the connection goes to exactly the address that was
checked: a second, different DNS answer changes nothing. No redirects are followed, save one hop to another host
the channel names, checked in the same way and without our credentials.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import httpx2
from django.conf import settings

from apps.merchants.deadline import time_left
from apps.merchants.reach import is_public, resolve_host

from .channel import Channel, TokenEnded, channel_for
from .events import MediaRef

MAX_BYTES = 25_000_000
MAX_SECONDS = 30.0
PORTS = {"https": 443, "http": 80}
REDIRECTS = frozenset({301, 302, 303, 307, 308})

Resolve = Callable[[str, int], list[str]]


class Refused(Exception):
    """This address is not one we fetch from."""


class TooLarge(Exception):
    """More bytes than we take."""


class NotFetched(Exception):
    """The other side did not give the file. `status` is its answer, 0 where there was none."""

    def __init__(self, detail: str, *, status: int = 0) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, slots=True)
class Fetched:
    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Place:
    """A checked address: what to ask for, and the one address to connect to."""

    parts: SplitResult
    host: str
    port: int
    address: str


def fetch_media(kind: str, media: MediaRef, config: Mapping[str, Any], *, max_bytes: int = MAX_BYTES) -> Fetched:
    """A shopper's file. Raises `Refused`, `TooLarge`, `NotFetched`, `SendFailed` (asking the platform where it is)."""
    channel = channel_for(kind)
    try:
        found = _from_platform(channel, media, config, max_bytes)
    except TokenEnded:
        found = _from_platform(channel, media, config, max_bytes)
    try:
        content = channel.unlocked(media, found.content)
    except ValueError as error:
        raise NotFetched(f"not what was sent: {error}") from error
    return found if content is found.content else Fetched(content, media.mime)


def _from_platform(channel: Channel, media: MediaRef, config: Mapping[str, Any], max_bytes: int) -> Fetched:
    """The file as it lies there. Raises as `fetch_media`."""
    request = channel.media_request(media, config)
    found = fetch(
        request.url,
        hosts=channel.media_hosts,
        headers=request.headers,
        trusted_base=str(config.get("api_base") or ""),
        max_bytes=max_bytes,
    )
    channel.check_file(found.content, config)
    return found


def fetch(
    url: str,
    *,
    hosts: tuple[str, ...],
    headers: Mapping[str, str] | None = None,
    trusted_base: str = "",
    max_bytes: int = MAX_BYTES,
    resolve: Resolve | None = None,
) -> Fetched:
    """The bytes at `url`, whose host must be in `hosts` (".host" means any below it).

    `trusted_base` is the address set for this account instead of the platform's: its own host and port keep files too,
    and may be private where `PRIVATE_ADDRESSES` says so.
    Raises `Refused`, `TooLarge`, `NotFetched`.
    """
    # Whoever is in a hurry wants to do something with it: half of their time is theirs.
    deadline = time.monotonic() + min(MAX_SECONDS, time_left() / 2)
    place = check(url, hosts=hosts, trusted_base=trusted_base, resolve=resolve)
    status, target, found = _download(place, dict(headers or {}), max_bytes, deadline)
    if status in REDIRECTS:
        onward = urljoin(url, target)
        if urlsplit(onward).hostname == place.host:
            raise Refused("a redirect to the same host")
        place = check(onward, hosts=hosts, trusted_base=trusted_base, resolve=resolve)
        status, _, found = _download(place, {}, max_bytes, deadline)
    if status != 200 or found is None:
        raise NotFetched(f"HTTP {status}", status=status)
    return found


def check(url: str, *, hosts: tuple[str, ...], trusted_base: str = "", resolve: Resolve | None = None) -> Place:
    """The one address this URL may be fetched from. Raises `Refused`."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise Refused(f"no address: {error}") from error
    if parts.username or parts.password or not host or not port:
        raise Refused("no plain address")
    is_trusted = _is_at(trusted_base, parts.scheme, host, port)
    if parts.scheme != "https" and not is_trusted:
        raise Refused(f"{parts.scheme or 'no scheme'} is not https")
    if not is_trusted and (port != 443 or not is_listed(host, hosts)):
        raise Refused(f"{host} keeps no files for this channel")
    try:
        addresses = (resolve or resolve_host)(host, port)
    except (OSError, UnicodeError) as error:
        raise Refused(f"{host} is not found") from error
    may_be_private = is_trusted and settings.PRIVATE_ADDRESSES
    if not addresses or not (may_be_private or all(is_public(address) for address in addresses)):
        raise Refused(f"{host} is not on the public internet")
    return Place(parts, host, port, addresses[0])


def is_listed(host: str, hosts: tuple[str, ...]) -> bool:
    host = host.lower()
    return any(host.endswith(listed) if listed.startswith(".") else host == listed for listed in hosts)


def _is_at(base: str, scheme: str, host: str, port: int) -> bool:
    if not base:
        return False
    parts = urlsplit(base)
    return (parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)) == (scheme, host, port)


def _download(
    place: Place, headers: dict[str, str], max_bytes: int, deadline: float
) -> tuple[int, str, Fetched | None]:
    """(status, where a redirect points, the file on 200)."""
    literal = f"[{place.address}]" if ":" in place.address else place.address
    pinned = place.parts._replace(netloc=f"{literal}:{place.port}", fragment="").geturl()
    host = place.host if place.port in PORTS.values() else f"{place.host}:{place.port}"
    try:
        with (
            httpx2.Client(follow_redirects=False, trust_env=False, timeout=_patience(deadline)) as client,
            client.stream(
                "GET",
                pinned,
                headers={**headers, "Host": host, "Accept-Encoding": "identity"},
                extensions={"sni_hostname": place.host},
            ) as response,
        ):
            if response.status_code != 200:
                return response.status_code, response.headers.get("location", ""), None
            mime = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            content = _read(response, max_bytes, deadline)
            return 200, "", Fetched(content, mime)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise NotFetched(type(error).__name__) from error


def _patience(deadline: float) -> httpx2.Timeout:
    """For each wait."""
    return httpx2.Timeout(max(0.001, min(10.0, deadline - time.monotonic())))


def _read(response: httpx2.Response, max_bytes: int, deadline: float) -> bytes:
    told = response.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told) > max_bytes:
        raise TooLarge(f"{told} bytes")
    content = bytearray()
    for chunk in response.iter_raw(65_536):
        content += chunk
        if len(content) > max_bytes:
            raise TooLarge(f"more than {max_bytes} bytes")
        if time.monotonic() > deadline:
            raise NotFetched("too slow")
    return bytes(content)
