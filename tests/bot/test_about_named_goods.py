"""A message from a product's page in a platform's catalogue is about that product."""

from collections.abc import Callable
from typing import Any

import pytest
from django_scopes import scope

from apps.bot.flows import product
from apps.catalog.models import Product
from apps.messaging.content import ShowProduct
from apps.messaging.events import EventKind

from .dialogue import Shopper

pytestmark = pytest.mark.django_db


def asks(shopper: Shopper, text: str, number: str) -> Any:
    shopper.sends(EventKind.MESSAGE, type="text", text=text, data={"product": {"product_retailer_id": number}})
    return shopper.answers[0]


def shown(content: Any) -> str:
    assert isinstance(content, ShowProduct)
    return content.card.title


def test_a_question_is_about_the_kind_that_is_named(ana: Shopper) -> None:
    assert shown(asks(ana, "do you have this in blue?", "stone-mug-1")) == "Stoneware mug · Blue"


@pytest.mark.parametrize("text", ["Hello", "interested", "is it in stock?"])
def test_words_that_ask_nothing_show_it(ana: Shopper, text: str) -> None:
    assert shown(asks(ana, text, "stone-mug-1")) == "Stoneware mug · White"


def test_the_handle_of_a_product_is_as_good(ana: Shopper) -> None:
    assert shown(asks(ana, "Hello", "glass-mug")) == "Glass mug"


def test_a_person_is_fetched_also_from_there(ana: Shopper) -> None:
    asks(ana, "human", "glass-mug")
    assert "fetching a colleague" in ana.text


def test_goods_that_are_gone_are_said_to_be(ana: Shopper) -> None:
    with scope(merchant=ana.account.merchant):
        Product.objects.filter(slug="glass-mug").update(status=Product.Status.ARCHIVED)
    asks(ana, "is it blue?", "glass-mug-0")
    assert product.GONE.msgid in ana.text


def test_what_nobody_knows_is_a_message_like_any_other(ana: Shopper) -> None:
    asks(ana, "glass mug", "no-such-thing")
    assert "Glass mug" in ana.text


def test_a_link_to_goods_greets_and_shows_them(arrive: Callable[..., Shopper]) -> None:
    bob = arrive("messenger")
    bob.sends(EventKind.REFERRAL, data={"source": "link", "product": {"product_retailer_id": "glass-mug-0"}})
    assert shown(bob.answers[-1]) == "Glass mug"
    assert bob.text.startswith("Hello, I am")
    assert shown(bob.says("do you have this in stock?")[0]) == "Glass mug"
