"""Further currencies over the API: added, changed, filled with prices and stopped, by the same rules as at the desk."""

from decimal import Decimal
from typing import Any

import pytest
from django_scopes import scope
from djmoney.money import Money

from apps.catalog.models import Price
from apps.merchants.models import Merchant, ShopCurrency

from .conftest import Api

FRANCS = {"currency": "CHF", "countries": ["LI", "CH"], "rate": "0.95", "ending": "0.95", "position": 1}


def test_a_currency_is_added_read_changed_and_stopped(api: Api, merchant: Merchant) -> None:
    made = api.post("currencies/", FRANCS)
    told = {**FRANCS, "countries": ["CH", "LI"], "rate": "0.950000", "prices": 0}
    assert (made.status_code, made.json()) == (201, told)
    assert api.post("currencies/", {"currency": "USD"}).json()["ending"] == "exact"
    assert [row["currency"] for row in api.get("currencies/").json()] == ["USD", "CHF"]
    assert api.patch("currencies/CHF/", {"rate": None, "countries": []}).json() == told | {
        "rate": None,
        "countries": [],
    }
    assert api.get("currencies/CHF/").json()["rate"] is None
    gone = api.client.delete("/api/v1/currencies/CHF/", headers=api.headers)
    assert (gone.status_code, api.get("currencies/CHF/").status_code) == (204, 404)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"currency": "USD"}, 409),  # there already
        ({"currency": "EUR"}, 400),  # the shop's own
        ({"currency": "XXX"}, 400),
        ({"currency": "GBP", "countries": ["US"]}, 400),  # pays in dollars
        ({"currency": "GBP", "countries": ["XX"]}, 400),
        ({"currency": "GBP", "countries": ["gb"]}, 400),
        ({"currency": "GBP", "rate": "0"}, 400),
        ({"currency": "GBP", "rate": "-1"}, 400),
        ({"currency": "GBP", "rate": "0.1234567"}, 400),
        ({"currency": "GBP", "ending": "0.5"}, 400),
        ({"currency": "GBP", "merchant": 1}, 400),
        ({"rate": "1"}, 400),
        ({"currency": "GBP", "rate": "0.85"}, 201),
    ],
)
def test_what_the_desk_refuses_the_api_refuses(api: Api, merchant: Merchant, body: Any, status: int) -> None:
    assert api.post("currencies/", {"currency": "USD", "countries": ["US"]}).status_code == 201
    assert api.post("currencies/", body).status_code == status
    with scope(merchant=merchant):
        assert ShopCurrency.objects.count() == (2 if status == 201 else 1)


def test_a_currency_is_not_renamed_and_a_country_not_taken_from_another(api: Api) -> None:
    api.post("currencies/", {"currency": "USD", "countries": ["US"]})
    api.post("currencies/", FRANCS)
    assert api.patch("currencies/CHF/", {"currency": "GBP"}).status_code == 400
    refused = api.patch("currencies/CHF/", {"countries": ["US"]})
    assert (refused.status_code, refused.json()["errors"]) == (
        400,
        [{"pointer": "#/countries", "detail": "US: pays in USD already."}],
    )


def test_missing_prices_are_filled_in_by_the_rate_once(api: Api, merchant: Merchant, variant: Any) -> None:
    api.post("currencies/", {"currency": "USD"})
    assert api.post("currencies/USD/fill/").status_code == 409
    api.patch("currencies/USD/", {"rate": "1.1"})
    with scope(merchant=merchant):
        assert not Price.objects.filter(amount_currency="USD").exists()
    filled = api.post("currencies/USD/fill/").json()
    assert (filled["filled"], filled["currency"]["prices"], filled["currency"]["rate"]) == (1, 1, "1.100000")
    assert api.post("currencies/USD/fill/").json()["filled"] == 0
    api.client.delete("/api/v1/currencies/USD/", headers=api.headers)
    with scope(merchant=merchant):
        price = Price.objects.get(amount_currency="USD")  # prices stay, as carts in it do
        assert price.amount == Money(Decimal("22.00"), "USD")


def test_a_reader_only_reads_and_a_stranger_sees_nothing(api: Api, reader: Api, stranger: Api) -> None:
    api.post("currencies/", FRANCS)
    assert reader.get("currencies/CHF/").status_code == 200
    assert reader.post("currencies/", {"currency": "USD"}).status_code == 403
    assert reader.patch("currencies/CHF/", {"rate": "1"}).status_code == 403
    assert reader.post("currencies/CHF/fill/").status_code == 403
    assert stranger.get("currencies/").json() == []
    assert stranger.patch("currencies/CHF/", {"rate": "1"}).status_code == 404
    assert stranger.post("currencies/CHF/fill/").status_code == 404
    assert stranger.client.delete("/api/v1/currencies/CHF/", headers=stranger.headers).status_code == 404
    assert api.get("currencies/CHF/").json()["rate"] == "0.950000"
