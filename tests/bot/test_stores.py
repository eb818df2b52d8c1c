"""Where the shop's stores are, in four languages: the nearest first, when they are open, and what becomes of the cart."""

from collections.abc import Callable
from typing import Any

import pytest
from django_scopes import scope

from apps.carts.models import DeliveryMethod
from apps.carts.money import money
from apps.merchants.models import Location, Merchant
from apps.messaging.content import Request
from tests import factories

from .dialogue import Shopper
from .test_places import BUY, MITTE, shares

EAST, NORTH = (52.5170, 13.4189), (52.5970, 13.3889)  # 2.0 and 8.9 km from MITTE


@pytest.fixture
def branches(shop: Merchant) -> Location:
    """Two stores and a warehouse nobody visits; the eastern one gives out parcels."""
    at = {"is_store": True, "hours": "Mo–Sa 10–20"}
    north = factories.location(shop, "Store North", address="Nordstr. 1\n13125 Berlin", postcode="13125", **at)
    east = factories.location(shop, "Store East", address="Oststr. 2\n10243 Berlin", postcode="10243", **at)
    with scope(merchant=shop):
        for store, (latitude, longitude) in ((north, NORTH), (east, EAST)):
            Location.objects.filter(pk=store.pk).update(latitude=latitude, longitude=longitude)
        DeliveryMethod.objects.create(merchant=shop, name="In store", price=money(0, "EUR"), pickup_at=east)
    return east


ASKED = [
    ("en", "where is your nearest store?", "Here you find us:"),
    ("en", "do you have a shop?", "Here you find us:"),
    ("en", "is there a store near me", "Here you find us:"),
    ("de", "Wo ist Ihre nächste Filiale?", "Hier finden Sie uns:"),
    ("de", "habt ihr einen laden", "Hier finden Sie uns:"),
    ("de", "gibt es ein Geschäft in der Nähe?", "Hier finden Sie uns:"),
    ("es", "¿dónde está la tienda más cercana?", "Aquí nos encuentras:"),
    ("es", "¿tenéis tienda física?", "Aquí nos encuentras:"),
    ("zh-hans", "你们的店在哪里？", "您可以在这里找到我们："),
    ("zh-hans", "附近有门店吗", "您可以在这里找到我们："),
]


@pytest.mark.parametrize(("language", "said", "told"), ASKED)
def test_asked_in_plain_words(
    branches: Location, arrive: Callable[..., Shopper], language: str, said: str, told: str
) -> None:
    ana = arrive("webchat", language=language)
    ana.says(said)
    assert [told in ana.text, "Oststr. 2, 10243 Berlin" in ana.text, "Mo–Sa 10–20" in ana.text] == [True, True, True]
    assert "Warehouse" not in ana.text


NEAREST = {
    "en": ("These stores are nearest to you:", "Store East, 2 km from you", "Open: Mo–Sa 10–20", "You can pick up your cart here."),
    "de": ("Diese Filialen sind Ihnen am nächsten:", "Store East, 2 km von Ihnen", "Geöffnet: Mo–Sa 10–20", "Ihren Warenkorb können Sie hier abholen."),
    "es": ("Estas son las tiendas más cercanas a ti:", "Store East, a 2 km de ti", "Abierto: Mo–Sa 10–20", "Puedes recoger tu carrito aquí."),
    "zh-hans": ("以下是离您最近的门店：", "Store East，距您 2公里", "营业时间：Mo–Sa 10–20", "您可以在这里自提购物车中的商品。"),
}  # fmt: skip


@pytest.mark.parametrize("language", NEAREST)
def test_a_place_shared_unasked_brings_the_nearest(
    branches: Location, arrive: Callable[..., Shopper], language: str
) -> None:
    ana = arrive("webchat", language=language)
    ana.says(BUY[language][0])
    ana.says(BUY[language][1])
    shares(ana)
    head, near, hours, cart = NEAREST[language]
    assert head in ana.text
    paragraphs = ana.text.split("\n\n")
    east = next(part for part in paragraphs if "Store East" in part)
    assert east.splitlines() == [near, "Oststr. 2, 10243 Berlin", hours, cart]
    assert paragraphs.index(east) < next(at for at, part in enumerate(paragraphs) if "Store North" in part)


def test_where_the_cart_cannot_be_picked_up_that_is_said(branches: Location, ana: Shopper) -> None:
    for line in BUY["en"][:2]:
        ana.says(line)
    shares(ana)
    north = next(part for part in ana.text.split("\n\n") if "Store North" in part)
    assert north.splitlines()[-1] == "Your cart cannot be picked up here."
    ana.says("empty my cart")
    ana.taps(ana.labels[0])
    shares(ana)
    assert "cart" not in ana.text.lower()


@pytest.mark.parametrize("kind", ["whatsapp", "telegram", "webchat"])
def test_the_nearest_is_asked_for_with_the_channels_own_button(
    branches: Location, arrive: Callable[..., Shopper], kind: str
) -> None:
    ana = arrive(kind, "4917612345678")
    ana.says("where are your stores")
    ana.taps("Nearest store")
    (asked,) = ana.answers
    assert isinstance(asked, Request)
    assert asked.what == "location"
    shares(ana)
    assert "These stores are nearest to you:" in ana.text


def test_a_postcode_does_as_well(branches: Location, ana: Shopper) -> None:
    ana.says("where are your stores")
    ana.taps("Nearest store")
    ana.says("10247")
    assert ana.text.index("Store East") < ana.text.index("Store North")


def test_three_at_a_time(branches: Location, shop: Merchant, ana: Shopper) -> None:
    for number in range(2):
        factories.location(shop, f"Store {number}", address="Weg 1", is_store=True)
    shares(ana)
    assert "Store 1" not in ana.text
    ana.taps("More")
    assert ["And further off:" in ana.text, "Store 1" in ana.text, "More" in ana.labels] == [True, True, False]


def test_in_the_middle_of_an_order_it_is_told_in_passing(branches: Location, ana: Shopper) -> None:
    for line in BUY["en"]:
        ana.says(line)
    shares(ana)  # a name was asked for
    assert "These stores are nearest to you:" in ana.text
    assert ana.answers[-1].text == "So, what name shall I put on the parcel?"
    ana.says("Ana Lopez")
    shares(ana)  # where the parcel goes
    assert "A pin is not enough for a parcel" in ana.text


def test_a_shop_without_a_store_says_where_it_is(shop: Merchant, ana: Shopper) -> None:
    ana.says("where is your nearest store?")
    assert ana.answers[-1].text.startswith("About us")
    shares(ana)
    assert "A pin is not enough for a parcel" in ana.text


def test_a_stranger_sees_nothing_of_them(branches: Location, other_merchant: Merchant) -> None:
    with scope(merchant=other_merchant):
        found: Any = Location.objects.filter(is_store=True)
        assert list(found) == []


def test_a_place_is_somewhere(branches: Location, ana: Shopper) -> None:
    shares(ana, {"latitude": None, "longitude": 13.4})
    assert "I cannot measure from that place. Here you find us:" in ana.text
    assert MITTE["latitude"] == 52.517


@pytest.mark.parametrize(
    "said", ["do you have shirts", "do you have scarves", "haben Sie einen Mantel", "tenéis camisas"]
)
def test_goods_that_sound_like_a_store_are_goods(branches: Location, ana: Shopper, said: str) -> None:
    ana.says(said)
    assert "Oststr. 2" not in ana.text
