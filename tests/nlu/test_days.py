"""A day of the year, as people write it."""

import pytest

from apps.nlu.days import day_of_year


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("3 May", (5, 3)), ("May 3rd", (5, 3)), ("it's the 21st of december 1990", (12, 21)), ("3. Mai", (5, 3)),
        ("am 1. März", (3, 1)), ("24.12.", (12, 24)), ("24.12.1985", (12, 24)), ("el 3 de mayo", (5, 3)),
        ("15 de enero de 1990", (1, 15)), ("5月3日", (5, 3)), ("我的生日是12月24号", (12, 24)), ("1990-05-03", (5, 3)),
        ("03/05", (5, 3)), ("05/23", (5, 23)), ("29 February", (2, 29)), ("30 February", None), ("31.4.", None),
        ("soon", None), ("", None), ("13/13", None), ("3", None), ("in may", None),
    ],
)  # fmt: skip
def test_days_are_read(text: str, day: tuple[int, int] | None) -> None:
    assert day_of_year(text) == day
