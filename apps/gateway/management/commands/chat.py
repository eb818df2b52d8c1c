"""Talk to the shop in a terminal, through the whole inbound path and back."""

import datetime as dt
import json
import sys
import time
import zlib
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django_scopes import scope

from apps.conversations.actions import language_of
from apps.conversations.models import Conversation, InboundEvent, Message
from apps.gateway.loop import drain
from apps.gateway.transcripts.outside import Outside
from apps.gateway.transcripts.phones import PHONES, Phone, user_of
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.channel import channel_for
from apps.messaging.content import from_json

ANSWER_SECONDS = 30
LOOK_AGAIN = 0.1


class Command(BaseCommand):
    help = (
        "One message a line on stdin. The account it speaks on is the terminal's own; what is said stays in the shop."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--merchant", required=True)
        parser.add_argument("--channel", default="webchat", choices=sorted(PHONES))
        parser.add_argument("--customer", default="terminal")
        parser.add_argument("--json", action="store_true", help="print every outbound wire message as a JSON line")

    def handle(self, *args: Any, **options: Any) -> None:
        shop = Merchant.objects.filter(slug=options["merchant"]).first()
        if shop is None:
            raise CommandError(f"There is no merchant {options['merchant']!r}.")
        settings.PRIVATE_ADDRESSES = True  # the platforms are played on this machine
        outside = Outside()
        try:
            with scope(merchant=shop):
                self._talk(shop, outside, options)
        finally:
            outside.close()

    def _talk(self, shop: Merchant, outside: Outside, options: dict[str, Any]) -> None:
        kind = options["channel"]
        config = {**PHONES[kind].config, "api_base": outside.base_of(kind)} if kind != "webchat" else {}
        account, _ = ChannelAccount.objects.update_or_create(
            kind=kind, name=f"terminal-{shop.slug}-{kind}"[:60], defaults={"merchant": shop, "config": config}
        )
        language = shop.default_language
        phone = PHONES[kind](account, name_on(kind, options["customer"], language=language), language=language)
        heard = self._head(account, phone)
        for line in sys.stdin:
            if not line.strip():
                continue
            phone.says(line.strip())
            self._until_answered(account)
            heard = self._print(account, phone, heard, as_json=options["json"])

    def _until_answered(self, account: ChannelAccount) -> None:
        """A worker that runs beside us may have taken the line: then it is answered there."""
        deadline = time.monotonic() + ANSWER_SECONDS
        drain()
        while _waiting(account) and time.monotonic() < deadline:
            time.sleep(LOOK_AGAIN)
            drain()

    def _conversation(self, account: ChannelAccount, phone: Phone) -> Conversation | None:
        mine = Conversation.objects.filter(
            channel_account=account, identity__external_id__in=(phone.user, phone.user.lstrip("+"))
        )
        found: Conversation | None = mine.select_related("identity__customer", "channel_account", "merchant").first()
        return found

    def _head(self, account: ChannelAccount, phone: Phone) -> int:
        conversation = self._conversation(account, phone)
        phone.skip(Message.objects.filter(conversation=conversation).count() if conversation else 0)
        return conversation.last_seq if conversation else 0

    def _print(self, account: ChannelAccount, phone: Phone, heard: int, *, as_json: bool) -> int:
        conversation = self._conversation(account, phone)
        if conversation is None:
            return heard
        for message in Message.objects.filter(conversation=conversation, seq__gt=heard).order_by("seq"):
            heard = message.seq
            if message.author == Message.Author.SHOPPER:
                continue
            if not as_json:
                self.stdout.write(message.text + "\n")
                continue
            content = from_json(message.content)
            for wire in channel_for(account.kind).render(content, language=language_of(conversation)):
                self.stdout.write(json.dumps(asdict(wire), ensure_ascii=False))
        return heard


def _waiting(account: ChannelAccount) -> bool:
    soon = clock.now() + dt.timedelta(seconds=ANSWER_SECONDS)
    mine = InboundEvent.objects.filter(channel_account_id=account.pk, processed_at=None, dead_at=None)
    return bool(mine.filter(due_at__lte=soon).exists())


def name_on(kind: str, customer: str, *, language: str) -> str:
    """What the channel would call this customer: the same name is the same shopper."""
    if kind == "webchat":
        return f"terminal-{customer}"
    return user_of(kind, zlib.crc32(customer.encode()) % 10**5, language=language)
