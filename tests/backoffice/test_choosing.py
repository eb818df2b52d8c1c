"""Codes are picked from lists in the reader's language, and a page there is one of opens at once."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django_scopes import scope

from apps.backoffice.choosing import countries, currencies, time_zones
from apps.loyalty.models import LoyaltyProgramme
from apps.merchants.models import Merchant

from .test_admin import page

SHOP = "merchants.merchant"


def typed(desk: Client, merchant: Merchant, **changed: Any) -> Any:
    """The shop's page as it stands, with this changed, sent off."""
    form = desk.get(page(SHOP, "change", merchant.pk)).context["adminform"].form
    shown = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    there = {name: value for name, value in shown.items() if value not in (None, False)}
    return desk.post(page(SHOP, "change", merchant.pk), {**there, **changed})


def test_countries_are_read_in_the_language_of_the_page() -> None:
    with translation.override("de"):
        assert dict(countries())["AT"] == "Österreich"
    with translation.override("zh-hans"):
        assert dict(countries())["DE"] == "德国"
    assert "EU" not in dict(countries())
    assert dict(currencies())["JPY"] == "JPY · Japanese Yen"
    assert {"Europe/Berlin", "UTC"} <= set(dict(time_zones()))


def test_the_first_language_comes_first(desk: Client, merchant: Merchant) -> None:
    answer = typed(desk, merchant, languages=["en", "de", "es"], first_language="es", timezone="Asia/Tokyo")
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    merchant.refresh_from_db()
    assert (merchant.languages, merchant.timezone) == (["es", "en", "de"], "Asia/Tokyo")


def test_a_name_that_is_on_no_list_stays_what_it_is(desk: Client, merchant: Merchant) -> None:
    """A shop founded by command may keep its clock by another name of the same zone."""
    merchant.timezone = "US/Eastern"
    merchant.save()
    assert typed(desk, merchant, name="Renamed").status_code == 302
    merchant.refresh_from_db()
    assert (merchant.name, merchant.timezone) == ("Renamed", "US/Eastern")


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"languages": ["en"], "first_language": "de"}, "first_language"),
        ({"languages": ["en", "tlh"]}, "languages"),
        ({"languages": []}, "languages"),
        ({"timezone": "Europe/Atlantis"}, "timezone"),
        ({"country": "ZZ"}, "country"),
        ({"currency": "XXX"}, "currency"),
    ],
)
def test_what_is_on_no_list_is_refused(desk: Client, merchant: Merchant, changed: dict[str, Any], at: str) -> None:
    answer = typed(desk, merchant, **changed)
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [at]


def test_the_only_shop_and_the_only_rules_open_at_once(desk: Client, merchant: Merchant) -> None:
    assert desk.get(page(SHOP, "changelist")).headers["Location"] == page(SHOP, "change", merchant.pk)
    rules = "loyalty.loyaltyprogramme"
    assert desk.get(page(rules, "changelist")).headers["Location"] == page(rules, "add")
    with scope(merchant=merchant):
        made = LoyaltyProgramme.objects.create(merchant=merchant)
    assert desk.get(page(rules, "changelist")).headers["Location"] == page(rules, "change", made.pk)
