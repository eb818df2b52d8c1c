"""Channel accounts as the doors and workers see them: from memory, at most half a minute old."""

import time
from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django_scopes import scopes_disabled

from .models import ChannelAccount, Merchant

MAX_AGE = 30.0  # seconds

_kept: dict[Any, tuple[float, ChannelAccount | None]] = {}


def account_by_id(account_id: int) -> ChannelAccount | None:
    """The account with its merchant and decrypted settings, active or not; None when it was deleted."""
    return _look_up(account_id, pk=account_id)


def account_at(kind: str, name: str) -> ChannelAccount | None:
    """The active account whose webhooks come to `/webhooks/<kind>/<name>/`; None when there is none."""
    return _look_up((kind, name), kind=kind, name=name, is_active=True, merchant__is_active=True)


def web_chat_of(slug: str) -> ChannelAccount | None:
    """The merchant's first active web chat account; None when there is none."""
    return _look_up(
        ("web chat of", slug), kind="webchat", merchant__slug=slug, is_active=True, merchant__is_active=True
    )


def remembered(kind: str, name: str) -> tuple[bool, ChannelAccount | None]:
    """What memory says of an address, without a query: (is known, account)."""
    found = _kept.get((kind, name))
    if found is None or time.monotonic() - found[0] > MAX_AGE:
        return False, None
    return True, found[1]


def _look_up(key: Any, **filters: Any) -> ChannelAccount | None:
    found = _kept.get(key)
    if found is not None and time.monotonic() - found[0] <= MAX_AGE:
        return found[1]
    with scopes_disabled():
        account = ChannelAccount.objects.select_related("merchant").filter(**filters).order_by("pk").first()
    if account is not None:
        # The encrypted column gives None back as a word, and a word would be a secret that everybody knows.
        account.config = {name: value for name, value in account.config.items() if value not in (None, "None")}
        _kept[key] = (time.monotonic(), account)  # an unknown address is not kept: guesses must not fill the memory
    return account


@receiver([post_save, post_delete], sender=ChannelAccount)
@receiver([post_save, post_delete], sender=Merchant)
def forget(**kwargs: Any) -> None:
    """What was changed in this process is seen at once."""
    forget_accounts()


def forget_accounts() -> None:
    """Ask the database again from now on: an account was changed elsewhere and cannot wait for half a minute."""
    _kept.clear()
