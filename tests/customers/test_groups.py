"""Who is in a group stays in it when two prove to be one, and leaves it when they are forgotten."""

import pytest

from apps.carts.actions import open_cart
from apps.carts.registry import groups_of
from apps.customers.actions import add_members, erase_customer, export_customer, merge_customers, undo_merge
from apps.customers.models import Customer, CustomerGroup, GroupMember, Merge
from apps.merchants.models import Merchant
from tests import factories


def make_group(shop: Merchant, name: str, *people: Customer) -> CustomerGroup:
    group: CustomerGroup = CustomerGroup.objects.create(merchant=shop, name=name)
    add_members(group, people)
    return group


def names(customer: Customer) -> set[str]:
    return set(CustomerGroup.objects.filter(members__customer=customer).values_list("name", flat=True))


def test_groups_go_along_with_a_merge_and_come_back(in_scope: Merchant) -> None:
    ana, bea = factories.customer(in_scope), factories.customer(in_scope)
    make_group(in_scope, "Trade", ana)
    make_group(in_scope, "Club", ana, bea)
    merge_customers(ana, bea)
    assert names(bea) == {"Trade", "Club"}
    undo_merge(Merge.objects.get())
    assert (names(ana), names(bea)) == ({"Trade", "Club"}, {"Club"})


def test_nobody_is_in_a_group_twice_or_in_another_shops(in_scope: Merchant, other_merchant: Merchant) -> None:
    ana = factories.customer(in_scope)
    group = make_group(in_scope, "Trade", ana)
    assert add_members(group, [ana, ana]) == 0
    with pytest.raises(PermissionError):
        add_members(group, [Customer(pk=1, merchant=other_merchant)])


def test_a_group_is_told_exported_and_forgotten(in_scope: Merchant) -> None:
    ana = factories.customer(in_scope)
    make_group(in_scope, "Trade", ana)
    assert groups_of(open_cart(ana)) == {"Trade"}
    assert export_customer(ana)["groups"] == ["Trade"]
    erase_customer(ana)
    assert not GroupMember.objects.exists()
