"""Bills in the thread: shown only where the platform lets them be, and summing up to the last unit."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.messaging.channel import Recipient, WireMessage, all_channels, channel_for
from apps.messaging.content import Bill, BillLine, Choice, Content, OrderUpdate, Pay, from_json, to_json
from apps.messaging.platforms.telegram.money import CURRENCIES, amount_of, smallest_units
from tests.judges.platforms import Unavailable, judge, specs_folder
from tests.judges.telegram import BotApi

TELEGRAM = {"bot_token": "1:x", "secret_token": "s", "provider_token": "1:LIVE:y"}
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


def wire(kind: str, content: Content, config: dict[str, Any], to: Recipient = WHO) -> tuple[WireMessage, WireMessage]:
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
            "description": "Here it is. €43.90",
            "payload": "r" * 22,
            "provider_token": "1:LIVE:y",
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
        api = BotApi(specs_folder() / "telegram-api.json")
    except Unavailable as reason:
        pytest.skip(f"NOT CHECKED: {reason}")
    long = replace(BILL, title="Bestellung " + "x" * 90, lines=tuple(BillLine(f"Row {n}", "1.00") for n in range(30)))
    for content in (pay(), replace(pay(long), text="word " * 400)):
        sent, _ = wire("telegram", content, TELEGRAM)
        assert api.complaints(sent.path, sent.body) == []
        assert 1 <= len(sent.body["title"]) <= 32
        assert 1 <= len(sent.body["description"]) <= 255
        assert len(sent.body["payload"].encode()) <= 128
    assert api.complaints("sendInvoice", {**sent.body, "prices": [{"label": "x"}]}) != []


@pytest.mark.parametrize(
    ("change", "config", "takes"),
    [
        ({}, {}, True),
        ({}, {"provider_token": ""}, False),
        ({}, {"provider_token": "1:TEST:y"}, False),  # a test card is no money
        ({}, {"provider_token": "1:TEST:y", "api_base": "http://127.0.0.1:1"}, True),
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
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_invoices_rows_make_its_total(data: st.DataObject) -> None:
    currency = data.draw(st.sampled_from(sorted(CURRENCIES)))
    units = data.draw(st.lists(st.integers(1, 10**9), min_size=1, max_size=8))
    off = data.draw(st.integers(0, sum(units) - 1))
    rows = [BillLine(f"row {n}", str(amount_of(unit, currency))) for n, unit in enumerate(units)]
    rows.append(BillLine("off", str(amount_of(off, currency)), role="discount"))
    total = amount_of(sum(units) - off, currency)
    sent, _ = wire("telegram", pay(replace(BILL, currency=currency, total=str(total), lines=tuple(rows))), TELEGRAM)
    assert sum(price["amount"] for price in sent.body["prices"]) == smallest_units(Decimal(str(total)), currency)


WHATSAPP = {"phone_number_id": "106540352242922", "number": "5511999990000", "bills": "yes"}
PAYER = Recipient("5521988887777", {"phone": "5521988887777"})
REAIS = replace(BILL, currency="BRL", country="BR")


def test_a_bill_is_all_that_whatsapp_wants() -> None:
    sent, instead = wire("whatsapp", pay(REAIS, choices=(Choice("Visa •••• 4242", token="c:1"),)), WHATSAPP, PAYER)
    cents = {"offset": 100}
    assert sent.body == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "5521988887777",
        "type": "interactive",
        "interactive": {
            "type": "order_details",
            "body": {"text": "Here it is.\n\n€43.90\n\n1. Visa •••• 4242"},
            "action": {
                "name": "review_and_pay",
                "parameters": {
                    "reference_id": "r" * 22,
                    "type": "physical-goods",
                    "payment_type": "br",
                    "payment_settings": [{"type": "payment_link", "payment_link": {"uri": "https://shop.example/pay/abc/"}}],
                    "currency": "BRL",
                    "total_amount": {"value": 4390, **cents},
                    "order": {
                        "status": "pending",
                        "items": [{"retailer_id": "1", "name": "Glass mug", "amount": {"value": 1900, **cents}, "quantity": 2}],
                        "subtotal": {"value": 3800, **cents},
                        "tax": {"value": 300, **cents},
                        "shipping": {"value": 490, **cents},
                        "discount": {"value": 200, **cents},
                    },
                },
            },
        },
    }  # fmt: skip
    assert instead.body["interactive"]["type"] == "cta_url"


@pytest.mark.parametrize(
    ("business", "payer", "change", "config", "takes"),
    [
        ("5511999990000", "5521988887777", {}, {}, True),
        ("+5511999990000", "+5521988887777", {}, {}, True),
        ("5511999990000", "5521988887777", {}, {"bills": ""}, False),  # nobody switched it on
        ("5511999990000", "5521988887777", {}, {"bills": "no"}, False),
        ("4917612345678", "5521988887777", {}, {}, False),
        ("5511999990000", "4917612345678", {}, {}, False),
        ("5511999990000", "", {}, {}, False),  # behind a user name
        ("", "5521988887777", {}, {}, False),
        ("5511999990000", "5521988887777", {"currency": "EUR"}, {}, False),
        ("5511999990000", "5521988887777", {"country": "PT"}, {}, False),
        ("919999900000", "919888877777", {"currency": "INR", "country": "IN"}, {}, False),
        ("919999900000", "919888877777", {}, {}, False),
        ("6591234567", "6598765432", {"currency": "SGD", "country": "SG"}, {}, False),
        ("5511999990000", "5521988887777", {"is_reserved": True}, {}, True),  # the page reserves
        ("5511999990000", "5521988887777", {"is_goods": False}, {}, True),
    ],
)
def test_which_bills_whatsapp_takes(
    business: str, payer: str, change: dict[str, Any], config: dict[str, Any], takes: bool
) -> None:
    to = Recipient("US.1349", {"phone": payer} if payer else {})
    bill = replace(REAIS, **change)
    assert channel_for("whatsapp").takes_bill(bill, {**WHATSAPP, "number": business, **config}, to) is takes


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_bills_rows_make_its_total_in_whatsapp(data: st.DataObject) -> None:
    rows = [
        BillLine(f"row {n}", f"{Decimal(data.draw(st.integers(1, 10**7))) / 100:.2f}", data.draw(st.integers(1, 9)))
        for n in range(data.draw(st.integers(1, 40)))
    ]
    rows += [
        BillLine(role, f"{Decimal(data.draw(st.integers(1, 10**5))) / 100:.2f}", role=role)
        for role in data.draw(st.sets(st.sampled_from(("tax", "delivery"))))
    ]
    total = sum((Decimal(row.amount) for row in rows), start=Decimal(0))
    sent, _ = wire("whatsapp", pay(replace(REAIS, total=str(total), lines=tuple(rows))), WHATSAPP, PAYER)
    told = sent.body["interactive"]["action"]["parameters"]
    order = told["order"]
    items = sum(item["amount"]["value"] * item["quantity"] for item in order["items"])
    others = order["tax"]["value"] + order.get("shipping", {"value": 0})["value"]
    assert (items, told["total_amount"]["value"]) == (order["subtotal"]["value"], items + others)
    assert told["total_amount"]["value"] == total * 100
    assert all(len(item["name"]) <= 60 for item in order["items"])


def test_rows_that_make_something_else_are_never_sent() -> None:
    with pytest.raises(ValueError, match="do not make"):
        channel_for("whatsapp").render(pay(replace(REAIS, total="43.91")), language="en")


@pytest.mark.parametrize(
    ("state", "status"),
    [("placed", "processing"), ("shipped", "shipped"), ("delivered", "completed"), ("cancelled", "canceled"), ("expired", "canceled"), ("review", None), ("refunded", None)],
)  # fmt: skip
def test_the_bill_is_told_what_became_of_its_order(state: str, status: str | None) -> None:
    news = OrderUpdate(
        "It is on its way.", (Choice("Help", token="c:1"),), state=state, url="https://c.example/1", bill="ref-1"
    )
    (found,) = channel_for("whatsapp").render(news, language="en")
    told = found.body["interactive"]
    if status is None:
        assert (told["type"], found.instead) == ("cta_url", None)
        return
    assert (told["type"], told["action"]) == (
        "order_status",
        {"name": "review_order", "parameters": {"reference_id": "ref-1", "order": {"status": status}}},
    )
    assert told["body"]["text"] == "It is on its way.\n\n1. Help\n\nTrack the parcel: https://c.example/1"
    assert found.instead is not None
    (plain,) = channel_for("whatsapp").render(replace(news, bill=""), language="en")
    assert found.instead.body == plain.body


def test_metas_own_description_takes_both() -> None:
    bill, _ = wire("whatsapp", pay(REAIS), WHATSAPP, PAYER)
    news, _ = wire("whatsapp", OrderUpdate("Paid.", state="placed", bill="ref-1"), WHATSAPP, PAYER)
    try:
        verdicts = judge("whatsapp", [{"path": one.path, "body": one.body, "is_form": False} for one in (bill, news)])
    except Unavailable as reason:
        pytest.skip(f"NOT JUDGED: {reason}")
    assert (verdicts.refused, set(verdicts.gaps)) == ([], {"order_details", "order_status"})
