"""What a shop may have only once is refused at its field, with the form as it was typed."""

import pytest
from django.test import Client
from django_scopes import scope

from apps.bot.models import Article
from apps.carts.models import TaxRate
from apps.catalog.models import Category, Synonym
from apps.merchants.models import Merchant
from tests.catalog.factories import make_product, make_variant

from .test_admin import page

AGAIN = "There is one like this already."


@pytest.fixture
def full(merchant: Merchant) -> Merchant:
    with scope(merchant=merchant):
        Category.objects.create(merchant=merchant, name_en="Shoes", slug="shoes")
        Synonym.objects.create(merchant=merchant, word="tee", means="shirt")
        TaxRate.objects.create(merchant=merchant, country="DE", category="standard", percent="19", name="MwSt.")
        Article.objects.create(merchant=merchant, topic="hours", language="en", title="Hours", body="9 to 6")
        make_variant(merchant, sku="A-1", product=make_product(merchant, "Shirt", slug="shirt"))
    return merchant


@pytest.mark.parametrize(
    ("label", "typed", "field"),
    [
        ("catalog.category", {"name_en": "Boots", "slug": "shoes", "position": "0"}, "slug"),
        ("catalog.synonym", {"word": "tee", "means": "shirt"}, "means"),
        (
            "carts.taxrate",
            {"country": "DE", "category": "standard", "percent": "7", "name": "x", "region": ""},
            "category",
        ),
        (
            "bot.article",
            {"topic": "hours", "language": "en", "title": "x", "body": "y", "keywords": "", "position": "0"},
            "language",
        ),
    ],
)
def test_a_second_one_is_refused_at_its_field(
    desk: Client, full: Merchant, label: str, typed: dict[str, str], field: str
) -> None:
    answer = desk.post(page(label, "add"), typed)
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors.get(field) == [AGAIN]


def test_the_same_may_stand_in_another_shop(desk: Client, other_merchant: Merchant) -> None:
    with scope(merchant=other_merchant):
        Category.objects.create(merchant=other_merchant, name_en="Shoes", slug="shoes")
    made = desk.post(page("catalog.category", "add"), {"name_en": "Shoes", "slug": "shoes", "position": "0"})
    assert made.status_code == 302


def test_two_variants_of_one_number_are_refused_on_the_products_page(desk: Client, full: Merchant) -> None:
    """Also where both are typed at once."""
    with scope(merchant=full):
        product = make_product(full, "Boot", slug="boot")
    rows = {"sku": "A-1", "position": "0", "is_active": "on", "is_tracked": "on", "tax_category": "standard"}

    def posted(*skus: str) -> list[str]:
        page_ = page("catalog.product", "change", product.pk)
        form = desk.get(page_).context["adminform"].form
        data = {name: form.initial.get(name) or "" for name in form.fields}
        data |= {"title_en": "Boot", "slug": "boot", "status": "active", "tags": "[]", "popularity": "0"}
        for inline in desk.get(page_).context["inline_admin_formsets"]:
            prefix = inline.formset.prefix
            data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
        data["variants-TOTAL_FORMS"] = str(len(skus))
        for place, sku in enumerate(skus):
            data |= {f"variants-{place}-{name}": value for name, value in {**rows, "sku": sku}.items()}
        answer = desk.post(page_, {name: value for name, value in data.items() if value is not None})
        assert answer.status_code == 200
        return [
            str(error)
            for inline in answer.context["inline_admin_formsets"]
            for error in [*inline.formset.errors, inline.formset.non_form_errors()]
            if error
        ]

    assert AGAIN in str(posted("A-1"))
    assert "duplicate" in str(posted("B-1", "B-1"))


@pytest.mark.parametrize(
    ("label", "typed", "said"),
    [
        ("carts.deliverymethod", {"price_0": "-1", "days_min": "1", "days_max": "2"}, "cannot be less than nothing"),
        ("carts.deliverymethod", {"price_0": "4", "days_min": "9", "days_max": "2"}, "cannot be more than the most"),
        ("carts.taxrate", {"country": "DE", "category": "x", "percent": "-5"}, "at least 0"),
        ("carts.taxrate", {"country": "DE", "category": "x", "percent": "100"}, "less than 100"),
    ],
)
def test_no_parcel_costs_less_than_nothing_and_no_tax_is_negative(
    desk: Client, label: str, typed: dict[str, str], said: str
) -> None:
    common = {"name": "x", "name_en": "x", "price_1": "EUR", "free_from_0": "", "free_from_1": "EUR"}
    answer = desk.post(page(label, "add"), {**common, "region": "", "position": "0", **typed})
    assert answer.status_code == 200
    assert said in str(answer.context["adminform"].form.errors)


@pytest.mark.parametrize(
    ("there", "typed", "told"),
    [
        ("", "Town", "There is a tax for all of this place already. Give it a part's name first."),
        ("State", "", "This place is taxed in parts already: say whose part this one is."),
        ("State", "State", AGAIN),
    ],
)
def test_a_place_is_taxed_as_a_whole_or_in_parts(
    desk: Client, full: Merchant, there: str, typed: str, told: str
) -> None:
    with scope(merchant=full):
        TaxRate.objects.update(part=there)
    rate = {"country": "de", "category": "standard", "percent": "4", "name": "x", "part": typed}
    answer = desk.post(page("carts.taxrate", "add"), rate)
    refused = answer.context["adminform"].form.errors
    assert [each for errors in refused.values() for each in errors] == [told]


def test_a_place_is_kept_as_the_table_writes_it(desk: Client, full: Merchant) -> None:
    rate = {"country": "us", "region": "ny", "postcode": "10 0", "category": "clothing", "percent": "4", "name": "x",
            "part": "State", "taxed_from_0": "110", "taxed_from_1": "USD"}  # fmt: skip
    assert desk.post(page("carts.taxrate", "add"), rate).status_code == 302
    with scope(merchant=full):
        kept = TaxRate.objects.get(country="US")
    assert (kept.place, kept.label, str(kept.taxed_from)) == ("US · NY · 100…", "State", "$110.00")
