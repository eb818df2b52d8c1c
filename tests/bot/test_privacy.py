"""Being forgotten in the chat: explained, agreed to, done for good, and never behind the back of an order."""

import datetime as dt
import json
import uuid

import pytest
from django.db import connection, transaction
from django.test import Client
from django_scopes import scope, scopes_disabled

from apps.bot.models import Effect, Turn
from apps.catalog.models import Variant
from apps.conversations.deliver import look, requeue_unknown
from apps.conversations.inbox import adopt_events
from apps.conversations.models import InboundEvent, InboxThread, Message, ThreadEvent
from apps.customers.actions import erase_customer
from apps.customers.models import Identity
from apps.merchants import clock
from apps.messaging.content import OpenLink
from apps.messaging.events import ChannelEvent, EventKind
from apps.notifications.actions import run_due
from apps.orders.actions import deliver_order, ship_order
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.models import Order
from tests.carts import goods

from .conftest import MONDAY_NOON
from .dialogue import Shopper

CANARY = "Mia Canary"
PHONE = "4917612345678"


def orders(shopper: Shopper) -> None:
    """Up to a draft order."""
    for line in ("glass mug", "add the first one", "checkout", CANARY, "Canarystr. 12, 10969 Berlin"):
        shopper.says(line)
    for line in ("skip", "canary@example.org", "1", "yes"):
        shopper.says(line)
    with scope(merchant=shopper.account.merchant):
        Effect.objects.all().delete()
    shopper.says("start over")


def order_of(shopper: Shopper) -> Order:
    with scope(merchant=shopper.account.merchant):
        return Order.objects.get()


def is_paid(shopper: Shopper) -> Order:
    with scope(merchant=shopper.account.merchant), transaction.atomic():
        order = lock_order(Order.objects.get())
        place_paid(order)
        return order


def all_sent(shopper: Shopper) -> None:
    with scope(merchant=shopper.account.merchant):
        Message.objects.exclude(author="shopper").update(state="delivered")


def texts(shopper: Shopper) -> str:
    return "\n".join(content.text for content in shopper.answers)


def tables_naming(word: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [row[0] for row in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE row_to_json(t)::text ILIKE %s', [f"%{word}%"])  # noqa: S608
            if cursor.fetchone()[0]:
                found.append(table)
    return sorted(found)


def test_an_unpaid_order_is_named_and_goes_with_the_rest(ana):
    orders(ana)
    order = order_of(ana)
    ana.says("delete my data")
    assert f"Your unpaid order {order.number} is cancelled." in texts(ana)
    assert "stays in our books" not in texts(ana)
    ana.taps("Yes, delete it")
    all_sent(ana)
    assert tables_naming("canary") != []
    assert ana.waits(dt.timedelta(seconds=20)) == []
    with scope(merchant=ana.account.merchant):
        assert (Order.objects.get().status, Identity.objects.get().external_id[:7]) == ("cancelled", "erased:")
        run_due()  # the news of the cancelled order has nobody to go to
        assert Message.objects.exclude(text="").count() == 0
    assert (tables_naming("canary"), tables_naming(PHONE)) == ([], [])


def test_who_writes_again_is_a_stranger(ana):
    ana.says("delete my data")
    ana.says("yes")
    all_sent(ana)
    ana.waits(dt.timedelta(seconds=20))
    ana.says("hello")
    assert ana.answers[0].text.startswith("Hello, I am")
    with scope(merchant=ana.account.merchant):
        assert sorted(Identity.objects.values_list("external_id", flat=True))[0] == PHONE


def test_no_leaves_everything(ana):
    ana.says("delete my data")
    ana.taps("No, leave it")
    assert texts(ana) == "Good, everything stays as it is."
    assert ana.waits(dt.timedelta(minutes=10)) == []
    with scope(merchant=ana.account.merchant):
        assert Identity.objects.get().external_id == PHONE


def test_something_else_is_not_a_yes(ana):
    ana.says("delete my data")
    ana.says("glass mug")
    ana.waits(dt.timedelta(minutes=10))
    with scope(merchant=ana.account.merchant):
        assert (Effect.objects.count(), Identity.objects.get().external_id) == (0, PHONE)


def test_the_last_words_go_out_first(ana):
    ana.says("delete my data")
    ana.says("yes")
    ana.waits(dt.timedelta(seconds=20))
    with scope(merchant=ana.account.merchant):
        assert (Identity.objects.get().external_id, Effect.objects.get().state) == (PHONE, "waiting")
    ana.waits(dt.timedelta(minutes=6))  # a platform that does not take them for minutes holds nothing up for ever
    with scope(merchant=ana.account.merchant):
        assert (Identity.objects.get().external_id[:7], Turn.objects.count()) == ("erased:", 0)
        assert set(Message.objects.values_list("state", "next_at")) == {("received", None), ("suppressed", None)}
    assert look().claims == []


def test_nothing_on_its_way_is_tried_again_after_the_deletion(ana):
    orders(ana)
    with scope(merchant=ana.account.merchant):
        waiting = list(Message.objects.exclude(author="shopper").order_by("-seq")[:4])
        for message, state in zip(waiting, ("queued", "retry", "sending", "unknown"), strict=True):
            message.state, message.next_at = state, clock.now()
            message.lease, message.lease_until = uuid.uuid4(), clock.now()
            message.save()
        with transaction.atomic():
            erase_customer(Identity.objects.get().customer)
        left = Message.objects.filter(pk__in=[message.pk for message in waiting])
        assert set(left.values_list("state", "next_at", "lease", "lease_until")) == {("suppressed", None, None, None)}
        told = ThreadEvent.objects.filter(kind="state", message_seq__in=[message.seq for message in waiting])
        assert sorted(told.values_list("message_seq", "data__state", "data__error_class")) == sorted(
            (message.seq, "suppressed", "erased") for message in waiting
        )
    with clock.at(clock.now() + dt.timedelta(hours=1)):
        assert (requeue_unknown(), look().claims) == (0, [])


def test_an_order_not_sent_yet_comes_first(ana):
    orders(ana)
    order = is_paid(ana)
    ana.says("delete my data")
    assert (f"Order {order.number} is not on its way yet" in texts(ana), ana.labels) == (
        True,
        ["My orders", "A person"],
    )
    with scope(merchant=ana.account.merchant):
        ship_order(order, carrier="DHL", tracking_number="1")
        deliver_order(order)
    ana.says("delete my data")
    assert "What you ordered stays in our books" in texts(ana)


def test_paid_between_the_yes_and_the_deed_nothing_is_deleted(ana):
    orders(ana)
    ana.says("delete my data")
    ana.says("yes")
    order = is_paid(ana)
    all_sent(ana)
    ana.waits(dt.timedelta(seconds=20))
    assert f"Order {order.number} is not on its way yet" in texts(ana)
    with scope(merchant=ana.account.merchant):
        assert (Identity.objects.get().external_id, Order.objects.get().contact_name) == (PHONE, CANARY)


def test_an_order_made_since_the_question_is_named_before_it_goes(ana):
    ana.says("delete my data")
    with scope(merchant=ana.account.merchant):
        mug = Variant.objects.filter(product__title_en__icontains="mug").first()
        order = goods.draft(goods.full_cart(ana.conversation.identity.customer, {mug: 1}))
    ana.taps("Yes, delete it")
    assert f"Your unpaid order {order.number} is cancelled." in texts(ana)
    with scope(merchant=ana.account.merchant):
        assert Effect.objects.count() == 0
    ana.taps("Yes, delete it")
    all_sent(ana)
    ana.waits(dt.timedelta(seconds=20))
    with scope(merchant=ana.account.merchant):
        assert (Order.objects.get().status, Identity.objects.get().external_id[:7]) == ("cancelled", "erased:")


def test_an_order_made_between_the_yes_and_the_deed_is_named_before_it_goes(ana):
    ana.says("delete my data")
    ana.taps("Yes, delete it")
    with scope(merchant=ana.account.merchant):
        mug = Variant.objects.filter(product__title_en__icontains="mug").first()
        order = goods.draft(goods.full_cart(ana.conversation.identity.customer, {mug: 1}))
    all_sent(ana)
    ana.waits(dt.timedelta(seconds=20))
    assert texts(ana).startswith("There is a new unpaid order since I asked. Please look again:")
    assert f"Your unpaid order {order.number} is cancelled." in texts(ana)
    with scope(merchant=ana.account.merchant):
        assert (Order.objects.get().status, Identity.objects.get().external_id) == ("draft", PHONE)
    ana.taps("Yes, delete it")
    all_sent(ana)
    assert ana.waits(dt.timedelta(seconds=40)) == []
    with scope(merchant=ana.account.merchant):
        assert (Order.objects.get().status, Identity.objects.get().external_id[:7]) == ("cancelled", "erased:")


def test_a_yes_to_an_older_question_asks_anew(ana):
    orders(ana)
    ana.says("delete my data")
    asked = list(ana.answers)
    is_paid(ana)
    ana.says("start over")
    ana.answers = asked
    ana.taps("Yes, delete it")
    assert "is not on its way yet" in texts(ana)
    with scope(merchant=ana.account.merchant):
        assert Effect.objects.count() == 0


ASKED = {
    "en": "Shall I delete your data?",
    "de": "Soll ich Ihre Daten löschen?",
    "es": "¿Borro tus datos?",
    "zh-hans": "要删除您的数据吗？",
}
KNOWN = {
    "en": "This is what we know about you:",
    "de": "Das wissen wir über Sie:",
    "es": "Esto es lo que sabemos de ti:",
    "zh-hans": "我们掌握的您的信息：",
}
WISHES = {
    "en": (("delete my data", "Please delete all my data", "delte my data"), ("my data", "I want a copy of my data")),
    "de": (("lösche meine Daten", "Bitte löschen Sie alle meine Daten", "lösche meine Datne"),
           ("meine Daten", "ich will eine Kopie meiner Daten")),
    "es": (("borra mis datos", "por favor, borra todos mis datos", "bora mis datos"),
           ("mis datos", "quiero una copia de mis datos")),
    "zh-hans": (("删除数据", "删除我的数据", "请把我的数据删掉", "删除我的所有数据"), ("我的数据", "我想查看我的数据")),
}  # fmt: skip
CHOSEN = {"en": "English", "de": "Deutsch", "es": "español", "zh-hans": "中文"}


@pytest.mark.parametrize("said_in", WISHES)
@pytest.mark.parametrize("talk_in", CHOSEN)
def test_both_wishes_are_heard_in_every_language_whatever_the_talk_is_in(arrive, talk_in, said_in):
    deletions, copies = WISHES[said_in]
    begun, answers = [], []
    for number, said in enumerate((*deletions, *copies)):
        shopper = arrive("telegram", f"{number}", language=talk_in)
        shopper.says(CHOSEN[talk_in])
        shopper.says(said)
        with scope(merchant=shopper.account.merchant):
            turn = Turn.objects.latest("pk")
        begun.append([command.get("flow") for command in turn.commands])
        answers.append([line for line in (*ASKED.values(), *KNOWN.values()) if line in texts(shopper)])
    assert begun == [["erase"]] * len(deletions) + [["my_data"]] * len(copies)
    # A few words in another language are answered in the talk's own; a whole sentence moves the talk there.
    assert (answers[0], answers[-2]) == ([ASKED[talk_in]], [KNOWN[talk_in]])


@pytest.mark.parametrize("said_in", WISHES)
def test_a_wish_in_another_language_is_not_somebodys_name(ana, said_in):
    for line in ("glass mug", "add the first one", "checkout"):
        ana.says(line)
    assert ana.answers[-1].text == "Lovely. What name shall I put on the parcel?"
    ana.says(WISHES[said_in][0][0])
    assert ASKED["en"] in texts(ana)


def test_the_copy_is_behind_a_link_that_shows_nothing_by_itself_and_ends(ana, client: Client):
    orders(ana)
    ana.says("what do you know about me")
    (content,) = ana.answers
    assert isinstance(content, OpenLink)
    assert f"Name: {CANARY}\nContact: canary@example.org\nAddresses: 1\nOrders: 1\n" in content.text
    path = "/" + content.url.split("/", 3)[3]
    page = client.get(path)
    assert (page.status_code, page["Cache-Control"], "anary" in page.content.decode()) == (
        200,
        "private, no-store",
        False,
    )
    file = client.post(path)
    data = json.loads(file.content)
    assert (file["Content-Disposition"], data["customer"]["name"]) == ('attachment; filename="my-data.json"', CANARY)
    assert (len(data["orders"]), data["conversations"][0]["messages"][0]["text"]) == (1, "hello")
    forged = path.replace(path.split("/")[2][:4], "AAAA", 1)
    assert (client.get(forged).status_code, client.post(path[:-3] + "x/").status_code) == (404, 404)


def test_the_link_is_dead_after_an_hour(ana, client: Client, time_machine):
    time_machine.move_to(MONDAY_NOON)
    ana.says("my data")
    path = "/" + ana.answers[0].url.split("/", 3)[3]
    time_machine.shift(dt.timedelta(minutes=59))
    assert client.post(path).status_code == 200
    time_machine.shift(dt.timedelta(minutes=2))
    assert client.post(path).status_code == 404


def test_a_message_that_crosses_the_deletion_is_still_answered(ana):
    """Its thread's row went while it was being stored: the sweep gives it a new one, once."""
    event = ChannelEvent(
        kind=EventKind.MESSAGE, external_event_id="late", external_user_id=PHONE, occurred_at=clock.now(), text="hi"
    )
    with scopes_disabled():
        InboundEvent.objects.create(
            channel_account_id=ana.account.pk, event_key="late", thread_key=PHONE, payload=event.to_json()
        )
        InboxThread.objects.filter(thread_key=PHONE).delete()
        assert (adopt_events(), adopt_events(), InboxThread.objects.filter(thread_key=PHONE).count()) == (1, 0, 1)
