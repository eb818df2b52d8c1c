"""Links and printed codes lead to one thing this shop has, and say at the field when they would not."""

from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from apps.catalog.models import Category, Collection, Product
from apps.conversations.models import EntryPoint
from apps.merchants.models import Merchant
from tests.catalog.factories import make_product

from .test_admin import page

ENTRY = "conversations.entrypoint"


@pytest.fixture
def shelves(merchant: Merchant, other_merchant: Merchant) -> dict[str, Any]:
    with scope(merchant=merchant):
        found: dict[str, Any] = {
            "mug": make_product(merchant, "Mug", slug="mug"),
            "old": make_product(merchant, "Old mug", slug="old-mug", status=Product.Status.ARCHIVED),
            "mugs": Category.objects.create(merchant=merchant, name_en="Mugs", slug="mugs"),
            "past": Category.objects.create(merchant=merchant, name_en="Past", slug="past", is_active=False),
            "new": Collection.objects.create(merchant=merchant, name_en="New in", slug="new-in"),
        }
    with scope(merchant=other_merchant):
        found["lamp"] = make_product(other_merchant, "Lamp", slug="lamp")
    return found


def add(desk: Client, **typed: Any) -> Any:
    sent = {name: getattr(value, "pk", value) for name, value in typed.items()}
    return desk.post(page(ENTRY, "add"), {"title": "Poster", "is_active": "on", **sent})


def errors_of(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return {name: [str(each) for each in said] for name, said in answer.context["adminform"].form.errors.items()}


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ({"product": "mug"}, {"product": "mug"}),
        ({"category": "mugs"}, {"category": "mugs"}),
        ({"collection": "new"}, {"collection": "new-in"}),
        ({"product": "mug", "campaign": " spring "}, {"product": "mug", "campaign": "spring"}),
        ({"campaign": "window"}, {"campaign": "window"}),
        ({}, {}),
    ],
)
def test_what_is_there_can_be_led_to(
    desk: Client, shelves: dict[str, Any], merchant: Merchant, typed: dict[str, str], target: dict[str, str]
) -> None:
    answer = add(desk, **{name: shelves.get(value, value) for name, value in typed.items()})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    with scope(merchant=merchant):
        assert EntryPoint.objects.get().target == target


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ({"product": "lamp"}, "product"),  # another shop's
        ({"product": "old"}, "product"),
        ({"category": "past"}, "category"),
        ({"product": "nothing"}, "product"),
        ({"referral": "ABC"}, "referral"),
        ({"product": "mug", "category": "mugs"}, "category"),
        ({"campaign": "x" * 201}, "campaign"),
    ],
)
def test_what_is_not_there_is_refused_at_the_field(
    desk: Client, shelves: dict[str, Any], merchant: Merchant, typed: dict[str, str], at: str
) -> None:
    answer = add(desk, **{name: shelves.get(value, value) for name, value in typed.items()})
    assert list(errors_of(answer)) == [at]
    with scope(merchant=merchant):
        assert EntryPoint.objects.count() == 0


def test_its_page_shows_where_it_leads(desk: Client, shelves: dict[str, Any], merchant: Merchant) -> None:
    add(desk, product=shelves["mug"], campaign="spring")
    with scope(merchant=merchant):
        entry = EntryPoint.objects.get()
    form = desk.get(page(ENTRY, "change", entry.pk)).context["adminform"].form
    assert (form.initial["product"], form.initial["campaign"]) == (shelves["mug"], "spring")


def test_a_link_whose_product_has_gone_can_still_be_switched_off(desk: Client, merchant: Merchant) -> None:
    with scope(merchant=merchant):
        entry = EntryPoint.objects.create(merchant=merchant, title="Mug", target={"product": "gone"})
    answer = desk.post(page(ENTRY, "change", entry.pk), {"title": "Mug"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    with scope(merchant=merchant):
        entry.refresh_from_db()
    assert (entry.is_active, entry.target) == (False, {"product": "gone"})
