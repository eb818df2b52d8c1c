"""Invoices are switched on by who has all that must stand on them."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.gateway.demo import seed_merchant
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests import factories

pytestmark = pytest.mark.django_db
FACTS = {"legal_name": "Shop GmbH", "postal_address": "Musterstraße 1", "tax_number": "DE999999999"}
MOMENT = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


def test_a_new_shop_writes_none() -> None:
    shop = Merchant.objects.create(slug="new", name="New")
    assert (shop.issues_invoices, shop.invoices_since) == (False, None)


@pytest.mark.parametrize("fact", sorted(FACTS))
@pytest.mark.parametrize("nothing", ["", " \n "])
def test_without_its_facts_no_shop_writes_any(fact: str, nothing: str) -> None:
    shop = Merchant(slug="shop", name="Shop", languages=["en"], issues_invoices=True, **FACTS | {fact: nothing})
    with pytest.raises(ValidationError) as refused:
        shop.full_clean()
    assert list(refused.value.message_dict) == ["issues_invoices"]
    with pytest.raises(IntegrityError), transaction.atomic():
        shop.save()


def test_switched_on_is_a_moment_and_off_forgets_it() -> None:
    shop = Merchant(slug="shop", name="Shop", languages=["en"], issues_invoices=True, **FACTS)
    with clock.at(MOMENT):
        shop.full_clean()
        shop.save()
    shop.name = "Other"
    shop.save()
    assert Merchant.objects.get(slug="shop").invoices_since == MOMENT
    shop.issues_invoices = False
    shop.save(update_fields=["issues_invoices"])
    assert Merchant.objects.get(slug="shop").invoices_since is None


def test_the_demo_shop_has_all_its_facts() -> None:
    shop = seed_merchant()
    shop.full_clean()
    assert (shop.issues_invoices, shop.tax_number) == (True, "DE999999999")


@pytest.mark.parametrize("series", [("A-{year}-", "A-2026-"), ("{year}2026-", "2026{year}-")])
def test_no_year_makes_one_series_of_two(series: tuple[str, str]) -> None:
    shop = factories.merchant(invoice_series=series[0], credit_note_series=series[1])
    with pytest.raises(ValidationError) as refused:
        shop.full_clean()
    assert list(refused.value.message_dict) == ["credit_note_series"]


def test_only_the_year_stands_in_braces() -> None:
    with pytest.raises(ValidationError) as refused:
        factories.merchant(invoice_series="INV-{month}-").full_clean()
    assert list(refused.value.message_dict) == ["invoice_series"]
