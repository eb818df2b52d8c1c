"""The codes of promotions. A code that is out stays what it is; its limits and whether it counts may change."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.carts.models import Coupon, Promotion
from apps.carts.promotions.codes import tidy_code
from apps.catalog.row_files import Row
from apps.merchants.models import Merchant

from ..api.catalog import attribute
from .cells import Text, Whole, YesNo
from .rows import RowSheet
from .sheet import Column
from .taking import Take, WrongColumn

LIMIT = Whole(most=1_000_000_000, clears=True)


class CouponSheet(RowSheet):
    name = "codes"
    about = gettext_lazy(
        "A row for each code, with its promotion by the id that the export of promotions has, or by its name. A code that"
        " is not in the file stays; to end one, write no under “is_active”."
    )
    model = Coupon
    needed = ("code",)

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        return (
            Column("code", is_key=True),
            Column("promotion", Text(), is_needed=True, of=lambda code: code.promotion.public_id if code.pk else ""),
            Column("promotion_name", is_told=True, of=lambda code: code.promotion.name),
            Column("usage_limit", LIMIT),
            Column("limit_per_customer", LIMIT),
            Column("batch", Text()),
            Column("is_active", YesNo()),
            Column("used", Whole(), is_told=True, at="uses"),
        )

    def rows(self) -> QuerySet[Coupon]:
        found: QuerySet[Coupon] = Coupon.objects.select_related("promotion")
        return found

    def key(self, cells: dict[str, str]) -> Hashable:
        code = tidy_code(cells["code"])
        if not code:
            raise WrongColumn("code", _("This cannot be empty."))
        return code

    def find(self, take: Take, rows: Sequence[Row]) -> Iterator[tuple[Row, Any]]:
        """A promotion named by its name is the one the code has, where that is called so."""
        for (line, cells), row in super().find(take, rows):
            said = cells.get("promotion", "").casefold()
            is_its_name = row.pk is not None and said == row.promotion.name.casefold()
            yield (line, cells | {"promotion": row.promotion.public_id} if is_its_name else cells), row

    def known(self, take: Take, keys: set[Any]) -> dict[Hashable, Any]:
        return {row.code: row for row in self.rows().filter(code__in=keys)}

    def fresh(self, take: Take, key: Any) -> Coupon:
        return Coupon(merchant=take.merchant, code=key)

    def save(self, take: Take, row: Any, values: dict[Column, Any]) -> None:
        said = {column.name: value for column, value in values.items()}
        if "promotion" in said:
            promotion = take.once(("promotion", said["promotion"]), lambda: _promotion(take, said["promotion"]))
            if row.pk is not None and promotion != row.promotion:
                raise WrongColumn("promotion", _("A code that is out stays with its promotion."))
            row.promotion = promotion
        super().save(take, row, {column: value for column, value in values.items() if column.name != "promotion"})


def _promotion(take: Take, said: str) -> Promotion:
    """By its id, else by its name. Raises `WrongColumn`."""
    column = attribute("name", take.merchant.default_language)
    found = list(Promotion.objects.filter(Q(public_id=said) | Q(**{f"{column}__iexact": said}))[:2])
    if not found:
        raise WrongColumn("promotion", _("There is no promotion “%s” in this shop.") % said[:60])
    if len(found) > 1:
        raise WrongColumn("promotion", _("Several are called so: write the id, as the export has it."))
    return found[0]
