"""Connect a merchant's number, page or bot to the shop."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug
from django_scopes import scope, scopes_disabled

from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.channel import Channel, all_channels


class Command(BaseCommand):
    help = "Create or update a channel account. Settings given replace those stored; others stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=sorted(all_channels()))
        parser.add_argument("account", help="its name in the webhook address")
        parser.add_argument("--merchant", required=True, metavar="SLUG")
        parser.add_argument("--config", default="{}", help="JSON, @FILE, or @- for standard input")

    def handle(self, *, kind: str, account: str, merchant: str, config: str, **options: Any) -> None:
        channel = all_channels()[kind]
        owner = Merchant.objects.filter(slug=merchant).first()
        if owner is None:
            raise CommandError(f"There is no merchant {merchant!r}.")
        try:
            validate_slug(account)
        except ValidationError as error:
            raise CommandError(f"{account!r} cannot be part of an address: letters, digits, - and _ only.") from error
        self._refuse_taken(kind, account, owner)
        address = f"{settings.PUBLIC_URL}/webhooks/{kind}/{account}/"
        with scope(merchant=owner):
            row = ChannelAccount.objects.filter(kind=kind, name=account).first()
            settled = self._settle(channel, {**(row.config if row else {}), **read_config(config)}, address, owner)
            row, is_new = ChannelAccount.objects.update_or_create(
                kind=kind, name=account, defaults={"merchant": owner, "config": settled, "is_active": True}
            )
        self.stdout.write(f"{channel.label} account {account!r} of {owner.name} {'created' if is_new else 'updated'}.")
        if kind != "webchat":
            self.stdout.write(f"Webhook address to enter at the platform: {address}")

    def _refuse_taken(self, kind: str, account: str, owner: Merchant) -> None:
        with scopes_disabled():
            taken = ChannelAccount.objects.filter(kind=kind, name=account).exclude(merchant=owner)
            if taken.count():
                raise CommandError(f"The name {account!r} is taken on {kind}; choose another.")

    def _settle(self, channel: Channel, config: dict[str, Any], address: str, owner: Merchant) -> dict[str, Any]:
        unknown = sorted(set(config) - set(channel.config_help))
        if unknown:
            known = ", ".join(channel.config_help)
            raise CommandError(f"{channel.label} knows no {', '.join(unknown)}. It knows: {known}.")
        config = channel.settled(config, address=address, shop=owner.slug)
        if missing := channel.missing(config):
            needs = "\n".join(f"  {key}: {channel.config_help[key]}" for key in missing)
            raise CommandError(f"{channel.label} also needs:\n{needs}")
        return config


def read_config(given: str) -> dict[str, Any]:
    """The settings as given, from a file or from standard input. Raises `CommandError`."""
    try:
        if given == "@-":
            given = sys.stdin.read()
        elif given.startswith("@"):
            given = Path(given[1:]).read_text()
        config = json.loads(given)
    except (OSError, ValueError) as error:
        raise CommandError(f"--config is not readable as JSON: {error}") from error
    if not isinstance(config, dict) or not all(isinstance(value, str) for value in config.values()):
        raise CommandError('--config must be a JSON object of texts, like {"bot_token": "…"}.')
    return config
