"""Bills in the thread: shown only where the platform lets them be, and summing up to the last unit."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.messaging.channel import Recipient, WireMessage, all_channels, channel_for
from apps.messaging.content import Bill, BillLine, Choice, Pay, from_json, to_json
from apps.messaging.telegram_money import CURRENCIES, amount_of, smallest_units
from tests.judges.platforms import Unavailable, specs_folder
from tests.judges.telegram import BotApi

TELEGRAM = {"bot_token": "1:x", "secret_token": "s", "provider_token": "1:TEST:y"}
WHO = Recipient("427770117")
BILL = Bill(
    reference="r" * 22,
    title="Order K7QM-2XPD",
    currency="EUR",
    total="43.90",
    lines=(
        BillLine("Glass mug", "38.00", 2),
        BillLine("Delivery", "4.90", role="delivery"),
        BillLine("Tax", "3.00", role="tax"),
        BillLine("Discount", "2.00", role="discount"),
    ),
    country="DE",
    is_goods=True,
    page_label="To the payment page",
)


def pay(bill: Bill | None = BILL, **more: Any) -> Pay:
    return Pay(text="Here it is.", url="https://shop.example/pay/abc/", label="Pay €43.90", amount="€43.90", bill=bill, **more)  # fmt: skip


def wire(kind: str, content: Pay, config: dict[str, Any], to: Recipient = WHO) -> tuple[WireMessage, WireMessage]:
    """What goes out, and what would go out instead."""
    (found,) = channel_for(kind).render(content, language="en")
    assert found.instead is not None
    channel = channel_for(kind)
    return channel.address(found, to, config), channel.address(found.instead, to, config)


def test_a_bill_survives_its_message() -> None:
    assert from_json(to_json(pay())) == pay()
    assert "bill" not in to_json(pay(None))


@pytest.mark.parametrize("kind", sorted(set(all_channels()) - {"telegram", "whatsapp"}))
def test_other_channels_take_none(kind: str) -> None:
    assert channel_for(kind).takes_bill(BILL, TELEGRAM, WHO) is False


def test_an_invoice_is_all_that_telegram_wants() -> None:
    sent, instead = wire("telegram", pay(choices=(Choice("Visa •••• 4242", token="c:1"),)), TELEGRAM)
    keyboard = [
        [{"text": "Pay €43.90", "pay": True}],
        [{"text": "To the payment page", "url": "https://shop.example/pay/abc/"}],
        [{"text": "Visa •••• 4242", "callback_data": "c:1"}],
    ]
    assert (sent.path, sent.body) == (
        "sendInvoice",
        {
            "chat_id": 427770117,
            "title": "Order K7QM-2XPD",
            "description": "Here it is.",
            "payload": "r" * 22,
            "provider_token": "1:TEST:y",
            "currency": "EUR",
            "prices": [
                {"label": "2 × Glass mug", "amount": 3800},
                {"label": "Delivery", "amount": 490},
                {"label": "Tax", "amount": 300},
                {"label": "Discount", "amount": -200},
            ],
            "start_parameter": "pay",
            "reply_markup": {"inline_keyboard": keyboard},
        },
    )
    assert (instead.path, instead.body["reply_markup"]["inline_keyboard"][0]) == (
        "sendMessage",
        [{"text": "Pay €43.90", "url": "https://shop.example/pay/abc/"}],
    )
    assert "provider_token" not in instead.body


def test_telegrams_own_description_takes_an_invoice() -> None:
    try:
        judge = BotApi(specs_folder() / "telegram-api.json")
    except Unavailable as reason:
        pytest.skip(f"NOT CHECKED: {reason}")
    long = replace(BILL, title="Bestellung " + "x" * 90, lines=tuple(BillLine(f"Row {n}", "1.00") for n in range(30)))
    for content in (pay(), replace(pay(long), text="word " * 400)):
        sent, _ = wire("telegram", content, TELEGRAM)
        assert judge.complaints(sent.path, sent.body) == []
        assert 1 <= len(sent.body["title"]) <= 32 and 1 <= len(sent.body["description"]) <= 255
        assert len(sent.body["payload"].encode()) <= 128
    assert judge.complaints("sendInvoice", {**sent.body, "prices": [{"label": "x"}]}) != []


@pytest.mark.parametrize(
    ("change", "config", "takes"),
    [
        ({}, {}, True),
        ({}, {"provider_token": ""}, False),
        ({"is_goods": False}, {}, False),  # what is handed over in the chat costs Stars
        ({"is_reserved": True}, {}, False),
        ({"total": "0.81"}, {}, False),
        ({"total": "0.82"}, {}, True),
        ({"total": "8278.05"}, {}, True),
        ({"total": "8278.06"}, {}, False),
        ({"currency": "JPY", "total": "4390"}, {}, True),
        ({"currency": "JPY", "total": "43.90"}, {}, False),  # no such amount
        ({"currency": "KWD", "total": "43.900"}, {}, False),  # not one of Telegram's
        ({"currency": "XTR", "total": "100"}, {}, False),
    ],
)
def test_which_bills_telegram_takes(change: dict[str, Any], config: dict[str, Any], takes: bool) -> None:
    bill = replace(BILL, **change)
    assert channel_for("telegram").takes_bill(bill, {**TELEGRAM, **config}, WHO) is takes


@given(st.data())
def test_an_invoices_rows_make_its_total(data: st.DataObject) -> None:
    currency = data.draw(st.sampled_from(sorted(CURRENCIES)))
    units = data.draw(st.lists(st.integers(1, 10**9), min_size=1, max_size=8))
    off = data.draw(st.integers(0, sum(units) - 1))
    rows = [BillLine(f"row {n}", str(amount_of(unit, currency))) for n, unit in enumerate(units)]
    rows.append(BillLine("off", str(amount_of(off, currency)), role="discount"))
    total = amount_of(sum(units) - off, currency)
    sent, _ = wire("telegram", pay(replace(BILL, currency=currency, total=str(total), lines=tuple(rows))), TELEGRAM)
    assert sum(price["amount"] for price in sent.body["prices"]) == smallest_units(Decimal(str(total)), currency)
