"""What the desk asks of a variant and of a word before it takes them."""

from typing import Any

from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.catalog.models import Synonym
from apps.merchants.models import Merchant

from .conftest import Api


def test_a_wrong_barcode_is_refused_at_the_desk_and_over_the_api(desk: Client, api: Api, variant: Any) -> None:
    page = reverse("admin:catalog_variant_change", args=[variant.pk])
    form = desk.get(page).context["adminform"].form
    typed = {
        name: value for name, value in form.initial.items() if value is not None and value is not False and value != []
    }
    empty = {
        f"{name}-{part}": 0
        for name in ("prices", "stock_levels", "price_plans", "price_records")
        for part in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    refused = desk.post(page, {**typed, **empty, "product": variant.product_id, "barcode": "4006381333932"})
    assert list(refused.context["adminform"].form.errors) == ["barcode"]
    wrong = api.patch(f"variants/{variant.public_id}/", {"barcode": "4006381333932"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "#/barcode")
    right = api.patch(f"variants/{variant.public_id}/", {"barcode": "4 006381 333931"})
    assert right.json()["barcode"] == "4006381333931"


def test_a_word_is_tried_out_before_shoppers_are_led_by_it(desk: Client, merchant: Merchant, variant: Any) -> None:
    page = reverse("admin:catalog_synonym_try_out")
    assert desk.get(page).status_code == 200
    tried = desk.post(page, {"word": "pullover", "means": "shirt"})
    assert [[product.title for product in column["products"]] for column in tried.context["found"]] == [
        [],
        ["Blue shirt"],
    ]
    with scope(merchant=merchant):
        assert Synonym.objects.count() == 0
    assert desk.post(page, {"word": "pullover", "means": "shirt", "save": "1"}).status_code == 302
    with scope(merchant=merchant):
        assert list(Synonym.objects.values_list("word", "means")) == [("pullover", "shirt")]


def test_the_desk_says_whether_meaning_is_looked_for(desk: Client, merchant: Merchant, variant: Any, settings) -> None:
    page = reverse("admin:catalog_synonym_try_out")
    assert "Off. Whoever runs the server" in desk.get(page).content.decode()
    settings.EMBEDDER_URL, settings.EMBEDDER_MODEL = "https://embedder.example/v1", "words"
    assert "Ready for 0 of 1 products on sale." in desk.get(page).content.decode()
