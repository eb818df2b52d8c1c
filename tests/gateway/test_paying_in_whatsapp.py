"""A bill shown in WhatsApp's own way in Brazil: it leads to our page, and is told what became of its order."""

from typing import Any

import pytest
from django_scopes import scope

from apps.conversations.models import Conversation
from apps.gateway.loop import drain
from apps.merchants.invariants import run_all
from apps.merchants.models import ChannelAccount, Merchant
from apps.orders.actions import hold_for_summary
from apps.orders.models import Order
from apps.payments.actions import cancel_order
from apps.payments.models import Bill, Payment, PaymentAccount
from tests import factories
from tests.carts import goods
from tests.payments.conftest import desk as desk
from tests.payments.desk import NAME, Desk
from tests.payments.story import deliver

from .harness import Platform, Sink

PAYER = "5521988887777"
BRAZIL = {"number": "5511999990000", "bills": "yes"}


@pytest.fixture
def shop(db: Any, desk: Desk) -> Merchant:
    """Sells mugs in Rio, in reais."""
    shop = factories.merchant("rio", name="Rio Shop", currency="BRL", country="BR", issues_invoices=False)
    with scope(merchant=shop):
        PaymentAccount.objects.create(merchant=shop, provider="stripe", name=NAME, config=desk.config)
        goods.parcel(shop, price="9.90", free_from=None, currency="BRL")
    return shop


class Thread:
    """One payer's WhatsApp, and what came there."""

    def __init__(self, shop: Merchant, sink: Sink, **config: Any) -> None:
        self.shop, self.sink = shop, sink
        self.account: ChannelAccount = factories.channel_account(shop, "whatsapp", api_base=sink.url, **config)
        self.platform = Platform(self.account)
        self.says("hello")

    def says(self, text: str) -> None:
        assert self.platform.says(text, user=PAYER) == 200
        drain()

    def orders(self) -> Order:
        """Two mugs that wait for their money: 33.90 with delivery."""
        with scope(merchant=self.shop):
            thread = Conversation.objects.select_related("identity__customer").get(channel_account=self.account)
            customer = thread.identity.customer
            goods.address(customer, "BR", city="Rio de Janeiro", postcode="22010-000")
            cart = goods.full_cart(customer, {goods.variant(self.shop, currency="BRL"): 2})
            hold_for_summary(cart)
            order = goods.draft(cart)
        self.says("payment link")
        return order

    @property
    def last(self) -> dict[str, Any]:
        told: dict[str, Any] = self.sink.accepted[-1].get("interactive", {})
        return told


@pytest.fixture
def thread(shop: Merchant, sink: Sink) -> Thread:
    return Thread(shop, sink, **BRAZIL)


def news(thread: Thread) -> list[tuple[str, str]]:
    """(reference, status) of each order_status that came."""
    told = [body["interactive"]["action"]["parameters"] for body in thread.sink.accepted if body.get("interactive", {}).get("type") == "order_status"]  # fmt: skip
    return [(one["reference_id"], one["order"]["status"]) for one in told]


def test_a_bill_leads_to_our_page_and_hears_that_it_is_paid(thread: Thread, desk: Desk) -> None:
    order = thread.orders()
    asked = thread.last["action"]["parameters"]
    assert (thread.last["type"], asked["total_amount"], asked["currency"]) == (
        "order_details",
        {"value": 3390, "offset": 100},
        "BRL",
    )
    assert asked["payment_settings"][0]["payment_link"]["uri"].endswith(f"/pay/{order.public_id}/")
    assert {name: asked["order"][name]["value"] for name in ("subtotal", "shipping", "tax")} == {"subtotal": 2400, "shipping": 990, "tax": 0}  # fmt: skip
    assert news(thread) == []
    with scope(merchant=thread.shop):
        bill = Bill.objects.get()
        desk.pay(Payment.objects.get().provider_session)
        deliver(desk)
    drain()
    order.refresh_from_db()
    assert (order.status, order.payment_status, asked["reference_id"]) == ("placed", "paid", bill.public_id)
    assert news(thread) == [(bill.public_id, "processing")]
    assert [row["name"] for row in run_all() if not row["ok"]] == []


def test_what_is_called_off_is_told_too(thread: Thread) -> None:
    order = thread.orders()
    with scope(merchant=thread.shop):
        cancel_order(order)
        reference = Bill.objects.get().public_id
    drain()
    assert news(thread) == [(reference, "canceled")]


def test_each_message_has_a_reference_of_its_own_and_news_go_to_the_newest(thread: Thread) -> None:
    order = thread.orders()
    first = thread.last["action"]["parameters"]["reference_id"]
    thread.says("payment link")
    second = thread.last["action"]["parameters"]["reference_id"]
    assert first != second
    with scope(merchant=thread.shop):
        cancel_order(order)
    drain()
    assert news(thread) == [(second, "canceled")]


@pytest.mark.parametrize("config", [{}, {"bills": "yes"}, {"number": "5511999990000"}])
def test_elsewhere_the_link_is_what_it_was(config: dict[str, str], shop: Merchant, sink: Sink) -> None:
    """Not switched on, or a number of another country."""
    thread = Thread(shop, sink, **config)
    thread.orders()
    assert thread.last["type"] == "cta_url"
    with scope(merchant=shop):
        assert Bill.objects.count() == 0


def test_a_bill_that_whatsapp_refuses_goes_out_as_a_link(shop: Merchant) -> None:
    def answer(body: dict[str, Any], number: int) -> tuple[int, dict[str, Any]]:
        if body.get("interactive", {}).get("type") == "order_details":
            return 400, {"error": {"code": 131009, "message": "Parameter value is not valid"}}
        return 200, {"messages": [{"id": f"out-{number}"}]}

    sink = Sink(answer)
    thread = Thread(shop, sink, **BRAZIL)
    thread.orders()
    assert thread.last["type"] == "cta_url"
    sink.close()


def test_a_bill_that_whatsapp_takes_and_fails_later_goes_out_as_a_link(thread: Thread) -> None:
    thread.orders()
    assert thread.last["type"] == "order_details"
    name, why = f"out-{len(thread.sink.calls)}", [{"code": 131009, "title": "Parameter value is not valid"}]
    for _ in range(2):
        assert thread.platform.reports(name, "failed", user=PAYER, errors=why) == 200
        drain()
    shapes = [body.get("interactive", {}).get("type") for body in thread.sink.accepted]
    assert (shapes[-1], shapes.count("order_details"), shapes.count("cta_url")) == ("cta_url", 1, 1)
