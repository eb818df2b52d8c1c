"""Money that is only reserved, as the thread tells of it: placed, asked about, shipped and taken, called off."""

import datetime as dt
import time
from collections.abc import Callable

import pytest
from django_scopes import scope

from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.notifications import actions as notifications
from apps.orders.actions import ship_order
from apps.payments.inbox import run_due
from apps.payments.models import Payment, PaymentAccount
from tests.payments.conftest import desk as desk
from tests.payments.desk import NAME, Desk
from tests.payments.story import deliver, linked

from .dialogue import Shopper

Arrive = Callable[..., Shopper]


@pytest.fixture
def stripe(desk: Desk, shop: Merchant, noon: dt.datetime) -> Desk:
    """Reserves the shop's money, at the shop's time."""
    desk.store.set_setting("clock_offset", noon.timestamp() - time.time())
    PaymentAccount.objects.create(
        merchant=shop, provider="stripe", name=NAME, config=desk.config, captures_on_shipping=True
    )
    return desk


def reserves(stripe: Desk, shopper: Shopper) -> Payment:
    """They have done their part at the page."""
    with scope(merchant=shopper.account.merchant):
        payment = linked(shopper.conversation.identity.customer)
        assert stripe.pay(payment.provider_session) == "paid"
        deliver(stripe)
        return payment


def news(shopper: Shopper) -> str:
    """What the shop has said of its own accord."""
    with scope(merchant=shopper.account.merchant):
        notifications.run_due()
        said = shopper.conversation.messages.filter(author="system").order_by("seq")
        return "\n".join(message.content["text"] for message in said).replace("\xa0", " ")


HELLO = {"en": "hi", "de": "Hallo", "es": "Hola", "zh-hans": "你好"}
WHERE = {
    "en": "where is my order?",
    "de": "Wo ist meine Bestellung?",
    "es": "¿Dónde está mi pedido?",
    "zh-hans": "我的订单在哪",
}
TOLD = {
    "en": "€16.90 are reserved on your card; we take the money when your first parcel leaves.",
    "de": "16,90 € sind auf Ihrer Karte reserviert; wir ziehen das Geld ein, wenn Ihr erstes Paket das Haus verlässt.",
    "es": "16,90 € están reservados en tu tarjeta; los cobramos cuando salga tu primer paquete.",
    "zh-hans": "已在您的卡上预授权 €16.90；您的第一个包裹发出时才会扣款。",
}
PACKED = {
    "en": "is being packed. €16.90 are reserved on your card; we take the money when the first parcel leaves.",
    "de": "wird gepackt. 16,90 € sind auf Ihrer Karte reserviert; wir ziehen das Geld ein, wenn das erste Paket das Haus",
    "es": "16,90 € están reservados en tu tarjeta; los cobramos cuando salga el primer paquete.",
    "zh-hans": "正在打包。已在您的卡上预授权 €16.90；第一个包裹发出时才会扣款。",
}
TAKEN = {
    "en": "We have now taken the €16.90 that were reserved for order",
    "de": "Wir haben die 16,90 €, die für Bestellung",
    "es": "Ya hemos cobrado los 16,90 € reservados",
    "zh-hans": "预授权的款项现已扣取 €16.90",
}


@pytest.mark.parametrize("language", HELLO)
def test_what_is_reserved_and_taken_is_told_as_it_is(arrive: Arrive, stripe: Desk, language: str) -> None:
    shopper = arrive("webchat", "4917612345678", language=language)
    shopper.says(HELLO[language])
    payment = reserves(stripe, shopper)
    assert TOLD[language] in news(shopper)
    shopper.says(WHERE[language])
    assert PACKED[language] in shopper.text.replace("\xa0", " ")
    with scope(merchant=shopper.account.merchant):
        ship_order(payment.order, carrier="DHL", tracking_number="1")
        run_due()
    assert TAKEN[language] in news(shopper)
    with scope(merchant=shopper.account.merchant):
        assert [row["name"] for row in run_all() if not row["ok"]] == []


def test_called_off_it_was_only_reserved(arrive: Arrive, stripe: Desk) -> None:
    shopper = arrive("webchat", "4917612345678", language="en")
    shopper.says("hi")
    payment = reserves(stripe, shopper)
    shopper.waits()
    shopper.says("cancel my order")
    assert "The money was only reserved; nothing of it is taken then." in shopper.text
    shopper.says("yes")
    shopper.waits()
    with scope(merchant=shopper.account.merchant):
        run_due()
        payment.order.refresh_from_db()
        assert (payment.order.status, payment.order.payment_status) == ("cancelled", "none")
        assert [row["name"] for row in run_all() if not row["ok"]] == []
