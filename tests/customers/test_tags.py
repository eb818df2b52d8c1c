"""Tags are the merchant's words on shoppers: once each, moved with a merge, told to nobody but those who may ask."""

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scope

from apps.customers.actions import (
    WrongTag,
    change_tags,
    erase_customer,
    export_customer,
    merge_customers,
    tags_of,
    tidy_tags,
    undo_merge,
)
from apps.customers.models import Customer, CustomerTag, Merge, Tagging
from apps.merchants.models import Merchant
from tests import factories


def bearing(shop: Merchant, *names: str) -> Customer:
    customer = factories.customer(shop)
    change_tags([customer], put=names)
    return customer


def test_tags_are_put_on_and_taken_off_for_many_whatever_their_case(in_scope: Merchant) -> None:
    ana, bea = bearing(in_scope, "VIP", "press"), bearing(in_scope)
    for _twice in range(2):
        change_tags([ana, bea], put=["vip", " calls  back "], take=["PRESS", "never borne"])
    assert (tags_of(ana.pk), tags_of(bea.pk)) == (["calls back", "VIP"],) * 2
    assert Tagging.objects.count() == 4


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a,b"])
def test_what_is_no_tag_is_refused_and_nothing_changes(in_scope: Merchant, name: str) -> None:
    ana = bearing(in_scope, "VIP")
    with pytest.raises(WrongTag):
        change_tags([ana], put=["new", name], take=["VIP"])
    assert tags_of(ana.pk) == ["VIP"]


def test_names_are_tidied_and_each_is_once() -> None:
    assert tidy_tags(["VIP", "vip ", " long   time\tno see "]) == ["VIP", "long time no see"]


def test_tags_are_united_by_a_merge_and_come_back(in_scope: Merchant) -> None:
    ana, bea = bearing(in_scope, "VIP", "press"), bearing(in_scope, "press", "Zürich")
    merge_customers(ana, bea)
    assert (tags_of(ana.pk), tags_of(bea.pk)) == (["press"], ["press", "VIP", "Zürich"])
    undo_merge(Merge.objects.get())
    assert (tags_of(ana.pk), tags_of(bea.pk)) == (["press", "VIP"], ["press", "Zürich"])


def test_they_are_exported_and_go_with_an_erasure(in_scope: Merchant) -> None:
    ana, bea = bearing(in_scope, "VIP"), bearing(in_scope, "press", "vip")
    assert export_customer(ana)["tags"] == ["VIP"]
    merge_customers(ana, bea)
    erase_customer(bea)
    assert not Tagging.objects.exists()


def test_the_database_knows_each_tag_once_and_in_one_shop(in_scope: Merchant, other_merchant: Merchant) -> None:
    ana = bearing(in_scope, "VIP")
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomerTag.objects.create(merchant=in_scope, name="vip")
    with scope(merchant=other_merchant):
        theirs = CustomerTag.objects.create(merchant=other_merchant, name="VIP")
    with pytest.raises(PermissionError), scope(merchant=other_merchant):
        change_tags([factories.customer(other_merchant), ana], put=["VIP"])
    with pytest.raises(IntegrityError, match="tagging_tag_in_its_shop"), transaction.atomic():
        Tagging.objects.create(merchant=in_scope, tag=theirs, customer=ana)
