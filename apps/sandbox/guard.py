"""When the sandbox may exist at all: switched on, and never where the public could reach it."""

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase

PRIVATE_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10")
)  # fmt: skip
PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".test", ".lan", ".home.arpa")


class PublicAddress(Exception):
    """The shop answers on a public address: a platform that obeys anybody must not run beside it."""


def is_private(url: str) -> bool:
    """Whether this address is on the machine itself or in a private network. Names are not resolved."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(PRIVATE_SUFFIXES)
    return any(address in network for network in PRIVATE_NETWORKS if network.version == address.version)


def refuse_public(url: str) -> None:
    """Raises `PublicAddress` unless `url` is loopback or private."""
    if not is_private(url):
        raise PublicAddress(f"The sandbox does not run beside a public address ({url}). Unset CHATSHOP_SANDBOX.")


def sandbox_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """404 unless the sandbox is switched on and the shop's own address is loopback or private."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.CHATSHOP_SANDBOX or not is_private(settings.PUBLIC_URL):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
