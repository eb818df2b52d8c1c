"""Cells that name products, categories or collections by their short names in links, with commas between."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from .cells import Words
from .taking import Take, WrongColumn

SLUGS = Words(r"[-\w]{1,200}", "blue-mug, red-mug", is_sorted=True)


def slugs_of(rows: str) -> Callable[[Any], list[str]]:
    """What a cell says of these related rows, in one order whatever the database gives."""
    return lambda row: sorted(one.slug for one in getattr(row, rows).all()) if row.pk else []


def by_slug(take: Take, model: type[Model], column: str, slugs: Iterable[str]) -> list[Any]:
    """The rows of these names, in this order; each name is looked up once in a file. Raises `WrongColumn`."""
    known = take.once(model, dict)
    wanted = list(slugs)
    missing = [slug for slug in wanted if slug not in known]
    if missing:
        found: Iterable[Any] = model._default_manager.filter(slug__in=missing)
        known |= {row.slug: row for row in found}
    if unknown := next((slug for slug in wanted if slug not in known), ""):
        told = {"what": model._meta.verbose_name, "name": unknown[:60]}
        raise WrongColumn(column, _("%(what)s “%(name)s”: there is none in this shop.") % told)
    return [known[slug] for slug in wanted]
