"""Connecting a platform, a carrier, a payment provider: what it needs is asked for, secrets never come back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.merchants.models import ChannelAccount, Merchant
from apps.orders.models import CarrierAccount
from apps.payments.models import PaymentAccount
from tests import factories

from .test_admin import page

CHANNEL, PAYMENT = "merchants.channelaccount", "payments.paymentaccount"
TELEGRAM = {"setting_bot_token": "1:abc", "setting_secret_token": "s3cret", "setting_username": "shop_bot"}


def connect(desk: Client, label: str, kind: str, **typed: Any) -> Any:
    return desk.post(f"{page(label, 'add')}?kind={kind}", {"name": "main", "is_active": "on", **typed})


def errors_of(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return {name: [str(each) for each in said] for name, said in answer.context["adminform"].form.errors.items()}


def test_the_kind_is_asked_first(desk: Client) -> None:
    for asked in (page(CHANNEL, "add"), f"{page(CHANNEL, 'add')}?kind=pigeon"):
        shown = desk.get(asked).content.decode()
        assert all(f"?kind={kind}" in shown for kind in ("whatsapp", "telegram", "sms", "webchat"))


def test_a_channel_is_connected_with_a_field_for_each_setting(desk: Client, merchant: Merchant, settings: Any) -> None:
    settings.PUBLIC_URL = "https://shop.example"
    assert connect(desk, CHANNEL, "telegram", title="Our bot", **TELEGRAM).status_code == 302
    with scope(merchant=merchant):
        made = ChannelAccount.objects.get(kind="telegram", name="main")
    assert made.config == {"bot_token": "1:abc", "secret_token": "s3cret", "username": "shop_bot"}
    shown = desk.get(page(CHANNEL, "change", made.pk)).content.decode()
    assert "https://shop.example/webhooks/telegram/main/" in shown
    assert "shop_bot" in shown
    assert not any(secret in shown for secret in ("1:abc", "s3cret"))


def test_what_the_shop_knows_itself_is_filled_in(desk: Client, merchant: Merchant, settings: Any) -> None:
    settings.PUBLIC_URL = "https://shop.example"
    sid = {"setting_account_sid": "AC1", "setting_auth_token": "t", "setting_from_number": "+49170"}
    assert connect(desk, CHANNEL, "sms", **sid).status_code == 302
    with scope(merchant=merchant):
        config = ChannelAccount.objects.get(kind="sms", name="main").config
    assert config["status_callback"] == "https://shop.example/webhooks/sms/main/"


def test_one_secret_is_changed_and_the_others_stay(desk: Client, merchant: Merchant) -> None:
    connect(desk, CHANNEL, "telegram", **TELEGRAM)
    with scope(merchant=merchant):
        made = ChannelAccount.objects.get(kind="telegram", name="main")
    typed = {"title": "Bot", "setting_bot_token": "2:new", "setting_secret_token": "", "setting_username": ""}
    assert desk.post(page(CHANNEL, "change", made.pk), typed).status_code == 302
    made.refresh_from_db()
    assert made.config == {"bot_token": "2:new", "secret_token": "s3cret"}
    assert (made.title, made.is_active) == ("Bot", False)


def test_no_kept_secret_goes_to_another_address(desk: Client, merchant: Merchant) -> None:
    connect(desk, CHANNEL, "telegram", **TELEGRAM)
    with scope(merchant=merchant):
        made = ChannelAccount.objects.get(kind="telegram", name="main")
    moved = {"setting_username": "shop_bot", "setting_api_base": "https://evil.example", "is_active": "on"}
    answer = desk.post(page(CHANNEL, "change", made.pk), moved)
    assert sorted(errors_of(answer)) == ["setting_bot_token", "setting_secret_token"]
    made.refresh_from_db()
    assert "api_base" not in made.config
    written = {**moved, "setting_bot_token": "3:own", "setting_secret_token": "own"}
    assert desk.post(page(CHANNEL, "change", made.pk), written).status_code == 302


def test_a_missing_secret_is_asked_for_at_its_field(desk: Client, merchant: Merchant) -> None:
    answer = connect(desk, CHANNEL, "telegram", setting_bot_token="1:abc")
    assert list(errors_of(answer)) == ["setting_secret_token"]
    with scope(merchant=merchant):
        assert not ChannelAccount.objects.filter(kind="telegram").exists()


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_a_name_is_taken_once_in_the_whole_installation(
    desk: Client, merchant: Merchant, other_merchant: Merchant, whose: str
) -> None:
    factories.channel_account(merchant if whose == "ours" else other_merchant, "telegram", name="main")
    answer = connect(desk, CHANNEL, "telegram", **TELEGRAM)
    assert errors_of(answer) == {"name": ["This name is taken. Choose another; shoppers never see it."]}


def test_signs_no_database_keeps_are_refused(desk: Client) -> None:
    answer = connect(desk, CHANNEL, "telegram", **{**TELEGRAM, "setting_username": "a\x00b"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "http://169.254.169.254/",
            "This lies inside your own network. Whoever runs this installation can allow that.",
        ),
        ("http://localhost:8000", "This lies inside your own network. Whoever runs this installation can allow that."),
        ("ftp://example.org", "This is an address of the web, such as https://api.example."),
    ],
)
def test_no_account_is_pointed_inside(desk: Client, settings: Any, address: str, said: str) -> None:
    settings.PRIVATE_ADDRESSES = False
    answer = connect(desk, CHANNEL, "telegram", **TELEGRAM, setting_api_base=address)
    assert errors_of(answer) == {"setting_api_base": [said]}


def test_a_carrier_is_connected(desk: Client, merchant: Merchant) -> None:
    assert connect(desk, "orders.carrieraccount", "easypost", setting_webhook_secret="very secret").status_code == 302
    with scope(merchant=merchant):
        made = CarrierAccount.objects.get()
    assert made.config == {"webhook_secret": "very secret"}
    shown = desk.get(page("orders.carrieraccount", "change", made.pk)).content.decode()
    assert ("/carriers/easypost/main/webhook/" in shown, "very secret" in shown) == (True, False)


def test_shippos_address_ends_in_a_token_of_the_shops_own(desk: Client, merchant: Merchant) -> None:
    typed = {"setting_webhook_token": "zauberwort-7", "setting_api_token": "shippo_test_1", "setting_box": "40x30x20"}
    assert connect(desk, "orders.carrieraccount", "shippo").status_code == 200  # the token is needed
    assert connect(desk, "orders.carrieraccount", "shippo", **typed).status_code == 302
    with scope(merchant=merchant):
        made = CarrierAccount.objects.get()
    assert made.config == {"webhook_token": "zauberwort-7", "api_token": "shippo_test_1", "box": "40x30x20"}
    shown = desk.get(page("orders.carrieraccount", "change", made.pk)).content.decode()
    assert ("/carriers/shippo/main/webhook/?token=…" in shown, "40x30x20" in shown) == (True, True)
    assert not any(secret in shown for secret in ("zauberwort-7", "shippo_test_1"))


def test_money_goes_where_the_owner_says(desk: Client, merchant: Merchant) -> None:
    typed = {"setting_api_key": "sk_test_1", "setting_webhook_secret": "whsec_1"}
    assert connect(desk, PAYMENT, "stripe", **typed).status_code == 403  # a manager
    owner = Client()
    owner.force_login(factories.staff(merchant, "admin"), backend="django.contrib.auth.backends.ModelBackend")
    assert connect(owner, PAYMENT, "stripe", **typed).status_code == 302
    with scope(merchant=merchant):
        made = PaymentAccount.objects.get(name="main")
    assert (made.provider, made.config) == (
        "stripe",
        {"api_key": "sk_test_1", "webhook_secret": "whsec_1"},
    )
    shown = owner.get(page(PAYMENT, "change", made.pk)).content.decode()
    assert "/payments/stripe/main/webhook/" in shown
    assert not any(secret in shown for secret in ("sk_test_1", "whsec_1"))
    assert owner.post(reverse("admin:payments_paymentaccount_delete", args=[made.pk])).status_code == 403
