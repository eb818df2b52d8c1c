"""Rules of returns and labels at the desk and by program."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from apps.merchants.models import Merchant
from apps.orders import labelling
from apps.orders.actions import approve_return
from apps.orders.models import CarrierAccount, Order, ReturnLabel, ReturnRules
from tests.orders.courier import NAME, Courier, rules

from .conftest import Api
from .test_returns import asked, offered, order, page, stripe

__all__ = ["order", "stripe"]
ADD = "/admin/orders/returnrules/add/"
FORM = {
    "name": "Demo Shop", "street": "Lagerweg 1", "postcode": "10115", "city": "Berlin", "region": "", "country": "DE",
    "phone": "", "account": "", "payer": "shop", "postage_0": "", "postage_1": "EUR", "label_days": "28", "grams": "500",
    "at_once": "on",
}  # fmt: skip


@pytest.fixture
def courier() -> Iterator[Courier]:
    played = Courier()
    yield played
    played.close()


def kept(merchant: Merchant) -> list[tuple[Any, ...]]:
    with scope(merchant=merchant):
        return list(ReturnRules.objects.values_list("city", "payer", "postage", "at_once"))


def errors(desk: Client, form: dict[str, str]) -> list[str]:
    found = desk.post(ADD, form).context["adminform"].form.errors
    return sorted(found)


def test_the_rules_are_one_form(desk: Client, merchant: Merchant, courier: Courier) -> None:
    with scope(merchant=merchant):
        deaf = CarrierAccount.objects.create(
            merchant=merchant, provider="easypost", name="deaf", config={"webhook_secret": "s"}
        )
        buyer = CarrierAccount.objects.create(merchant=merchant, provider="easypost", name=NAME, config=courier.config)
    assert errors(desk, FORM | {"payer": "mind"}) == ["account", "postage"]
    assert errors(desk, FORM | {"account": str(deaf.pk)}) == ["account"]
    desk.post(ADD, FORM | {"account": str(buyer.pk), "payer": "mind", "postage_0": "3.90"})
    assert [tuple(map(str, row)) for row in kept(merchant)] == [("Berlin", "mind", "3.900", "True")]
    assert desk.get(ADD).status_code == 302  # there is one
    assert desk.get("/admin/orders/returnrules/").status_code == 302


def test_a_label_that_failed_is_made_anew_at_the_desk(desk: Client, order: Order, courier: Courier) -> None:
    request = asked(order)
    with scope(merchant=order.merchant):
        rules(order.merchant, courier)
        approve_return(request)
        courier.fault("error", code="SHIPMENT.INVALID_PARAMS")
        labelling.run_due()
    shown = desk.get(page(request)).content.decode()
    assert ("SHIPMENT.INVALID_PARAMS" in shown, f'{page(request, "label")}"' in shown) == (True, True)
    desk.post(page(request, "label"), {"confirm": "1"})
    labelling.run_due()
    shown = desk.get(page(request)).content.decode()
    assert ("/labels/" in shown, f'{page(request, "label")}"' in shown) == (True, False)
    assert offered(desk, request) == ["receive", "cancel"]


def test_programs_read_and_renew_labels(api: Api, stranger: Api, order: Order, courier: Courier) -> None:
    request = asked(order)
    path = f"returns/{request.public_id}/"
    assert api.post(f"{path}label/").status_code == 409  # nothing is approved yet
    with scope(merchant=order.merchant):
        rules(order.merchant, courier)
        approve_return(request)
        labelling.run_due()
    (told,) = api.get(path).json()["labels"]
    assert (told["state"], told["carrier"], told["url"].split("/")[3]) == ("ready", "DHL", "labels")
    assert [one["id"] for one in api.post(f"{path}label/").json()["labels"]] == [told["id"]]
    assert stranger.post(f"{path}label/").status_code == 404
    with scope(merchant=order.merchant):
        assert ReturnLabel.objects.count() == 1


def test_the_shops_own_country_and_name_stand_there_first(desk: Client, merchant: Merchant) -> None:
    form = desk.get("/admin/orders/returnrules/add/").context["adminform"].form
    assert (form["country"].value(), form["name"].value()) == (merchant.country, merchant.legal_name)
