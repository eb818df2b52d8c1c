"""A colleague and a shopper edit one cart: each sees what the other did, and neither undoes it unawares."""

from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from apps.carts.actions import add_to_cart, open_cart, set_quantity
from apps.carts.changes import colleague
from apps.carts.models import CartLine
from apps.catalog.models import Variant
from apps.conversations.models import Conversation, Message
from apps.merchants.models import Merchant
from apps.messaging.content import all_choices, from_json
from apps.orders.actions import hold_for_summary
from tests import factories
from tests.carts import goods

from .conftest import ain_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mug(shop: Merchant) -> Variant:
    with scope(merchant=shop):
        return goods.variant(shop, stock=9)


def lies(thread: Conversation) -> list[int]:
    return list(CartLine.objects.filter(cart__customer=thread.identity.customer).values_list("quantity", flat=True))


async def test_a_colleague_fills_the_cart_and_the_shopper_is_told(shop: Any, thread: Any, desk: Any, mug: Any) -> None:
    wanted = {"type": "cart.set", "thread": thread.public_id, "variant": mug.pk}
    key = await desk.sends(**wanted, quantity=2, seen=0)
    await desk.hears("accepted", client_id=key)
    await desk.sends(**wanted, quantity=2, seen=0, client_id=key)  # sent again, since the answer was late
    await desk.hears("accepted", client_id=key)
    await desk.sends(**wanted, quantity=3, seen=2)
    await desk.hears("accepted")
    await desk.sends(**wanted, quantity=0, seen=3)
    await desk.hears("accepted")

    def told() -> Any:
        rows = list(Message.objects.filter(author="agent").order_by("seq"))
        return [row.text.split("\n")[0] for row in rows], all_choices(from_json(rows[0].content)), lies(thread)

    texts, choices, left = await ain_shop(shop, told)
    assert texts == [
        "I have put 2 × Blue mug into your cart.",
        "I have changed Blue mug in your cart: 3 now.",
        "I have taken Blue mug out of your cart.",
    ]
    assert ([choice.label for choice in choices], left) == (["Show cart", "Undo"], [])


async def test_a_payment_link_that_is_void_now_is_named(shop: Any, thread: Any, desk: Any, mug: Any) -> None:
    def order() -> Any:
        cart = goods.full_cart(thread.identity.customer, {mug: 2})
        hold_for_summary(cart)
        return goods.draft(cart)

    await ain_shop(shop, order)
    await desk.sends(type="cart.set", thread=thread.public_id, variant=mug.pk, quantity=3, seen=2)
    await desk.hears("accepted")
    told = await ain_shop(shop, lambda: Message.objects.get(author="agent").text)
    assert "The payment link from before is void" in told


async def test_whoever_is_late_is_told_and_changes_nothing(shop: Any, thread: Any, desk: Any, mug: Any) -> None:
    await ain_shop(shop, lambda: add_to_cart(thread.identity.customer, mug, quantity=5))
    await desk.sends(type="cart.set", thread=thread.public_id, variant=mug.pk, quantity=3, seen=2)
    error = await desk.hears("error")
    assert (error["code"], "5 in the cart now" in error["detail"]) == ("cart_moved", True)
    assert await ain_shop(shop, lambda: (lies(thread), Message.objects.count())) == ([5], 0)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"variant": 10**9}, "not_found"),
        ({"variant": "1"}, "not_found"),
        ({"thread": "x"}, "not_found"),
        ({"quantity": 10}, "out_of_stock"),
        ({"quantity": 100}, "too_many"),
        ({"quantity": "2"}, "bad_number"),
        ({"quantity": -1}, "bad_number"),
        ({"quantity": True}, "bad_number"),
        ({"seen": None}, "bad_number"),
        ({"quantity": 0}, "no_change"),
        ({"client_id": "7"}, "client_id_missing"),
    ],
)
async def test_what_cannot_be_put_in_is_said(
    shop: Any, thread: Any, desk: Any, mug: Any, wrong: dict[str, Any], code: str
) -> None:
    message = {"type": "cart.set", "thread": thread.public_id, "variant": mug.pk, "quantity": 1, "seen": 0}
    await desk.sends(**(message | wrong))
    assert (await desk.hears("error"))["code"] == code
    assert await ain_shop(shop, lambda: (lies(thread), Message.objects.count())) == ([], 0)


async def test_attack_20_goods_of_another_shop_do_not_get_into_the_cart(shop: Any, thread: Any, desk: Any) -> None:
    other = await ain_shop(shop, lambda: factories.merchant("other"))
    foreign = await ain_shop(other, lambda: goods.variant(other))
    await desk.sends(type="cart.set", thread=thread.public_id, variant=foreign.pk, quantity=1, seen=0)
    assert (await desk.hears("error"))["code"] == "not_found"


def test_the_pane_shows_who_changed_what(client: Client, shop: Merchant, thread: Conversation, mug: Variant) -> None:
    jonas = factories.staff(shop, role="associate", display_name="Jonas")
    client.force_login(jonas)
    with scope(merchant=shop):
        customer = thread.identity.customer
        add_to_cart(customer, mug)
        set_quantity(open_cart(customer), mug, quantity=3, by=colleague(jonas))
    pane = client.get(f"/console/customer/{thread.public_id}/").json()["cart"]
    assert [(line["variant"], line["quantity"]) for line in pane["lines"]] == [(mug.pk, 3)]
    assert [(change["who"], change["what"]) for change in pane["changes"]] == [
        ("Jonas", "Blue mug: 1 → 3"),
        ("the shopper", "put in 1 × Blue mug"),
    ]
