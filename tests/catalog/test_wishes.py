"""What a shopper saved is theirs: once, on every channel, joined and parted with them, and forgotten with them."""

from typing import Any

import pytest

from apps.catalog import wishes
from apps.catalog.models import Product, Wish
from apps.catalog.wishes import WishListFull, forget_wish, save_wish, wishes_of
from apps.customers.actions import erase_customer, issue_link_code, merge_customers, redeem_link_code, undo_merge
from apps.customers.models import Customer, Identity, Merge
from apps.customers.registry import run_exports
from apps.merchants.models import Merchant
from tests import factories

from .factories import make_product, make_variant


@pytest.fixture
def ana(in_scope: Merchant) -> Customer:
    return factories.customer(in_scope)


@pytest.fixture
def bea(in_scope: Merchant) -> Customer:
    return factories.customer(in_scope, "Bea")


@pytest.fixture
def shirt(in_scope: Merchant) -> Product:
    product = make_product(in_scope, "Shirt")
    for size in ("M", "L"):
        make_variant(in_scope, product=product, options={"Size": size}, sku=f"SHIRT-{size}")
    return product


def saved(customer: Customer) -> list[str]:
    return [wish.variant.sku if wish.variant else wish.product.title for wish in wishes_of(customer)]


def test_the_same_thing_is_saved_once_and_a_kind_chosen_later_replaces_it(ana: Customer, shirt: Product) -> None:
    medium, large = shirt.variants.order_by("position")
    assert [save_wish(ana, shirt), save_wish(ana, shirt)] == [True, False]
    assert [save_wish(ana, shirt, medium), save_wish(ana, shirt, large), save_wish(ana, shirt, medium)] == [
        True,
        True,
        False,
    ]
    assert saved(ana) == ["SHIRT-L", "SHIRT-M"]
    assert save_wish(ana, shirt) is False  # it is there already, in two kinds


def test_what_left_the_shop_is_not_shown_and_comes_back_with_it(ana: Customer, shirt: Product) -> None:
    save_wish(ana, shirt)
    Product.objects.update(status=Product.Status.ARCHIVED)
    assert saved(ana) == []
    Product.objects.update(status=Product.Status.ACTIVE)
    assert saved(ana) == ["Shirt"]


def test_one_kind_is_taken_off_the_list_or_all_of_them(ana: Customer, shirt: Product) -> None:
    for variant in shirt.variants.all():
        save_wish(ana, shirt, variant)
    medium = shirt.variants.get(sku="SHIRT-M")
    assert (forget_wish(ana, product=shirt.pk, variant=medium.pk), saved(ana)) == (1, ["SHIRT-L"])
    assert (forget_wish(ana, product=shirt.pk), forget_wish(ana, product=shirt.pk)) == (1, 0)


def test_a_list_has_an_end(ana: Customer, shirt: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wishes, "MOST", 1)
    save_wish(ana, shirt, shirt.variants.first())
    with pytest.raises(WishListFull):
        save_wish(ana, shirt, shirt.variants.last())


def test_wishes_are_joined_and_parted_with_their_people(in_scope: Merchant, shirt: Product) -> None:
    ana = factories.identity(factories.channel_account(in_scope, "whatsapp"), display_name="Ana")
    bea = factories.identity(factories.channel_account(in_scope, "telegram"), display_name="Bea")
    mug = make_product(in_scope, "Mug")
    make_variant(in_scope, product=mug)
    save_wish(ana.customer, shirt)
    save_wish(bea.customer, shirt)
    save_wish(bea.customer, mug)
    redeem_link_code(_fresh(bea), issue_link_code(ana))
    assert saved(ana.customer) == ["Mug", "Shirt"]
    undo_merge(Merge.objects.get())
    assert (saved(ana.customer), sorted(saved(_fresh(bea).customer))) == (["Shirt"], ["Mug", "Shirt"])


def _fresh(person: Identity) -> Any:
    return Identity.objects.select_related("customer").get(pk=person.pk)


def test_what_was_taken_off_while_joined_stays_off(ana: Customer, bea: Customer, shirt: Product) -> None:
    save_wish(ana, shirt)
    save_wish(bea, shirt)
    merge_customers(bea, ana)
    forget_wish(ana, product=shirt.pk)
    undo_merge(Merge.objects.get())
    assert (saved(ana), saved(bea)) == ([], [])


def test_a_person_sees_their_wishes_in_their_data_and_takes_them_along(ana: Customer, shirt: Product) -> None:
    save_wish(ana, shirt, shirt.variants.first())
    told = run_exports(ana)["wishes"]
    assert [(row["product"], row["sku"]) for row in told["saved"]] == [("Shirt", "SHIRT-M")]
    erase_customer(ana)
    assert Wish.objects.count() == 0
