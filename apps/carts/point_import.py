"""A carrier's list becomes the points of a way: all of it or, with an error for every wrong row, nothing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from apps.catalog.shopify import RowError
from apps.merchants import clock

from .models import DeliveryMethod, PickupPoint
from .point_list import MOST_ERRORS, PointDraft, PointReader

CHUNK = 500  # points in memory at a time
TOLD = ("name", "street", "postcode", "city", "country", "hours", "latitude", "longitude")
WRITTEN = (*TOLD, "is_active", "gone_at")
Promised = Callable[[], set[str]]  # the public ids of the shop's points that a parcel is going to


@dataclass
class PointReport:
    """What was (or, after a dry run or with errors, would have been) done, in points."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    reopened: int = 0  # of those updated or unchanged: an earlier list had closed them
    closed: int = 0
    awaited: int = 0  # gone from the list, and open until the parcels that go there have come
    unplaced: int = 0  # without latitude and longitude
    is_applied: bool = False
    errors: list[RowError] = field(default_factory=list)


class _Undo(Exception):
    """Leave the database as it was."""


def import_points(
    method: DeliveryMethod, file: BinaryIO, *, promised: Promised, is_dry_run: bool = False
) -> PointReport:
    """Read a carrier's list into the points of this way, which are known by the carrier's number.

    A point that an earlier list brought and this one does not have is closed, unless a parcel is going there; one that
    is back opens again. Points without a number, entered by hand, and what was closed by hand stay as they are.
    """
    report = PointReport()
    reader = PointReader(file, country=method.merchant.country)
    try:
        with scope(merchant=method.merchant), transaction.atomic():
            DeliveryMethod.objects.select_for_update(no_key=True).get(pk=method.pk)  # one list at a time
            named: set[str] = set()
            for chunk in _chunks(reader):
                if not reader.errors:
                    named.update(draft.reference for draft in chunk)
                    _write(method, chunk, report)
            report.rows = reader.rows
            if not reader.rows and not reader.errors:  # else every point would be gone from it
                reader.wrong(1, "", _("The list names no point. Nothing was changed."))
            report.errors = sorted(reader.errors, key=lambda error: error.line)[:MOST_ERRORS]
            if not report.errors:
                _close(method, named, promised(), report)
            if report.errors or is_dry_run:
                raise _Undo
    except _Undo:
        return report
    report.is_applied = True
    return report


def _chunks(drafts: Iterable[PointDraft]) -> Iterator[list[PointDraft]]:
    rows = iter(drafts)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


def _write(method: DeliveryMethod, drafts: list[PointDraft], report: PointReport) -> None:
    known = {row.reference: row for row in method.points.filter(reference__in=[draft.reference for draft in drafts])}
    fresh: list[PickupPoint] = []
    changed: list[PickupPoint] = []
    for draft in drafts:
        facts = {name: getattr(draft, name) for name in TOLD}
        report.unplaced += draft.latitude is None
        row = known.get(draft.reference)
        if row is None:
            fresh.append(PickupPoint(merchant_id=method.merchant_id, method=method, reference=draft.reference, **facts))
        elif _follows(row, facts, report):
            changed.append(row)
    PickupPoint.objects.bulk_create(fresh)
    PickupPoint.objects.bulk_update(changed, WRITTEN)
    report.created += len(fresh)


def _follows(row: PickupPoint, facts: dict[str, object], report: PointReport) -> bool:
    """Whether there is something to write: the row as the list tells it, open again if a list had closed it."""
    is_told_anew = any(getattr(row, name) != value for name, value in facts.items())
    is_back = row.gone_at is not None
    for name, value in facts.items():
        setattr(row, name, value)
    if is_back:
        row.is_active, row.gone_at = True, None
    report.updated += is_told_anew
    report.unchanged += not is_told_anew
    report.reopened += is_back
    return is_told_anew or is_back


def _close(method: DeliveryMethod, named: set[str], promised: set[str], report: PointReport) -> None:
    listed = method.points.filter(is_active=True).exclude(reference="")
    known = listed.values_list("pk", "public_id", "reference")
    gone = [(pk, public_id) for pk, public_id, reference in known.iterator() if reference not in named]
    awaited = {pk for pk, public_id in gone if public_id in promised}
    over = [pk for pk, _ in gone if pk not in awaited]
    method.points.filter(pk__in=over).update(is_active=False, gone_at=clock.now())
    report.closed, report.awaited = len(over), len(awaited)
