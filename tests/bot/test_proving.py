"""A number that was silent for months: what was there before is shown to nobody who does not prove it was theirs."""

import re
from collections.abc import Callable

import pytest
from django_scopes import scope

from apps.bot.flows import link
from apps.bot.flows.cart import EMPTY
from apps.bot.flows.proving import ASK_NUMBER, ASK_PROOF, LOCKED, PROVEN, WRONG
from apps.customers.actions import IDLE
from apps.merchants import clock
from apps.orders.models import Order

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
NUMBER = "49176000001"
KINDS = ("sms", "rcs", "whatsapp")


@pytest.fixture
def buy(arrive: Callable[..., Shopper]) -> Callable[[str], Shopper]:
    """Ana orders a mug by her number."""

    def on(kind: str) -> Shopper:
        ana = arrive(kind, NUMBER)
        for line in ("glass mug", "add the first one", "checkout", "Mia Evans", "Lindenstr. 12, 10969 Berlin"):
            ana.says(line)
        for line in ("skip", "skip", "1", "yes"):
            ana.says(line)
        ana.waits()
        return ana

    return on


def order_of(shopper: Shopper) -> Order:
    with scope(merchant=shopper.account.merchant):
        return Order.objects.get()


@pytest.mark.parametrize("kind", KINDS)
def test_attack_25_orders_cart_and_address_are_kept_from_who_has_the_number_now(
    buy: Callable[[str], Shopper], kind: str
) -> None:
    here = buy(kind)
    number = order_of(here).number
    with clock.at(clock.now() + IDLE):
        heard = [here.says(line) and here.text for line in ("hi", "where is my order", f"where is order {number}")]
        cart = here.says("show cart") and here.text
        typed = here.says("1") and here.text
    assert ASK_NUMBER.in_("en") in heard[1]
    assert EMPTY.in_("en") in cart
    told = "\n".join([*heard, cart, typed])
    assert [word for word in ("Evans", "Lindenstr", "10969", "9.50", "Glass mug") if word in told] == []


@pytest.mark.parametrize("proof", ["10969", "1 09 69"])
def test_an_order_and_its_postcode_bring_everything_back(buy: Callable[[str], Shopper], proof: str) -> None:
    here = buy("sms")
    number = order_of(here).number
    with clock.at(clock.now() + IDLE):
        here.says("where is my order")
        assert here.says(number)[-1].text == ASK_PROOF.in_("en")
        assert here.says(proof)[-1].text == PROVEN.in_("en")
        here.says("where is my order")
        assert number in here.text


def test_wrong_proofs_show_nothing_and_end_in_a_lock(buy: Callable[[str], Shopper]) -> None:
    here = buy("whatsapp")
    number = order_of(here).number
    said = []
    with clock.at(clock.now() + IDLE):
        for proof in ("10115", "10116", "10117", "10118", "10119", "10969"):
            here.says("where is my order")
            here.says(number)
            said.append(here.says(proof)[-1].text)
    assert said[:5] == [WRONG.in_("en")] * 5
    assert said[5].startswith(LOCKED.in_("en").partition("{")[0])


def test_a_newcomer_is_asked_nothing(arrive: Callable[..., Shopper]) -> None:
    here = arrive("sms", NUMBER)
    here.says("hello")
    with clock.at(clock.now() + IDLE):
        here.says("where is my order")
        assert ASK_NUMBER.in_("en") not in here.text


def test_other_channels_of_who_it_was_are_told_and_can_undo_it(
    buy: Callable[[str], Shopper], arrive: Callable[..., Shopper]
) -> None:
    here, elsewhere = buy("sms"), arrive("telegram", "ana-elsewhere")
    number = order_of(here).number
    elsewhere.says("hello")
    here.says("link")
    code = re.findall(r"\d{4} \d{4}", here.text)[0]
    elsewhere.says(code)
    with clock.at(clock.now() + IDLE):
        for line in ("where is my order", number, "10969"):
            here.says(line)
        elsewhere.waits()
        assert link.WENT_ON.in_("en", channel="SMS") in elsewhere.text
        elsewhere.taps(link.UNDO.in_("en"))
        assert elsewhere.answers[0].text == link.UNDONE.in_("en")
        here.says("where is my order")
        assert ASK_NUMBER.in_("en") in here.text
