"""Connecting an account, and the wordings approved for it."""

import json
import re
from dataclasses import fields
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django_scopes import scope

from apps.merchants.models import ChannelAccount, Merchant
from apps.messaging.channel import Recipient, all_channels, channel_for
from apps.messaging.content import OrderUpdate, Text
from apps.messaging.management.commands.describe_channels import page
from apps.messaging.models import Template
from apps.messaging.templates import NoTemplate, render_outside_window

from .examples import ACCOUNTS
from .kinds import KINDS

DOCS = Path(__file__).resolve().parents[2] / "docs"


def connect(kind: str, account: str, config: Any, merchant: str = "demo") -> str:
    out = StringIO()
    given = config if isinstance(config, str) else json.dumps(config)
    call_command("connect_channel", kind, account, merchant=merchant, config=given, stdout=out)
    return out.getvalue()


def stored(merchant: Merchant, kind: str) -> dict[str, Any]:
    with scope(merchant=merchant):
        return ChannelAccount.objects.get(kind=kind).config


def test_an_account_is_created_and_its_webhook_told(merchant: Merchant) -> None:
    told = connect("telegram", "main", ACCOUNTS["telegram"])
    assert told.splitlines()[0] == "Telegram account 'main' of Demo Shop created."
    assert told.splitlines()[1].endswith("/webhooks/telegram/main/")
    assert stored(merchant, "telegram") == ACCOUNTS["telegram"]


def test_connecting_again_changes_only_what_is_given(merchant: Merchant) -> None:
    connect("telegram", "main", ACCOUNTS["telegram"])
    assert connect("telegram", "main", {"username": "new_bot"}).startswith(
        "Telegram account 'main' of Demo Shop updated"
    )
    assert stored(merchant, "telegram") == {**ACCOUNTS["telegram"], "username": "new_bot"}


def test_settings_may_come_from_a_file(merchant: Merchant, tmp_path: Path) -> None:
    path = tmp_path / "whatsapp.json"
    path.write_text(json.dumps(ACCOUNTS["whatsapp"]))
    connect("whatsapp", "main", f"@{path}")
    assert stored(merchant, "whatsapp") == ACCOUNTS["whatsapp"]


def test_sms_is_told_where_to_report_delivery(merchant: Merchant) -> None:
    config = {key: value for key, value in ACCOUNTS["sms"].items() if key != "status_callback"}
    connect("sms", "main", config)
    assert stored(merchant, "sms")["status_callback"].endswith("/webhooks/sms/main/")


def test_secrets_are_not_readable_in_the_table(merchant: Merchant) -> None:
    connect("telegram", "main", ACCOUNTS["telegram"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT config::text FROM merchants_channelaccount WHERE kind = 'telegram'")
        (raw,) = cursor.fetchone()
    assert "telegram-bot-token" not in raw
    assert "telegram-secret-token" not in raw


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"bot_token": "1:x"}, "Telegram also needs:\n  secret_token: Your own word"),
        ({**ACCOUNTS["telegram"], "token": "x"}, "Telegram knows no token."),
        ("not json", "--config is not readable as JSON"),
        ("[]", "--config must be a JSON object"),
        ({**ACCOUNTS["telegram"], "bot_token": 7}, "--config must be a JSON object"),
        ("@/no/such/file", "--config is not readable as JSON"),
    ],
)
def test_what_is_wrong_is_said(merchant: Merchant, config: Any, sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        connect("telegram", "main", config)
    assert str(caught.value).startswith(sentence)
    with scope(merchant=merchant):
        assert ChannelAccount.objects.filter(kind="telegram").count() == 0


def test_a_name_belongs_to_one_merchant(merchant: Merchant) -> None:
    Merchant.objects.create(slug="other", name="Other")
    connect("telegram", "main", ACCOUNTS["telegram"])
    with pytest.raises(CommandError, match="is taken on telegram"):
        connect("telegram", "main", {**ACCOUNTS["telegram"], "username": "evil"}, merchant="other")
    assert stored(merchant, "telegram") == ACCOUNTS["telegram"]


def test_a_strange_name_or_merchant_is_refused(merchant: Merchant) -> None:
    with pytest.raises(CommandError, match="cannot be part of an address"):
        connect("telegram", "../x", ACCOUNTS["telegram"])
    with pytest.raises(CommandError, match="no merchant"):
        connect("telegram", "main", ACCOUNTS["telegram"], merchant="nobody")


@pytest.fixture
def whatsapp(merchant: Merchant) -> ChannelAccount:
    with scope(merchant=merchant):
        return ChannelAccount.objects.create(
            merchant=merchant, kind="whatsapp", name="main", config=ACCOUNTS["whatsapp"]
        )


SHIPPED = OrderUpdate(text="…", template="order_shipped", variables=("K7QM-2XPD", "DHL\n\tExpress", ""))


def template(account: ChannelAccount, language: str, state: str = "approved") -> Template:
    return Template.objects.create(
        merchant=account.merchant,
        channel_account=account,
        purpose="order_shipped",
        language=language,
        name="order_shipped",
        body="Order {{1}} was sent with {{2}}. {{3}} is its number.",
        state=state,
    )


def test_after_the_window_an_approved_template_stands_in(whatsapp: ChannelAccount) -> None:
    with scope(merchant=whatsapp.merchant):
        template(whatsapp, "en")
        template(whatsapp, "zh-hans")
        (wire,) = render_outside_window(whatsapp, SHIPPED, language="zh-hans")
    call = channel_for("whatsapp").address(wire, Recipient("16505551234"), ACCOUNTS["whatsapp"])
    values = ["K7QM-2XPD", "DHL Express", "–"]
    assert call.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "16505551234",
        "type": "template",
        "template": {
            "name": "order_shipped",
            "language": {"code": "zh_CN"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": value} for value in values]}],
        },
    }
    assert wire.text == "Order K7QM-2XPD was sent with DHL\n\tExpress.  is its number."


def test_without_an_approved_template_nothing_is_sent(whatsapp: ChannelAccount) -> None:
    with scope(merchant=whatsapp.merchant):
        template(whatsapp, "en", state="paused")
        with pytest.raises(NoTemplate):
            render_outside_window(whatsapp, SHIPPED, language="en")
        with pytest.raises(NoTemplate):
            render_outside_window(whatsapp, Text(text="hi"), language="en")


def test_a_template_in_the_shops_language_is_better_than_silence(whatsapp: ChannelAccount) -> None:
    with scope(merchant=whatsapp.merchant):
        template(whatsapp, "de")
        (wire,) = render_outside_window(whatsapp, SHIPPED, language="es")
    assert wire.body["template"]["language"] == {"code": "de"}


def test_the_shop_has_its_own_channels_and_none_that_only_the_tests_have() -> None:
    assert set(all_channels()) == {*KINDS, "webchat"}


@pytest.mark.parametrize("kind", sorted(all_channels()))
def test_every_figure_a_channel_is_held_to_stands_on_the_page_with_its_source(kind: str) -> None:
    channel = channel_for(kind)
    can = channel.capability
    told = " ".join(f"{limit.what} {limit.figure}" for limit in channel.limits).replace(",", "")
    figures = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", told)}
    days = {can.person_hours: (can.person_hours or 0) / 24}
    named = {field.name: getattr(can, field.name) for field in fields(can) if getattr(can, field.name) != field.default}
    numbers = {name: value for name, value in named.items() if type(value) in (int, float) and value}
    assert {name: value for name, value in numbers.items() if days.get(value, value) not in figures} == {
        name: 1 for name in ("link_buttons", "least_slides") if numbers.get(name) == 1 and 1.0 not in figures
    }
    assert [limit.what for limit in channel.limits if not limit.source] == []
    assert can.source


def test_the_page_about_channels_is_as_the_code() -> None:
    assert (DOCS / "channels.md").read_text() == page()


def test_the_catalogues_translate_every_message() -> None:
    locale = Path(__file__).resolve().parents[2] / "apps" / "messaging" / "locale"
    for path in sorted(locale.glob("*/LC_MESSAGES/django.po")):
        entries = path.read_text().split("\n\n")[1:]
        assert [entry for entry in entries if 'msgstr ""' in entry] == []
    assert len(list(locale.glob("*/LC_MESSAGES/django.po"))) == 3
