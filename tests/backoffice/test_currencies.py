"""Further currencies at the desk: who pays in them, prices filled in, and what is given in them."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from djmoney.money import Money

from apps.backoffice.dashboard import figures
from apps.catalog.models import Price
from apps.merchants import clock
from apps.merchants.models import Merchant, ShopCurrency
from apps.orders.models import Order
from apps.payments.models import GiftCard
from apps.payments.tenders import credit_of
from tests import factories

from .conftest import Api
from .test_parcels import order

__all__ = ["order"]  # a fixture


def url(kind: str, *args: object) -> str:
    return reverse(f"admin:merchants_shopcurrency_{kind}", args=args)


@pytest.fixture
def dollars(merchant: Merchant) -> ShopCurrency:
    with scope(merchant=merchant):
        made: ShopCurrency = ShopCurrency.objects.create(merchant=merchant, currency="USD", countries=["US"])
        return made


def test_a_currency_is_added_once_and_a_country_pays_in_one(desk: Client, merchant: Merchant, dollars: Any) -> None:
    asked = {"currency": "CHF", "countries": ["CH", "LI"], "rate": "0.95", "ending": "0.95", "position": "1"}
    assert desk.post(url("add"), asked).status_code == 302
    for wrong in ({"currency": "EUR"}, {"currency": "CHF"}, {"currency": "GBP"}, {"currency": "JPY", "rate": "-1"}):
        assert desk.post(url("add"), asked | wrong).status_code == 200
    with scope(merchant=merchant):
        assert list(ShopCurrency.objects.values_list("currency", "countries")) == [
            ("USD", ["US"]),
            ("CHF", ["CH", "LI"]),
        ]
    assert "CH, LI" in desk.get(url("changelist")).content.decode()


def test_missing_prices_are_filled_in_after_a_look(
    desk: Client, merchant: Merchant, dollars: ShopCurrency, variant: Any
) -> None:
    assert desk.get(url("fill", dollars.pk)).status_code == 302  # there is no rate yet
    with scope(merchant=merchant):
        ShopCurrency.objects.update(rate=Decimal("1.1"))
    assert "by 1.1" in desk.get(url("fill", dollars.pk)).content.decode()
    with scope(merchant=merchant):
        assert not Price.objects.filter(amount_currency="USD").exists()
    assert desk.post(url("fill", dollars.pk)).status_code == 302
    with scope(merchant=merchant):
        assert Price.objects.get(variant=variant, amount_currency="USD").amount == Money("22.00", "USD")


def test_another_shops_currency_is_not_there(desk: Client, other_merchant: Merchant) -> None:
    with scope(merchant=other_merchant):
        theirs = ShopCurrency.objects.create(merchant=other_merchant, currency="USD", rate=1)
    assert desk.post(url("fill", theirs.pk)).status_code == 404


def test_gift_cards_and_credit_are_given_in_a_currency_of_the_shop(
    desk: Client, api: Api, merchant: Merchant, dollars: ShopCurrency
) -> None:
    made = {"amount": "25", "currency": "USD", "key": "0123456789abcdef0123456789abcdef"}
    assert desk.post(reverse("admin:payments_giftcard_issue"), made | {"currency": "CHF"}).status_code == 200
    desk.post(reverse("admin:payments_giftcard_issue"), made)
    with scope(merchant=merchant):
        assert GiftCard.objects.get().issued == Money("25.00", "USD")
        ana = factories.customer(merchant)
    grant = reverse("admin:customers_customer_grant", args=[ana.pk])
    desk.post(grant, {"amount": "5", "currency": "USD", "reason": "sorry", "key": "desk:1"})
    desk.post(grant, {"amount": "7", "reason": "sorry", "key": "desk:2"})
    with scope(merchant=merchant):
        assert (credit_of(ana, "USD"), credit_of(ana, "EUR")) == (Money(5, "USD"), Money(7, "EUR"))
    body = {"amount": {"minor": 300, "currency": "USD"}, "reason": "late", "key": "k1"}
    answer = api.post(f"customers/{ana.public_id}/credit/", body)
    assert (answer.status_code, answer.json()["balance"]["minor"]) == (200, 800)


def test_a_currency_is_chosen_by_its_name_and_never_the_shops_own(desk: Client) -> None:
    page = desk.get(url("add")).content.decode()
    assert "CHF · Swiss Franc" in page
    assert 'value="EUR"' not in page


def test_what_was_sold_is_told_in_every_currency(merchant: Merchant, order: Order) -> None:
    merchant.currency = "USD"  # what is there was sold in another
    with scope(merchant=merchant):
        Order.objects.update(placed_at=clock.now())
        sold, orders, _chats = figures(merchant)
    assert sold["value"].startswith("$0.00 + €")
    assert orders["value"] == "1"
