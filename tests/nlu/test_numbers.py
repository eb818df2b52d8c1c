"""Numbers in what people write."""

import pytest

from apps.nlu.numbers import counts_no_pieces


@pytest.mark.parametrize(
    ("said", "is_none"),
    [
        ("add -3 mugs", True),
        ("lege 2,5 Becher dazu", True),
        ("pon 0 tazas", True),
        ("add ½ mug", True),
        ("add 2 mugs", False),
        ("add 1,000 mugs", False),
        ("buy 0.5 l bottle", False),
        ("add 1.5 V battery", False),
        ("kauf 27,5 Zoll Reifen", False),
        ("get ¾ sleeve shirt", False),
        ("get 3/4 sleeve shirt", False),
        ("add 0 sugar cola", False),
    ],
)
def test_numbers_that_count_no_pieces_are_told_from_sizes(said: str, is_none: bool) -> None:
    assert counts_no_pieces(said) is is_none
