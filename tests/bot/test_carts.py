"""A cart that lapsed, two that were joined, one that a colleague changed: the shopper is told, and has a way back."""

import datetime as dt
import re
import uuid
from collections.abc import Callable

import pytest
from django_scopes import scope

from apps.bot.flows.cart import LAPSED, TAKE_BACK
from apps.bot.flows.lapsed import BACK_AGAIN, NOTHING_LAPSED
from apps.bot.flows.link import JOINED, POURED
from apps.bot.flows.put_back import MOVED
from apps.carts.actions import empty_cart, lapse_carts, open_cart
from apps.carts.models import Cart
from apps.catalog.models import Price, Product
from apps.console.access import Seat
from apps.console.cart import set_in_cart
from apps.console.desk import send_card
from apps.conversations.models import Message
from apps.customers.models import Customer
from apps.merchants import clock
from apps.messaging.content import CartSummary, all_choices, from_json
from apps.messaging.events import EventKind
from apps.routing.actions import take_over
from tests import factories

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
WORDS = {
    "en": "where did my cart go?",
    "de": "Mein Warenkorb ist weg",
    "es": "Mi carrito desapareció",
    "zh-hans": "我的购物车不见了",
}
HELLO = {"en": "good morning", "de": "Guten Morgen zusammen", "es": "buenos días", "zh-hans": "你好"}


def lapses(shopper: Shopper) -> None:
    """A month and a day go by."""
    with scope(merchant=shopper.account.merchant), clock.at(clock.now() + dt.timedelta(days=31)):
        assert lapse_carts() == 1


def cart_of(shopper: Shopper) -> Cart:
    customer: Customer = shopper.conversation.identity.customer
    return open_cart(customer)


def pieces(shopper: Shopper) -> list[int]:
    with scope(merchant=shopper.account.merchant):
        return [line.quantity for line in cart_of(shopper).lines.all()]


def test_what_lapsed_is_offered_where_the_cart_is_empty_and_comes_back_in_one_tap(ana: Shopper) -> None:
    for line in ("glass mug", "add the first one", "make it 2"):
        ana.says(line)
    lapses(ana)
    said = ana.says("show my cart")[-1].text
    assert re.fullmatch(LAPSED.in_("en", until=".+", titles=r"2 × Glass mug.*").replace("?", r"\?"), said)
    back = ana.taps(TAKE_BACK.in_("en"))
    assert back[0].text == BACK_AGAIN.in_("en")
    assert isinstance(back[-1], CartSummary)
    assert (pieces(ana), [line.quantity for line in back[-1].lines]) == ([2], [2])
    assert ana.says("where did my cart go?")[0].text == NOTHING_LAPSED.in_("en")


@pytest.mark.parametrize("language", WORDS)
def test_it_is_asked_for_in_plain_words(arrive_at_demo: Callable[..., Shopper], language: str) -> None:
    here = arrive_at_demo(language)
    here.says(HELLO[language])
    assert here.says(WORDS[language])[0].text.startswith(NOTHING_LAPSED.in_(language))


def test_two_carts_with_something_in_them_are_joined_and_the_rule_is_told(
    ana: Shopper, arrive: Callable[..., Shopper]
) -> None:
    for line in ("glass mug", "add the first one"):
        ana.says(line)
    code = re.findall(r"\d{4} \d{4}", ana.says("link")[-1].text)[0]
    here = arrive("telegram", "ana-on-telegram")
    for line in ("hello", "glass mug", "add the first one", "make it 3"):
        here.says(line)
    with scope(merchant=here.account.merchant):
        variant = cart_of(here).lines.get().variant
        left = variant.stock_levels.get()
        type(left).objects.filter(pk=left.pk).update(on_hand=3)
    said = here.says(code)[-1].text.split("\n")
    assert said[:2] == [JOINED.in_("en"), POURED.in_("en")]
    assert re.fullmatch(r"1 × Glass mug.* did not come along: there are no more\.", said[2])
    assert pieces(here) == [3]


def test_a_cart_joined_with_an_empty_one_needs_no_rule(ana: Shopper, arrive: Callable[..., Shopper]) -> None:
    for line in ("glass mug", "add the first one"):
        ana.says(line)
    code = re.findall(r"\d{4} \d{4}", ana.says("link")[-1].text)[0]
    here = arrive("telegram", "ana-on-telegram")
    here.says("hello")
    assert here.says(code)[-1].text == JOINED.in_("en")


def test_what_a_colleague_changed_is_told_and_undone_once(ana: Shopper) -> None:
    for line in ("glass mug", "add the first one"):
        ana.says(line)
    jonas = factories.staff(ana.account.merchant, display_name="Jonas")
    with scope(merchant=ana.account.merchant):
        variant = cart_of(ana).lines.get().variant
        seat = Seat(jonas, ana.account.merchant, "associate")
        said = set_in_cart(seat, ana.conversation.public_id, variant.pk, 4, 1, client_id=uuid.uuid4())
    assert re.fullmatch(r"I have changed Glass mug.* in your cart: 4 now\.", said.text.split("\n")[0])
    assert (pieces(ana), ana.conversation.owner) == ([4], "agent")
    undo = next(choice for choice in all_choices(from_json(said.content)) if choice.label == "Undo")
    for _ in range(2):  # a person has the thread, and the shop still serves the cart
        ana.sends(EventKind.CHOICE, payload=undo.token, label="Undo", via="button")
        assert pieces(ana) == [1]
    with scope(merchant=ana.account.merchant):
        told = list(Message.objects.filter(author="system").order_by("seq").values_list("text", flat=True))
        bots = Message.objects.filter(author="bot", seq__gt=said.seq).count()
    assert (told[0].startswith("Glass mug"), told[-1].startswith(MOVED.in_("en")), bots) == (True, True, 0)


def test_a_card_a_colleague_sent_puts_its_goods_into_the_cart(ana: Shopper) -> None:
    ana.says("hello")
    jonas = factories.staff(ana.account.merchant, display_name="Jonas")
    with scope(merchant=ana.account.merchant):
        mug = Product.objects.get(title__startswith="Glass mug")
        seat = Seat(jonas, ana.account.merchant, "associate")
        card = send_card(seat, ana.conversation.public_id, mug.pk, client_id=uuid.uuid4())
    add = next(choice for choice in all_choices(from_json(card.content)) if choice.label == "Add to cart")
    ana.sends(EventKind.CHOICE, payload=add.token, label=add.label, via="button")
    assert pieces(ana) == [1]
    with scope(merchant=ana.account.merchant):
        told = Message.objects.filter(author="system").latest("seq")
    assert re.match(r"Done: 1 × Glass mug", told.text)
    assert [choice.label for choice in all_choices(from_json(told.content))] == ["Show cart"]


def test_a_question_is_left_to_the_person_who_has_the_thread(ana: Shopper) -> None:
    """An older button of a shirt: which size is theirs to ask, and no button is shown that would do nothing."""
    ana.says("shirts")
    ana.says("I take it")
    add = next(choice for said in ana.answers for choice in all_choices(said) if choice.label == "Linen shirt")
    with scope(merchant=ana.account.merchant):
        take_over(ana.conversation, factories.staff(ana.account.merchant, display_name="Jonas"))
    ana.sends(EventKind.CHOICE, payload=add.token, label=add.label, via="button")
    with scope(merchant=ana.account.merchant):
        last = Message.objects.latest("seq")
    assert (last.author, last.text) == ("shopper", "Linen shirt")
    assert pieces(ana) == []


def test_a_number_of_what_has_no_price_here_is_answered_and_ends_no_turn(ana: Shopper) -> None:
    """An old button for goods that are priced in another currency by now."""
    for line in ("glass mug", "add the first one"):
        ana.says(line)
    ana.taps("Show cart")
    ana.taps("Change cart")
    more = next(choice for said in ana.answers for choice in all_choices(said) if choice.label.startswith("One more"))
    with scope(merchant=ana.account.merchant):
        empty_cart(cart_of(ana))
        Price.objects.update(amount_currency="USD")
    ana.sends(EventKind.CHOICE, payload=more.token, label=more.label, via="button")
    assert (ana.answers != [], pieces(ana)) == (True, [])
