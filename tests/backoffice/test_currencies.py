"""Further currencies at the desk: who pays in them, prices filled in, and what is given in them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from djmoney.money import Money

from apps.backoffice.dashboard import figures
from apps.catalog.models import Price
from apps.catalog.planning import NewPrice, set_prices
from apps.catalog.prices import prices_now
from apps.merchants import clock
from apps.merchants.models import Merchant, ShopCurrency
from apps.orders.models import Order
from apps.payments.models import GiftCard
from apps.payments.tenders import credit_of
from tests import factories

from .conftest import Api
from .test_parcels import order

__all__ = ["order"]  # a fixture
WEEK = dt.timedelta(days=7)


def url(kind: str, *args: object) -> str:
    return reverse(f"admin:merchants_shopcurrency_{kind}", args=args)


def _wall(moment: dt.datetime, variant: Any) -> str:
    """As the browser sends a date and time typed in the shop."""
    return moment.astimezone(variant.merchant.zone).strftime("%Y-%m-%dT%H:%M")


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
    assert ">1.1<" in desk.get(reverse("admin:merchants_shopcurrency_changelist")).content.decode().replace(" ", "")
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


def now_costs(variant: Any, currency: str, *, at: dt.datetime | None = None) -> tuple[Any, ...]:
    """(price, before, lowest of thirty days) in this currency."""
    with scope(merchant=variant.merchant), clock.at(at or clock.now()):
        (tag,) = [tag for tag in prices_now([variant.pk])[variant.pk] if tag.amount_currency == currency]
        return tuple(None if one is None else Decimal(one.amount) for one in (tag.amount, tag.compare_at, tag.lowest))


@pytest.fixture
def in_dollars(dollars: ShopCurrency, variant: Any) -> Any:
    """€20.00 and $24.00."""
    with scope(merchant=variant.merchant):
        set_prices(variant.merchant, [NewPrice(variant, Money(24, "USD"))])
    return variant


def test_many_prices_are_changed_in_one_currency_and_stay_in_the_others(desk: Client, in_dollars: Any) -> None:
    page = reverse("admin:catalog_product_changelist")
    chosen = {"action": "change_prices", "_selected_action": [in_dollars.product_id]}
    assert 'value="USD"' in desk.post(page, chosen).content.decode()
    assert desk.post(page, {**chosen, "percent": "-25", "is_announced": "on", "currency": "USD"}).status_code == 302
    assert now_costs(in_dollars, "USD") == (18, 24, 24)
    assert now_costs(in_dollars, "EUR") == (20, None, None)
    assert desk.post(page, {**chosen, "percent": "-25", "currency": "CHF"}).status_code == 200
    desk.post(page, {**chosen, "percent": "-50"})  # none named: the shop's own
    assert (now_costs(in_dollars, "USD")[0], now_costs(in_dollars, "EUR")[0]) == (18, 10)


def test_a_price_is_planned_in_one_currency_with_its_own_lowest_of_thirty_days(
    desk: Client, api: Api, in_dollars: Any
) -> None:
    page = reverse("admin:catalog_variant_plan_price", args=[in_dollars.pk])
    start = (clock.now() + dt.timedelta(days=1)).replace(second=0, microsecond=0)
    with scope(merchant=in_dollars.merchant):
        set_prices(
            in_dollars.merchant, [NewPrice(in_dollars, Money(15, "EUR")), NewPrice(in_dollars, Money(30, "USD"))]
        )
        set_prices(in_dollars.merchant, [NewPrice(in_dollars, Money(20, "EUR"))])
    wall = {name: _wall(moment, in_dollars) for name, moment in (("starts_at", start), ("ends_at", start + WEEK))}
    asked = {"currency": "USD", "amount": "21", "compare_at": "30", "name": "", **wall}
    assert desk.post(page, asked).status_code == 302
    assert now_costs(in_dollars, "USD", at=start) == (21, 30, 24)
    assert now_costs(in_dollars, "EUR", at=start) == (20, None, None)
    assert desk.post(page, asked | {"currency": "EUR", "amount": "18", "compare_at": "20"}).status_code == 302
    assert now_costs(in_dollars, "EUR", at=start) == (18, 20, 15)
    plans = api.get(f"variants/{in_dollars.public_id}/price-plans/").json()["results"]
    assert {plan["amount"]["currency"] for plan in plans} == {"USD", "EUR"}


def test_what_is_not_sold_in_a_currency_has_no_plan_in_it(
    desk: Client, api: Api, merchant: Merchant, dollars: ShopCurrency, variant: Any
) -> None:
    start = clock.now() + dt.timedelta(days=1)
    page = reverse("admin:catalog_variant_plan_price", args=[variant.pk])
    asked = {"currency": "USD", "amount": "21", "starts_at": _wall(start, variant), "ends_at": "", "name": ""}
    form = desk.post(page, asked).context["form"]
    assert form.errors == {
        "__all__": [f"{variant.sku} is not sold in USD. Give it a price in it first, then plan another one."]
    }
    body = {"amount": {"minor": 2100, "currency": "USD"}, "starts_at": start.isoformat()}
    answer = api.post(f"variants/{variant.public_id}/price-plans/", body)
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (400, ["#/amount"])


def test_an_amount_has_the_decimals_of_its_currency(desk: Client, merchant: Merchant, variant: Any) -> None:
    with scope(merchant=merchant):
        ShopCurrency.objects.create(merchant=merchant, currency="JPY")
    page = reverse("admin:catalog_variant_plan_price", args=[variant.pk])
    asked = {"starts_at": "", "ends_at": "", "name": ""}
    form = desk.post(page, asked | {"currency": "JPY", "amount": "1800.5"}).context["form"]
    assert form.errors == {"amount": ["Amounts in JPY have 0 decimals."]}
    form = desk.post(page, asked | {"amount": "18.005"}).context["form"]
    assert form.errors == {"amount": ["Amounts in EUR have 2 decimals."]}
    assert desk.post(page, asked | {"currency": "JPY", "amount": "1800"}).status_code == 302
    assert now_costs(variant, "JPY") == (1800, None, None)


def test_what_was_sold_is_told_in_every_currency(merchant: Merchant, order: Order) -> None:
    merchant.currency = "USD"  # what is there was sold in another
    with scope(merchant=merchant):
        Order.objects.update(placed_at=clock.now())
        sold, orders, _chats = figures(merchant)
    assert sold["value"].startswith("$0.00 + €")
    assert orders["value"] == "1"
