"""Two who were joined turn out to be two: what came from each goes back to each."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.merchants import clock

from ..models import Address, Customer, GroupMember, Identity, LinkCode, Merge, Tagging
from ..registry import run_unmerges
from .put import return_put


class NotUndoable(Exception):
    """It was undone already, or one of the two has been joined to somebody else since."""


@transaction.atomic
def undo_merges_since(merge: Merge, *, by: Customer) -> None:
    """Undo a merge with all that hangs on it, the newest first: whoever came in through a channel it had brought, and
    what the person it was joined to was joined to in turn. `by` is whose the channels are now. Call with their threads
    locked. Raises `NotUndoable`, also where they are none of `by`'s.
    """
    hanging, owner = [merge], merge.target_id
    through = set(merge.moved["identities"])
    while later := _next_on(owner, through, after=hanging[-1]):
        hanging.append(later)
        if later.source_id == owner:
            owner = later.target_id
        else:
            through |= set(later.moved["identities"])
    if owner != by.pk:
        raise NotUndoable(f"merge {merge.pk}")
    for one in reversed(hanging):
        undo_merge(one)


def _next_on(owner: int, through: set[int], *, after: Merge) -> Merge | None:
    """The next merge of this person into somebody, or of somebody into this person by a code of these channels."""
    later = Merge.objects.filter(pk__gt=after.pk, undone_at=None).order_by("pk")
    return later.filter(Q(source=owner) | Q(target=owner, moved__origin__in=sorted(through))).first()


@transaction.atomic
def undo_merge(merge: Merge, *, actor: Any = None) -> Customer:
    """Give the joined customer their channels, addresses, orders and cart back; returns them. Raises `NotUndoable`.

    What was added after the merge stays with whom it was joined to. A channel that goes back is no longer proven to
    be the other's, and codes start anew.
    """
    merge = Merge.objects.select_for_update(no_key=True, of=("self",)).get(pk=merge.pk)
    ids = [merge.source_id, merge.target_id]
    locked = {row.pk: row for row in Customer.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}
    source, target = locked[merge.source_id], locked[merge.target_id]
    if merge.undone_at or source.merged_into_id != target.pk or target.merged_into_id:
        raise NotUndoable(f"merge {merge.pk}")
    _give_back(merge.moved, source, target)
    codes = LinkCode.objects.filter(identity__customer__in=(source, target), used_at=None, expires_at__gt=clock.now())
    codes.update(expires_at=clock.now())
    source.merged_into = None
    source.save(update_fields=["merged_into"])
    run_unmerges(source, target, merge.moved["parts"])
    merge.undone_at, merge.undone_by = clock.now(), actor
    merge.save(update_fields=["undone_at", "undone_by"])
    return source


def _give_back(moved: dict[str, Any], source: Customer, target: Customer) -> None:
    """Channels, addresses and what was taken over from the source's own card."""
    Identity.objects.filter(pk__in=moved["identities"], customer=target).update(customer=source, verified_at=None)
    for pk, former in moved.get("formerly", {}).items():  # only a proof has any
        Identity.objects.filter(pk=pk, customer=source, formerly=None).update(formerly=former)
    addresses = Address.objects.filter(pk__in=moved["addresses"], customer=target)
    addresses.update(customer=source)
    Address.objects.filter(pk__in=moved["defaults"], customer=source).update(is_default=True)
    return_put(GroupMember, moved.get("memberships", ()), source, target)  # older merges have none
    return_put(Tagging, moved.get("taggings", ()), source, target)
    taken_over = [name for name in moved["filled"] if getattr(target, name) == getattr(source, name)]
    for name in taken_over:
        setattr(target, name, None if name.endswith("_at") else "")
    if taken_over:
        target.save(update_fields=taken_over)
