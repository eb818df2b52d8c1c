"""Tags on customers at the desk and over the API."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.customers.actions import change_tags, tags_of
from apps.customers.models import Customer, CustomerGroup, CustomerTag, GroupMember
from apps.merchants.models import Merchant
from tests import factories

from .conftest import Api

LIST = "/admin/customers/customer/"


@pytest.fixture
def people(merchant: Merchant) -> dict[str, Customer]:
    """Ana bears two tags, Bea one of them, Cem none."""
    with scope(merchant=merchant):
        found = {name: factories.customer(merchant, name) for name in ("Ana", "Bea", "Cem")}
        change_tags([found["Ana"], found["Bea"]], put=["VIP"])
        change_tags([found["Ana"]], put=["press"])
    return found


def borne(customer: Customer) -> list[str]:
    with scope(merchant=customer.merchant):
        return tags_of(customer.pk)


def names(page: Any) -> list[str]:
    return sorted(customer.name for customer in page.context["cl"].result_list)


def test_the_list_shows_them_and_is_filtered_by_one(desk: Client, merchant: Merchant, people: Any) -> None:
    with scope(merchant=merchant):
        vip = CustomerTag.objects.get(name="VIP")
    assert "press" in desk.get(LIST).content.decode()
    assert names(desk.get(LIST, {"tag": vip.pk})) == ["Ana", "Bea"]
    for wrong in ("x", "-1", "9" * 30, "²"):
        assert desk.get(LIST, {"tag": wrong}, follow=True).status_code == 200
    tags = desk.get("/admin/customers/customertag/").content.decode()
    assert f"?tag={vip.pk}" in tags


def test_a_row_shows_three_and_says_how_many_more(desk: Client, people: dict[str, Customer]) -> None:
    with scope(merchant=people["Cem"].merchant):
        change_tags([people["Cem"]], put=["a1", "a2", "a3", "a4", "a5"])
    page = desk.get(LIST).context["cl"]
    chips = re.compile(r'<span class="bg[^"]*">([^<]*)</span>')
    shown = {row.name: chips.findall(page.model_admin.tags_shown(row)) for row in page.result_list}
    assert shown == {"Ana": ["press", "VIP"], "Bea": ["VIP"], "Cem": ["a1", "a2", "a3", "+2"]}


def test_many_are_tagged_at_once(desk: Client, people: dict[str, Customer]) -> None:
    chosen = {"action": "tag", "_selected_action": [people["Bea"].pk, people["Cem"].pk]}
    asked = desk.post(LIST, chosen)
    assert (asked.context["about"], 'data-tags="true"' in asked.content.decode()) == ("2 shoppers", True)
    answer = dict(asked.context["carried"]) | chosen | {"put": ["press", "calls back"], "take": ["VIP"]}
    for _twice in range(2):
        assert desk.post(LIST, answer).status_code == 302
    assert [borne(people[name]) for name in ("Ana", "Bea", "Cem")] == [
        ["press", "VIP"],
        *([["calls back", "press"]] * 2),
    ]
    wrong = desk.post(LIST, answer | {"put": ["x" * 41], "take": ["unknown"]})
    assert sorted(wrong.context["form"].errors) == ["put", "take"]


def test_all_that_the_list_finds_are_tagged(desk: Client, merchant: Merchant, people: dict[str, Customer]) -> None:
    with scope(merchant=merchant):
        vip = CustomerTag.objects.get(name="VIP")
    chosen = {"action": "tag", "_selected_action": [people["Ana"].pk], "select_across": "1"}
    carried = dict(desk.post(f"{LIST}?tag={vip.pk}", chosen).context["carried"])
    desk.post(f"{LIST}?tag={vip.pk}", carried | {"put": ["club"]})
    assert [borne(people[name]) for name in ("Ana", "Bea", "Cem")] == [["club", "press", "VIP"], ["club", "VIP"], []]


def test_who_bears_a_tag_is_put_into_a_group(desk: Client, merchant: Merchant, people: dict[str, Customer]) -> None:
    with scope(merchant=merchant):
        group = CustomerGroup.objects.create(merchant=merchant, name="Trade")
        vip = CustomerTag.objects.get(name="VIP")
    chosen = {"action": "put_into_group", "_selected_action": [people["Ana"].pk], "select_across": "1"}
    carried = dict(desk.post(f"{LIST}?tag={vip.pk}", chosen).context["carried"])
    assert desk.post(f"{LIST}?tag={vip.pk}", carried).context["form"].errors
    desk.post(f"{LIST}?tag={vip.pk}", carried | {"group": group.pk})
    with scope(merchant=merchant):
        members = GroupMember.objects.filter(group=group).values_list("customer__name", flat=True)
        assert sorted(members) == ["Ana", "Bea"]


def test_a_customers_page_changes_only_what_was_changed_on_it(desk: Client, people: dict[str, Customer]) -> None:
    ana = people["Ana"]
    page = reverse("admin:customers_customer_change", args=[ana.pk])
    opened = desk.get(page)
    assert opened.context["adminform"].form["tags"].value() == ["press", "VIP"]
    assert '<option value="de">' in opened.content.decode()  # languages are picked
    seen = re.search(r'name="initial-tags" value="([^"]*)"', opened.content.decode())
    assert seen is not None
    rows = {
        f"{prefix}-{name}": 0
        for prefix in ("identities", "addresses", "memberships")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    with scope(merchant=ana.merchant):
        change_tags([ana], put=["put on meanwhile"])
    said = {"name": "Ana", "tags": ["VIP", "new one"], "initial-tags": seen[1]}
    assert desk.post(page, rows | said).status_code == 302
    assert borne(ana) == ["new one", "put on meanwhile", "VIP"]


def test_a_tag_is_renamed_in_one_place(desk: Client, merchant: Merchant, people: dict[str, Customer]) -> None:
    with scope(merchant=merchant):
        vip = CustomerTag.objects.get(name="VIP")
    page = reverse("admin:customers_customertag_change", args=[vip.pk])
    for wrong in ("a,b", "PRESS", " "):
        assert list(desk.post(page, {"name": wrong}).context["adminform"].form.errors) == ["name"]
    assert desk.post(page, {"name": " Very  important "}).status_code == 302
    assert borne(people["Bea"]) == ["Very important"]


def test_they_are_in_the_file_the_desk_takes_away(desk: Client, people: dict[str, Customer]) -> None:
    answer = desk.post(
        f"{LIST}export/", {"format": "0", **{f"customerresource_{name}": "on" for name in ("name", "tags")}}
    )
    rows = {row["name"]: row["tags"] for row in csv.DictReader(io.StringIO(answer.content.decode()))}
    assert rows == {"Ana": "press, VIP", "Bea": "VIP", "Cem": ""}


# --- over the API ---------------------------------------------------------------------------------
def test_the_api_reads_filters_and_sets_them(api: Api, people: dict[str, Customer]) -> None:
    assert [row["name"] for row in api.get("customers/", tag="vip").json()["results"]] == ["Bea", "Ana"]
    assert api.get("customers/", tag="nobody").json()["results"] == []
    at = f"customers/{people['Ana'].public_id}/tags/"
    assert api.put(at, {"tags": ["Press", " calls  back "]}).json()["tags"] == ["calls back", "press"]
    assert api.put(at, {"tags": []}).json()["tags"] == []
    assert api.get("customer-tags/").json() == [
        {"name": "calls back", "customers": 0},
        {"name": "press", "customers": 0},
        {"name": "VIP", "customers": 1},
    ]


@pytest.mark.parametrize(
    "body", [{}, {"tags": "VIP"}, {"tags": [""]}, {"tags": ["a,b"]}, {"tags": ["x" * 41]}, {"tags": [1, None]}]
)
def test_what_is_no_tag_is_400(api: Api, people: dict[str, Customer], body: Any) -> None:
    assert api.put(f"customers/{people['Ana'].public_id}/tags/", body).status_code == 400
    assert borne(people["Ana"]) == ["press", "VIP"]


def test_a_reader_only_reads_and_a_stranger_sees_nothing(
    reader: Api, stranger: Api, people: dict[str, Customer]
) -> None:
    at = f"customers/{people['Ana'].public_id}/tags/"
    assert reader.put(at, {"tags": []}).status_code == 403
    assert stranger.put(at, {"tags": []}).status_code == 404
    assert stranger.get("customer-tags/").json() == []
    assert borne(people["Ana"]) == ["press", "VIP"]
