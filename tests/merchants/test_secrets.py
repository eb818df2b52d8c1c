"""A secret that is not there stays not there."""

from django_scopes import scope

from apps.merchants.models import ChannelAccount, Merchant
from tests import factories


def test_a_missing_secret_is_not_the_word_none(merchant: Merchant) -> None:
    account = factories.channel_account(merchant, "telegram", secret_token=None, bot_token="")
    with scope(merchant=merchant):
        config = ChannelAccount.objects.get(pk=account.pk).config
    assert ("secret_token" in config, "bot_token" in config) == (False, False)
