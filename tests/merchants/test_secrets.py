"""A secret that is not there stays not there."""

from typing import Any

from django_scopes import scope

from apps.merchants import accounts
from apps.merchants.accounts import forget_accounts, web_chat_of
from apps.merchants.models import ChannelAccount, Merchant
from tests import factories


def test_a_missing_secret_is_not_the_word_none(merchant: Merchant) -> None:
    account = factories.channel_account(merchant, "telegram", secret_token=None, bot_token="")
    with scope(merchant=merchant):
        config = ChannelAccount.objects.get(pk=account.pk).config
    assert ("secret_token" in config, "bot_token" in config) == (False, False)


def test_a_guessed_web_chat_is_not_kept_in_memory_and_a_known_one_is(
    merchant: Merchant, django_assert_num_queries: Any
) -> None:
    forget_accounts()
    account = factories.channel_account(merchant, "webchat", api_key=None)
    for guess in ("guess-1", "guess-2"):
        assert web_chat_of(guess) is None
    assert accounts._kept == {}
    found = web_chat_of(merchant.slug)
    assert found is not None
    assert (found, found.merchant, "api_key" in found.config) == (account, merchant, False)
    with django_assert_num_queries(0):
        assert web_chat_of(merchant.slug) is found
    account.is_active = False
    with scope(merchant=merchant):
        account.save()
    assert web_chat_of(merchant.slug) is None
