"""What the desk's pages are made of: our own files only, classes that exist, amounts as they are written."""

import re
from pathlib import Path
from typing import Any

import pytest
import unfold
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.catalog.models import Price
from apps.merchants.models import Merchant

ROOT = Path(__file__).resolve().parents[2]
LABELS = sorted(model._meta.label_lower for model in admin.site._registry if model.__module__.startswith("apps."))


@pytest.mark.parametrize("label", LABELS)
def test_no_form_asks_a_third_party_for_anything(desk: Client, variant: Any, label: str) -> None:
    page = desk.get(reverse(f"admin:{label.replace('.', '_')}_add"))
    fetched = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', page.content.decode())
    assert [address for address in fetched if not re.match(r"/(?!/)|data:|#", address)] == []


def test_every_class_of_our_own_pages_is_in_a_stylesheet() -> None:
    styles = (Path(unfold.__file__).parent / "static/unfold/css/styles.css").read_text()
    styles += (ROOT / "static/css/admin.css").read_text()
    missing = {
        (page.name, name)
        for page in (ROOT / "templates/admin").glob("*.html")
        if "<style>" not in page.read_text()
        for names in re.findall(r'class="([^"{}]+)"', page.read_text())
        for name in names.split()
        if "." + re.sub(r"([:/\[\].%!])", r"\\\1", name) not in styles
    }
    assert missing == set()


def test_amounts_are_typed_with_the_decimals_of_their_currency(desk: Client, variant: Any, merchant: Merchant) -> None:
    page = desk.get(reverse("admin:catalog_variant_change", args=[variant.pk])).content.decode()
    assert 'value="20.00"' in page
    offered = re.search(r'name="prices-0-compare_at_1".*?</select>', page, re.DOTALL)
    assert offered is not None
    assert re.findall(r'value="(\w+)" selected', offered[0]) == [merchant.currency]


def test_a_price_and_the_one_before_are_in_one_currency(desk: Client, variant: Any, merchant: Merchant) -> None:
    page = reverse("admin:catalog_variant_change", args=[variant.pk])
    with scope(merchant=merchant):
        price = Price.objects.get()
    shown = desk.get(page).context["adminform"].form
    typed = {name: value for name, value in shown.initial.items() if value not in (None, False, [])}
    groups = ("prices", "stock_levels", "price_plans", "price_records")
    empty = {f"{name}-{part}": 0 for name in groups for part in ("TOTAL_FORMS", "INITIAL_FORMS")}
    wrong = {
        "prices-TOTAL_FORMS": 1, "prices-INITIAL_FORMS": 1, "prices-0-id": price.pk, "prices-0-variant": variant.pk,
        "prices-0-amount_0": "20.00", "prices-0-amount_1": "EUR",
        "prices-0-compare_at_0": "30.00", "prices-0-compare_at_1": "USD",
    }  # fmt: skip
    refused = desk.post(page, {**typed, **empty, **wrong, "product": variant.product_id})
    assert "Give both prices in the same currency." in refused.content.decode()


def test_no_step_of_the_way_is_called_like_the_next(desk: Client) -> None:
    """The app "Orders" and its list "Orders" are one step; another app's stays."""
    steps = {}
    for page in ("orders_order", "carts_promotion"):
        text = desk.get(reverse(f"admin:{page}_changelist")).content.decode()
        steps[page] = re.findall(r'truncate tracking-tight">([^<]+)<', text)
    assert steps["orders_order"] == ["Orders"]
    assert steps["carts_promotion"][-1] == "Promotions"
    assert len(steps["carts_promotion"]) == len({step.casefold() for step in steps["carts_promotion"]})


def test_a_tax_has_a_name_in_each_language(desk: Client, merchant: Merchant) -> None:
    text = desk.get(reverse("admin:carts_taxrate_add")).content.decode()
    assert sorted(set(re.findall(r'name="(name_\w+)"', text))) == ["name_de", "name_en", "name_es", "name_zh_hans"]
