"""The shop's true adapters and the played phones, joined: what a phone sends is told, fetched and answered as in life."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from apps.gateway.ingest import unwrapped
from apps.messaging.channel import Channel, Recipient, WebhookRequest, channel_for
from apps.messaging.content import Content
from apps.messaging.events import ChannelEvent
from tests.messaging.kinds import KINDS

from .conftest import CONFIGS, RCS_TWILIO, RCS_VONAGE, VONAGE, Hook, Shop, World

PEOPLE = {"whatsapp": "4917600000001", "messenger": "1000000001", "telegram": "427770117", "sms": "+4917600000001"}


@dataclass(frozen=True)
class Line:
    """One account of the shop on a platform, and the person at the other end."""

    kind: str
    account: str = "demo"
    platform: str = ""
    config: Any = None

    def __str__(self) -> str:
        return self.kind if self.account == "demo" else f"{self.kind}-{self.account}"

    @property
    def shopper(self) -> str:
        return PEOPLE.get(self.kind) or str(KINDS[self.kind].SHOPPER)

    @property
    def channel(self) -> Channel:
        return channel_for(self.kind)

    def connected(self, world: World) -> dict[str, Any]:
        """The config the shop has of it."""
        platform = self.platform or KINDS[self.kind].PLATFORM
        return {**(self.config or CONFIGS[self.kind]), "api_base": f"{world.url}/sandbox/api/{platform}"}

    def order(self, world: World, what: str, **values: Any) -> Any:
        """One thing the shopper does (`/sandbox/api/_…`)."""
        return world.order(what, kind=self.kind, account=self.account, shopper=self.shopper, **values)

    def thread(self, world: World) -> list[dict[str, Any]]:
        found = world.get("_thread", kind=self.kind, account=self.account, shopper=self.shopper)
        return list(found["messages"])

    def understood(self, world: World, shop: Shop, hook: Hook) -> list[ChannelEvent]:
        """What the shop makes of a webhook whose signature it found true."""
        query = dict(parse_qsl(urlsplit(hook.path).query))
        request = WebhookRequest("POST", shop.url + hook.path, hook.headers, query, hook.body)
        config = self.connected(world)
        self.channel.verify(request, config)
        return self.channel.parse(unwrapped(request, limit=self.channel.unpacked_limit), config)

    def says(self, world: World, content: Content, *, handle: str = "") -> list[str]:
        """The shop sends this; the platform's names of its messages."""
        to = Recipient(self.shopper, reply_to=handle or getattr(KINDS[self.kind], "HANDLE", ""))
        config, sent = self.connected(world), []
        for number, wire in enumerate(self.channel.render(content, language="en")):
            for part in self.channel.parts(wire, config):
                sent.append(self.channel.send(part, to, config, key=f"m:{number}:{len(sent)}").provider_id)
        return sent


LINES = (
    *(Line(kind) for kind in KINDS),
    Line("sms", "vonage", "vonage", VONAGE),
    Line("rcs", "vonage", "vonage", RCS_VONAGE),
    Line("rcs", "twilio", "twilio", RCS_TWILIO),
)
