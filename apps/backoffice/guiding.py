"""What stands on the page of an account about connecting it: what to do there and here, and the address to paste."""

from collections.abc import Mapping
from typing import Any

from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from apps.messaging.channel import Channel, all_channels

from .account_health import called
from .connecting import webhook_of
from .spoken import channel_in_words

KIND = "kind"
CARRIER = "provider"  # the setting that says who carries a channel


def guided(kind: str, name: str, config: Mapping[str, Any], *, pattern: str) -> dict[str, Any]:
    """For the page of the account `name`, whose webhook's address is as `pattern` has it."""
    channel = all_channels().get(kind)
    if channel is None:
        return {}
    guide, platform = channel.guide(config), str(channel_in_words(kind))
    before, after = webhook_of(pattern, kind, "\0").split("\0")
    return {
        "platform": platform,
        "carriers": _carriers(channel, config),
        "steps": guide.steps or general_steps(channel),
        "desk_address": guide.desk,
        "desk_name": guide.label or platform,
        "has_webhook": channel.has_webhook,
        "webhook": before + name + after + channel.address_end,
        "webhook_before": before,
        "webhook_after": after + channel.address_end,
    }


def begun(kind: str, asked: Mapping[str, str]) -> dict[str, str]:
    """The settings of a new account that were chosen on the way to it: who carries it."""
    channel, carrier = all_channels().get(kind), asked.get(CARRIER, "")
    return {CARRIER: carrier} if channel is not None and carrier in channel.carriers else {}


def _carriers(channel: Channel, config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Who can carry it: how they are called, the query of a page that says so, and whether it is they."""
    chosen = config.get(CARRIER) or next(iter(channel.carriers), "")
    return [
        {"label": label, "query": urlencode({KIND: channel.kind, CARRIER: name}), "is_chosen": name == chosen}
        for name, label in channel.carriers.items()
    ]


def general_steps(channel: Channel) -> list[Any]:
    """For a kind that has no words of its own."""
    needed = ", ".join(called(key) for key in channel.required_config)
    return [
        _("At the platform, open the desk for developers or businesses and make an account for your shop."),
        _("Copy what it shows you into the fields below (%(settings)s), and save.") % {"settings": needed},
        _("There, enter the address below as the webhook, and have it send messages and reports of delivery."),
        _("Come back and press “Check now”, then write to the shop from your own phone."),
    ]
