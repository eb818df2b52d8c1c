"""Goods are held for so many web chat visitors of one address and for no more: nobody empties the shelves for nothing."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django_scopes import scope

from apps.bot.flows.checkout import CROWDED
from apps.catalog.models import StockHold
from apps.conversations.places import neighbours_of, remember_place
from apps.merchants import clock
from apps.merchants.invariants import run_all
from apps.merchants.models import ChannelAccount
from apps.orders.models import Order
from tests import factories

from .dialogue import Shopper

pytestmark = pytest.mark.django_db
HERE, ELSEWHERE = "93.184.216.34", "93.184.216.35"


@pytest.fixture
def chat(shop: Any, settings: Any) -> ChannelAccount:
    settings.WEBCHAT_HOLDS_PER_ADDRESS = 2
    return factories.channel_account(shop, "webchat")


def visitor(chat: ChannelAccount, name: str, address: str = HERE) -> Shopper:
    """Somebody with a glass mug in the cart who has answered all but the way of delivery."""
    if address:
        remember_place(chat.pk, name, address)
    shopper = Shopper(chat, name, language="en")
    for line in ("hello", "glass mug", "add the first one", "checkout", "Mia Evans", "Lindenstr. 12, 10969 Berlin"):
        shopper.says(line)
    for line in ("skip", "skip"):
        shopper.says(line)
    return shopper


def held(chat: ChannelAccount) -> int:
    with scope(merchant=chat.merchant):
        return int(StockHold.objects.filter(state="active", expires_at__gt=clock.now()).count())


def crowded(shopper: Shopper) -> bool:
    return [content.text for content in shopper.answers] == [CROWDED.in_("en")]


@pytest.fixture
def first_two(chat: ChannelAccount, request: Any) -> list[Shopper]:
    prefix = f"{request.node.name}-"  # what one test says of a place the next one must not find
    made = [visitor(chat, f"{prefix}{number}") for number in (1, 2)]
    for shopper in made:
        shopper.says("1")
    assert (held(chat), [crowded(shopper) for shopper in made]) == (2, [False, False])
    return made


def test_the_next_one_is_told_so_and_takes_nothing(chat: ChannelAccount, first_two: list[Shopper]) -> None:
    third = visitor(chat, "third-1")
    third.says("1")
    assert (crowded(third), third.labels, held(chat)) == (True, ["Try once more", "A person"], 2)
    with clock.at(clock.now() + dt.timedelta(minutes=16)):
        third.taps("Try once more")
        for line in ("yes", "skip", "skip", "1"):
            if "Buy now" not in third.labels:
                third.says(line)
        assert ("Buy now" in third.labels, held(chat)) == (True, 1)
    with scope(merchant=chat.merchant):
        assert [finding for finding in run_all() if not finding["ok"]] == []


def test_whoever_is_there_already_goes_on(chat: ChannelAccount, first_two: list[Shopper]) -> None:
    first_two[0].says("yes")
    with scope(merchant=chat.merchant):
        assert Order.objects.count() == 1
    assert not crowded(first_two[0])


def test_a_summary_from_before_is_no_way_around_it(chat: ChannelAccount, first_two: list[Shopper]) -> None:
    with clock.at(clock.now() + dt.timedelta(minutes=20)):
        later = [visitor(chat, f"later-{number}") for number in (1, 2)]
        for shopper in later:
            shopper.says("1")
        first_two[0].says("yes")
        with scope(merchant=chat.merchant):
            assert (crowded(first_two[0]), Order.objects.count(), held(chat)) == (True, 0, 2)


@pytest.mark.parametrize("address", [ELSEWHERE, ""])
def test_others_are_not_asked_to_wait(chat: ChannelAccount, first_two: list[Shopper], address: str) -> None:
    third = visitor(chat, f"other-{address}", address)
    third.says("1")
    assert (crowded(third), held(chat)) == (False, 3)


def test_another_channel_is_not_asked_to_wait(
    shop: Any, first_two: list[Shopper], arrive: Callable[..., Shopper]
) -> None:
    somebody = visitor(factories.channel_account(shop, "telegram"), "tg-1")
    somebody.says("1")
    assert not crowded(somebody)


def test_a_place_is_known_by_no_address() -> None:
    remember_place(1, "one", "93.184.216.99")
    remember_place(1, "two", "93.184.216.99")
    remember_place(1, "three", "93.184.216.98")
    assert [neighbours_of(1, name) for name in ("one", "two", "three", "four")] == [{"two"}, {"one"}, set(), set()]
