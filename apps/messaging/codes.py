"""Codes to scan that a platform makes itself: had from it once for each account and word, and kept."""

from collections.abc import Iterable

from apps.merchants.models import ChannelAccount

from .channel import channel_for
from .models import MadeCode


def codes_for(word: str) -> dict[int, str]:
    """What there is for this word, by the accounts' ids. Call in the shop's scope; no platform is asked."""
    return dict(MadeCode.objects.filter(word=word).values_list("channel_account_id", "address"))


def make_codes(account: ChannelAccount, words: Iterable[str]) -> None:
    """Ask the platform for those there are none of yet, without a lock; one asked for twice in the same moment says the
    same there, and is kept once. Raises `SendFailed`; what was had until then stays."""
    for word in words:
        if not MadeCode.objects.filter(channel_account=account, word=word).exists():
            address = channel_for(account.kind).make_code(word, account.config)
            MadeCode.objects.get_or_create(
                channel_account=account, word=word, defaults={"merchant_id": account.merchant_id, "address": address}
            )
