"""A shop on an empty installation: one command, and its owner can go on in the admin."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation
from django_scopes import scope

from apps.accounts.models import User
from apps.carts.models import DeliveryMethod, TaxRate
from apps.merchants.models import Merchant, StaffRole

pytestmark = pytest.mark.django_db


def create(slug: str = "mine", **more: Any) -> None:
    call_command("create_shop", slug, **{"name": "My shop", "owner": "me@shop.example", **more})


def test_a_shop_opens_and_its_owner_has_a_desk(client: Client) -> None:
    create(languages="de,en", delivery="4.90")
    shop, owner = Merchant.objects.get(), User.objects.get()
    assert (shop.slug, shop.languages, shop.currency) == ("mine", ["de", "en"], "EUR")
    with scope(merchant=shop):
        assert StaffRole.objects.get().role == StaffRole.Role.ADMIN
        assert {rate.country for rate in TaxRate.objects.all()} == {"DE"}
        assert {spoken: names_of_tax(spoken) for spoken in ("en", "de", "es", "zh-hans")} == {
            "en": {"VAT"}, "de": {"MwSt."}, "es": {"IVA"}, "zh-hans": {"增值税"},
        }  # fmt: skip
        assert str(DeliveryMethod.objects.get().price.amount) == "4.900"
    assert client.get("/").headers["location"] == "/chat/mine/"
    assert client.get("/chat/mine/").status_code == 200
    assert owner.has_usable_password() is False
    client.force_login(owner)
    assert client.get("/admin/").status_code == 200


def names_of_tax(language: str) -> set[str]:
    with translation.override(language):
        return {rate.label for rate in TaxRate.objects.all()}


def test_taxes_of_other_countries_are_named_in_the_readers_language() -> None:
    create(country="AT")
    create("us", country="US", owner="us@shop.example")
    with scope(merchant=Merchant.objects.get(slug="mine")):
        assert [names_of_tax(language) for language in ("de", "en", "zh-hans")] == [{"USt."}, {"VAT"}, {"增值税"}]
    with scope(merchant=Merchant.objects.get(slug="us")):
        assert [names_of_tax(language) for language in ("en", "es")] == [{"Sales tax"}, {"Impuesto sobre ventas"}]
        TaxRate.objects.update(name_en="Own name", name_de="", name_es="", name_zh_hans="")
        assert names_of_tax("es") == {"Own name"}  # what the merchant calls it goes before any word of ours


def test_somebody_known_gets_a_second_shop_and_keeps_their_password() -> None:
    User.objects.create_user("me@shop.example", "correct horse battery")
    create()
    create("other", owner="ME@shop.example")
    owner = User.objects.get()
    assert owner.check_password("correct horse battery") is True
    assert StaffRole._base_manager.filter(user=owner).count() == 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"languages": "fr"}, "--languages takes some of"),
        ({"currency": "XXX"}, "--currency takes one of"),
        ({"country": "Germany"}, "two letters"),
        ({"timezone": "Berlin"}, "Europe/Berlin"),
        ({"delivery": "free"}, "--delivery takes an amount"),
        ({"delivery": "-1"}, "--delivery takes an amount"),
        ({"delivery": "NaN"}, "--delivery takes an amount"),
        ({"owner": "me"}, "valid email"),
        ({"slug": "my shop"}, "slug"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(given: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        create(**given)
    assert not Merchant.objects.exists()
    assert not User.objects.exists()


def test_the_same_shop_twice_is_one() -> None:
    create()
    with pytest.raises(CommandError, match="already"):
        create()
    assert Merchant.objects.count() == 1
