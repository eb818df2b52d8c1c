"""What is told of one payment, signed and through the front door, in every order and each time again: one end, told once."""

import json
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django_scopes import scope

from apps.carts.money import money
from apps.conversations.models import Conversation, Message
from apps.customers.models import Customer
from apps.ledger.models import Posting
from apps.loyalty.models import PointsEntry
from apps.merchants.invariants import run_all
from apps.merchants.models import Merchant
from apps.notifications.actions import run_due as tell_due
from apps.orders.models import Document
from apps.payments.actions import grant_credit, hold_tenders, start_checkout, use_credit
from apps.payments.inbox import run_due
from apps.payments.models import Payment, PaymentAccount, PaymentEvent
from apps.sandbox.stripe_api import captures
from chatshop.asgi import application
from tests import factories
from tests.carts import goods
from tests.conversations.people import greets
from tests.gateway.harness import call_door
from tests.loyalty import club

from .desk import Desk, sign
from .story import fresh, told

# As they befall a payment at the provider. Which of them is heard first, nobody promises.
FACTS = ("failed", "authorised", "captured", "refunded", "disputed")
EVENTS = {
    "failed": "payment_intent.payment_failed",
    "authorised": "payment_intent.amount_capturable_updated",
    "captured": "payment_intent.succeeded",
    "refunded": "charge.refunded",
    "disputed": "charge.dispute.created",
}
ORDERS = list(permutations(FACTS))


def member(desk: Desk, merchant: Merchant) -> Customer:
    """With two euros of credit, in the thread of a shop that takes the money when goods leave."""
    account = PaymentAccount(merchant=merchant, provider="stripe", name=merchant.slug, config=desk.config)
    account.captures_on_shipping = True
    account.save()
    goods.vat(merchant)
    club.programme(merchant)
    customer: Customer = greets(factories.channel_account(merchant, "telegram")).identity.customer
    club.member(merchant, customer=customer)
    grant_credit(customer, money("2.00", "EUR"), reason="a present", key="present")
    return customer


class Payer:
    """One payment at the provider, where things befall it in their own order, and the news of them, which do not."""

    def __init__(self, desk: Desk, customer: Customer) -> None:
        self.desk = desk
        cart = goods.full_cart(customer, {goods.variant(customer.merchant): 1})
        use_credit(cart)
        order = goods.draft(cart)
        hold_tenders(order)
        self.payment = start_checkout(order)
        self.happened = 0

    def happen(self, fact: str) -> None:
        """Everything up to this, the provider's shop desk and the bank doing their parts."""
        while self.happened <= FACTS.index(fact):
            self.befall[FACTS[self.happened]]()
            self.happened += 1

    @property
    def befall(self) -> dict[str, Callable[[], Any]]:
        page, intent = self.payment.provider_session, lambda: self.desk.session(page)["payment_intent"]
        return {
            "failed": lambda: self.desk.pay(page, "declined"),
            "authorised": lambda: self.desk.pay(page),
            "captured": lambda: self._capture(intent()),
            "refunded": lambda: self.desk.refund({"payment_intent": intent(), "amount": "500"}),
            "disputed": lambda: self.desk.dispute(intent()),
        }

    def _capture(self, intent: str) -> None:
        with self.desk.store.write():
            captures.capture(self.desk.store, self.desk.account, intent, {})

    def hear(self, fact: str) -> int:
        """The news of it, signed, at the front door. The status we answered."""
        (event,) = (each for each in self.desk.events() if each["type"] == EVENTS[fact] and self._is_mine(each))
        body = json.dumps(event).encode()
        path, headers = f"/payments/stripe/{self.payment.account.name}/webhook/", {"stripe-signature": sign(body)}
        return async_to_sync(call_door)(application, path, body, headers=headers)[0]

    def _is_mine(self, event: dict[str, Any]) -> bool:
        intent = self.desk.session(self.payment.provider_session)["payment_intent"]
        thing = event["data"]["object"]
        return intent in (thing["id"], thing.get("payment_intent"))


def end_of(payer: Payer) -> dict[str, Any]:
    """Where it all came to: the payment, its order and every book of its shop."""
    payment = Payment.objects.get(pk=payer.payment.pk)
    order = fresh(payment.order)
    events = PaymentEvent.objects.filter(payment=payment).exclude(kind="failed")
    return {
        "payment": (payment.state, str(payment.authorised), str(payment.captured), str(payment.refunded)),
        "order": (order.status, order.payment_status, order.fulfilment_status),
        "facts": sorted((each.kind, str(each.amount)) for each in events),
        "ledger": sorted((each.account.kind, each.transfer.kind, str(each.amount)) for each in Posting.objects.all()),
        "points": sorted(PointsEntry.objects.values_list("kind", "points")),
        "stock": list(order.lines.get().variant.stock_levels.values_list("on_hand", "allocated", "held")),
        "documents": sorted(Document.objects.filter(order=order).values_list("kind", flat=True)),
    }


def said_to(customer: Customer) -> list[str]:
    """The news of the order in the shopper's thread, oldest first."""
    thread = Conversation.objects.get(identity__customer=customer)
    news = Message.objects.filter(conversation=thread, content__kind="order_update").order_by("seq")
    return [message.content["state"] for message in news]


def work() -> None:
    """The worker's parts, until nothing is left to do."""
    while run_due() + tell_due():
        pass


def played(desk: Desk, heard: Sequence[str]) -> tuple[dict[str, Any], list[str], list[str]]:
    """The end, the order's story and what was said in a shop of its own, when the news come in this order: each twice,
    and after each all that were there before it once more."""
    merchant = factories.merchant()
    with scope(merchant=merchant):
        payer = Payer(desk, member(desk, merchant))
        answers = []
        for place, fact in enumerate(heard):
            payer.happen(fact)
            answers += [payer.hear(again) for again in (fact, fact, *heard[:place])]
            work()
        assert set(answers) == {200}
        order = payer.payment.order
        return end_of(payer), told(order), said_to(order.customer)


def expected_story(heard: Sequence[str]) -> tuple[list[str], list[str]]:
    """The order's story and the news of it; whether the reserved money was seen before it was taken is all that differs."""
    known = [max(FACTS.index(fact) for fact in heard[: place + 1]) for place in range(len(heard))]
    if FACTS.index("authorised") in known:
        return ["drafted", "placed", "authorised", "paid", "captured", "refunded"], ["reserved", "captured", "refunded"]
    return ["drafted", "placed", "paid", "refunded"], ["paid", "refunded"]


def ends(desk: Desk, orders: Sequence[Sequence[str]]) -> int:
    """Plays each of these orders to the end of the first; returns how many came there."""
    first, _, _ = played(desk, FACTS)
    for heard in orders:
        end, story, said = played(desk, heard)
        other = {book: (came, first[book]) for book, came in end.items() if came != first[book]}
        assert (heard, other, story, said) == (heard, {}, *expected_story(heard))
    assert [found for found in run_all() if not found["ok"]] == []
    return len(orders)


@pytest.mark.django_db(transaction=True)
def test_the_last_first_and_a_tenth_of_all_orders_come_to_one_end(desk: Desk) -> None:
    assert ends(desk, [FACTS[::-1], *ORDERS[::10]]) == 13


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.django_db(transaction=True)
def test_all_hundred_and_twenty_orders_come_to_one_end(desk: Desk) -> None:
    assert ends(desk, ORDERS) == 120
