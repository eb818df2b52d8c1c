"""Calling an unpaid order off in the thread: one question, one answer, and what is next."""

import pytest
from django_scopes import scope

from apps.conversations.models import Message
from apps.messaging.content import OrderUpdate, all_choices, from_json
from apps.notifications.actions import run_due
from apps.orders.models import Order

from .dialogue import Shopper


@pytest.fixture
def with_order(ana: Shopper) -> Shopper:
    """Ana has ordered and has not paid."""
    for line in ("glass mug", "add the first one", "checkout", "Mia Evans", "Lindenstr. 12, 10969 Berlin"):
        ana.says(line)
    for line in ("skip", "skip", "1", "yes"):
        ana.says(line)
    ana.waits()
    return ana


def said_since(shopper: Shopper, start: int) -> list[Message]:
    return list(Message.objects.filter(pk__gt=start).exclude(author="shopper").order_by("seq"))


def told_of_it(shopper: Shopper, start: int) -> list[Message]:
    """After the worker's round and the thread's own."""
    shopper.waits()
    with scope(merchant=shopper.account.merchant):
        run_due()
    shopper.waits()
    with scope(merchant=shopper.account.merchant):
        return said_since(shopper, start)


def last_message(shopper: Shopper) -> int:
    with scope(merchant=shopper.account.merchant):
        return int(Message.objects.order_by("-pk").values_list("pk", flat=True)[0])


def test_cancelling_is_said_once_with_what_is_next(with_order):
    with_order.says("please cancel my order")
    start = last_message(with_order)
    assert with_order.taps("Yes, cancel it") == []
    (message,) = told_of_it(with_order, start)
    with scope(merchant=with_order.account.merchant):
        order = Order.objects.get()
    content = from_json(message.content)
    assert isinstance(content, OrderUpdate)
    assert (order.status, content.text) == ("cancelled", f"Order {order.number} is cancelled. Nothing was charged.")
    assert [choice.label for choice in all_choices(content)] == ["My cart", "Browse products"]
    with_order.says("my cart")
    assert "Glass mug" in with_order.text


def test_keeping_it_is_said_at_once_and_nothing_else(with_order):
    with_order.says("please cancel my order")
    start = last_message(with_order)
    with_order.taps("No, keep it")
    (message,) = told_of_it(with_order, start)
    with scope(merchant=with_order.account.merchant):
        order = Order.objects.get()
    assert (order.status, message.content["text"]) == ("draft", f"Good, order {order.number} stays as it is.")


def test_what_the_bank_may_still_send_is_named(with_order):
    with_order.says("please cancel my order")
    start = last_message(with_order)
    with_order.taps("Yes, cancel it")
    with scope(merchant=with_order.account.merchant):
        Order.objects.update(payment_status="pending")
        number = Order.objects.get().number
    (message,) = told_of_it(with_order, start)
    assert message.content["text"] == (
        f"Order {number} is cancelled. If your bank still sends the money, it goes back the way it came."
    )


def test_a_paid_order_is_called_off_before_it_is_sent(with_order):
    with scope(merchant=with_order.account.merchant):
        order = Order.objects.get()
        Order.objects.update(status="placed", payment_status="paid", placed_at=order.created_at)
    with_order.says("please cancel my order")
    question, _, choices = with_order.text.partition("\n\n")
    assert question == f"Shall I cancel order {order.number}? Your €14.40 go back the way you paid."
    assert choices == "1. Yes, cancel it\n2. No, keep it"


def test_what_is_on_its_way_is_not_called_off(with_order):
    with scope(merchant=with_order.account.merchant):
        order = Order.objects.get()
        Order.objects.update(
            status="placed", payment_status="paid", fulfilment_status="shipped", placed_at=order.created_at
        )
    with_order.says("please cancel my order")
    assert f"Order {order.number} is on its way already" in with_order.text
