"""Facts about an order reach the shopper's thread: each once, in their language, where they wrote last."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import translation
from django_scopes import scope

from apps.catalog.models import Variant
from apps.conversations.models import Conversation, InboundEvent, Message
from apps.customers.actions import record_consent
from apps.merchants import clock
from apps.messaging.models import Template
from apps.notifications.actions import best_conversation, run_due, tell
from apps.notifications.invariants import facts_given_up, facts_untold
from apps.notifications.models import Notice
from apps.notifications.order_words import SPEAKERS
from apps.orders.actions import deliver_order, ship_order
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.models import Order, OrderEvent, ReturnLabel, ReturnRequest
from tests.carts import goods
from tests.conversations.people import says
from tests.factories import channel_account


def placed_order(conversation: Conversation, variants: dict[Variant, int] | None = None) -> Order:
    customer = conversation.identity.customer
    order = goods.draft(goods.full_cart(customer, variants or {goods.variant(customer.merchant): 1}))
    with transaction.atomic():
        order = lock_order(order)
        place_paid(order)
    return order


@pytest.fixture
def thread(in_scope: Any) -> Conversation:
    goods.vat(in_scope)
    return says(channel_account(in_scope, "telegram"), "hi").conversation


def said(conversation: Conversation) -> list[str]:
    return [m.content["kind"] for m in conversation.messages.filter(author="system").order_by("seq")]


def test_paid_shipped_and_delivered_are_told_once_each(thread: Conversation) -> None:
    order = placed_order(thread)
    ship_order(order, carrier="DHL", tracking_number="JJD1")
    deliver_order(order)
    assert [run_due(), run_due()] == [3, 0]
    assert said(thread) == ["order_update", "order_update", "order_update", "rate"]
    shipped = thread.messages.get(content__state="shipped")
    assert shipped.content["text"] == f"Your order {order.number} is on its way with DHL. Tracking number: JJD1"
    assert facts_untold() == []


def test_the_confirmation_is_in_the_shoppers_language(thread: Conversation) -> None:
    thread.language = "de"
    thread.save(update_fields=["language"])
    order = placed_order(thread)
    run_due()
    text = thread.messages.get(content__state="paid").content["text"]
    assert text.startswith(f"Vielen Dank! Ihre Zahlung über 16,90\xa0€ für Bestellung {order.number} ist eingegangen.")


def test_news_go_where_the_shopper_wrote_last(thread: Conversation) -> None:
    order = placed_order(thread)
    other = says(channel_account(thread.merchant, "whatsapp"), "hola", user="49222").conversation
    other.identity.customer = order.customer
    other.identity.save(update_fields=["customer"])
    run_due()
    assert (said(thread), said(other)) == ([], ["order_update"])


def linked(thread: Conversation, kind: str, *, user: str = "49222") -> Conversation:
    """The same person on another channel, where they wrote last."""
    other = says(channel_account(thread.merchant, kind), "hola", user=user).conversation
    other.identity.customer = thread.identity.customer
    other.identity.save(update_fields=["customer"])
    return other


def opt_out(thread: Conversation, purpose: str = "service") -> None:
    record_consent(thread.identity, purpose=purpose, granted=False, source="keyword")


def test_news_go_where_they_are_still_wanted(thread: Conversation) -> None:
    order = placed_order(thread)
    other = linked(thread, "whatsapp")
    opt_out(other)
    run_due()
    ship_order(order, carrier="DHL", tracking_number="JJD1")
    run_due()
    assert (said(thread), said(other)) == (["order_update", "order_update"], [])


def test_offers_withdrawn_are_not_order_news_withdrawn(thread: Conversation) -> None:
    placed_order(thread)
    other = linked(thread, "whatsapp")
    opt_out(other, "marketing")
    run_due()
    assert (said(thread), said(other)) == ([], ["order_update"])


def test_news_go_where_they_can_still_be_told(thread: Conversation) -> None:
    placed_order(thread)
    thread_of_last_words = linked(thread, "whatsapp")
    Conversation.objects.filter(pk=thread.pk).update(last_inbound_at=clock.now() - dt.timedelta(days=9))
    Conversation.objects.filter(pk=thread_of_last_words.pk).update(last_inbound_at=clock.now() - dt.timedelta(hours=25))
    run_due()
    assert (said(thread), said(thread_of_last_words)) == (["order_update"], [])


@pytest.mark.parametrize(("approved", "is_told_there"), [("order_paid", True), ("order_shipped", False)])
def test_a_wording_approved_for_it_keeps_them_where_they_wrote_last(
    thread: Conversation, approved: str, is_told_there: bool
) -> None:
    placed_order(thread)
    last = linked(thread, "whatsapp")
    Conversation.objects.filter(pk=last.pk).update(last_inbound_at=clock.now() - dt.timedelta(hours=25))
    Conversation.objects.filter(pk=thread.pk).update(last_inbound_at=clock.now() - dt.timedelta(days=9))
    Template.objects.create(
        merchant=last.merchant,
        channel_account=last.channel_account,
        purpose=approved,
        language="en",
        name="wording",
        body="Thank you for {{1}}, {{2}}",
        state=Template.State.APPROVED,
    )
    run_due()
    told = Message.objects.get(author="system")
    assert (told.conversation == last, told.state) == (is_told_there, "queued")


def test_who_wants_nothing_anywhere_is_told_nothing(thread: Conversation) -> None:
    placed_order(thread)
    other = linked(thread, "whatsapp")
    for each in (thread, other):
        opt_out(each)
    run_due()
    states = Message.objects.filter(author="system").values_list("conversation", "state")
    assert list(states) == [(other.pk, "suppressed")]


def test_however_many_threads_there_are_one_query_finds_the_best(
    thread: Conversation, django_assert_num_queries: Any
) -> None:
    for number in range(4):
        opt_out(linked(thread, "whatsapp", user=f"4922{number}"))
    customer = thread.identity.customer
    with django_assert_num_queries(1):
        assert best_conversation(customer, said_in=lambda thread: []) == thread


def test_a_draft_given_up_for_a_changed_cart_is_not_worth_a_word(thread: Conversation) -> None:
    customer = thread.identity.customer
    cart = goods.full_cart(customer, {goods.variant(thread.merchant): 1})
    goods.draft(cart)
    goods.full_cart(customer, {goods.variant(thread.merchant, "Red mug"): 1})
    run_due()
    assert said(thread) == []


def test_the_bot_hears_of_every_fact_it_told(thread: Conversation) -> None:
    placed_order(thread)
    run_due()
    event = OrderEvent.objects.get(kind="placed")
    heard = InboundEvent.objects.get(event_key=f"internal:order_fact:{event.pk}")
    assert (heard.payload["data"]["name"], heard.payload["data"]["fact"]) == ("order_fact", "placed")


@pytest.mark.parametrize("language", ["en", "de", "es", "zh-hans"])
# Of an exchange that waits for money only what was agreed outside the thread is said here, and of what is handed over
# only what there is of it.
@pytest.mark.parametrize("kind", sorted(set(SPEAKERS) - {"return_unpaid", "handed_over"}))
def test_every_fact_has_words_in_every_language(thread: Conversation, kind: str, language: str) -> None:
    order = placed_order(thread)
    data: dict[str, Any] = {"carrier": "DHL", "number": "1"}
    if kind.startswith("return_"):
        request = ReturnRequest.objects.create(merchant=order.merchant, order=order, position=1, kind="return")
        data |= {"returned": request.pk, "amount": "0", "currency": order.currency}
    if kind == "return_label":
        slip = ReturnLabel.objects.create(merchant=order.merchant, request=request, state=ReturnLabel.State.READY)
        data["label"] = slip.pk
    event = OrderEvent(order=order, kind=kind, data=data)
    with translation.override(language):
        words = [content.text for content in SPEAKERS[kind](event.order, event.data, language)]
    with translation.override("en"):
        english = [content.text for content in SPEAKERS[kind](event.order, event.data, "en")]
    assert order.number in words[0]
    assert [word == plain for word, plain in zip(words, english, strict=True)] == [language == "en"] * len(english)


@pytest.mark.django_db(transaction=True)
def test_eight_sweepers_at_once_tell_it_once(merchant: Any) -> None:
    with scope(merchant=merchant):
        goods.vat(merchant)
        conversation = says(channel_account(merchant, "telegram"), "hi").conversation
        order = placed_order(conversation)
        event = OrderEvent.objects.get(order=order, kind="placed")

    def sweep(_: int) -> bool:
        try:
            with scope(merchant=merchant):
                return tell(OrderEvent.objects.select_related("merchant").get(pk=event.pk)) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(sweep, range(8)))
    with scope(merchant=merchant):
        assert (sum(told), Notice.objects.count(), Message.objects.filter(author="system").count()) == (1, 1, 1)


def test_a_fact_that_cannot_be_told_waits_and_lets_others_pass(thread: Conversation) -> None:
    """One order's story is unreadable: it is tried again later, and kept for a person in the end."""
    broken, fine = placed_order(thread), placed_order(thread)
    refund = broken.record("refunded", amount="not a number", currency="EUR")
    ship_order(fine, carrier="DHL", tracking_number="1")
    moment = clock.now()
    run_due()
    assert said(thread) == ["order_update"] * 3
    for _ in range(6):
        moment += dt.timedelta(hours=2)
        with clock.at(moment):
            run_due()
    notice = Notice.objects.get(event=refund.pk)
    assert (notice.attempts, notice.next_at, notice.error.split(":")[0]) == (6, None, "InvalidOperation")
    assert facts_given_up() == [f"order event {refund.pk} was not told: {notice.error}"]
    OrderEvent.objects.filter(pk=refund.pk).update(data={"amount": "1.00", "currency": "EUR"})
    Notice.objects.filter(pk=notice.pk).update(next_at=moment)
    with clock.at(moment):
        run_due()
    assert (said(thread), facts_given_up()) == (["order_update"] * 4, [])


def test_a_split_order_tells_what_comes_and_what_follows(thread: Conversation) -> None:
    mug, lamp = goods.variant(thread.merchant), goods.variant(thread.merchant, "Desk lamp")
    order = placed_order(thread, {mug: 3, lamp: 1})
    mugs, lamps = order.lines.order_by("pk")
    first = ship_order(order, carrier="DHL", tracking_number="1", lines={mugs.pk: 2})
    second = ship_order(order, carrier="UPS", lines={mugs.pk: 1})
    deliver_order(order, parcel=first)
    deliver_order(order, parcel=second)
    ship_order(order, carrier="DHL", tracking_number="3", lines={lamps.pk: 1})
    deliver_order(order)
    run_due()
    number = order.number
    told = list(thread.messages.filter(author="system").order_by("seq"))[1:]
    assert [message.content["text"] for message in told] == [
        f"2 of 4 items of your order {number} are on their way with DHL: 2 × Blue mug. "
        "Still to come: 1 × Blue mug, 1 × Desk lamp. Tracking number: 1",
        f"Parcel 2 of your order {number} is on its way with UPS: 1 × Blue mug. Still to come: 1 × Desk lamp.",
        f"A parcel of your order {number} has arrived: 2 × Blue mug. The rest follows.",
        f"A parcel of your order {number} has arrived: 1 × Blue mug. The rest follows.",
        f"The rest of your order {number} is on its way with DHL: 1 × Desk lamp. Tracking number: 3",
        f"Your order {number} has arrived. We hope you like it.",
        "How happy are you with it, from 1 to 5? You may add a word or two.",
    ]
