"""Events twelve times over, the return page, the reconciliation and the sweepers, all at once: paid once, said once."""

import random
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django_scopes import scope

from apps.conversations.models import InboundEvent, Message
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.notifications import actions as notifications
from apps.notifications.models import Notice
from apps.orders.models import Order, OrderEvent
from apps.payments.actions import reconcile
from apps.payments.inbox import run_due
from apps.payments.models import Payment, PaymentAccount, PaymentEvent, WebhookEvent
from tests.carts import goods
from tests.conversations.people import says
from tests.factories import channel_account

from .desk import NAME, Desk
from .story import linked, told

TIMES = 12
Step = Callable[[], object]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


def paid_at_the_desk(desk: Desk, merchant: Merchant, count: int) -> list[Payment]:
    """So many shoppers with a thread each have paid at the hosted page; nobody has told us."""
    with scope(merchant=merchant):
        goods.vat(merchant)
        PaymentAccount.objects.create(merchant=merchant, provider="stripe", name=NAME, config=desk.config)
        mug = goods.variant(merchant, stock=count + 2)
        account = channel_account(merchant, "telegram")
        people = [says(account, "hi", user=str(700 + n)).conversation for n in range(count)]
        payments = [linked(thread.identity.customer, {mug: 1}) for thread in people if thread is not None]
    assert [desk.pay(payment.provider_session) for payment in payments] == ["paid"] * count
    return payments


def at_once(lanes: list[list[Step]]) -> list[BaseException]:
    """Each lane in a thread and a connection of its own; what went wrong anywhere."""
    errors: list[BaseException] = []

    def run(steps: list[Step]) -> None:
        try:
            for step in steps:
                step()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[steps]) for steps in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def storm(desk: Desk, payments: list[Payment], chance: random.Random) -> tuple[list[list[Step]], int]:
    """Everything that can learn of a payment, and how many deliveries that is."""
    deliveries = [event for event in desk.events() for _ in range(TIMES)]
    chance.shuffle(deliveries)
    answers: list[Step] = [partial(taken, desk, event) for event in deliveries]
    pages: list[Step] = [partial(seen, payment) for payment in payments for _ in range(3)]
    chance.shuffle(pages)
    rounds = max(6, len(deliveries) // 20)
    lanes: list[list[Step]] = [answers[lane::3] for lane in range(3)]
    lanes += [[run_due] * rounds for _ in range(2)]
    lanes += [[notifications.run_due] * rounds for _ in range(2)]
    return [*lanes, pages, [reconcile] * 4], len(deliveries)


def taken(desk: Desk, event: dict[str, Any]) -> None:
    assert desk.tell(event) == 200


def seen(payment: Payment) -> None:
    """The shopper comes back from the hosted page."""
    assert Client().get(f"/pay/{payment.order.public_id}/", {"back": "1"}).status_code == 200


def come_to_rest() -> None:
    while run_due() + notifications.run_due():
        pass


def paid_once_and_said_once(merchant: Merchant, payments: list[Payment]) -> None:
    count = len(payments)
    with scope(merchant=merchant):
        for order in Order.objects.all():
            assert (order.status, order.payment_status, told(order)) == (
                "placed",
                "paid",
                ["drafted", "placed", "paid"],
            )
        assert sorted(PaymentEvent.objects.values_list("payment", "kind")) == sorted(
            (payment.pk, "captured") for payment in payments
        )
        confirmed = Message.objects.filter(author="system").values_list("conversation__identity__customer", flat=True)
        assert sorted(confirmed) == sorted(payment.order.customer_id for payment in payments)
        placed = OrderEvent.objects.filter(kind="placed").values_list("pk", flat=True)
        assert sorted(Notice.objects.filter(message__isnull=False).values_list("event", flat=True)) == sorted(placed)
    facts = InboundEvent.objects.filter(payload__data__name="order_fact")
    assert (facts.count(), WebhookEvent.objects.filter(processed_at__isnull=True).count()) == (count, 0)
    assert [finding for finding in run_all() if not finding["ok"]] == []


def play(desk: Desk, merchant: Merchant, *, orders: int, seed: int) -> None:
    payments = paid_at_the_desk(desk, merchant, orders)
    lanes, deliveries = storm(desk, payments, random.Random(seed))
    errors = at_once(lanes)
    assert errors == []
    come_to_rest()
    paid_once_and_said_once(merchant, payments)
    print(
        f"payments: {orders} orders, {deliveries} deliveries of {deliveries // TIMES} events, each paid and said once"
    )


@pytest.mark.fire
def test_each_event_twelve_times_pays_once_and_says_so_once(desk: Desk, merchant: Merchant) -> None:
    play(desk, merchant, orders=4, seed=12)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_forty_orders_at_once_are_each_paid_and_said_once(desk: Desk, merchant: Merchant, seed: int) -> None:
    play(desk, merchant, orders=40, seed=seed)
