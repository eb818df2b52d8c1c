"""Who did it: a colleague by name, or a program of the shop's by what its token is called."""

from typing import Any, TypeVar

from django.db.models import Case, CharField, Model, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Concat
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.merchants.models import ApiToken

Row = TypeVar("Row", bound=Model)
PROGRAM = _("API token %s")


def with_programs(rows: "QuerySet[Row]", column: str = "reference", *, where: Q | None = None) -> "QuerySet[Row]":
    """Each with the name of the `program` that its `column` names, "" for none; looked for only `where` so."""
    named = Concat(Value(ApiToken.REFERENCE), Cast("pk", CharField()))
    tokens = ApiToken.objects.alias(named=named).filter(named=OuterRef(column)).order_by().values("name")
    is_program = Q(**{f"{column}__startswith": ApiToken.REFERENCE}) & (where or Q())
    return rows.annotate(program=Case(When(is_program, then=Subquery(tokens[:1])), default=Value("")))


def doer_in_words(row: Any, person: Any) -> str:
    """Of a row `with_programs`: the person, else the program, else nothing. A token that is gone has no name."""
    if person is not None or row.program == "":
        return str(person or "")
    return str(PROGRAM) % (row.program or "–")


def token_names(references: set[str]) -> dict[str, str]:
    """Of the references that name a program, each in words. One query, none without such a reference."""
    numbers = [reference.removeprefix(ApiToken.REFERENCE) for reference in references]
    wanted = [int(each) for each in numbers if each.isdecimal()]
    if not wanted:
        return {}
    tokens = ApiToken.objects.filter(pk__in=wanted)
    return {token.reference: str(PROGRAM) % token.name for token in tokens}


class DoneBy:
    """Mixed into pages of rows that have an `actor`: a column that knows programs, too."""

    @display(description=_("done by"))
    def done_by(self, row: Any) -> str:
        return doer_in_words(row, row.actor)
