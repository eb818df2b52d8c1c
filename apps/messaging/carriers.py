"""Kinds whose messages somebody else carries, named in the account's setting `provider`; each carrier is one module."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from .channel import Channel, ErrorClass, MediaRequest, NotConfigured, WebhookRequest
from .events import ChannelEvent, MediaRef
from .reading import bounded


class Carrier(Protocol):
    """What every kind asks of whoever carries it; each has a port of its own for the rest."""

    def missing(self, config: Mapping[str, Any]) -> list[str]: ...

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None: ...

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]: ...

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass: ...

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest: ...


AnyCarrier = TypeVar("AnyCarrier", bound=Carrier)


def carrier_named(
    carriers: Mapping[str, AnyCarrier], config: Mapping[str, Any], *, usual: str, what: str
) -> AnyCarrier:
    """The account's carrier, `usual` unless it says otherwise. Raises `NotConfigured`."""
    name = str(config.get("provider") or usual)
    if name not in carriers:
        raise NotConfigured(f"no {what} provider is called {name!r}")
    return carriers[name]


class CarriedChannel(Channel):
    """Override `carrier` and `reader`, and what differs."""

    def carrier(self, config: Mapping[str, Any]) -> Carrier:
        """Whoever carries this account's messages. Raises `NotConfigured`."""
        raise NotImplementedError

    def reader(self, body: bytes, config: Mapping[str, Any]) -> Carrier:
        """Whoever can read this webhook."""
        raise NotImplementedError

    def asked_by_carrier(self, config: Mapping[str, Any]) -> list[str]:
        """The settings that the carrier misses."""
        try:
            return self.carrier(config).missing(config)
        except NotConfigured:
            return ["provider"]

    def settled(self, config: Mapping[str, Any], *, address: str, shop: str) -> dict[str, Any]:
        return {"status_callback": address, **config}

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        self.carrier(config).verify(request, config)

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        return bounded(self.reader(request.body, config).parse(request, config))

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        return self.carrier(config).media_request(media, config)
