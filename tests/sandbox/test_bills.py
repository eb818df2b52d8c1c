"""Bills as the platforms take and show them: Telegram's invoice is paid on the phone, WhatsApp's card leads to a page."""

import copy
from typing import Any

import pytest

from .conftest import Shop, World

CHAT = "427770117"
INVOICE: dict[str, Any] = {
    "chat_id": CHAT,
    "title": "Order K7QM-2XPD",
    "description": "Here it is.",
    "payload": "our-name",
    "provider_token": "284685063:TEST:x",
    "currency": "EUR",
    "prices": [{"label": "Mug", "amount": 1200}, {"label": "Discount", "amount": -200}],
    "start_parameter": "pay",
}
BRAZIL: dict[str, Any] = {
    "name": "review_and_pay",
    "parameters": {
        "reference_id": "ref-1",
        "type": "physical-goods",
        "payment_type": "br",
        "payment_settings": [{"type": "payment_link", "payment_link": {"uri": "https://shop.example/pay/x/"}}],
        "currency": "BRL",
        "total_amount": {"value": 2690, "offset": 100},
        "order": {
            "status": "pending",
            "items": [{"retailer_id": "1", "name": "Mug", "amount": {"value": 1000, "offset": 100}, "quantity": 2}],
            "subtotal": {"value": 2000, "offset": 100},
            "tax": {"value": 0, "offset": 100},
            "shipping": {"value": 790, "offset": 100},
            "discount": {"value": 100, "offset": 100},
        },
    },
}


def card(action: dict[str, Any], shape: str = "order_details") -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": shape, "body": {"text": "Here it is."}, "action": action}}


def asked(world: World, shop: Shop) -> str:
    """An invoice came, its button was pressed, and the shop is asked; returns the question's number."""
    assert world.telegram("sendInvoice", **INVOICE).json()["result"]["invoice"]["total_amount"] == 1000
    shown = world.get("_thread", kind="telegram", shopper=CHAT)["messages"][-1]
    assert (shown["header"], shown["footer"], shown["rows"]) == (
        "Order K7QM-2XPD",
        "EUR 10.00",
        [[{"label": "Pay EUR 10.00", "value": "pay"}]],
    )
    world.order("_tap", kind="telegram", shopper=CHAT, bubble=shown["id"], value="pay")
    query = shop.wait(1)[0].json["pre_checkout_query"]
    assert (query["invoice_payload"], query["total_amount"], query["currency"]) == ("our-name", 1000, "EUR")
    return str(query["id"])


def test_an_invoice_is_paid_after_a_yes(world: World, shop: Shop) -> None:
    question = asked(world, shop)
    assert world.telegram("answerPreCheckoutQuery", pre_checkout_query_id=question, ok=True).json()["ok"] is True
    paid = shop.wait(2)[1].json["message"]["successful_payment"]
    assert (paid["invoice_payload"], paid["total_amount"], paid["currency"]) == ("our-name", 1000, "EUR")
    assert paid["telegram_payment_charge_id"] != paid["provider_payment_charge_id"]
    again = world.telegram("answerPreCheckoutQuery", pre_checkout_query_id=question, ok=True).json()
    assert (again["error_code"], len(shop.hooks)) == (400, 2)


def test_a_no_is_read_on_the_phone_and_takes_nothing(world: World, shop: Shop) -> None:
    question = asked(world, shop)
    world.telegram("answerPreCheckoutQuery", pre_checkout_query_id=question, ok=False, error_message="Too old.")
    last = world.get("_thread", kind="telegram", shopper=CHAT)["messages"][-1]
    assert (last["from"], last["text"][0]["t"], len(shop.hooks)) == ("platform", "Too old.", 1)


def test_an_answer_after_ten_seconds_is_too_late(world: World, shop: Shop) -> None:
    question = asked(world, shop)
    world.order("_settings", clock_offset=11)
    late = world.telegram("answerPreCheckoutQuery", pre_checkout_query_id=question, ok=True).json()
    assert (late["error_code"], len(shop.hooks)) == (400, 1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"title": "x" * 33}, "invoice title"),
        ({"description": "x" * 256}, "invoice description"),
        ({"payload": "ü" * 65}, "invoice payload"),
        ({"provider_token": "guess"}, "PAYMENT_PROVIDER_INVALID"),
        ({"currency": "XXX"}, "CURRENCY_INVALID"),
        ({"prices": [{"label": "x", "amount": 1}]}, "CURRENCY_TOTAL_AMOUNT_INVALID"),
        ({"prices": [{"label": "x", "amount": 12.5}]}, "prices"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "Page", "url": "https://shop.example"}]]}}, "first button"),
    ],
)
def test_an_invoice_that_telegram_refuses(world: World, change: dict[str, Any], why: str) -> None:
    answer = world.telegram("sendInvoice", **{**INVOICE, **change}).json()
    assert (answer["ok"], why in answer["description"]) == (False, True)


def test_a_card_shows_what_is_in_it_and_leads_to_the_page(world: World) -> None:
    assert world.whatsapp(card(BRAZIL)).status_code == 200
    shown = world.get("_thread", kind="whatsapp", shopper="4917600000001")["messages"][-1]
    assert (shown["header"], shown["footer"]) == ("2 × Mug", "BRL 26.90")
    assert shown["rows"] == [[{"label": "Pay BRL 26.90", "url": "https://shop.example/pay/x/"}]]
    news = {"name": "review_order", "parameters": {"reference_id": "ref-1", "order": {"status": "processing"}}}
    assert world.whatsapp(card(news, "order_status")).status_code == 200


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("total_amount", "value"), 2691),
        (("order", "subtotal", "value"), 1999),
        (("reference_id",), "no spaces"),
        (("reference_id",), "x" * 36),
        (("currency",), "EUR"),
        (("order", "tax", "offset"), 10),
        (("payment_settings",), []),
    ],
)
def test_a_card_that_whatsapp_refuses(world: World, path: tuple[str, ...], value: Any) -> None:
    action = copy.deepcopy(BRAZIL)
    place = action["parameters"]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert world.whatsapp(card(action)).status_code == 400
    news = {"name": "review_order", "parameters": {"reference_id": "ref-1", "order": {"status": "eaten"}}}
    assert world.whatsapp(card(news, "order_status")).status_code == 400
