"""A channel that stops working is told to who runs the shop: once, in the shop's language, and again when it comes back."""

import datetime as dt
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django_scopes import scope

from apps.conversations.models import AccountHealth, AccountTrouble, InboundEvent
from apps.merchants import clock
from apps.merchants.models import ChannelAccount, Merchant
from apps.notifications.account_troubles import tell_troubles
from tests import factories

LATER = dt.timedelta(hours=2)


@pytest.fixture
def account(merchant: Merchant) -> ChannelAccount:
    account = factories.channel_account(merchant, "whatsapp", name="main")
    InboundEvent.objects.create(
        channel_account_id=account.pk, event_key="1", thread_key="1", payload={"kind": "message"}
    )
    return account


@pytest.fixture
def people(merchant: Merchant, other_merchant: Merchant) -> None:
    factories.staff(merchant, "manager", email="manager@shop.example")
    factories.staff(merchant, "admin", email="owner@shop.example")
    factories.staff(merchant, "associate", email="associate@shop.example")
    factories.staff(other_merchant, "admin", email="stranger@other.example")


def refuse(account: ChannelAccount) -> None:
    AccountTrouble.objects.create(
        merchant=account.merchant, channel_account=account, detail="Token expired", since=clock.now()
    )


def tell(merchant: Merchant) -> int:
    with scope(merchant=merchant), clock.at(clock.now() + LATER):
        return tell_troubles()


@pytest.mark.usefixtures("people")
def test_who_runs_the_shop_is_told_once(account: ChannelAccount, merchant: Merchant, mailoutbox: list[Any]) -> None:
    with scope(merchant=merchant):
        refuse(account)
    assert [tell(merchant), tell(merchant)] == [2, 0]
    assert [mail.to for mail in mailoutbox] == [["manager@shop.example"], ["owner@shop.example"]]
    mail = mailoutbox[0]
    assert mail.subject == "Demo Shop: WhatsApp (Demo Shop on whatsapp) needs you"
    assert "It says: Token expired" in mail.body
    assert f"/admin/merchants/channelaccount/{account.pk}/change/" in mail.body


@pytest.mark.usefixtures("people")
def test_one_that_comes_back_is_told_again(account: ChannelAccount, merchant: Merchant, mailoutbox: list[Any]) -> None:
    with scope(merchant=merchant):
        refuse(account)
    tell(merchant)
    with scope(merchant=merchant):
        AccountTrouble.objects.all().delete()
    assert tell(merchant) == 0
    with scope(merchant=merchant):
        assert AccountHealth.objects.get().told == []
        refuse(account)
    assert tell(merchant) == 2


@pytest.mark.usefixtures("people")
def test_the_shops_language_is_spoken(account: ChannelAccount, merchant: Merchant, mailoutbox: list[Any]) -> None:
    merchant.languages = ["de", "en"]
    merchant.save()
    with scope(merchant=merchant):
        refuse(account)
    tell(merchant)
    assert mailoutbox[0].subject == "Demo Shop: WhatsApp (Demo Shop on whatsapp) braucht Sie"


@pytest.mark.usefixtures("people")
def test_no_secret_stands_in_a_mail(account: ChannelAccount, merchant: Merchant, mailoutbox: list[Any]) -> None:
    secrets = [account.config[key] for key in ("app_secret", "access_token", "verify_token")]
    account.config.pop("phone_number_id")
    account.save()
    assert tell(merchant) == 2
    said = mailoutbox[0].subject + mailoutbox[0].body
    assert not [secret for secret in secrets if secret in said]


@pytest.mark.usefixtures("people")
def test_a_new_account_may_be_set_up_in_peace(
    account: ChannelAccount, merchant: Merchant, mailoutbox: list[Any]
) -> None:
    with scope(merchant=merchant):
        refuse(account)
        assert tell_troubles() == 0
    assert mailoutbox == []


@pytest.mark.usefixtures("people")
def test_a_mail_server_that_is_away_is_tried_again(
    account: ChannelAccount, merchant: Merchant, settings: Any, mailoutbox: list[Any]
) -> None:
    with scope(merchant=merchant):
        refuse(account)
    settings.EMAIL_BACKEND, kept = "django.core.mail.backends.smtp.EmailBackend", settings.EMAIL_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert tell(merchant) == 0
    settings.EMAIL_BACKEND = kept
    assert tell(merchant) == 2


@pytest.mark.usefixtures("people")
def test_one_address_that_is_refused_does_not_have_the_others_told_for_ever(
    account: ChannelAccount, merchant: Merchant, monkeypatch: Any, mailoutbox: list[Any]
) -> None:
    with scope(merchant=merchant):
        refuse(account)
    send = mail.EmailMessage.send

    def picky(self: Any, fail_silently: bool = False) -> Any:
        if self.to == ["owner@shop.example"]:
            raise SMTPRecipientsRefused({"owner@shop.example": (550, b"no")})
        return send(self, fail_silently)

    monkeypatch.setattr(mail.EmailMessage, "send", picky)
    assert [tell(merchant), tell(merchant)] == [1, 0]
    assert [message.to for message in mailoutbox] == [["manager@shop.example"]]


def test_without_anybody_to_tell_the_desk_still_knows(account: ChannelAccount, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        refuse(account)
    assert tell(merchant) == 0
