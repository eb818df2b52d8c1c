"""The desk and the API of gift cards and store credit: made once, told once, granted with a reason, and nobody else's."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope
from djmoney.money import Money

from apps.customers.models import Customer
from apps.merchants.codes import fingerprint
from apps.merchants.models import Merchant
from apps.payments.actions import issue_gift_card
from apps.payments.models import GiftCard
from apps.payments.tenders import card_balance, credit_of
from tests import factories

from .conftest import Api

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def card(merchant: Merchant) -> GiftCard:
    with scope(merchant=merchant):
        return issue_gift_card(merchant, Money("25.00", "EUR"), note="Christmas")[0]


@pytest.fixture
def ana(merchant: Merchant) -> Customer:
    with scope(merchant=merchant):
        return factories.customer(merchant)


def url(kind: str, *args: object) -> str:
    return reverse(f"admin:payments_giftcard_{kind}", args=args)


def test_a_card_is_made_once_and_its_code_shown_once(desk: Client, merchant: Merchant) -> None:
    assert desk.get(url("issue")).status_code == 200
    values = {"amount": "25", "note": "Christmas", "key": KEY, "expires_at_0": "2030-12-24", "expires_at_1": "18:00"}
    assert desk.post(url("issue"), values | {"amount": "0"}).status_code == 200
    page = desk.post(url("issue"), values)
    code = re.search(r"[0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}", page.content.decode())
    assert code
    assert "no-store" in page["Cache-Control"]
    assert desk.post(url("issue"), values).status_code == 302
    with scope(merchant=merchant):
        card = GiftCard.objects.get()
        assert (card.fingerprint, str(card_balance(card))) == (fingerprint(code[0]), "€25.00")
        assert (card.issued_by is not None, card.note) == (True, "Christmas")
    listed = desk.get(url("changelist")).content.decode()
    shown = desk.get(url("change", card.pk)).content.decode()
    assert (f"•••• {card.ends}" in listed, "issued" in shown, code[0] in listed + shown) == (True, True, False)


def test_a_card_is_blocked_and_freed_and_never_deleted(desk: Client, card: GiftCard) -> None:
    for blocked in (True, False):
        ((name, wish),) = desk.get(url("block", card.pk)).context["carried"]
        assert desk.post(url("block", card.pk)).status_code == 200  # who says nothing of what they want is asked
        assert desk.post(url("block", card.pk), {name: wish}).status_code == 302
        with scope(merchant=card.merchant):
            card.refresh_from_db()
        assert card.is_blocked == blocked
    assert desk.post(url("delete", card.pk), {"post": "yes"}).status_code == 403
    assert desk.get(url("add")).status_code == 403


def grant(desk: Client, customer: Customer, **values: object) -> list[str]:
    answer = desk.post(reverse("admin:customers_customer_grant", args=[customer.pk]), values, follow=True)
    return [str(message) for message in answer.context["messages"]]


def test_credit_is_granted_with_a_reason_and_a_name(desk: Client, ana: Customer) -> None:
    done = ["Done. It stands in the history with your name."]
    said = [
        grant(desk, ana, amount="5", reason="late parcel", key="desk:1"),
        grant(desk, ana, amount="5", reason="late parcel", key="desk:1"),
        grant(desk, ana, amount="-6", reason="a mistake", key="desk:2"),
    ]
    assert said == [
        done,
        ["This has been written down already, and only once."],
        ["There is not as much credit as that."],
    ]
    refused = desk.post(reverse("admin:customers_customer_grant", args=[ana.pk]), {"amount": "5", "key": "x"})
    assert refused.status_code == 200
    with scope(merchant=ana.merchant):
        assert str(credit_of(ana, "EUR")) == "€5.00"
    page = desk.get(reverse("admin:customers_customer_change", args=[ana.pk])).content.decode()
    assert ("late parcel" in page, "€5.00" in page) == (True, True)


def test_another_shops_cards_and_shoppers_do_not_exist(other_merchant: Merchant, card: GiftCard, ana: Customer) -> None:
    client = Client()
    client.force_login(factories.staff(other_merchant, "manager"), backend="django.contrib.auth.backends.ModelBackend")
    asked = [url("block", card.pk), reverse("admin:customers_customer_grant", args=[ana.pk])]
    assert [client.get(page).status_code for page in asked] == [404, 404]
    assert [client.post(page, {"amount": 5, "reason": "x", "key": "y"}).status_code for page in asked] == [404, 404]
    with scope(merchant=ana.merchant):
        assert (str(credit_of(ana, "EUR")), GiftCard.objects.get().is_blocked) == ("€0.00", False)


def test_a_program_makes_a_card_and_is_told_its_code_once(api: Api, merchant: Merchant) -> None:
    body = {"issued": {"minor": 2500, "currency": "EUR"}, "note": "web", "key": "order77777"}
    made = api.post("gift-cards/", body)
    assert (made.status_code, made["Cache-Control"].startswith("no-store")) == (201, True)
    with scope(merchant=merchant):
        card = GiftCard.objects.get()
    assert fingerprint(made.json()["code"]) == card.fingerprint
    assert api.post("gift-cards/", body).status_code == 409
    row = api.get("gift-cards/").json()["results"][0]
    assert "code" not in row
    assert (row["id"], row["balance"]) == (card.public_id, {"minor": 2500, "currency": "EUR"})
    assert (
        api.post("gift-cards/", body | {"key": "other77777", "issued": {"minor": 0, "currency": "EUR"}}).status_code
        == 409
    )
    assert api.patch(f"gift-cards/{card.public_id}/", {"is_blocked": True}).json()["is_blocked"] is True
    assert api.patch(f"gift-cards/{card.public_id}/", {"issued": {"minor": 1, "currency": "EUR"}}).status_code == 400


def test_a_program_grants_credit_once_and_reads_its_history(api: Api, ana: Customer) -> None:
    place = f"customers/{ana.public_id}/credit/"
    body = {"amount": {"minor": 500, "currency": "EUR"}, "reason": "late parcel", "key": "k1"}
    assert [api.post(place, body).json()["balance"]["minor"] for _ in range(2)] == [500, 500]
    assert api.post(place, body | {"amount": {"minor": 700, "currency": "EUR"}}).status_code == 409
    assert (
        api.post(place, body | {"key": "k2", "takes": True, "amount": {"minor": 501, "currency": "EUR"}}).status_code
        == 409
    )
    assert api.post(place, body | {"key": "k3", "takes": True}).json()["balance"]["minor"] == 0
    rows = api.get(f"{place}history/").json()["results"]
    assert [(row["minor"], row["reason"]) for row in rows] == [(-500, "late parcel"), (500, "late parcel")]
    assert api.get("customers/nobody/credit/").status_code == 404


@pytest.mark.parametrize("until", ["2001-01-01T00:00:00Z", "2026-01-01T00:00:00+14:00"])
def test_no_card_is_made_that_is_over_already(api: Api, merchant: Merchant, until: str) -> None:
    body = {"issued": {"minor": 2500, "currency": "EUR"}, "expires_at": until, "key": "old"}
    answer = api.post("gift-cards/", body)
    assert (answer.status_code, answer.json()["errors"]) == (
        400, [{"pointer": "#/expires_at", "detail": "This moment has passed."}],
    )  # fmt: skip
    with scope(merchant=merchant):
        assert GiftCard.objects.count() == 0


def test_the_desk_makes_no_card_that_is_over_already(desk: Client, merchant: Merchant) -> None:
    values = {"amount": "25", "note": "", "key": KEY, "expires_at_0": "2001-12-24", "expires_at_1": "18:00"}
    page = desk.post(url("issue"), values)
    assert (page.status_code, page.context["form"].errors) == (200, {"expires_at": ["This moment has passed."]})


@pytest.mark.parametrize("until", ["2001-01-01T00:00:00Z", "2026-01-01T00:00:00+14:00"])
def test_no_card_is_moved_to_an_end_that_has_passed(api: Api, card: GiftCard, until: str) -> None:
    path = f"gift-cards/{card.public_id}/"
    answer = api.patch(path, {"expires_at": until, "note": "old"})
    assert (answer.status_code, answer.json()["errors"]) == (
        400, [{"pointer": "#/expires_at", "detail": "This moment has passed."}],
    )  # fmt: skip
    left = api.get(path).json()
    assert (left["expires_at"], left["note"]) == (None, "Christmas")
    later = [api.patch(path, {"expires_at": end}).json()["expires_at"] for end in ("2199-01-01T00:00:00Z", None)]
    assert later == ["2199-01-01T00:00:00Z", None]


def test_the_desk_moves_no_end_to_the_past_and_leaves_one_that_is_there(desk: Client, card: GiftCard) -> None:
    values = {"note": "found", "expires_at_0": "2001-12-24", "expires_at_1": "18:00:00"}
    page = desk.post(url("change", card.pk), values)
    assert page.context["adminform"].form.errors == {"expires_at": ["This moment has passed."]}
    with scope(merchant=card.merchant):
        GiftCard.objects.update(expires_at="2001-12-24T18:00:00Z")
    form = desk.get(url("change", card.pk)).context["adminform"].form
    there = form["expires_at"].value().astimezone(card.merchant.zone)
    kept = {"expires_at_0": f"{there:%Y-%m-%d}", "expires_at_1": f"{there:%H:%M:%S}", "note": "found"}
    assert desk.post(url("change", card.pk), kept).status_code == 302
    with scope(merchant=card.merchant):
        assert GiftCard.objects.get().note == "found"
