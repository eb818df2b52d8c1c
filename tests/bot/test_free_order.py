"""An order over nothing in the thread: one yes, one answer, no talk of paying."""

import pytest
from django.db import transaction
from django_scopes import scope

from apps.bot.models import Effect
from apps.carts.models import DeliveryMethod
from apps.catalog.models import Price
from apps.conversations.models import Message
from apps.notifications.actions import run_due
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.models import Order

from .dialogue import Shopper

WALK = {
    "en": ("glass mug", "add the first one", "checkout", "Mia Evans", "skip", "Buy now"),
    "de": ("Glasbecher", "nehme ich", "zur Kasse", "Ana Lopez", "überspringen", "Jetzt kaufen"),
}
THANKS = {
    "en": "Thank you! Order {number} is placed; there is nothing to pay.",
    "de": "Vielen Dank! Bestellung {number} ist aufgegeben; zu bezahlen gibt es nichts.",
}


@pytest.mark.parametrize("language", WALK)
def test_a_free_order_is_placed_by_the_yes_and_told_once(arrive, language):
    shopper: Shopper = arrive("whatsapp", "4917612345678", language=language)
    with scope(merchant=shopper.account.merchant):
        Price.objects.update(amount=0)
        DeliveryMethod.objects.update(price=0)
    search, add, checkout, name, skip, buy = WALK[language]
    for line in (search, add, checkout, name, "Lindenstr. 12, 10969 Berlin", skip, skip, "1"):
        shopper.says(line)
    assert shopper.taps(buy) == []
    with scope(merchant=shopper.account.merchant):
        order = Order.objects.get()
        assert (order.status, order.payment_status, Effect.objects.count()) == ("placed", "paid", 0)
        run_due()
    shopper.waits()
    with scope(merchant=shopper.account.merchant):
        rows = Message.objects.filter(conversation=shopper.conversation, seq__gt=0).exclude(author="shopper")
        after = [row.text for row in rows.order_by("seq") if order.number in row.text]
    assert len(after) == 1
    assert after[0].startswith(THANKS[language].format(number=order.number))


@pytest.mark.parametrize(
    ("asked_again", "said"), [(False, []), (True, ["Order {number} is paid already. All is well."])]
)
def test_paid_while_the_link_was_being_made_is_no_failure(ana, asked_again, said):
    for line in ("glass mug", "add the first one", "checkout", "Mia Evans", "Lindenstr. 12, 10969 Berlin"):
        ana.says(line)
    for line in ("skip", "skip", "1", "yes"):
        ana.says(line)
    if asked_again:
        with scope(merchant=ana.account.merchant):
            Effect.objects.all().delete()
        ana.says("send me the payment link again")
    with scope(merchant=ana.account.merchant), transaction.atomic():
        order = lock_order(Order.objects.get())
        place_paid(order)
    ana.waits()
    assert [content.text for content in ana.answers] == [line.format(number=order.number) for line in said]
