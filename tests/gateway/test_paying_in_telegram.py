"""From "pay" to the confirmation without leaving Telegram, through the front door and the worker."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django_scopes import scope

from apps.catalog.models import Product
from apps.conversations.models import Conversation
from apps.gateway.loop import drain
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.payments.models import Bill, Payment, PaymentAccount
from apps.sandbox import ledger
from tests.bot.shop import furnish
from tests.factories import channel_account
from tests.payments.conftest import desk as desk
from tests.payments.desk import NAME, Desk
from tests.payments.story import deliver, ordered

from .telegram import CHAT, Phone, keys_of

TOKEN = "284685063:TEST:ZGU3ZDA1"


@pytest.fixture
def phone(merchant: Merchant, desk: Desk) -> Iterator[Phone]:
    """Ada has greeted a shop that takes payments in Telegram."""
    furnish(merchant)
    played = Phone()
    with scope(merchant=merchant):
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=desk.config)
        played.join(channel_account(merchant, "telegram", api_base=played.url, provider_token=TOKEN))
        played.says("hello")
        drain()
    yield played
    played.close()


def to_pay(merchant: Merchant) -> Order:
    """An order of hers over 16.90 that waits for its money."""
    with scope(merchant=merchant):
        return ordered(Conversation.objects.select_related("identity__customer").get().identity.customer)


def asks_to_pay(phone: Phone) -> dict[str, Any]:
    """The message she gets."""
    phone.says("payment link")
    drain()
    return phone.shown()[-1]


def state(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.status, order.payment_status


def breaches(merchant: Merchant) -> list[str]:
    return [row["name"] for row in run_all() if not row["ok"]]


def test_an_order_is_paid_without_leaving_the_thread(phone: Phone, merchant: Merchant, desk: Desk) -> None:
    order = to_pay(merchant)
    shown = asks_to_pay(phone)
    assert (shown["header"], shown["footer"]) == (f"Order {order.number}", "EUR 16.90")
    assert [key["label"] for key in keys_of(shown)] == ["Pay €16.90", "To the payment page"]
    assert keys_of(shown)[1]["url"].endswith(f"/pay/{order.public_id}/")
    phone.pays()
    drain()
    assert state(order) == ("placed", "paid")
    confirmations = [words for words in phone.read() if order.number in words][1:]
    assert len(confirmations) == 1
    with scope(merchant=merchant):
        payment = Payment.objects.exclude(bill=None).get()
        link = Payment.objects.get(bill=None)
    assert (payment.provider_payment[:3], link.state, desk.pay(link.provider_session)) == ("ch_", "expired", "closed")
    assert breaches(merchant) == []


def test_told_three_times_it_is_paid_once_and_confirmed_once(phone: Phone, merchant: Merchant) -> None:
    order = to_pay(merchant)
    asks_to_pay(phone)
    phone.pays()
    row = phone.store.all("select * from deliveries order by id desc limit 1")[0]
    update = json.loads(bytes(row["body"]))
    assert "successful_payment" in update["message"]
    headers = {"x-telegram-bot-api-secret-token": "tg-secret-token"}
    for number in (update["update_id"], update["update_id"], 1_999_999_999):  # the last as another update
        body = json.dumps({**update, "update_id": number}).encode()
        assert phone.platform.call(body, headers=headers)[0] == 200
        drain()
    with scope(merchant=merchant):
        assert Payment.objects.exclude(bill=None).count() == 1
    assert state(order) == ("placed", "paid")
    assert len([words for words in phone.read() if order.number in words]) == 2  # the bill and one confirmation
    assert breaches(merchant) == []


def test_without_the_secret_nothing_is_paid(phone: Phone, merchant: Merchant) -> None:
    order = to_pay(merchant)
    asks_to_pay(phone)
    with scope(merchant=merchant):
        reference = Bill.objects.get().public_id
    paid = {"currency": "EUR", "total_amount": 1690, "invoice_payload": reference, "telegram_payment_charge_id": "x", "provider_payment_charge_id": "y"}  # fmt: skip
    who = {"id": int(CHAT), "is_bot": False, "first_name": "Ada"}
    message = {"message_id": 1, "from": who, "chat": {"id": int(CHAT), "type": "private"}, "date": 1, "successful_payment": paid}  # fmt: skip
    body = json.dumps({"update_id": 5, "message": message}).encode()
    assert phone.platform.call(body, headers={"x-telegram-bot-api-secret-token": "guessed"})[0] == 403
    drain()
    assert state(order) == ("draft", "none")


def test_paid_at_the_page_the_invoice_says_so(phone: Phone, merchant: Merchant, desk: Desk) -> None:
    order = to_pay(merchant)
    asks_to_pay(phone)
    with scope(merchant=merchant):
        desk.pay(Payment.objects.get().provider_session)
        deliver(desk)
    phone.pays()
    assert phone.read()[-1] == "This order is paid already. You need not pay again."
    with scope(merchant=merchant):
        assert (state(order), Payment.objects.count()) == (("placed", "paid"), 1)


def test_an_older_invoice_is_refused_in_the_orders_language(phone: Phone, merchant: Merchant) -> None:
    order = to_pay(merchant)
    with scope(merchant=merchant):
        Order.objects.filter(pk=order.pk).update(language="de")
    old = asks_to_pay(phone)
    asks_to_pay(phone)
    phone.store.run("delete from bubbles where id > ?", old["id"])
    phone.pays()
    assert phone.read()[-1].startswith("Diese Rechnung gilt nicht mehr.")
    assert state(order) == ("draft", "none")


def test_what_telegram_refuses_goes_out_as_a_link(phone: Phone, merchant: Merchant) -> None:
    order = to_pay(merchant)
    config = {**phone.platform.account.config, "provider_token": "wrong"}
    phone.platform.account.config = config
    phone.platform.account.save()
    shown = asks_to_pay(phone)
    assert ("header" in shown, [key["label"] for key in keys_of(shown)]) == (False, ["Pay €16.90"])
    assert keys_of(shown)[0]["url"].endswith(f"/pay/{order.public_id}/")


@pytest.mark.parametrize("why", ["no token", "digital", "reserved"])
def test_where_telegram_may_not_the_link_is_alone(why: str, phone: Phone, merchant: Merchant) -> None:
    if why == "no token":
        phone.platform.account.config = {**phone.platform.account.config, "provider_token": ""}
        phone.platform.account.save()
    order = to_pay(merchant)
    with scope(merchant=merchant):
        PaymentAccount.objects.update(captures_on_shipping=why == "reserved")
        if why == "digital":
            order.lines.update(comes_as=Product.ComesAs.DIGITAL)
    shown = asks_to_pay(phone)
    with scope(merchant=merchant):
        assert ("header" in shown, Bill.objects.count()) == (False, 0)
    assert keys_of(shown)[0]["url"].endswith(f"/pay/{order.public_id}/")


def test_the_token_is_in_no_table_of_ours_and_in_no_book(
    phone: Phone, merchant: Merchant, caplog: pytest.LogCaptureFixture
) -> None:
    to_pay(merchant)
    asks_to_pay(phone)
    with scope(merchant=merchant):
        said = json.dumps(list(Conversation.objects.get().messages.values_list("content", flat=True)))
    booked = json.dumps([call["body"] for call in ledger.calls(phone.store, outcome="all")])
    assert "sendInvoice" in booked
    assert TOKEN not in said + booked + caplog.text


def test_money_without_a_bill_calls_a_person(phone: Phone, merchant: Merchant) -> None:
    to_pay(merchant)
    asks_to_pay(phone)
    phone.pays()
    row = phone.store.all("select * from deliveries order by id desc limit 1")[0]
    update = json.loads(bytes(row["body"]))
    update["update_id"] = 1_999_999_998
    update["message"]["successful_payment"] |= {
        "invoice_payload": "nothing",
        "telegram_payment_charge_id": "tg-strange",
    }
    headers = {"x-telegram-bot-api-secret-token": "tg-secret-token"}
    assert phone.platform.call(json.dumps(update).encode(), headers=headers)[0] == 200
    drain()
    with scope(merchant=merchant):
        assert Conversation.objects.get().waiting_since is not None
        assert Payment.objects.filter(platform_charge="tg-strange").count() == 0
