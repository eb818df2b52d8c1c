"""Which addresses of the network the shop may call. Where it goes is often written by others: settings, redirects, files.

Whoever opens a connection asks here with the name and connects to one of the addresses told: a second, different answer
of the name's server changes nothing. Inside addresses are for shops that say so (`PRIVATE_ADDRESSES`).
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings

# Networks whose last 32 bits are an IPv4 address: IPv4-compatible, IPv4-translated, NAT64.
EMBEDDING = tuple(ipaddress.ip_network(block) for block in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96"))
# Kept for special uses, whatever the standard library of this Python calls them.
SPECIAL = tuple(
    ipaddress.ip_network(block)
    for block in ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
                  "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "fec0::/10")
)  # fmt: skip
LOCAL_NAMES = ("localhost", ".localhost")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class PrivateAddress(Exception):
    """This is inside: the machine itself, its network, or the host's own services."""


def places_of(host: str, port: int) -> list[str]:
    """The addresses of the host to connect to, in order. Raises `PrivateAddress`, `OSError` (no such name)."""
    found = resolve_host(host, port)
    if not settings.PRIVATE_ADDRESSES and not all(map(is_public, found)):
        raise PrivateAddress(f"{host} is not on the public internet")
    return found


def judge_written(url: str) -> None:
    """An address of the web as somebody typed it; names are not asked for. Raises `PrivateAddress`, `ValueError`."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an address of the web")
    host, port = parts.hostname.rstrip("."), parts.port or 443
    if settings.PRIVATE_ADDRESSES:
        return
    if host in LOCAL_NAMES or host.endswith(LOCAL_NAMES[1:]):
        raise PrivateAddress(f"{host} is this machine")
    try:
        written = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return  # a name: where it leads is judged at each connection
    if not all(is_public(str(entry[4][0])) for entry in written):
        raise PrivateAddress(f"{host} is not on the public internet")


def is_public(address: str) -> bool:
    """Whether this is an address of the public internet, also where an IPv4 one hides in an IPv6 one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_ordinary(one) for one in (found, *_hidden(found)))


def _is_ordinary(address: IPAddress) -> bool:
    is_special = any(address in block for block in SPECIAL if block.version == address.version)
    return address.is_global and not address.is_multicast and not is_special


def _hidden(address: IPAddress) -> list[IPAddress]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[IPAddress] = [part for part in (address.ipv4_mapped, address.sixtofour) if part is not None]
    found += address.teredo or ()
    if any(address in block for block in EMBEDDING):
        found.append(ipaddress.IPv4Address(address.packed[-4:]))
    return found


def resolve_host(host: str, port: int) -> list[str]:
    """Every address of the host, each once. The system reads "2130706433" and "0177.0.0.1" as addresses too."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
