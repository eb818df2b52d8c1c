"""Pick-up points by where the shopper is: nearest first, page by page, and nothing of the place is kept but the message."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django_scopes import scope

from apps.bot.models import Session, Turn
from apps.carts.models import DeliveryMethod, PickupPoint
from apps.carts.money import money
from apps.conversations.models import Message
from apps.conversations.privacy import erase_threads, export_threads
from apps.merchants.models import Merchant
from apps.messaging.content import Request
from apps.messaging.events import EventKind

from .dialogue import Shopper

MITTE = {"latitude": 52.5170, "longitude": 13.3889}
KIOSKS = (  # name, postcode, how far north of Mitte in thousandths of a degree (111.19 m each)
    ("Kiosk Nord", "10119", 8), ("Kiosk Mitte", "10117", 2), ("Kiosk West", "14050", 60), ("Kiosk Ost", "10245", 30),
    ("Kiosk Süd", "12047", 40), ("Kiosk Fern", "13599", 90), ("Kiosk Weit", "16321", 150),
)  # fmt: skip
SKIP = {"en": "skip", "de": "überspringen", "es": "omitir", "zh-hans": "跳过"}
BUY = {
    "en": ("glass mug", "add the first one", "checkout"), "de": ("glass mug", "das erste in den Warenkorb", "zur Kasse"),
    "es": ("glass mug", "añade el primero", "pagar"), "zh-hans": ("glass mug", "把第一个加入购物车", "结账"),
}  # fmt: skip


@pytest.fixture
def kiosks(shop: Merchant) -> DeliveryMethod:
    """Seven points on a line to the north, the only way there is."""
    with scope(merchant=shop):
        DeliveryMethod.objects.update(is_active=False)
        method = DeliveryMethod.objects.create(merchant=shop, name="Pick-up", price=money("2.90", "EUR"), to_point=True)
        for name, postcode, north in KIOSKS:
            PickupPoint.objects.create(
                merchant=shop, method=method, name=name, street="Markt 1", postcode=postcode, city="Berlin", country="DE",
                hours="8–20", latitude=MITTE["latitude"] + north / 1000, longitude=MITTE["longitude"],
            )  # fmt: skip
    return method


def to_the_points(shopper: Shopper, language: str = "en") -> Shopper:
    for line in (*BUY[language], "Ana Lopez", "Lindenstr. 12, 10969 Berlin", SKIP[language], SKIP[language]):
        shopper.says(line)
    return shopper


def shares(shopper: Shopper, place: dict[str, Any] | None = None) -> list[Any]:
    return shopper.sends(EventKind.MESSAGE, type="location", data=place or MITTE)


def rows(shopper: Shopper) -> list[tuple[str, str]]:
    return [(choice.label, choice.description) for content in shopper.answers for choice in content.choices]


@pytest.mark.parametrize("kind", ["whatsapp", "telegram", "webchat"])
def test_who_shares_where_they_are_sees_the_nearest_first(
    kiosks: DeliveryMethod, arrive: Callable[..., Shopper], kind: str
) -> None:
    ana = to_the_points(arrive(kind, "4917612345678"))
    assert ana.answers[-1].text == (
        "Which pick-up point shall it go to? These are near 10969. For others share your location or write a postcode."
    )
    assert ana.labels[-2:] == ["More", "Near me"]
    ana.taps("Near me")
    (asked,) = ana.answers
    assert isinstance(asked, Request)
    assert (asked.what, asked.choices) == ("location", ())
    assert asked.text == "Share your location, or write a postcode: then I show what is nearest."
    shares(ana)
    assert "These are nearest to you." in ana.answers[-1].text
    assert rows(ana) == [
        ("Kiosk Mitte", "220 m · 8–20 · Markt 1"),
        ("Kiosk Nord", "890 m · 8–20 · Markt 1"),
        ("Kiosk Ost", "3.3 km · 8–20 · Markt 1"),
        ("Kiosk Süd", "4.4 km · 8–20 · Markt 1"),
        ("Kiosk West", "6.7 km · 8–20 · Markt 1"),
        ("More", ""),
    ]
    ana.says("more")
    assert rows(ana) == [("Kiosk Fern", "10 km · 8–20 · Markt 1"), ("Kiosk Weit", "17 km · 8–20 · Markt 1")]
    ana.says("1")
    assert "Pick-up point: Kiosk Fern, Markt 1, 13599 Berlin (8–20)" in ana.text


def test_a_place_shared_without_being_asked_answers_the_question(kiosks: DeliveryMethod, ana: Shopper) -> None:
    to_the_points(ana)
    shares(ana)
    assert ana.labels[0] == "Kiosk Mitte"
    ana.says("10245")  # and a postcode goes on from there
    assert (ana.labels[0], rows(ana)[0][1]) == ("Kiosk Ost", "Markt 1, 10245 Berlin · 8–20")


@pytest.mark.parametrize(
    ("language", "asks", "first"),
    [
        ("en", "Near me", "220 m"), ("de", "In meiner Nähe", "220 m"), ("es", "Cerca de mí", "220 m"),
        ("zh-hans", "我附近", "220米"),
    ],
)  # fmt: skip
def test_in_every_language(
    kiosks: DeliveryMethod, arrive: Callable[..., Shopper], language: str, asks: str, first: str
) -> None:
    ana = to_the_points(arrive("webchat", language=language), language)
    ana.taps(asks)
    shares(ana)
    assert rows(ana)[0] == ("Kiosk Mitte", f"{first} · 8–20 · Markt 1")


def test_where_no_location_can_be_shared_a_postcode_is_asked_for(
    kiosks: DeliveryMethod, arrive: Callable[..., Shopper]
) -> None:
    ana = to_the_points(arrive("sms", "4917612345678"))
    assert "Another postcode works, too." in ana.text
    assert "Near me" not in ana.labels


def test_points_without_coordinates_are_found_by_postcode_alone(kiosks: DeliveryMethod, ana: Shopper) -> None:
    with scope(merchant=kiosks.merchant):
        PickupPoint.objects.update(latitude=None, longitude=None)
    to_the_points(ana)
    assert "Near me" not in ana.labels
    shares(ana)
    assert "I cannot measure from that place. These are near 10969." in ana.text


def test_nothing_of_the_place_is_kept_but_the_message(kiosks: DeliveryMethod, ana: Shopper) -> None:
    """Not in the talk, not in the flight recorder, not on the person; and the message goes when they ask."""
    to_the_points(ana)
    shares(ana, {"latitude": 52.514321, "longitude": 13.387654})
    person = ana.conversation.identity.customer
    with scope(merchant=kiosks.merchant):
        kept = [*Session.objects.values_list("state", flat=True)]
        for turn in Turn.objects.all():
            kept += [turn.inputs, turn.commands, turn.facts, turn.outputs, turn.before, turn.after]
        assert [one for one in kept if "52.51" in str(one) or "13.38" in str(one)] == []
        said = [one for one in export_threads(person)[0]["messages"] if "location" in one]
        assert [one["location"] for one in said] == [{"latitude": 52.514321, "longitude": 13.387654}]
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM customers_customer c WHERE c::text LIKE '%52.5143%'")
            assert cursor.fetchone() == (0,)
        erase_threads(person)
        assert Message.objects.filter(content__contains={"kind": "location"}).count() == 0
    ana.says("more")
    assert "Kiosk Mitte" not in ana.labels[:1]  # what was forgotten is not measured from
