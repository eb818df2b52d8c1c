"""Where a line comes from, and how much may come from there."""

from collections import OrderedDict
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.merchants.bucket import Bucket

KEPT = 10_000  # addresses remembered; the one unheard for longest goes first
IPV6_NETWORK = 64  # bits that one household or server has


def address_of(scope: dict[str, Any]) -> str:
    """The network address at the other end: the last one the proxy named where there is one, never what others claim.

    Of IPv6 the network, since one visitor has all of it. "" where nothing is known.
    """
    said = (scope.get("client") or ("",))[0]
    if settings.BEHIND_PROXY:
        named = [value for name, value in scope.get("headers", ()) if name == b"x-forwarded-for"]
        said = named[-1].decode("latin-1").rsplit(",", 1)[-1].strip() if named else said
    try:
        found: IPv4Address | IPv6Address = ip_address(said)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> IPV6_NETWORK << IPV6_NETWORK))
    return str(found)


def address_of_request(request: HttpRequest) -> str:
    """The same, of a page's call."""
    named = request.META.get("HTTP_X_FORWARDED_FOR", "").encode("latin-1", "replace")
    headers = [(b"x-forwarded-for", named)] if named else []
    return address_of({"client": (request.META.get("REMOTE_ADDR", ""), 0), "headers": headers})


def is_of_the_world(address: str) -> bool:
    """Whether it tells people apart: this machine, the house and a proxy that names nobody are one to all."""
    return bool(address) and ip_address(address).is_global


class Addresses:
    """One bucket per address, so that many visitors of one machine are no more than one crowd."""

    def __init__(self, *, burst: float, rate: float) -> None:
        self.burst, self.rate = burst, rate
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def bucket(self, address: str) -> Bucket:
        """The bucket of this address; a line from nowhere has its own."""
        if not address:
            return Bucket(burst=self.burst, rate=self.rate)
        found = self._buckets.pop(address, None) or Bucket(burst=self.burst, rate=self.rate)
        self._buckets[address] = found
        if len(self._buckets) > KEPT:
            self._buckets.popitem(last=False)
        return found
