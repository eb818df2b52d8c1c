"""A barcode checks itself, is refused wherever it is typed in wrong, and is found however it is written."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.barcodes import LENGTHS, WrongBarcode, barcode, same_numbers, scanned
from apps.catalog.importing import import_catalog
from apps.catalog.models import Product, Variant
from apps.catalog.search import search
from apps.merchants.models import Merchant

from .factories import make_variant

GOOD = ("4006381333931", "036000291452", "96385074", "10012345678902", "9780306406157")


@pytest.mark.parametrize("code", GOOD)
def test_real_ones_are_taken_however_they_are_grouped(code: str) -> None:
    assert (barcode(code), barcode(f" {code[:3]}-{code[3:7]} {code[7:]} "), scanned(code)) == (code, code, code)


@pytest.mark.parametrize(
    "text", ["4006381333932", "123", "ABC381333931", "４００６３８１３３３９３１", "4006381333931x"]
)
def test_others_are_refused_with_a_reason(text: str) -> None:
    with pytest.raises(WrongBarcode, match="barcode"):
        barcode(text)
    assert scanned(text) == ""


def test_none_is_none() -> None:
    assert (barcode(""), barcode("  "), scanned("")) == ("", "", "")


@given(st.sampled_from(GOOD), st.integers(min_value=0, max_value=13), st.integers(min_value=1, max_value=9))
def test_one_wrong_digit_is_always_noticed(code: str, place: int, more: int) -> None:
    place %= len(code)
    wrong = f"{code[:place]}{(int(code[place]) + more) % 10}{code[place + 1 :]}"
    assert scanned(wrong) == ""


@given(st.sampled_from(GOOD))
def test_the_same_number_with_zeros_before_it_is_the_same_thing(code: str) -> None:
    assert code in same_numbers(code)
    assert {len(number) for number in same_numbers(code)} <= set(LENGTHS)
    assert {scanned(number) for number in same_numbers(code)} == set(same_numbers(code))


def test_a_shopper_who_types_it_finds_it_and_only_what_is_on_sale(in_scope: Merchant) -> None:
    mug = make_variant(in_scope, title="Mug")
    make_variant(in_scope, title="Cup")
    Variant.objects.filter(pk=mug.pk).update(barcode="036000291452")
    for typed in ("036000291452", "0036000291452", "0 36000 29145 2"):
        assert [product.title for product in search(in_scope, typed).products] == ["Mug"]
    Product.objects.filter(pk=mug.product_id).update(status=Product.Status.ARCHIVED)
    assert search(in_scope, "036000291452").products == []


def test_an_import_names_the_line_of_a_wrong_one(in_scope: Merchant) -> None:
    file = "Handle,Title,Variant Price,Variant Barcode\nmug,Mug,12.00,4006381333931\ncup,Cup,12.00,4006381333932\n"
    report = import_catalog(in_scope, io.BytesIO(file.encode()))
    assert [(error.line, error.column, error.message) for error in report.errors] == [
        (3, "Variant Barcode", "The last digit of the barcode does not fit the others.")
    ]
    assert import_catalog(in_scope, io.BytesIO(file[: file.index("cup")].encode())).is_applied
    assert Variant.objects.get().barcode == "4006381333931"
