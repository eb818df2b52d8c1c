"""Customers in figures at the desk and over the API: the picture, the lists it leads to, and what is taken away."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.customers.models import Customer
from apps.insights.models import CustomerFigures
from apps.insights.reckon import reckon_figures
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests import factories
from tests.insights import books
from tests.insights.books import NOON

from .conftest import Api

LIST = "/admin/customers/customer/"
PICTURE = f"{LIST}segments/"


@pytest.fixture
def bought(merchant: Merchant) -> dict[str, Customer]:
    """Ana is a regular who came today, Bea bought once long ago, Cem has only asked."""
    with scope(merchant=merchant), clock.at(NOON):
        people = {name: factories.customer(merchant, name) for name in ("Ana", "Bea", "Cem")}
        for _ in range(3):
            books.order(people["Ana"])
        books.order(people["Bea"], "11.90", tax="1.90", days_ago=400)
        reckon_figures()
    return people


def names(page: Any) -> list[str]:
    return sorted(customer.name for customer in page.context["cl"].result_list)


def test_a_new_shop_is_told_where_its_picture_comes_from(desk: Client, merchant: Merchant) -> None:
    page = desk.get(PICTURE)
    assert page.context["shown"] is None
    assert "Nobody has bought anything yet" in page.content.decode()


def test_orders_that_no_rate_says_the_worth_of_are_named(desk: Client, bought: dict[str, Customer]) -> None:
    named = "are not counted"
    assert named not in desk.get(PICTURE).content.decode()
    with scope(merchant=bought["Ana"].merchant):
        books.order(bought["Ana"], currency="CHF")
    assert "Orders in CHF are not counted: the currency has no fixed rate." in desk.get(PICTURE).content.decode()


def test_each_of_25_places_leads_to_its_shoppers(desk: Client, bought: dict[str, Customer]) -> None:
    page = desk.get(PICTURE)
    shown = page.context["shown"]
    assert (shown["customers"], shown["value"], shown["few"]) == (2, "€310.00", True)
    assert shown["finding"] == "Loyal: 50% of the shoppers who bought, 97% of the value."
    tiles = [tile for row in shown["rows"] for tile in row["tiles"]]
    counted = {tile["url"]: tile["customers"] for tile in tiles}
    assert (len(counted), sum(counted.values())) == (25, 2)
    for url, customers in counted.items():
        assert len(names(desk.get(url))) == customers
    linked = re.findall(r'<a class="rf-(?:tile|part)[^"]*" href="([^"]+)"', page.content.decode())
    assert len(linked) == 25 + 7


def test_the_scores_say_what_they_mean_here(desk: Client, bought: dict[str, Customer]) -> None:
    shown = desk.get(PICTURE).context["shown"]
    assert [row["label"] for row in shown["rows"]] == ["0", "–", "400", "–", "–"]
    assert shown["columns"] == ["1", "–", "3", "–", "–"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("segment=loyal", ["Ana"]),
        ("segment=drifting", ["Bea"]),
        ("segment=none", ["Cem"]),
        ("segment=nobody", []),
        ("recency=5", ["Ana"]),
        ("frequency=1", ["Bea"]),
        ("recency=5&frequency=1", []),
        ("recency=x", []),
    ],
)
def test_the_list_is_narrowed(desk: Client, bought: dict[str, Customer], query: str, found: list[str]) -> None:
    assert names(desk.get(f"{LIST}?{query}")) == found


@pytest.mark.parametrize("column", ["value", "order_count"])
def test_the_best_come_first_and_who_never_bought_last(desk: Client, bought: dict[str, Customer], column: str) -> None:
    place = desk.get(LIST).context["cl"].list_display.index(column)
    page = desk.get(f"{LIST}?o=-{place}")
    assert [customer.name for customer in page.context["cl"].result_list] == ["Ana", "Bea", "Cem"]


def test_a_shoppers_page_tells_the_figures(desk: Client, bought: dict[str, Customer]) -> None:
    page = desk.get(reverse("admin:customers_customer_change", args=[bought["Ana"].pk])).content.decode()
    for told in ("€300.00", "€100.00", "5 · 3 · 3", ">loyal<", "Nov. 20, 2026, 1 p.m."):
        assert told in re.sub(r"\s*(<|>)\s*", r"\1", page)
    assert desk.get(reverse("admin:customers_customer_change", args=[bought["Cem"].pk])).status_code == 200


def test_the_list_of_a_segment_can_be_taken_away(desk: Client, bought: dict[str, Customer]) -> None:
    form = desk.get(f"{LIST}export/?segment=loyal")
    fields = {name: "on" for name in form.context["form"].fields if name.startswith("customerresource_")}
    taken = desk.post(f"{LIST}export/?segment=loyal", {"format": "0", "resource": "", **fields})
    (row,) = csv.DictReader(io.StringIO(taken.content.decode()))
    assert {name: row[name] for name in ("name", "segment", "orders", "lifetime_value", "average_order", "currency")} == {
        "name": "Ana", "segment": "loyal", "orders": "3", "lifetime_value": "300.00", "average_order": "100.00", "currency": "EUR",
    }  # fmt: skip


def test_the_desk_may_reckon_at_once(desk: Client, bought: dict[str, Customer], merchant: Merchant) -> None:
    with scope(merchant=merchant):
        books.order(bought["Cem"])
    assert desk.post(PICTURE).url == PICTURE
    with scope(merchant=merchant):
        assert CustomerFigures.objects.count() == 3


def test_the_menu_shows_one_page_as_open(desk: Client, bought: dict[str, Customer]) -> None:
    for path, title in ((PICTURE, "Segments"), (LIST, "Shoppers")):
        rooms = desk.get(path).context["sidebar_navigation"]
        assert [str(page["title"]) for room in rooms for page in room["items"] if page["active"]] == [title]


def test_nobody_else_sees_or_reckons(merchant: Merchant, other_merchant: Merchant, bought: dict[str, Customer]) -> None:
    client = Client()
    client.force_login(factories.staff(other_merchant, "manager"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(PICTURE).context["shown"] is None
    lead = Client()
    lead.force_login(factories.staff(merchant, "lead"), backend="django.contrib.auth.backends.ModelBackend")
    assert lead.get(PICTURE).status_code == lead.post(PICTURE).status_code == 302


def test_any_number_of_shoppers_costs_the_list_and_the_picture_as_much(
    desk: Client, bought: dict[str, Customer], merchant: Merchant, django_assert_max_num_queries: Any
) -> None:
    with scope(merchant=merchant):
        for _ in range(20):
            books.order(factories.customer(merchant))
        reckon_figures()
    for path in (LIST, PICTURE):
        with django_assert_max_num_queries(15):
            assert desk.get(path).status_code == 200


def test_programs_read_the_figures(reader: Api, stranger: Api, bought: dict[str, Customer]) -> None:
    told = {row["name"]: row for row in reader.get("customers/").json()["results"]}
    assert set(told) == {"Ana", "Bea", "Cem"}
    assert told["Cem"]["figures"] is None
    assert told["Ana"]["figures"] == {
        "value": {"minor": 30000, "currency": "EUR"}, "orders": 3, "average_order": {"minor": 10000, "currency": "EUR"},
        "first_order_at": "2026-11-20T12:00:00Z", "last_order_at": "2026-11-20T12:00:00Z", "recency": 5, "frequency": 3,
        "monetary": 3, "segment": "loyal", "reckoned_at": "2026-11-20T12:00:00Z",
    }  # fmt: skip
    path = f"customers/{bought['Ana'].public_id}/"
    assert reader.get(path).json() == told["Ana"]
    assert [row["name"] for row in reader.get("customers/", segment="drifting").json()["results"]] == ["Bea"]
    assert reader.get("customers/", segment="best").status_code == 400
    assert (stranger.get(path).status_code, stranger.get("customers/").json()["results"]) == (404, [])
    assert reader.post("customers/", {"name": "Eve"}).status_code in (403, 405)
