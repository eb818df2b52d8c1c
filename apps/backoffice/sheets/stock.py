"""Stock by place: taken away as it stands, brought back counted. What was not counted has an empty cell."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.catalog.models import StockLevel, Variant
from apps.catalog.row_files import Row
from apps.catalog.stocktake import Count, Why, book_counts
from apps.conversations.actions import mask_secrets
from apps.merchants.models import Location, Merchant

from .cells import Text, Whole
from .sheet import Column
from .taking import Take, TakenSheet

MOST_PIECES = 1_000_000
LONGEST_REASON = 120
COUNTS = "counts"  # in the memory of a file: (line, count) of every shelf
SENTENCES = {
    Why.MOVED: gettext_lazy("Pieces of it have moved since the file was taken. Count again."),
    Why.PROMISED: gettext_lazy("More than that is sold or held. Ship or cancel orders first."),
    Why.CODES: gettext_lazy("There are as many as free codes: bring codes to its pool instead."),
}


class StockSheet(TakenSheet):
    name = "stock"
    about = gettext_lazy(
        "A stock-take: write what you counted into “counted” and leave the rest empty. The difference is booked with your"
        " name. Where “on_hand” stands beside it and pieces have moved meanwhile, you are asked to count again."
    )
    needed = ("sku", "location", "counted")
    is_once = True
    once_for = dt.timedelta(days=1)  # the next stock-take may count the same

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        return (
            Column("sku", is_key=True, of=lambda level: level.variant.sku),
            Column("product", is_told=True, of=lambda level: level.variant.product.title),
            Column("location", is_key=True, of=lambda level: level.location.name),
            Column("on_hand", Whole()),
            Column("sold", Whole(), is_told=True, at="allocated"),
            Column("held", Whole(), is_told=True),
            Column("counted", Whole(most=MOST_PIECES), is_asked=True, at="on_hand"),
            Column("reason", Text(), is_asked=True, of=lambda level: ""),
        )

    def rows(self) -> QuerySet[StockLevel]:
        found: QuerySet[StockLevel] = StockLevel.objects.select_related("variant__product", "location")
        return found

    def called(self, row: Any) -> str:
        return f"{row.variant.sku} · {row.location.name}"

    def find(self, take: Take, rows: Sequence[Row]) -> Iterator[tuple[Row, Any]]:
        """A shelf that was not counted, or counted as the books say, has nothing more to say."""
        skus = [cells["sku"] for _line, cells in rows if cells["counted"]]
        found = Variant.objects.filter(sku__in=skus).select_related("product")
        variants = {variant.sku: variant for variant in found}
        levels = {(level.variant_id, level.location_id): level for level in self.rows().filter(variant__in=found)}
        for line, cells in rows:
            if not cells["counted"]:
                take.report.unchanged += 1
                continue
            variant, place = (
                self._variant(take, line, variants.get(cells["sku"]), cells),
                self._place(take, line, cells),
            )
            if variant and place and take.is_first(line, "sku", (variant.pk, place.pk)):
                level: Any = levels.get((variant.pk, place.pk))
                level = level or StockLevel(merchant=take.merchant, variant=variant, location=place)
                level.expected = level.on_hand if cells.get("on_hand") == str(level.on_hand) else None
                is_as_known = level.pk is not None and (cells["counted"].lstrip("0") or "0") == str(level.on_hand)
                yield (line, {} if is_as_known else cells), level

    def _variant(self, take: Take, line: int, variant: Variant | None, cells: dict[str, str]) -> Variant | None:
        if variant is None:
            take.wrong(line, "sku", _("There is no variant “%s” in this shop.") % cells["sku"][:64])
        elif not variant.is_tracked:
            take.wrong(line, "sku", _("Its pieces are not counted. Switch that on at the variant first."))
            return None
        return variant

    def _place(self, take: Take, line: int, cells: dict[str, str]) -> Location | None:
        known: list[Location] = take.once("places", lambda: list(Location.objects.all()))
        found = next((place for place in known if place.name.casefold() == cells["location"].casefold()), None)
        if found is None:
            names = ", ".join(place.name for place in known)
            take.wrong(line, "location", _("There is no such location. Write one of these: %s.") % names)
        return found

    def save(self, take: Take, row: Any, values: dict[Column, Any]) -> None:
        said = {column.name: value for column, value in values.items()}
        expected = said.get("on_hand", row.expected) if row.pk else None
        if row.pk is None:
            row.save()
        reason = mask_secrets(said.get("reason", ""))[:LONGEST_REASON] or "stocktake"
        count = Count(row.pk, said.get("counted", row.on_hand), expected, reason)
        take.memory.setdefault(COUNTS, []).append((take.line, count))

    def finish(self, take: Take) -> None:
        counts: list[tuple[int, Count]] = take.memory.get(COUNTS, [])
        lines = {count.level_id: line for line, count in counts}
        against = book_counts([count for _line, count in counts], actor=take.actor)
        for level, why in against.items():
            take.wrong(lines[level], "on_hand" if why == Why.MOVED else "counted", str(SENTENCES[why]))
