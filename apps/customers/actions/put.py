"""Where people put a shopper, into groups and under tags: moved when two prove to be one."""

from collections.abc import Iterable

from ..models import Customer, GroupMember, Tagging

Put = type[GroupMember] | type[Tagging]


def move_put(rows: Put, where: str, source: Customer, target: Customer) -> list[int]:
    """Where `target` is not yet, `source`'s row becomes theirs; `where` is the field that names it. Returns the keys of the
    rows that moved."""
    theirs = rows.objects.filter(customer=target).values(where)
    left = rows.objects.filter(customer=source).exclude(**{f"{where}__in": theirs})
    moved = list(left.values_list("pk", flat=True))
    rows.objects.filter(pk__in=moved).update(customer=target)
    return moved


def return_put(rows: Put, moved: Iterable[int], source: Customer, target: Customer) -> None:
    """Those of the rows that moved and are still `target`'s go back."""
    rows.objects.filter(pk__in=list(moved), customer=target).update(customer=source)
