"""Where a parcel may go, what it costs by weight and by what is in it, and why there is sometimes no way."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled
from djmoney.money import Money

from apps.carts import invariants
from apps.carts.actions import delivery_options, open_cart, set_delivery
from apps.carts.delivery import DeliveryOption, Destination, TooHeavy, add_working_days, reaches
from apps.carts.models import DeliveryMethod, DeliveryStep
from apps.carts.quote import quote
from apps.carts.spoken import country_in_words, weight_in_words
from apps.catalog.index import one_look
from apps.customers.models import Customer
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests import factories

from . import goods


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    return factories.customer(in_scope)


def table(method: DeliveryMethod, *rows: tuple[int | None, str, str]) -> DeliveryMethod:
    """Rows of (up to grams, from an order of, price)."""
    for grams, amount, price in rows:
        DeliveryStep.objects.create(
            merchant_id=method.merchant_id,
            method=method,
            up_to_grams=grams,
            from_amount=Decimal(amount),
            price=Decimal(price),
        )
    return method


def said(customer: Customer) -> tuple[str, list[str]]:
    now = quote(open_cart(customer))
    return str(now.delivery.amount), now.problems


def test_a_way_goes_to_countries_regions_and_postcodes(ana: Customer) -> None:
    everywhere, german = goods.parcel(ana.merchant), goods.parcel(ana.merchant, countries=["DE"])
    courier = goods.parcel(ana.merchant, countries=["DE"], regions=["Brandenburg"], postcodes=["10", "12 0"])
    british = goods.parcel(ana.merchant, countries=["GB"], postcodes=["SW1"])
    berlin, potsdam = Destination("DE", "Berlin", "10115"), Destination("de", "brandenburg ", "14467")
    assert [reaches(way, berlin) for way in (everywhere, german, courier, british)] == [True, True, True, False]
    assert [reaches(courier, potsdam), reaches(courier, Destination("DE", "", "12 045"))] == [True, True]
    assert [
        reaches(courier, place)
        for place in (Destination("DE", "", "80331"), Destination("DE"), Destination("AT", "", "1010"))
    ] == [
        False,
        False,
        False,
    ]
    assert [reaches(british, Destination("GB", "", "sw1a 1aa")), reaches(british, Destination("GB", "", "N1 9GU"))] == [
        True,
        False,
    ]


def test_a_parcel_costs_by_its_weight(ana: Customer) -> None:
    way = table(goods.parcel(ana.merchant, free_from="200.00"), (10_000, "0", "7.90"), (2_000, "0", "4.50"))
    stone = goods.variant(ana.merchant, "Stone", weight_grams=1_000, stock=None)
    card = goods.variant(ana.merchant, "Voucher", weight_grams=9_000, stock=None, requires_shipping=False)
    goods.full_cart(ana, {stone: 2, card: 1}, method=way)
    assert said(ana) == ("4.50", [])  # what needs no parcel weighs nothing
    goods.full_cart(ana, {stone: 1}, method=way)
    assert said(ana) == ("7.90", [])
    goods.full_cart(ana, {stone: 7}, method=way)
    assert said(ana) == ("7.90", [])
    goods.full_cart(ana, {stone: 1}, method=way)
    assert said(ana) == ("0.00", ["too_heavy"])
    assert quote(open_cart(ana)).obstacles == ["too_heavy"]
    goods.full_cart(ana, {card: 10}, method=way)  # free from an amount on, and still too heavy
    assert said(ana) == ("0.00", ["too_heavy"])


def test_a_parcel_costs_by_what_is_in_it(ana: Customer) -> None:
    way = table(goods.parcel(ana.merchant, price="6.00", free_from="60.00"), (None, "24", "3.00"), (500, "36", "1.00"))
    mug = goods.variant(ana.merchant, weight_grams=300, stock=None)
    prices = []
    for _ in range(5):
        goods.full_cart(ana, {mug: 1}, method=way)
        prices.append(said(ana))
    # Its own price below the table; at 36 the parcel is too heavy for the cheapest step; at 60 it is free.
    assert prices == [("6.00", []), ("3.00", []), ("3.00", []), ("3.00", []), ("0.00", [])]


def test_the_dearest_order_value_reached_wins_then_the_least_weight(ana: Customer) -> None:
    rows = ((2_000, "0", "4.90"), (10_000, "0", "7.90"), (2_000, "20", "2.90"), (10_000, "20", "5.90"))
    way = table(goods.parcel(ana.merchant, free_from=None), *rows)
    feather = goods.variant(ana.merchant, "Feather", weight_grams=10, stock=None)
    anvil = goods.variant(ana.merchant, "Anvil", weight_grams=5_000, stock=None)
    goods.full_cart(ana, {feather: 1}, method=way)
    light = said(ana)
    goods.full_cart(ana, {feather: 1}, method=way)
    dear = said(ana)
    goods.full_cart(ana, {anvil: 1}, method=way)
    assert (light, dear, said(ana)) == (("4.90", []), ("2.90", []), ("5.90", []))


def test_never_above_its_weight(ana: Customer) -> None:
    way = goods.parcel(ana.merchant, max_grams=5_000, name="Bike courier")
    van = goods.parcel(ana.merchant, name="Van", price="19.00", countries=["DE"])
    anvil = goods.variant(ana.merchant, "Anvil", weight_grams=5_001, stock=None)
    cart = goods.full_cart(ana, {anvil: 1}, method=way)
    assert said(ana) == ("0.00", ["too_heavy"])
    bike, car = delivery_options(cart, place=Destination("DE"))
    assert bike == TooHeavy(way, 5_000)
    assert isinstance(car, DeliveryOption)
    assert (car.method, str(car.price)) == (van, "€19.00")
    assert delivery_options(cart, place=Destination("AT")) == [TooHeavy(way, 5_000)]
    set_delivery(cart, address=goods.address(ana, "AT"), method=van)
    assert said(ana) == ("19.00", ["delivery_elsewhere"])


def test_yen_steps_have_no_decimals(in_scope: Merchant) -> None:
    in_scope.currency = "JPY"
    in_scope.save()
    kenji = factories.customer(in_scope)
    way = table(goods.parcel(in_scope, price="800", currency="JPY", free_from=None), (2_000, "0", "500.4"))
    bowl = goods.variant(in_scope, "Bowl", price="1000", currency="JPY", stock=None)
    goods.full_cart(kenji, {bowl: 1}, method=way)
    assert quote(open_cart(kenji)).delivery == Money("500", "JPY")


@pytest.mark.parametrize("rows", [1, 9])
def test_the_table_is_read_once_however_long_it_and_the_cart_are(ana: Customer, rows: int) -> None:
    way = table(goods.parcel(ana.merchant), *((1_000 * n, "0", f"{n}.00") for n in range(1, rows + 1)))
    for n in range(rows):
        goods.full_cart(ana, {goods.variant(ana.merchant, f"Mug {n}", weight_grams=100): 1}, method=way)
    cart = open_cart(ana)
    quote(cart)
    with CaptureQueriesContext(connection) as quoting:
        quote(cart)
    with one_look():
        quote(cart)
        with CaptureQueriesContext(connection) as choosing:
            delivery_options(cart, place=Destination("DE"))
    # lines, prices, state of the catalogue, taxes, stock, steps | lines, prices, ways, steps
    assert (len(quoting), len(choosing)) == (6, 4)


def test_days_count_from_when_the_parcel_leaves(ana: Customer) -> None:
    christmas = [dt.date(2026, 12, 25)]
    way = goods.parcel(ana.merchant, cutoff_hour=15, closed_days=christmas, days_min=1, days_max=2)
    goods.full_cart(ana, {goods.variant(ana.merchant): 1}, method=way)
    days = []
    for day, hour in ((23, 13), (23, 14), (26, 20)):  # 14:00 and 15:00 in Berlin, and a Saturday evening
        with clock.at(dt.datetime(2026, 12, day, hour, 0, tzinfo=dt.UTC)):
            now = quote(open_cart(ana))
        days.append((now.earliest, now.latest))
    assert days == [
        (dt.date(2026, 12, 24), dt.date(2026, 12, 28)),
        (dt.date(2026, 12, 28), dt.date(2026, 12, 29)),
        (dt.date(2026, 12, 29), dt.date(2026, 12, 30)),
    ]
    assert add_working_days(dt.date(2026, 12, 25), 0, closed=christmas) == dt.date(2026, 12, 28)


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("deliverystep_costs_no_less_than_nothing", {"price": Decimal("-0.01")}),
        ("deliverystep_costs_no_less_than_nothing", {"from_amount": Decimal("-1")}),
        ("deliverystep_carries_something", {"up_to_grams": 0}),
        ("deliverystep_once", {"up_to_grams": 2_000}),
        ("deliverystep_once", {"up_to_grams": None}),
    ],
)
def test_the_database_refuses_odd_steps(ana: Customer, constraint: str, row: dict[str, object]) -> None:
    way = table(goods.parcel(ana.merchant), (2_000, "0", "4.90"), (None, "0", "9.90"))
    values: dict[str, object] = {"up_to_grams": 3_000, "price": Decimal(1)} | row
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        DeliveryStep.objects.create(merchant=ana.merchant, method=way, **values)


@pytest.mark.parametrize(
    ("constraint", "field"),
    [("deliverymethod_carries_something", {"max_grams": 0}), ("deliverymethod_cutoff_is_an_hour", {"cutoff_hour": 24})],
)
def test_the_database_refuses_odd_ways(ana: Customer, constraint: str, field: dict[str, int]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        goods.parcel(ana.merchant, **field)


def test_a_table_is_of_the_shop_of_its_way(ana: Customer, other_merchant: Merchant) -> None:
    way = table(goods.parcel(ana.merchant), (2_000, "0", "4.90"))
    check = invariants.CHECKS["carts: steps of delivery belong to their way"]
    with scopes_disabled():
        assert check() == []
        step = DeliveryStep.objects.get()
        DeliveryStep.objects.update(merchant=other_merchant)
        assert check() == [f"step {step.pk} and its way of delivery {way.pk} belong to different shops"]


def test_weights_and_countries_in_words() -> None:
    assert [weight_in_words(grams, "de") for grams in (800, 2_000, 2_500)] == ["800 g", "2 kg", "2,5 kg"]
    assert [country_in_words("CH", code) for code in ("en", "de", "es", "zh-hans")] == [
        "Switzerland",
        "Schweiz",
        "Suiza",
        "瑞士",
    ]
    assert country_in_words("XX", "en") == "XX"
