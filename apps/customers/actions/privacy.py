"""Two customers who are one; a customer's own data; a customer who wants to be forgotten."""

import secrets
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.merchants import clock

from ..models import (
    Address,
    ConsentEntry,
    Customer,
    GroupMember,
    Identity,
    LinkAttempt,
    LinkCode,
    Merge,
    Tagging,
)
from ..registry import StillNeeded, run_erasures, run_exports, run_merges
from .groups import groups_of
from .put import move_put
from .tags import tags_of

ERASED = "erased:"  # how the id of an identity begins whose person was forgotten


class MergeRefused(Exception):
    """These two can never be one: they belong to different shops, or one of them is gone already."""


@transaction.atomic
def merge_customers(source: Customer, target: Customer, *, origin: Identity | None = None) -> Merge:
    """Everything of `source` becomes `target`'s; `source` stays as a signpost. `origin`: the channel whose code or link
    it was. Raises `MergeRefused`."""
    if source.merchant_id != target.merchant_id or source.pk == target.pk:
        raise MergeRefused(f"{source.pk} into {target.pk}")
    locked = {
        row.pk: row
        for row in Customer.objects.select_for_update(no_key=True).filter(pk__in=[source.pk, target.pk]).order_by("pk")
    }
    source, target = locked[source.pk], locked[target.pk]
    if source.merged_into_id or target.merged_into_id:
        raise MergeRefused(f"{source.pk} into {target.pk}: already merged")
    parts = run_merges(source, target)
    identities = list(Identity.objects.filter(customer=source).values_list("pk", flat=True))
    Identity.objects.filter(pk__in=identities).update(customer=target)
    has_default = target.addresses.filter(is_default=True).exists()
    addresses = list(Address.objects.filter(customer=source).values_list("pk", flat=True))
    defaults = list(Address.objects.filter(pk__in=addresses, is_default=True).values_list("pk", flat=True))
    moved = Address.objects.filter(pk__in=addresses)
    moved.update(customer=target, is_default=False) if has_default else moved.update(customer=target)
    memberships = move_put(GroupMember, "group", source, target)
    taggings = move_put(Tagging, "tag", source, target)
    filled = []
    for name in ("name", "email", "phone", "language", "currency", "email_verified_at", "phone_verified_at"):
        if not getattr(target, name) and getattr(source, name):
            setattr(target, name, getattr(source, name))
            filled.append(name)
    target.save()
    source.merged_into = target
    source.save(update_fields=["merged_into"])
    return Merge.objects.create(
        merchant_id=source.merchant_id,
        source=source,
        target=target,
        merged_at=clock.now(),
        moved={
            "identities": identities,
            "origin": origin.pk if origin else None,
            "addresses": addresses,
            "defaults": defaults,
            "filled": filled,
            "memberships": memberships,
            "taggings": taggings,
            "parts": parts,
        },
    )


def forget_former(proven: "QuerySet[Identity]", merge: Merge | None) -> None:
    """The person of before is who they are: nothing is kept from them any more, unless the join is undone."""
    former = {str(pk): before for pk, before in proven.values_list("pk", "formerly")}
    if former and merge is not None:
        merge.moved["formerly"] = former
        merge.save(update_fields=["moved"])
    proven.update(formerly=None)


def export_customer(customer: Customer) -> dict[str, Any]:
    """All we hold about a person, as plain JSON data."""
    identities = list(customer.identities.select_related("channel_account"))
    return {
        "customer": {
            "name": customer.name,
            "email": customer.email,
            "phone": str(customer.phone),
            "language": customer.language,
            "currency": customer.currency,
            "since": customer.created_at.isoformat(),
        },
        "identities": [
            {
                "channel": row.channel_account.kind,
                "id": row.external_id,
                "name": row.display_name,
                "phone": row.phone,
                "aliases": row.aliases,
            }
            for row in identities
        ],
        "addresses": [
            {
                field: getattr(row, field)
                for field in ("name", "line1", "line2", "postcode", "city", "region", "country")
            }
            for row in customer.addresses.all()
        ],
        "groups": groups_of(customer.pk),
        "tags": tags_of(customer.pk),
        "consents": [
            {
                "channel": row.identity.channel_account.kind,
                "purpose": row.purpose,
                "granted": row.granted,
                "source": row.source,
                "wording": row.wording,
                "at": row.occurred_at.isoformat(),
            }
            for row in ConsentEntry.objects.filter(identity__in=identities)
            .select_related("identity__channel_account")
            .order_by("id")
        ],
        **run_exports(customer),
    }


@transaction.atomic
def erase_customer(customer: Customer) -> None:
    """Forget the person. What the books must keep stays under a name that means nothing. Raises `StillNeeded`."""
    customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    run_erasures(customer)
    identities = list(customer.identities.all())
    Merge.objects.filter(target=customer).delete()  # nobody is left to give anything back to
    LinkCode.objects.filter(identity__in=identities).delete()
    LinkAttempt.objects.filter(identity__in=identities).delete()
    for row in identities:
        row.external_id = f"{ERASED}{secrets.token_urlsafe(16)}"
        row.aliases, row.display_name, row.phone = {}, "", ""
        row.save(update_fields=["external_id", "aliases", "display_name", "phone"])
    customer.addresses.all().delete()
    everybody = [customer, *_merged_into(customer)]
    # What both had when they were joined has stayed with each.
    GroupMember.objects.filter(customer__in=everybody).delete()
    Tagging.objects.filter(customer__in=everybody).delete()
    for former in everybody:
        former.name, former.email, former.phone = "", "", ""
        former.email_verified_at = former.phone_verified_at = None
        former.save(update_fields=["name", "email", "phone", "email_verified_at", "phone_verified_at"])


def _merged_into(customer: Customer) -> list[Customer]:
    """Everybody who became this customer, however many merges ago."""
    found: dict[int, Customer] = {}
    latest = [customer.pk]
    while latest:
        rows = Customer.objects.filter(merged_into__in=latest).exclude(pk__in=[customer.pk, *found])
        latest = [row.pk for row in rows]
        found |= {row.pk: row for row in rows}
    return list(found.values())


__all__ = ["ERASED", "MergeRefused", "StillNeeded", "erase_customer", "export_customer", "merge_customers"]
