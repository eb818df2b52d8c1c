"""What the entries of a member come to: lots by replay. Pure; it reads nothing and writes nothing.

Credits open lots, which wait until they are available; debits take from the lot that expires first; what no lot
covers is a debt, and the next points pay it.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from .models import PointsEntry

Kind = PointsEntry.Kind
CREDITS = frozenset({Kind.EARN, Kind.MANUAL, Kind.REDEEM_ROLLBACK})


@dataclass(slots=True)
class Lot:
    """Points that came together. `root` is the entry they were first given with, whatever happened to them since."""

    key: str  # of what expires: once per lot
    root: int
    points: int
    available_at: dt.datetime
    expires_at: dt.datetime | None
    is_pending: bool = False


class Book:
    """Replays entries in the order they were written. `balance` may be below zero: then there is a debt."""

    def __init__(self, entries: Iterable[PointsEntry] = ()) -> None:
        self.lots: list[Lot] = []
        self.debt = 0
        self.counts: dict[int, int] = defaultdict(int)  # by root: what is left of what counted
        self.taken: dict[int, int] = defaultdict(int)  # by root: points taken back
        self.backs: dict[int, int] = defaultdict(int)  # by root: entries that took or gave back
        self.credits: dict[int, PointsEntry] = {}
        self._spent: dict[str, list[Lot]] = {}  # by source of a redemption: what it took from where
        self._now: dt.datetime | None = None
        for entry in entries:
            self.write(entry)

    @property
    def balance(self) -> int:
        return sum(lot.points for lot in self.lots if not lot.is_pending) - self.debt

    @property
    def pending(self) -> int:
        return sum(lot.points for lot in self.lots if lot.is_pending)

    @property
    def lifetime(self) -> int:
        return sum(self.counts.values())

    def wait_until(self, moment: dt.datetime) -> None:
        """What has become available by then can be spent; a debt takes its part first."""
        self._now = moment if self._now is None else max(self._now, moment)
        for lot in self.lots:
            if lot.is_pending and lot.available_at <= self._now:
                lot.is_pending = False
                self._pay_debt(lot)

    def write(self, entry: PointsEntry) -> None:
        """One more entry; the clock never goes back, whoever wrote it was late at most."""
        self.wait_until(entry.created_at)
        root = entry.lot_id or entry.pk
        self.counts[root] += entry.counts
        if entry.kind == Kind.CLAWBACK or (entry.kind == Kind.EARN and entry.lot_id):
            self.backs[root] += 1
            self.taken[root] -= entry.points
        elif entry.points > 0 or entry.counts > 0:
            self.credits[entry.pk] = entry
        if entry.kind == Kind.REDEEM_ROLLBACK:
            self._roll_back(entry)
        elif entry.points > 0:
            self._open(Lot(str(entry.pk), root, entry.points, entry.available_at, entry.expires_at))
        elif entry.kind == Kind.EXPIRE:
            self._take(-entry.points, lambda lot: lot.key == entry.source)
        elif entry.points < 0:
            self._spend(entry, root)
        self.lots = [lot for lot in self.lots if lot.points]

    def expired(self, moment: dt.datetime) -> list[Lot]:
        """Lots whose time is up and that have something left."""
        return [
            lot for lot in self.lots if not lot.is_pending and lot.expires_at is not None and lot.expires_at <= moment
        ]

    def next_change(self) -> dt.datetime | None:
        """When something becomes available or expires next, if anything ever does."""
        due = [lot.available_at if lot.is_pending else lot.expires_at for lot in self.lots]
        return min((moment for moment in due if moment is not None), default=None)

    def within_reach(self, root: int) -> int:
        """What can be taken back of these points without a debt: theirs that wait, and all that can be spent."""
        waiting = sum(lot.points for lot in self.lots if lot.is_pending and lot.root == root)
        return waiting + max(0, self.balance)

    def standing(self) -> list[tuple[int, int, dt.datetime | None]]:
        """What is left, by what it was given with and until when; for comparing."""
        sums: dict[tuple[int, dt.datetime | None], int] = defaultdict(int)
        for lot in self.lots:
            sums[lot.root, lot.expires_at] += lot.points
        return sorted(
            ((root, points, expires) for (root, expires), points in sums.items() if points),
            key=lambda row: (row[0], row[1], str(row[2])),
        )

    def _open(self, lot: Lot) -> None:
        lot.is_pending = self._now is None or lot.available_at > self._now
        self.lots.append(lot)
        if not lot.is_pending:
            self._pay_debt(lot)

    def _pay_debt(self, lot: Lot) -> None:
        paid = min(self.debt, lot.points)
        self.debt -= paid
        lot.points -= paid

    def _spend(self, entry: PointsEntry, root: int) -> None:
        """Points taken back come from their own lot first, waiting or not; all others by the earliest expiry."""
        wanted = -entry.points
        if entry.lot_id:  # taken back, or changing hands
            wanted -= sum(piece.points for piece in self._take(wanted, lambda lot: lot.root == root))
        pieces = self._take(wanted, lambda lot: not lot.is_pending)
        self.debt += wanted - sum(piece.points for piece in pieces)
        if entry.kind == Kind.REDEEM:
            self._spent[entry.source] = pieces

    def _take(self, wanted: int, fits: Callable[[Lot], bool]) -> list[Lot]:
        """At most so many points from fitting lots, those that wait first, then by expiry and age."""
        pieces = []
        for lot in sorted((lot for lot in self.lots if lot.points and fits(lot)), key=_turn):
            got = min(wanted, lot.points)
            if not got:
                break
            lot.points -= got
            wanted -= got
            pieces.append(replace(lot, points=got))
        return pieces

    def _roll_back(self, entry: PointsEntry) -> None:
        """The points return to the lots they came from; where time ran out meanwhile, they get the entry's own."""
        if entry.source not in self._spent:  # it was spent before two accounts became one
            self._open(Lot(str(entry.pk), entry.pk, entry.points, entry.available_at, entry.expires_at))
        for place, piece in enumerate(self._spent.pop(entry.source, ())):
            is_over = piece.expires_at is not None and piece.expires_at <= entry.created_at
            expires = entry.expires_at if is_over else piece.expires_at
            self._open(Lot(f"{entry.pk}.{place}", piece.root, piece.points, entry.available_at, expires))


FAR = dt.datetime.max.replace(tzinfo=dt.UTC)


def _turn(lot: Lot) -> tuple[bool, dt.datetime, dt.datetime, str]:
    return (not lot.is_pending, lot.expires_at or FAR, lot.available_at, lot.key)


def months_later(moment: dt.datetime, months: int) -> dt.datetime:
    """The same day of a later (or earlier) month, its last day where it has no such day."""
    count = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(count, 12)
    first_of_next = dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (first_of_next - dt.timedelta(days=1)).day
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))
