"""Lists of the desk and the API answer whatever an address says: with rows, with none, or with a refusal."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.db.models import JSONField
from django.test import Client
from django_scopes import scope
from encrypted_fields.fields import EncryptedJSONField

from apps.merchants.models import Merchant
from tests.catalog.factories import make_variant

from .conftest import Api
from .test_admin import OURS, page

HUGE = "9" * 40
WORDS = {
    "NUL": "a%00b",
    "lone surrogate": "%ED%A0%80",
    "no UTF-8": "%FF%FE",
    "ten thousand letters": "a" * 10_000,
    "five thousand words": "+".join(["a"] * 5_000),
    "quotes": quote("\"'\\%_(("),
    "a number without end": HUGE,
}
VALUES = ("a%00b", "%ED%A0%80", HUGE, "-1", "x" * 10_000, "0001-01-01", "9999-12-31", "2025-13-45", "NaN", "1e999")
LISTS = [
    "products/", "products/search/", "stock-alerts/", "categories/", "promotions/", "members/", "gift-cards/", "orders/", "returns/",
    "documents/", "customers/", "tax-rates/", "tax-codes/", "tax-accounts/", "locations/", "tiers/", "price-lists/",
    "rewards/", "vouchers/", "referrals/", "synonyms/", "wishes/",
]  # fmt: skip


def filters_of(label: str) -> Iterator[str]:
    """Every name the list's filters hear."""
    desk = next(found for model, found in admin.site._registry.items() if model._meta.label_lower == label)
    for listed in desk.list_filter:
        name = listed[0] if isinstance(listed, tuple) else getattr(listed, "parameter_name", listed)
        endings = ("_from", "_to") if isinstance(listed, tuple) else ("__exact", "__id__exact", "__gte", "")
        yield from (f"{name}{ending}" for ending in endings)
    if day := desk.date_hierarchy:
        yield from (f"{day}__{part}" for part in ("year", "month", "day", "gte"))
    yield from ("id__exact", "pk__in", "p", "o", "e", "_to_field", "nobody__knows")


def queries(label: str) -> Iterator[str]:
    yield from (f"q={words}" for words in WORDS.values())
    names = list(dict.fromkeys(filters_of(label)))
    # Each name with another of the values, and each value with another of the names.
    for place in range(max(len(names), len(VALUES))):
        yield f"{names[place % len(names)]}={VALUES[place % len(VALUES)]}"
    day = next((name.removesuffix("year") for name in names if name.endswith("__year")), "")
    if day:
        yield from (
            f"{day}year=9999",
            f"{day}year=1",
            f"{day}year=9999&{day}month=12",
            f"{day}year=2025&{day}month=2&{day}day=31",
        )


@pytest.fixture
def browser(desk: Client, variant: Any) -> Client:
    desk.raise_request_exception = False
    return desk


@pytest.mark.parametrize("label", OURS)
def test_a_list_of_the_desk_answers_whatever_is_asked(browser: Client, label: str) -> None:
    path = page(label, "changelist")
    answers = {query[:60]: browser.get(f"{path}?{query}").status_code for query in queries(label)}
    assert {query: status for query, status in answers.items() if status >= 500} == {}
    assert browser.get(path, follow=True).status_code == 200


HIDDEN = [
    (model._meta.label_lower, f"{field.name}{ending}")
    for model in admin.site._registry
    if model._meta.label_lower in OURS
    for field in model._meta.concrete_fields
    for ending in ("__buyer__name", "__icontains")
    if isinstance(field, JSONField | EncryptedJSONField)
]


@pytest.mark.parametrize(("label", "name"), HIDDEN)
def test_no_address_asks_what_lies_inside_of_a_row(browser: Client, label: str, name: str) -> None:
    assert browser.get(f"{page(label, 'changelist')}?{name}=Ana").status_code == 400


def test_a_document_is_not_found_by_the_name_on_it(desk: Client) -> None:
    path = page("orders.document", "changelist")
    answers = {
        name: desk.get(f"{path}?{name}").status_code
        for name in ("body__buyer__name=Ana", "body__contains=Ana", "order__contact_name=Ana", "number__startswith=INV",
                     "kind__exact=invoice", "issued_on__year=2026", "issued_on_from=2026-01-01", "pk__in=1")
    }  # fmt: skip
    assert [name for name, status in answers.items() if status == 400] == [
        "body__buyer__name=Ana", "body__contains=Ana", "order__contact_name=Ana", "number__startswith=INV",
    ]  # fmt: skip


def test_what_the_desks_own_links_ask_is_heard(desk: Client) -> None:
    for label, query in (
        ("orders.order", "status__exact=placed&fulfilment_status__in=none,partial"),
        ("orders.returnrequest", "state__in=received,approved"),
        ("payments.payment", "state__exact=review"),
        ("payments.refund", "state__exact=failed"),
        ("carts.coupon", "promotion__id__exact=1&batch=x"),
    ):
        answer = desk.get(f"{page(label, 'changelist')}?{query}")
        assert (label, answer.status_code) == (label, 200)


@pytest.mark.parametrize("label", OURS)
def test_a_row_by_an_impossible_id_is_not_there(browser: Client, label: str) -> None:
    path = page(label, "changelist")
    answers = [browser.get(f"{path}{pk}/change/").status_code for pk in (HUGE, "-1", "a%00b", "%ED%A0%80", "x" * 5_000)]
    assert [status for status in answers if status >= 500] == []


def test_searching_for_a_choice_answers_whatever_is_typed(browser: Client) -> None:
    path = "/admin/autocomplete/?app_label=catalog&model_name=product&field_name=categories"
    answers = {name: browser.get(f"{path}&term={words}").status_code for name, words in WORDS.items()}
    answers |= {f"all of {name}": browser.get(f"/admin/search/?s={words}").status_code for name, words in WORDS.items()}
    assert {name: status for name, status in answers.items() if status >= 500} == {}


def test_the_first_words_of_a_long_search_still_find(desk: Client, merchant: Merchant, variant: Any) -> None:
    with scope(merchant=merchant):
        make_variant(merchant, title="Green mug", sku="MUG")
    path = page("catalog.product", "changelist")
    found = desk.get(f"{path}?q=green+mug+{'+'.join(['mug'] * 500)}")
    assert [product.title for product in found.context["cl"].result_list] == ["Green mug"]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_of_the_api_answers_whatever_is_asked(api: Api, variant: Any, path: str) -> None:
    api.client.raise_request_exception = False
    answers = {}
    for name in ("q", "cursor", "page_size", "status", "state", "order", "customer", "batch", "language", "segment"):
        for value in ("a%00b", "%ED%A0%80", HUGE, "x" * 10_000, "bz0x", quote("cD05OTk5OTk5OTk5OTk5OTk5OTk5OQ==")):
            answer = api.client.get(f"/api/v1/{path}?{name}={value}", headers=api.headers)
            answers[f"{name}={value[:20]}"] = answer.status_code
    assert {query: status for query, status in answers.items() if status >= 500} == {}
