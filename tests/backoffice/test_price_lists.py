"""Price lists and customer groups at the desk and over the API: rows, a look at what comes of them, files, errors."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from apps.catalog.lists import terms_for
from apps.catalog.models import ListPrice, PriceList
from apps.catalog.prices import prices_now
from apps.customers.models import Customer, CustomerGroup, GroupMember
from apps.merchants.models import Merchant
from tests.catalog.factories import make_variant

from .conftest import Api


def costs(variant: Any, customer: Customer | None = None) -> Decimal:
    with scope(merchant=variant.merchant):
        terms = terms_for(variant.merchant, customer.pk if customer else None)
        amount: Decimal = prices_now([variant.pk], terms)[variant.pk][0].amount.amount
        return amount


def said(page: Any) -> str:
    return " ".join(page.content.decode().split())


def form(*prices: tuple[Any, str, str], **facts: Any) -> dict[str, Any]:
    """What the page sends; a price is (variant, amount, percent)."""
    sent = {"name": "Trade", "currency": "EUR", "rounding": "exact", "priority": 0, "is_active": "on", **facts}
    sent |= {"prices-TOTAL_FORMS": len(prices), "prices-INITIAL_FORMS": 0}
    for place, (variant, amount, percent) in enumerate(prices):
        sent |= {f"prices-{place}-variant": variant.pk, f"prices-{place}-amount": amount}
        sent |= {f"prices-{place}-percent": percent, f"prices-{place}-compare_at": ""}
    return sent


@pytest.fixture
def ana(merchant: Merchant) -> Customer:
    with scope(merchant=merchant):
        made: Customer = Customer.objects.create(merchant=merchant, name="Ana", email="ana@shop.example")
        return made


@pytest.fixture
def trade(merchant: Merchant, ana: Customer) -> CustomerGroup:
    with scope(merchant=merchant):
        group: CustomerGroup = CustomerGroup.objects.create(merchant=merchant, name="Trade customers")
        GroupMember.objects.create(merchant=merchant, group=group, customer=ana)
        return group


@pytest.fixture
def price_list(merchant: Merchant, trade: CustomerGroup) -> PriceList:
    with scope(merchant=merchant):
        made: PriceList = PriceList.objects.create(merchant=merchant, name="Trade", currency="EUR")
        made.groups.add(trade)
        return made


# --- at the desk ----------------------------------------------------------------------------------
def test_a_list_is_made_with_its_prices_and_looked_at(
    desk: Client, merchant: Merchant, variant: Any, ana: Customer, trade: CustomerGroup
) -> None:
    with scope(merchant=merchant):
        hat = make_variant(merchant, title="Hat", price="10.00")
    made = desk.post(
        "/admin/catalog/pricelist/add/",
        form((variant, "16.00", ""), groups=[trade.pk], countries=["DE", "AT"], percent="-10"),
    )
    assert made.status_code == 302
    assert (costs(variant, ana), costs(variant), costs(hat, ana)) == (16, 20, 9)
    with scope(merchant=merchant):
        made_list = PriceList.objects.get()
    assert made_list.countries == ["AT", "DE"]
    page = said(desk.get(reverse("admin:catalog_pricelist_change", args=[made_list.pk])))
    for price in ("€20.00", "€16.00", "€10.00", "€9.00"):
        assert price in page.partition("data-list-preview")[2]


@pytest.mark.parametrize(
    ("amount", "percent", "sentence"),
    [
        ("16.005", "", "This amount has more decimals than its currency."),
        ("16.00", "-10", "Either a price or percent."),
        ("", "-101", "-100"),
    ],
)
def test_what_cannot_be_meant_is_said_at_the_row(
    desk: Client, merchant: Merchant, variant: Any, amount: str, percent: str, sentence: str
) -> None:
    page = desk.post("/admin/catalog/pricelist/add/", form((variant, amount, percent)))
    assert page.status_code == 200
    assert sentence in said(page)
    with scope(merchant=merchant):
        assert not PriceList.objects.exists()


def test_a_variant_stands_in_a_list_once(desk: Client, variant: Any) -> None:
    page = desk.post("/admin/catalog/pricelist/add/", form((variant, "16.00", ""), (variant, "15.00", "")))
    assert (page.status_code, "duplicate" in said(page)) == (200, True)


def test_another_shops_variants_and_groups_are_not_to_be_had(
    desk: Client, merchant: Merchant, other_merchant: Merchant
) -> None:
    with scope(merchant=other_merchant):
        theirs = make_variant(other_merchant)
        group = CustomerGroup.objects.create(merchant=other_merchant, name="Theirs")
    assert desk.post("/admin/catalog/pricelist/add/", form((theirs, "1.00", ""))).status_code == 200
    assert desk.post("/admin/catalog/pricelist/add/", form(groups=[group.pk])).status_code == 200
    with scope(merchant=merchant):
        assert not PriceList.objects.exists()


def upload(desk: Client, address: str, text: str) -> Any:
    return desk.post(address, {"file": SimpleUploadedFile("prices.csv", text.encode(), "text/csv")})


def test_a_file_is_read_whole_or_its_wrong_lines_are_named(
    desk: Client, merchant: Merchant, variant: Any, ana: Customer, price_list: PriceList
) -> None:
    with scope(merchant=merchant):
        hat = make_variant(merchant, title="Hat", price="10.00", sku="HAT")
        yen = make_variant(merchant, title="Fan", price="900", currency="JPY", sku="FAN")
    address = reverse("admin:catalog_pricelist_import_prices", args=[price_list.pk])
    wrong = f"sku,price,before,percent\n{variant.sku},16.00,,\nNONE,1,,\nHAT,1.005,,\nHAT,2,,\n{yen.sku},5,,\n"
    page = said(upload(desk, address, wrong))
    for line, message in (
        (3, "There is no variant “NONE” in this shop."),
        (4, "This amount has more decimals than its currency."),
        (5, "It stands in line 4 already."),
        (6, "It has no price for everyone in EUR yet."),
    ):
        assert f"<td>{line}</td>" in page
        assert message in page
    assert costs(variant, ana) == 20
    assert upload(desk, address, f"SKU;Price;Percent\n{variant.sku};16,50;\nHAT;;-50\n").status_code == 302
    assert (costs(variant, ana), costs(hat, ana)) == (Decimal("16.50"), 5)
    told = desk.get(reverse("admin:catalog_pricelist_export_prices", args=[price_list.pk])).content.decode()
    assert f"{variant.sku},16.5,,\r\n" in told
    assert "HAT,,,-50\r\n" in told
    assert upload(desk, address, "sku,price,percent\nHAT,,\n").status_code == 302
    assert costs(hat, ana) == 10
    assert upload(desk, address, told).status_code == 302
    assert costs(hat, ana) == 5
    assert "The column “sku” is missing." in said(upload(desk, address, "code\n1\n"))


def test_people_come_into_a_group_by_file_and_on_their_own_page(
    desk: Client, merchant: Merchant, ana: Customer, trade: CustomerGroup
) -> None:
    with scope(merchant=merchant):
        bea = Customer.objects.create(merchant=merchant, name="Bea", email="bea@shop.example")
    address = reverse("admin:customers_customergroup_import_members", args=[trade.pk])
    page = said(upload(desk, address, "customer\nbea@shop.example\nnobody@shop.example\n"))
    assert "<td>3</td>" in page
    assert "Nobody is known by “nobody@shop.example”." in page
    with scope(merchant=merchant):
        assert trade.members.count() == 1
    assert upload(desk, address, "customer\nBEA@shop.example\nana@shop.example\n").status_code == 302
    with scope(merchant=merchant):
        assert set(trade.members.values_list("customer", flat=True)) == {ana.pk, bea.pk}
    page = said(desk.get(reverse("admin:customers_customer_change", args=[bea.pk])))
    assert "Trade customers" in page


def test_a_group_a_list_is_for_is_not_deleted(desk: Client, trade: CustomerGroup, price_list: PriceList) -> None:
    address = reverse("admin:customers_customergroup_delete", args=[trade.pk])
    assert "Price list “Trade”" in said(desk.get(address))
    desk.post(address, {"post": "yes"})
    with scope(merchant=trade.merchant):
        assert CustomerGroup.objects.filter(pk=trade.pk).exists()


def test_the_simulator_prices_for_a_group(
    desk: Client, merchant: Merchant, variant: Any, price_list: PriceList
) -> None:
    with scope(merchant=merchant):
        ListPrice.objects.create(merchant=merchant, price_list=price_list, variant=variant, amount=Decimal("16.00"))
    sent = {"lines-TOTAL_FORMS": 1, "lines-INITIAL_FORMS": 0, "lines-0-variant": variant.pk, "lines-0-quantity": 1}
    for group, price in (("Trade customers", "€16.00"), ("", "€20.00")):
        page = desk.post(reverse("admin:carts_promotion_simulator"), {**sent, "customer_group": group})
        assert price in said(page)


# --- over the API ---------------------------------------------------------------------------------
def test_lists_groups_and_members_over_the_api(
    api: Api, reader: Api, stranger: Api, merchant: Merchant, variant: Any, ana: Customer
) -> None:
    group = api.post("customer-groups/", {"name": "Club"}).json()["id"]
    members = api.put(f"customer-groups/{group}/members/", {"customers": [ana.public_id]})
    assert members.json() == {"customers": [ana.public_id]}
    made = api.post("price-lists/", {"name": "Club", "currency": "EUR", "groups": [group], "percent": "-10.00"})
    assert made.status_code == 201
    address = f"price-lists/{made.json()['id']}/"
    assert costs(variant, ana) == 18
    sent = api.put(f"{address}prices/", {"prices": [{"sku": variant.sku, "minor": 1500, "before_minor": 2000}]})
    assert sent.json() == [{"sku": variant.sku, "minor": 1500, "before_minor": 2000, "percent": None}]
    product = f"products/{variant.product.public_id}/"
    assert reader.get("products/", customer=ana.public_id).json()["results"][0]["variants"][0]["prices"][0]["now"] == {
        "minor": 1500,
        "currency": "EUR",
    }
    assert reader.get(product).json()["variants"][0]["prices"][0]["now"]["minor"] == 2000
    assert api.put(f"{address}prices/", {"prices": []}).json() == []
    assert costs(variant, ana) == 18
    assert api.patch(address, {"is_active": False}).json()["is_active"] is False
    assert costs(variant, ana) == 20
    for refused in (stranger.get(address), stranger.put(f"{address}prices/", {"prices": []})):
        assert refused.status_code == 404
    assert reader.patch(address, {"percent": "-50"}).status_code == 403
    assert api.client.delete(f"/api/v1/customer-groups/{group}/", headers=api.headers).status_code == 409


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"minor": 1}, 200),
        ({"percent": "-15.5"}, 200),
        ({}, 400),
        ({"minor": 1, "percent": "5"}, 400),
        ({"percent": "-100.01"}, 400),
        ({"percent": "5", "before_minor": 7}, 400),
        ({"sku": "NONE", "minor": 1}, 400),
    ],
)
def test_the_api_says_what_is_wrong_with_a_price(
    api: Api, variant: Any, price_list: PriceList, row: dict[str, Any], status: int
) -> None:
    answer = api.put(f"price-lists/{price_list.public_id}/prices/", {"prices": [{"sku": variant.sku, **row}]})
    assert answer.status_code == status
