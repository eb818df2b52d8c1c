"""The addresses of an entry: our own page, and what opens each of the shop's channels with its word in the first message.

Works over whatever channels there are; what a channel can do is its own `deep_link`'s to say.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.conf import settings

from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.channel import all_channels
from apps.messaging.codes import codes_for

from .models import Source

# What a phone opens an app with; anything else an adapter might say is no address we send people to.
OPENS = re.compile(r"(https|sms|smsto|tel|viber|line|weixin|mqq|mqqwpa|rcs):\S")


@dataclass(frozen=True, slots=True)
class Way:
    """One channel of the shop. `url` opens it with the word; "" where the channel cannot carry one along. `code` is what a
    code to scan says: the same, or what the platform made for it, "" where it was not asked for yet."""

    kind: str
    label: str
    url: str
    account: ChannelAccount
    code: str = ""

    @property
    def is_to_be_made(self) -> bool:
        """The platform has to be asked for a code before anybody can scan one."""
        return not self.code and all_channels()[self.kind].makes_codes

    @property
    def is_web(self) -> bool:
        """Opens on any device, with nothing installed."""
        return self.kind == "webchat"


def ways_of(merchant: Merchant, word: str, *, language: str = "") -> list[Way]:
    """Every channel of the shop, the messengers first, each with its address for this word. Call in the shop's scope."""
    accounts = ChannelAccount.objects.filter(is_active=True).order_by("kind", "pk")
    known = [account for account in _in_order(accounts) if account.kind in all_channels()]
    made = codes_for(word) if any(all_channels()[account.kind].makes_codes for account in known) else {}
    return [_way(account, merchant, word, language, made.get(account.pk, "")) for account in known]


def open_ways(merchant: Merchant, word: str, *, language: str = "") -> list[Way]:
    """Those that can carry the word by an address."""
    return [way for way in ways_of(merchant, word, language=language) if way.url]


def scanned_ways(merchant: Merchant, word: str, *, language: str = "") -> list[Way]:
    """Those that can carry the word, by an address or by a code alone."""
    return [way for way in ways_of(merchant, word, language=language) if way.code]


def go_url(token: str, *, source: str = Source.LINK, on: str = "") -> str:
    """The shop's own address of an entry: for print and for whoever takes nothing but a web address."""
    asked = {**({"from": str(source)} if source != Source.LINK else {}), **({"on": on} if on else {})}
    query = f"?{urlencode(asked)}" if asked else ""
    return f"{settings.PUBLIC_URL}/go/{quote(token)}{query}"


def _in_order(accounts: Iterable[ChannelAccount]) -> list[ChannelAccount]:
    return sorted(accounts, key=lambda account: account.kind == "webchat")


def _way(account: ChannelAccount, merchant: Merchant, word: str, language: str, made: str) -> Way:
    channel = all_channels()[account.kind]
    if account.kind == "webchat":
        spoken = f"&lang={quote(language)}" if language else ""
        url = f"{settings.PUBLIC_URL}/chat/{merchant.slug}/?entry={quote(word)}{spoken}"
    else:
        url = channel.deep_link(word, account.config)
    opens = url if OPENS.match(url) or account.kind == "webchat" else ""
    return Way(account.kind, str(channel.label), opens, account, code=opens or made)
