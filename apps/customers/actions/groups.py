"""Who is in which group: put in by the desk or an import, moved when two people prove to be one."""

from collections.abc import Iterable
from typing import Any

from ..models import Customer, CustomerGroup, GroupMember


def add_members(group: CustomerGroup, customers: Iterable[Customer], *, by: Any = None) -> int:
    """How many are in it now who were not before. Raises `PermissionError` for another shop's."""
    wanted = {customer.pk: customer for customer in customers}
    if any(customer.merchant_id != group.merchant_id for customer in wanted.values()):
        raise PermissionError("somebody here is another shop's customer")
    before = set(GroupMember.objects.filter(group=group, customer__in=wanted).values_list("customer_id", flat=True))
    fresh = [
        GroupMember(merchant_id=group.merchant_id, group=group, customer=customer, added_by=by)
        for pk, customer in wanted.items()
        if pk not in before
    ]
    GroupMember.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def groups_of(customer: int) -> list[str]:
    """Names of the groups the shopper of this key is in."""
    return list(CustomerGroup.objects.filter(members__customer=customer).values_list("name", flat=True))


def move_memberships(source: Customer, target: Customer) -> list[int]:
    """What `target` is not in yet becomes theirs; returns the keys of the rows that moved."""
    theirs = GroupMember.objects.filter(customer=target).values("group")
    moved = list(GroupMember.objects.filter(customer=source).exclude(group__in=theirs).values_list("pk", flat=True))
    GroupMember.objects.filter(pk__in=moved).update(customer=target)
    return moved


def return_memberships(moved: Iterable[int], source: Customer, target: Customer) -> None:
    GroupMember.objects.filter(pk__in=list(moved), customer=target).update(customer=source)
