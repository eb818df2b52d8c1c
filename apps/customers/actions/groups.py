"""Who is in which group: put in by the desk or an import."""

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
