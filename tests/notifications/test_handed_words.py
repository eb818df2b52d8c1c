"""A bought gift card is told to its buyer: the code leaves the house to them and is read by nobody else."""

from django.db import transaction

from apps.carts.actions import add_to_cart, open_cart, set_gift
from apps.conversations.actions import send_message
from apps.conversations.deliver import look
from apps.conversations.deliver.sending import unsealed
from apps.conversations.models import Message
from apps.conversations.timeline import as_socket_message
from apps.customers.models import Customer
from apps.merchants.models import Merchant
from apps.messaging.content import Text
from apps.messaging.sealed import seal, shut
from apps.notifications.actions import run_due
from apps.orders.actions.cancel import lock_order
from apps.orders.actions.place import place_paid
from apps.orders.models import Order
from apps.payments.actions import sold_to
from apps.payments.actions.sold_card import issue_sold
from tests.carts import goods
from tests.conversations.people import says
from tests.factories import channel_account


def bought(customer: Customer, *, quantity: int = 1) -> Order:
    """Placed as payments does it when the money has come."""
    card = goods.variant(customer.merchant, "Gift card", price="50.00", stock=None, comes_as="gift_card")
    add_to_cart(customer, card, quantity=quantity)
    set_gift(open_cart(customer), to="Maria", message="Happy birthday")
    with transaction.atomic():
        order = lock_order(goods.draft(open_cart(customer)))
        place_paid(order)
        issue_sold(order)
    return order


def test_the_code_leaves_to_its_buyer_and_stands_nowhere_else(in_scope: Merchant) -> None:
    thread = says(channel_account(in_scope, "telegram"), "hi").conversation
    bought(thread.identity.customer)
    card = sold_to(thread.identity.customer)[0]
    assert run_due() == 2
    told = thread.messages.get(content__kind="text", author="system")
    assert told.text.splitlines()[:3] == [
        "Here is the gift card for Maria:",
        f"€50.00: •••• {card.ends}",
        "The words with it: “Happy birthday”",
    ]
    rows = str(list(Message.objects.values("text", "content")))
    assert card.sealed not in rows
    assert card.sealed not in str(as_socket_message(told, for_shopper=False))
    assert "⟦" not in str(as_socket_message(told, for_shopper=False))
    assert card.sealed in as_socket_message(told)["content"]["text"]
    first, *_ = look().claims
    Message.objects.filter(pk=first.message.pk).update(state="accepted")
    second, *_ = look().claims
    assert card.sealed in unsealed(second).text


def test_a_mark_in_somebody_elses_thread_stays_shut(in_scope: Merchant) -> None:
    account = channel_account(in_scope, "telegram")
    bought(says(account, "hi").conversation.identity.customer)
    card = sold_to(Customer.objects.order_by("pk")[0])[0]
    stranger = says(account, "hello", user="shopper-2").conversation
    mark = seal("gift_card", card.public_id, shown=str(card))
    message = send_message(stranger, Text(text=f"Look: {mark}"), author="bot")
    assert as_socket_message(message)["content"]["text"] == f"Look: •••• {card.ends}"
    assert shut(f"{mark} and {mark}") == f"•••• {card.ends} and •••• {card.ends}"
    assert message.text == f"Look: •••• {card.ends}"


def test_many_cards_come_in_several_messages(in_scope: Merchant) -> None:
    thread = says(channel_account(in_scope, "telegram"), "hi").conversation
    bought(thread.identity.customer, quantity=7)
    run_due()
    told = thread.messages.filter(content__kind="text", author="system")
    assert [message.text.count("€50.00: ••••") for message in told.order_by("seq")] == [5, 2]
