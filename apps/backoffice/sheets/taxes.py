"""Tax rates, known by their place, what is taxed and whose part it is."""

from collections.abc import Hashable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy

from apps.carts.models import TaxRate
from apps.carts.places import plain_postcode
from apps.merchants.models import Merchant

from .cells import Amount, Number, YesNo
from .rows import RowSheet
from .sheet import Column, in_languages
from .taking import Take

KEY = ("country", "region", "postcode", "category", "part")


class TaxSheet(RowSheet):
    name = "taxes"
    about = gettext_lazy(
        "A row for each rate: of a country, a region of it or where postcodes begin alike, and of a tax category. A rate"
        " that is not in the file stays."
    )
    model = TaxRate
    needed = ("country", "category")

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        return (
            *(Column(name, is_key=True) for name in KEY),
            Column("percent", Number(), is_needed=True),
            Column("taxed_from", Amount()),
            Column("is_inclusive", YesNo()),
            *in_languages(merchant, "name"),
        )

    def key(self, cells: dict[str, str]) -> Hashable:
        country, region, postcode, category, part = (cells.get(name, "") for name in KEY)
        return country.upper(), region.upper(), plain_postcode(postcode), category or "standard", part

    def known(self, take: Take, keys: set[Any]) -> dict[Hashable, Any]:
        places = {(country, category) for country, _region, _postcode, category, _part in keys}
        asked = reduce(or_, (Q(country=country, category=category) for country, category in places), Q(pk__in=()))
        return {tuple(getattr(row, name) for name in KEY): row for row in TaxRate.objects.filter(asked)}

    def fresh(self, take: Take, key: Any) -> TaxRate:
        return TaxRate(merchant=take.merchant, **dict(zip(KEY, key, strict=True)))
