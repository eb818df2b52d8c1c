"""Kept cards in the thread: offered beside the link, charged after a yes, the bank's question, looked at, forgotten."""

import datetime as dt
import time
from collections.abc import Callable

import pytest
from django_scopes import scope

from apps.bot.models import Turn
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.messaging.content import Pay
from apps.orders.models import Order
from apps.payments.actions import kept_cards
from apps.payments.models import Payment, PaymentAccount
from tests.payments.conftest import desk as desk
from tests.payments.desk import NAME, Desk
from tests.payments.story import deliver, linked, ordered

from .dialogue import Shopper
from .test_gift_cards import check_out, fill

Arrive = Callable[..., Shopper]
VISA = "Visa •••• 4242"


@pytest.fixture
def stripe(desk: Desk, shop: Merchant, noon: dt.datetime) -> Desk:
    """Takes the shop's payments, at the shop's time, and keeps cards."""
    desk.store.set_setting("clock_offset", noon.timestamp() - time.time())
    PaymentAccount.objects.create(merchant=shop, provider="stripe", name=NAME, config=desk.config, keeps_cards=True)
    return desk


def has_card(stripe: Desk, shopper: Shopper, card: str = "success") -> None:
    """They paid at the page once, with the box ticked."""
    with scope(merchant=shopper.account.merchant):
        payment = linked(shopper.conversation.identity.customer)
        stripe.pay(payment.provider_session, card, keep=True)
        deliver(stripe)


def to_pay(shopper: Shopper) -> Order:
    """An order of theirs that waits for its money, 16.90."""
    with scope(merchant=shopper.account.merchant):
        return ordered(shopper.conversation.identity.customer)


def state(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.status, order.payment_status


def page(shopper: Shopper) -> Pay:
    said = shopper.answers[-1]
    assert isinstance(said, Pay)
    return said


SPOKEN = {
    "en": ("hi", "pay with my saved card", "yes", "my cards", "forget my card", "yes"),
    "de": ("Hallo", "mit meiner gespeicherten Karte bezahlen", "ja", "meine Karten", "Vergiss meine Karte", "ja"),
    "es": ("Hola", "pagar con mi tarjeta guardada", "sí", "mis tarjetas", "olvida mi tarjeta", "sí"),
    "zh-hans": ("你好", "用保存的卡付款", "是", "我保存的卡", "删除我的卡", "是"),
}
ASKED = {
    "en": "Shall I pay order {} with Visa •••• 4242? It comes to €16.90.",
    "de": "Soll ich Bestellung {} mit Visa •••• 4242 bezahlen? Es sind 16,90 €.",
    "es": "¿Pago el pedido {} con Visa •••• 4242? Son 16,90 €.",
    "zh-hans": "要用 Visa •••• 4242 支付订单 {} 吗？金额是 €16.90。",
}
KEPT = {
    "en": "Visa •••• 4242, good until 12/2034",
    "de": "Visa •••• 4242, gültig bis 12/2034",
    "es": "Visa •••• 4242, válida hasta 12/2034",
    "zh-hans": "Visa •••• 4242，有效期至 12/2034",
}
NONE = {
    "en": "No card of yours is kept.",
    "de": "Von Ihnen ist keine Karte gespeichert.",
    "es": "No tienes ninguna tarjeta guardada.",
    "zh-hans": "没有保存您的卡。",
}


@pytest.mark.parametrize("kind", ["webchat", "whatsapp", "telegram", "sms"])
@pytest.mark.parametrize("language", SPOKEN)
def test_by_plain_words_in_every_language_on_every_channel(
    arrive: Arrive, stripe: Desk, language: str, kind: str
) -> None:
    hello, pay, yes, look, forget, sure = SPOKEN[language]
    shopper = arrive(kind, "4917612345678", language=language)
    shopper.says(hello)
    has_card(stripe, shopper)
    order = to_pay(shopper)
    shopper.says(pay)
    assert ASKED[language].format(order.number) in shopper.text.replace("\xa0", " ")
    shopper.says(yes)
    assert state(order) == ("draft", "none")
    shopper.waits()
    assert state(order) == ("placed", "paid")
    shopper.says(look)
    assert KEPT[language] in shopper.text
    shopper.says(forget)
    shopper.says(sure)
    shopper.says(look)
    assert NONE[language] in shopper.text
    with scope(merchant=shopper.account.merchant):
        assert [row["name"] for row in run_all() if not row["ok"]] == []


@pytest.mark.parametrize("kind", ["webchat", "whatsapp", "telegram", "sms"])
def test_beside_the_link_by_button_or_number(arrive: Arrive, stripe: Desk, kind: str) -> None:
    shopper = arrive(kind, "4917612345678")
    shopper.says("hi")
    has_card(stripe, shopper)
    fill(shopper)
    check_out(shopper)
    shopper.says("yes")
    shopper.waits()
    assert ([choice.label for choice in page(shopper).choices], page(shopper).label) == ([VISA], "Pay €23.90")
    assert "Or pay with a card that is kept for you." in shopper.text
    if kind == "sms":
        shopper.types_number_of(VISA)
    else:
        shopper.taps(VISA)
    assert "It comes to €23.90." in shopper.text
    shopper.taps("Pay €23.90")
    assert shopper.text == "One moment, I am asking your bank."
    assert shopper.waits() == []  # that it is paid is the news of the order
    with scope(merchant=shopper.account.merchant):
        order = Order.objects.order_by("-pk")[0]
        assert (state(order), Payment.objects.filter(order=order, is_off_session=True).count()) == (
            ("placed", "paid"),
            1,
        )


def test_no_to_the_amount_is_the_usual_link(ana: Shopper, stripe: Desk) -> None:
    has_card(stripe, ana)
    order = to_pay(ana)
    ana.says("pay with my card")
    ana.taps("Pay another way")
    ana.waits()
    assert (page(ana).url.endswith(f"/pay/{order.public_id}/"), state(order)) == (True, ("draft", "none"))


def test_without_a_card_the_link_comes(ana: Shopper, stripe: Desk) -> None:
    order = to_pay(ana)
    ana.says("pay with my saved card")
    ana.waits()
    assert (page(ana).order_number, page(ana).choices) == (order.number, ())


def test_the_bank_asks_and_the_thread_leads_there(ana: Shopper, stripe: Desk) -> None:
    has_card(stripe, ana, "asks_bank")
    order = to_pay(ana)
    ana.says("pay with my card")
    ana.says("yes")
    ana.waits()
    assert "Your bank wants you to say yes yourself." in ana.text
    assert (page(ana).label, page(ana).url.endswith(f"/pay/{order.public_id}/")) == ("Confirm €16.90", True)
    with scope(merchant=ana.account.merchant):
        stripe.answer_bank(order.payments.get().provider_payment)
        deliver(stripe)
    assert state(order) == ("placed", "paid")


def test_a_no_of_the_bank_is_told_and_the_link_follows(ana: Shopper, stripe: Desk) -> None:
    has_card(stripe, ana, "declined_later")
    order = to_pay(ana)
    ana.says("pay with my card")
    ana.says("yes")
    ana.waits()
    assert ana.text.startswith(
        f"Your bank did not accept Visa •••• 0341 this time. Nothing was charged, and order {order.number} waits for you."
    )
    ana.waits()
    assert (page(ana).order_number, state(order)) == (order.number, ("draft", "none"))


def test_a_silent_bank_is_asked_again_and_charges_once(ana: Shopper, stripe: Desk) -> None:
    has_card(stripe, ana)
    order = to_pay(ana)
    ana.says("pay with my card")
    ana.says("yes")
    for _ in range(9):
        stripe.fault("server_error", status=500)
    for later in (0, 1, 2):
        ana.waits(dt.timedelta(minutes=later))
    assert "you pay it once at most" in ana.text
    ana.taps("Try once more")
    ana.says("yes")
    ana.waits(dt.timedelta(minutes=3))
    assert state(order) == ("placed", "paid")
    assert [charge["amount"] for charge in stripe.every("charge")] == [1690, 1690]


def test_of_two_cards_one_is_picked(ana: Shopper, stripe: Desk) -> None:
    has_card(stripe, ana)
    has_card(stripe, ana, "mastercard")
    order = to_pay(ana)
    ana.says("pay with my card")
    assert ana.labels == ["Mastercard •••• 4444", VISA, "Pay another way"]
    ana.taps(VISA)
    assert f"Shall I pay order {order.number} with {VISA}?" in ana.text
    ana.says("forget my card")
    ana.taps("Forget •••• 4444")
    ana.taps("No, keep it")
    assert ana.text.startswith("Good, Mastercard •••• 4444 stays.")
    ana.taps("My cards")
    ana.taps("Forget •••• 4444")
    ana.taps("Yes, forget it")
    assert "Done: Mastercard •••• 4444 is forgotten" in ana.text
    with scope(merchant=ana.account.merchant):
        assert [str(card) for card in kept_cards(ana.conversation.identity.customer)] == [VISA]


@pytest.mark.parametrize("said", ["can I pay by card?", "do you take cards?", "delete my data", "i have a gift card"])
def test_other_words_about_cards_mean_what_they_meant(ana: Shopper, stripe: Desk, said: str) -> None:
    ana.says(said)
    with scope(merchant=ana.account.merchant):
        command = Turn.objects.order_by("-pk")[0].commands[0]
    assert command.get("flow") not in ("pay_card", "my_cards", "forget_card")
