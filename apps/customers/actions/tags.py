"""The merchant's own words on shoppers: put on and taken off.

They are notes for those who work here. No price and no offer hangs on one (docs/decisions/tags.md), and no flow of the
assistant reads them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Lower

from ..models import Customer, CustomerTag, Tagging

LONGEST_TAG = 40
MOST_TAGS = 50  # put on at once
AT_ONCE = 1000


class WrongTag(ValueError):
    """It is empty, too long, or has a comma, which divides tags wherever they stand in a row."""

    def __init__(self, name: str) -> None:
        super().__init__(f"A tag has 1 to {LONGEST_TAG} characters and no comma: {name[:60]}")
        self.name = name


def tidy_tags(names: Iterable[str]) -> list[str]:
    """Each once, whatever its case, without spaces around or doubled within. Raises `WrongTag`."""
    found: dict[str, str] = {}
    for name in names:
        tidy = " ".join(name.split())
        if not tidy or len(tidy) > LONGEST_TAG or "," in tidy:
            raise WrongTag(name)
        found.setdefault(tidy.casefold(), tidy)
    return list(found.values())


@transaction.atomic
def change_tags(
    customers: Sequence[Customer], *, put: Iterable[str] = (), take: Iterable[str] = (), by: Any = None
) -> None:
    """Put these on and take those off, for all of these customers of one shop; what is so already stays so.

    A tag is spelled as it was first. Raises `WrongTag`, and `PermissionError` where they are of several shops.
    """
    wanted, gone = tidy_tags(put), tidy_tags(take)
    if not customers:
        return
    merchant = customers[0].merchant_id
    if any(customer.merchant_id != merchant for customer in customers):
        raise PermissionError("somebody here is another shop's customer")
    ids = [customer.pk for customer in customers]
    for start in range(0, len(ids), AT_ONCE):
        _take(ids[start : start + AT_ONCE], gone)
    for tag in _known(merchant, wanted):
        Tagging.objects.bulk_create(
            (Tagging(merchant_id=merchant, tag=tag, customer_id=pk, added_by=by) for pk in ids),
            ignore_conflicts=True,
            batch_size=AT_ONCE,
        )


def tags_of(customer: int) -> list[str]:
    """The tags of the shopper of this key."""
    return list(CustomerTag.objects.filter(taggings__customer=customer).values_list("name", flat=True))


def _take(customers: list[int], names: list[str]) -> None:
    for name in names:
        Tagging.objects.filter(customer__in=customers, tag__in=tags_named(name)).delete()


def tags_named(name: str) -> QuerySet[CustomerTag]:
    """The tag of this name, as the database tells whether two are one."""
    rows: QuerySet[CustomerTag] = CustomerTag.objects.alias(lower=Lower("name"))
    return rows.filter(lower=Lower(Value(name)))  # type: ignore[misc]  # the stubs do not see an alias


def _known(merchant: int, names: list[str]) -> list[CustomerTag]:
    """The rows of these tags, made where there are none; two who make the same one get the same."""
    CustomerTag.objects.bulk_create(
        (CustomerTag(merchant_id=merchant, name=name) for name in sorted(names)), ignore_conflicts=True
    )
    return [tags_named(name).get() for name in names]
