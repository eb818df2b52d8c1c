"""What `manage.py check --database default` and the start of a worker say about channel accounts that cannot work."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError, transaction
from django_scopes import scopes_disabled

from apps.merchants.models import ChannelAccount
from apps.messaging.channel import all_channels

from .models import AccountTrouble


@register(Tags.database)
def channel_accounts(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Active accounts with a setting missing, of a kind nobody knows, or whose key is refused; no platform is asked."""
    if "default" not in (databases or ()):
        return []
    try:
        with transaction.atomic(), scopes_disabled():
            accounts = ChannelAccount.objects.filter(is_active=True, merchant__is_active=True).order_by("pk")
            refused = dict(AccountTrouble.objects.values_list("channel_account_id", "detail"))
            return [message for account in accounts for message in _messages(account, refused)]
    except DatabaseError:  # the tables are about to be made
        return []


def _messages(account: ChannelAccount, refused: dict[int, str]) -> list[CheckMessage]:
    channel = all_channels().get(account.kind)
    if channel is None:
        return [Warning(f"Channel account {account}: no adapter is called {account.kind!r}.", id="conversations.W001")]
    found: list[CheckMessage] = []
    if missing := channel.missing(account.config):
        signing = [key for key in missing if key in channel.signing_config]
        told = f"Channel account {account} lacks {', '.join(missing)}."
        hint = "Its webhooks are answered 503 until then." if signing else "Fill it in at Channels in the admin."
        found.append(Warning(told, hint=hint, id="conversations.W002"))
    if account.pk in refused:
        told = f"Channel account {account}: the platform refuses our access data: {refused[account.pk]}"
        found.append(Warning(told, hint="Renew them at Channels in the admin.", id="conversations.W003"))
    return found
