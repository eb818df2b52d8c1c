"""The tax table, codes of categories and who reckons, over the API: by the same rules as at the desk."""

from decimal import Decimal
from typing import Any

import pytest
from django_scopes import scope

from apps.carts.models import TaxAccount, TaxCode, TaxRate
from apps.carts.places import Place
from apps.carts.tax import Taxes
from apps.merchants.models import Merchant
from tests.payments.desk import Desk

from .conftest import Api

GERMANY = {"country": "DE", "percent": "19"}


def refusal(answer: Any) -> list[tuple[str, str]]:
    return [(each["pointer"], each["detail"]) for each in answer.json()["errors"]]


def test_a_rate_is_kept_as_the_table_writes_it_and_taxes_what_is_bought(api: Api, merchant: Merchant) -> None:
    sent = {
        "country": "us", "region": "ny", "postcode": "10 0", "category": "clothing", "percent": "4.5", "part": "State",
        "taxed_from": {"minor": 11_000, "currency": "USD"}, "is_inclusive": False, "name": "Sales tax",
        "translations": {"es": {"name": "Impuesto"}},
    }  # fmt: skip
    made = api.post("tax-rates/", sent)
    assert made.status_code == 201
    told = made.json()
    assert told | {"id": 0} == {
        **sent,
        "id": 0,
        "country": "US",
        "region": "NY",
        "postcode": "100",
        "percent": "4.500",
        "label": "State",
        "translations": {"en": {"name": "Sales tax"}, "es": {"name": "Impuesto"}},
    }
    with scope(merchant=merchant):
        assert Taxes.at(Place("US", "NY", "10001")).rate("clothing").percent == Decimal("4.5")
    changed = api.patch(f"tax-rates/{told['id']}/", {"percent": "4", "taxed_from": None})
    assert (changed.json()["percent"], changed.json()["taxed_from"]) == ("4.000", None)
    assert [row["id"] for row in api.get("tax-rates/", country="us").json()["results"]] == [told["id"]]
    assert api.get("tax-rates/", country="DE").json()["results"] == []
    assert api.delete(f"tax-rates/{told['id']}/").status_code == 204
    with scope(merchant=merchant):
        assert Taxes.at(Place("US", "NY", "10001")).rate("clothing").percent == 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({**GERMANY, "percent": "-1"}, 400),
        ({**GERMANY, "percent": "100"}, 400),
        ({**GERMANY, "percent": "NaN"}, 400),
        ({**GERMANY, "percent": "7.1234"}, 400),
        ({**GERMANY, "country": "Germany"}, 400),
        ({**GERMANY, "country": "DÉ"}, 400),
        ({**GERMANY, "postcode": "é"}, 400),
        ({**GERMANY, "taxed_from": {"minor": 100, "currency": "XXX"}}, 400),
        ({**GERMANY, "merchant": 1}, 400),
        ({**GERMANY, "translations": {"fr": {"name": "TVA"}}}, 400),
        ({**GERMANY, "translations": {"de": {"name": "x" * 41}}}, 400),
        ({"country": "DE"}, 400),
        (GERMANY, 201),
    ],
)
def test_what_the_desk_refuses_the_api_refuses(api: Api, merchant: Merchant, sent: Any, status: int) -> None:
    assert api.post("tax-rates/", sent).status_code == status
    with scope(merchant=merchant):
        assert TaxRate.objects.count() == (status == 201)


def test_a_place_is_taxed_once_and_as_a_whole_or_in_parts(api: Api) -> None:
    whole = api.post("tax-rates/", GERMANY).json()
    again = api.post("tax-rates/", {**GERMANY, "country": "de", "percent": "7"})
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "There is a rate for this part, category and place already.",
    )
    in_part = api.post("tax-rates/", {**GERMANY, "part": "Town"})
    assert (in_part.status_code, refusal(in_part)) == (
        400,
        [("#/part", "There is a tax for all of this place already. Give it a part's name first.")],
    )
    assert api.patch(f"tax-rates/{whole['id']}/", {"part": "State"}).status_code == 200
    town = api.post("tax-rates/", {**GERMANY, "part": "Town"})
    assert town.status_code == 201
    assert refusal(api.post("tax-rates/", GERMANY)) == [
        ("#/part", "This place is taxed in parts already: say whose part this one is.")
    ]
    assert api.patch(f"tax-rates/{town.json()['id']}/", {"part": "State"}).status_code == 409


def test_a_category_has_one_code(api: Api, merchant: Merchant) -> None:
    made = api.post("tax-codes/", {"category": " reading ", "code": "txcd_3501 0000"})
    assert (made.status_code, made.json()["category"], made.json()["code"]) == (201, "reading", "txcd_35010000")
    assert api.post("tax-codes/", {"category": "reading", "code": "x"}).status_code == 409
    path = f"tax-codes/{made.json()['id']}/"
    assert api.patch(path, {"code": "txcd_1"}).json()["code"] == "txcd_1"
    assert [row["code"] for row in api.get("tax-codes/").json()["results"]] == ["txcd_1"]
    assert api.delete(path).status_code == 204
    with scope(merchant=merchant):
        assert not TaxCode.objects.exists()


def connected(api: Api, stripe: Desk, **other: Any) -> Any:
    given = {key: stripe.config[key] for key in ("api_key", "api_base")}
    return api.post("tax-accounts/", {"provider": "stripe", "settings": given, **other})


def test_a_provider_is_asked_before_it_is_connected_and_its_secret_is_never_told(
    api: Api, merchant: Merchant, stripe: Desk
) -> None:
    made = connected(api, stripe)
    assert (made.status_code, stripe.calls) == (201, ["GET /v1/tax/settings", "GET /v1/tax/registrations"])
    told = made.json()
    assert (told["settings"], told["secrets"]) == ({"api_base": stripe.config["api_base"]}, ["api_key"])
    assert (told["on_failure"], told["is_active"], told["trouble"]) == ("go_on", True, "")
    assert told["usual_codes"]["delivery"] == "txcd_92010001"
    assert stripe.config["api_key"] not in api.get("tax-accounts/").content.decode()
    second = connected(api, stripe)
    assert (second.status_code, second.json()["detail"]) == (
        409,
        "Another account reckons the tax already. Switch that one off first.",
    )
    path = f"tax-accounts/{told['id']}/"
    assert api.patch(path, {"on_failure": "wait", "is_active": False}).json()["is_active"] is False
    assert api.get(path).json()["on_failure"] == "wait"
    with scope(merchant=merchant):
        assert TaxAccount.objects.get().config["api_key"] == stripe.config["api_key"]
    assert api.delete(path).status_code == 405


def test_what_would_not_work_is_told_and_not_kept(api: Api, merchant: Merchant, stripe: Desk) -> None:
    stripe.store.set_setting("stripe_tax_registrations", ["US-NY"])
    refused = connected(api, stripe)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "There is no registration for DE in this account. Add where you are registered there first.",
    )
    with scope(merchant=merchant):
        assert not TaxAccount.objects.exists()
    off = connected(api, stripe, is_active=False)
    assert off.status_code == 201
    path = f"tax-accounts/{off.json()['id']}/"
    assert api.patch(path, {"is_active": True}).status_code == 409
    assert api.post(f"{path}check/").json() == {
        "works": False,
        "detail": "There is no registration for DE in this account. Add where you are registered there first.",
    }
    stripe.store.set_setting("stripe_tax_registrations", ["DE"])
    assert api.post(f"{path}check/").json() == {"works": True, "detail": ""}
    assert api.patch(path, {"is_active": True}).json()["is_active"] is True


def test_settings_are_judged_as_at_the_desk(api: Api, stripe: Desk) -> None:
    def told(answer: Any) -> Any:
        return answer.status_code, [pointer for pointer, _said in refusal(answer)]

    assert told(api.post("tax-accounts/", {"provider": "stripe"})) == (400, ["#/settings/api_key"])
    assert told(api.post("tax-accounts/", {"provider": "table"})) == (400, ["#/provider"])
    assert told(connected(api, stripe, settings={"api_key": "k", "colour": "red"})) == (400, ["#/settings/colour"])
    path = f"tax-accounts/{connected(api, stripe).json()['id']}/"
    moved = {"settings": {"api_base": "https://elsewhere.example"}}
    assert told(api.patch(path, moved)) == (400, ["#/settings/api_key"])  # no secret goes where it was not meant to
    assert told(api.patch(path, {"provider": "stripe"})) == (400, ["#/provider"])


def test_a_reader_only_reads_and_a_stranger_sees_nothing(api: Api, reader: Api, stranger: Api, stripe: Desk) -> None:
    rate = f"tax-rates/{api.post('tax-rates/', GERMANY).json()['id']}/"
    code = f"tax-codes/{api.post('tax-codes/', {'category': 'books', 'code': 'x'}).json()['id']}/"
    account = f"tax-accounts/{connected(api, stripe).json()['id']}/"
    for path, change in ((rate, {"percent": "7"}), (code, {"code": "y"}), (account, {"is_active": False})):
        assert (reader.get(path).status_code, reader.patch(path, change).status_code) == (200, 403)
        assert (stranger.get(path).status_code, stranger.patch(path, change).status_code) == (404, 404)
        assert stranger.get(f"{path.partition('/')[0]}/").json()["results"] == []
    assert (stranger.delete(rate).status_code, stranger.delete(code).status_code) == (404, 404)
    assert stranger.post(f"{account}check/").status_code == 404
    assert stranger.post("tax-rates/", GERMANY).status_code == 201  # their table is another
