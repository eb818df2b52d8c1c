"""Prices planned, changed by the dozen and looked back on: at the desk and over the API."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from djmoney.money import Money

from apps.catalog.models import PricePlan, PriceRecord
from apps.catalog.planning import NewPrice, plan_prices, set_prices
from apps.catalog.prices import prices_now
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests.catalog.factories import make_variant

from .conftest import Api

DAY = dt.timedelta(days=1)


def eur(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "EUR"}


def costs(variant: Any, *, at: dt.datetime) -> Decimal:
    with scope(merchant=variant.merchant), clock.at(at):
        return prices_now([variant.pk])[variant.pk][0].amount.amount


def wall(moment: dt.datetime, merchant: Merchant) -> str:
    """As the browser sends a date and time typed in the shop."""
    return moment.astimezone(merchant.zone).strftime("%Y-%m-%dT%H:%M")


def test_a_price_is_planned_read_and_called_off_over_the_api(api: Api, variant: Any) -> None:
    start = clock.now() + DAY
    body = {
        "amount": eur(1500),
        "compare_at": eur(2000),
        "starts_at": start.isoformat(),
        "ends_at": (start + DAY).isoformat(),
    }
    made = api.post(f"variants/{variant.public_id}/price-plans/", body)
    assert (made.status_code, made.json()["amount"], made.json()["sku"]) == (201, eur(1500), variant.sku)
    assert [costs(variant, at=start + days * DAY) for days in (-1, 0, 1)] == [20, 15, 20]
    listed = api.get(f"variants/{variant.public_id}/price-plans/").json()["results"]
    assert [row["id"] for row in listed] == [made.json()["id"]]
    stopped = api.post(f"price-plans/{made.json()['id']}/stop/")
    assert (stopped.status_code, stopped.json()["cancelled_at"] is None) == (200, False)
    assert costs(variant, at=start) == 20


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"starts_at": "2020-01-01T00:00:00Z"}, 400),
        ({"ends_at": "2020-01-01T00:00:00Z"}, 400),
        ({"compare_at": {"minor": 1, "currency": "USD"}}, 400),
        ({"amount": {"minor": -1, "currency": "EUR"}}, 400),
        ({}, 201),
    ],
)
def test_the_api_says_what_is_wrong_with_a_plan(api: Api, variant: Any, change: dict[str, Any], status: int) -> None:
    body = {"amount": eur(1500), "starts_at": (clock.now() + DAY).isoformat(), **change}
    assert api.post(f"variants/{variant.public_id}/price-plans/", body).status_code == status


def test_two_plans_for_the_same_moment_are_a_conflict(api: Api, variant: Any) -> None:
    body = {"amount": eur(1500), "starts_at": (clock.now() + DAY).isoformat()}
    answers = [api.post(f"variants/{variant.public_id}/price-plans/", body).status_code for _ in range(2)]
    assert answers == [201, 409]


def test_a_reduction_over_the_api_comes_back_with_its_lowest_price_and_history(api: Api, variant: Any) -> None:
    changed = api.patch(f"variants/{variant.public_id}/", {"price": eur(1500), "compare_at": eur(2500)})
    assert changed.json()["prices"] == [
        {
            "amount": eur(1500),
            "compare_at": eur(2500),
            "now": eur(1500),
            "now_compare_at": eur(2500),
            "lowest_30_days": eur(2000),
        }
    ]
    past = api.get(f"variants/{variant.public_id}/price-history/").json()["results"]
    assert [(row["amount"], row["compare_at"]) for row in past] == [(eur(1500), eur(2500)), (eur(2000), None)]
    assert api.patch(f"variants/{variant.public_id}/", {"compare_at": eur(2500)}).status_code == 400


def test_attack_26_another_shops_plans_and_history_are_not_there(stranger: Api, api: Api, variant: Any) -> None:
    body = {"amount": eur(1), "starts_at": (clock.now() + DAY).isoformat()}
    plan = api.post(f"variants/{variant.public_id}/price-plans/", body).json()["id"]
    assert stranger.post(f"price-plans/{plan}/stop/").status_code == 404
    assert stranger.post(f"variants/{variant.public_id}/price-plans/", body).status_code == 404
    assert stranger.get(f"variants/{variant.public_id}/price-history/").status_code == 404


def test_a_page_of_products_asks_for_all_its_prices_at_once(
    api: Api, merchant: Merchant, django_assert_num_queries: Any
) -> None:
    with scope(merchant=merchant):
        made = [make_variant(merchant, title=f"Mug {number}") for number in range(5)]
    api.get("products/")
    with django_assert_num_queries(8):
        rows = api.get("products/").json()["results"]
    assert [row["variants"][0]["prices"][0]["now"] for row in rows] == [eur(2000)] * len(made)


# --- the desk ------------------------------------------------------------------------------------
def test_many_prices_are_reduced_at_once_for_a_while(desk: Client, merchant: Merchant, variant: Any) -> None:
    with scope(merchant=merchant):
        other = make_variant(merchant, title="Mug", price="9.99")
    chosen = {"action": "change_prices", "_selected_action": [variant.product_id, other.product_id]}
    page = reverse("admin:catalog_product_changelist")
    asked = desk.post(page, chosen)
    assert (asked.status_code, asked.context["about"]) == (200, "2 products")
    start = (clock.now() + DAY).replace(second=0, microsecond=0)
    answer = {
        "percent": "-20",
        "is_announced": "on",
        "starts_at": wall(start, merchant),
        "ends_at": wall(start + DAY, merchant),
    }
    assert desk.post(page, {**chosen, **answer, "name": "Summer"}).status_code == 302
    assert [costs(variant, at=start + days * DAY) for days in (-1, 0, 1)] == [20, 16, 20]
    assert costs(other, at=start) == Decimal("7.990")
    with scope(merchant=merchant):
        assert set(PricePlan.objects.values_list("name", "compare_at")) == {
            ("Summer", 20),
            ("Summer", Decimal("9.990")),
        }


def test_many_prices_are_changed_now_and_two_sales_do_not_multiply(
    desk: Client, merchant: Merchant, variant: Any
) -> None:
    page = reverse("admin:catalog_product_changelist")
    chosen = {"action": "change_prices", "_selected_action": [variant.product_id]}
    desk.post(page, {**chosen, "percent": "-10", "name": "", "starts_at": "", "ends_at": ""})
    assert costs(variant, at=clock.now()) == 18
    with scope(merchant=merchant):
        now = clock.now()
        plan_prices(merchant, [NewPrice(variant, Money(9, "EUR"))], ends_at=now + DAY)
    desk.post(page, {**chosen, "percent": "-50", "ends_at": wall(now + DAY, merchant), "name": "", "starts_at": ""})
    assert costs(variant, at=clock.now()) == 9  # half of 18, not of 9


def test_a_wrong_time_is_said_beside_its_field(desk: Client, merchant: Merchant, variant: Any) -> None:
    page = reverse("admin:catalog_variant_plan_price", args=[variant.pk])
    past = {"amount": "15", "starts_at": "2020-01-01T00:00", "ends_at": "", "name": ""}
    assert list(desk.post(page, past).context["form"].errors) == ["starts_at"]
    good = {**past, "starts_at": wall(clock.now() + DAY, merchant)}
    assert desk.post(page, good).status_code == 302
    again = desk.post(page, good).context["form"].errors
    assert list(again) == ["__all__"]


def test_a_running_price_is_ended_from_the_list(desk: Client, merchant: Merchant, variant: Any) -> None:
    with scope(merchant=merchant):
        (plan,) = plan_prices(merchant, [NewPrice(variant, Money(9, "EUR"))], ends_at=clock.now() + DAY)
    stop = reverse("admin:catalog_priceplan_stop", args=[plan.pk])
    assert desk.get(stop).status_code == 200
    assert costs(variant, at=clock.now()) == 9
    assert desk.post(stop).status_code == 302
    assert costs(variant, at=clock.now()) == 20


def test_the_variants_page_tells_the_reduction_with_its_lowest_price_and_all_that_was(
    desk: Client, merchant: Merchant, variant: Any
) -> None:
    with scope(merchant=merchant):
        set_prices(merchant, [NewPrice(variant, Money(15, "EUR"), Money(25, "EUR"))])
        assert PriceRecord.objects.count() == 2
    said = "€15.00 instead of €25.00, lowest price of the last 30 days: €20.00"
    for page in ("catalog_variant_change", "catalog_product_change"):
        pk = variant.pk if "variant" in page else variant.product_id
        assert said in desk.get(reverse(f"admin:{page}", args=[pk])).text
