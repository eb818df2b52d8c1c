"""A day of the year as people write it, in four languages: "3 May", "3. Mai", "el 3 de mayo", "5月3日", "03/05"."""

import calendar
import re

from .text import fold

_MONTHS = (
    "january januar enero jan ene",
    "february februar febrero feb",
    "march marz maerz marzo mar mrz",
    "april abril apr abr",
    "may mai mayo",
    "june juni junio jun",
    "july juli julio jul",
    "august agosto aug ago",
    "september septiembre setiembre sep sept",
    "october oktober octubre oct okt",
    "november noviembre nov",
    "december dezember diciembre dec dez dic",
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_NAME = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY_FIRST = re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[. ]*(?:of |de |den )?({_NAME})\b")
_MONTH_FIRST = re.compile(rf"\b({_NAME})[. ]*(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?!\d)")
_HAN = re.compile(r"(\d{1,2})月(\d{1,2})")
_ISO = re.compile(r"(?<!\d)\d{4}-(\d{1,2})-(\d{1,2})(?!\d)")
_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})[./-](\d{1,2})(?!\d)")
LEAP = 2024


def day_of_year(text: str) -> tuple[int, int] | None:
    """(month, day), or None. Two plain numbers are day and month unless only the other order makes a date."""
    said = fold(text)
    if found := _HAN.search(said) or _ISO.search(said):
        return _checked(int(found[1]), int(found[2]))
    if found := _DAY_FIRST.search(said):
        return _checked(MONTHS[found[2]], int(found[1]))
    if found := _MONTH_FIRST.search(said):
        return _checked(MONTHS[found[1]], int(found[2]))
    if found := _NUMBERS.search(said):
        first, second = int(found[1]), int(found[2])
        return _checked(second, first) or _checked(first, second)
    return None


def _checked(month: int, day: int) -> tuple[int, int] | None:
    if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(LEAP, month)[1]:
        return month, day
    return None
