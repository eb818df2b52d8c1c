"""An order over nothing: placed without a page, its goods sold, told once; and only such an order."""

import datetime as dt
from threading import Thread

import pytest
from django.db import connection
from django.test import Client
from django_scopes import scope

from apps.catalog.models import StockLevel, Variant
from apps.catalog.stock import Wanted, take_holds
from apps.conversations.models import Conversation, Message
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.notifications.actions import run_due
from apps.notifications.models import Notice
from apps.orders.actions import NotNow, OutOfStock, expire_orders
from apps.orders.models import Order
from apps.payments.actions import cancel_order, place_free, start_checkout
from apps.payments.models import Payment
from tests.carts import goods
from tests.conversations.people import says
from tests.factories import channel_account

from .desk import Desk
from .story import fresh, ordered, told


def gift(merchant: Merchant, *, stock: int = 3) -> Variant:
    """Something that costs nothing and is sent for nothing."""
    goods.vat(merchant)
    goods.parcel(merchant, price="0.00", free_from=None)
    return goods.variant(merchant, "Sample", price="0.00", stock=stock)


def level(variant: Variant) -> tuple[int, int, int]:
    row = StockLevel.objects.get(variant=variant)
    return row.on_hand, row.allocated, row.held


def breaches() -> list[dict[str, object]]:
    return [finding for finding in run_all() if not finding["ok"]]


def test_a_free_order_is_placed_without_a_page(desk: Desk, ana: Customer) -> None:
    sample = gift(ana.merchant)
    order = ordered(ana, {sample: 2})
    assert (order.total.amount, level(sample)) == (0, (3, 0, 2))
    place_free(order)
    place_free(order)
    assert (fresh(order).status, order.payment_status, level(sample)) == ("placed", "paid", (3, 2, 0))
    assert told(order) == ["drafted", "placed", "paid"]
    assert (Payment.objects.count(), desk.every("checkout.session"), breaches()) == (0, [], [])


def test_asking_for_its_pay_link_places_it(desk: Desk, client: Client, ana: Customer) -> None:
    order = ordered(ana, {gift(ana.merchant): 1})
    with pytest.raises(NotNow):
        start_checkout(order)
    assert fresh(order).status == "placed"
    answer = client.get(f"/pay/{order.public_id}/go/")
    assert (answer.status_code, answer["Location"].endswith(f"/pay/{order.public_id}/")) == (302, True)
    assert "Paid – thank you!" in client.get(f"/pay/{order.public_id}/").content.decode()
    assert Payment.objects.count() == 0


def test_what_costs_a_cent_is_not_given_away(ana: Customer) -> None:
    goods.parcel(ana.merchant, price="0.00", free_from=None)
    order = ordered(ana, {goods.variant(ana.merchant, price="0.01"): 1})
    with pytest.raises(NotNow):
        place_free(order)
    assert (fresh(order).status, order.payment_status) == ("draft", "none")


def test_a_free_order_whose_goods_went_to_somebody_else_stays_a_draft(ana: Customer) -> None:
    sample = gift(ana.merchant, stock=1)
    order = ordered(ana, {sample: 1})
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        take_holds([Wanted(sample.pk, 1, "somebody:else")], reason="cart", until=clock.now() + dt.timedelta(hours=1))
        with pytest.raises(OutOfStock):
            place_free(order)
    assert (fresh(order).status, told(order), level(sample)) == ("draft", ["drafted"], (1, 0, 1))


def test_a_free_order_that_expired_is_not_placed(ana: Customer) -> None:
    order = ordered(ana, {gift(ana.merchant): 1})
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        expire_orders()
        with pytest.raises(NotNow):
            place_free(order)
    assert (fresh(order).status, breaches()) == ("expired", [])


def test_calling_a_free_order_off_puts_the_goods_back_and_promises_no_money(ana: Customer) -> None:
    account = channel_account(ana.merchant, "telegram")
    thread = says(account, "hi").conversation
    assert thread is not None
    sample = gift(ana.merchant)
    order = place_free(ordered(thread.identity.customer, {sample: 1}))
    cancel_order(order)
    assert (fresh(order).status, level(sample)) == ("cancelled", (3, 0, 0))
    run_due()
    assert said(thread) == [
        f"Thank you! Order {order.number} is placed; there is nothing to pay. It should reach you in 2 to 4 working "
        "days. We will tell you here as soon as the parcel is on its way.",
        f"Order {order.number} is cancelled.",
    ]
    assert breaches() == []


def said(thread: Conversation) -> list[str]:
    rows = Message.objects.filter(conversation=thread, author="system").order_by("seq")
    return [row.content["text"] for row in rows]


@pytest.mark.django_db(transaction=True)
def test_six_at_once_place_it_once_and_say_so_once(merchant: Merchant) -> None:
    with scope(merchant=merchant):
        thread = says(channel_account(merchant, "telegram"), "hi").conversation
        assert thread is not None
        order = ordered(thread.identity.customer, {gift(merchant): 1})
    errors: list[BaseException] = []

    def place() -> None:
        try:
            with scope(merchant=merchant):
                place_free(Order.objects.get(pk=order.pk))
                run_due()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=place) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    run_due()
    with scope(merchant=merchant):
        assert (errors, fresh(order).status, told(order)) == ([], "placed", ["drafted", "placed", "paid"])
        assert (len(said(thread)), Notice.objects.count(), breaches()) == (1, 1, [])
