"""The places of an approved wording: counted, filled, and found out where they are wrong."""

import ast
from pathlib import Path

import pytest
from django.utils.translation import override

from apps.messaging.purposes import PURPOSES, count_for, samples_for
from apps.messaging.wordings import filled, fits, places_in, problems

NOTIFICATIONS = Path(__file__).resolve().parents[2] / "apps/notifications"


def test_places_are_counted_once_each() -> None:
    assert places_in("{{2}} and {{1}} and {{ 1 }}") == [1, 2]


def test_values_go_where_their_numbers_stand() -> None:
    assert filled("Order {{1}} by {{2}}, {{1}}!", ("K7", "DHL")) == "Order K7 by DHL, K7!"
    assert filled("Order {{1}} by {{2}} {{0}}.", ("{{2}}",)) == "Order {{2}} by {{2}} {{0}}."


@pytest.mark.parametrize(
    ("body", "count", "said"),
    [
        ("Order {{1}} by {{2}}.", 2, True),
        ("Order {{1}} by {{1}}.", 1, True),
        ("Thank you.", 0, True),
        ("Order {{1}}.", 2, False),
        ("Order {{1}} by {{3}}.", 2, False),
        ("Order {{1}} for {{name}}.", 1, False),
        ("Order {{0}}.", 1, False),
    ],
)
def test_a_wording_fits_only_its_number_of_values(body: str, count: int, said: bool) -> None:
    assert fits(body, count) is said


@pytest.mark.parametrize(
    ("body", "count", "said"),
    [
        ("Order {{1}} is on its way.", 1, []),
        ("Order {{1}} is on its way.", None, []),
        (
            "Order {{1}} is on its way.",
            3,
            ["There are 3 values for this purpose, but the wording has places for 1."],
        ),
        ("Order {{2}} is here.", 1, ["Number the places from {{1}} on, without a gap: {{2}}"]),
        ("Dear {{name}}, hello.", 0, ["Places have numbers: {{1}}, not {{name}}."]),
        (
            "{{1}} is on its way with {{2}}",
            2,
            ["A wording may neither begin nor end with a place: put a word or a full stop there."],
        ),
        ("Order {{1}} {{2}} here.", 2, ["Two places may not stand side by side: put words between them."]),
        ("x" * 1025, 0, ["1025 characters; the platform takes 1024."]),
    ],
)
def test_what_is_wrong_with_a_wording_is_said(body: str, count: int | None, said: list[str]) -> None:
    assert problems(body, count) == said


@pytest.mark.parametrize("language", ["en", "de", "es", "zh-hans"])
def test_every_purpose_has_a_sample_for_each_value(language: str) -> None:
    with override(language):
        for name, purpose in PURPOSES.items():
            given = samples_for(name)
            assert (len(given), all(given)) == (count_for(name), True)
            assert str(purpose.label)


def said_by(module: str) -> list[tuple[str, int]]:
    """(purpose, how many values) for each call in this module that names both."""
    found = []
    for call in ast.walk(ast.parse((NOTIFICATIONS / module).read_text())):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        strings = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        given = {each.arg: each.value for each in call.keywords}
        values = given.get("variables")
        if call.func.id == "_update" and strings and isinstance(values, ast.Tuple):
            found.append((f"order_{strings[0]}", len(values.elts)))
        elif call.func.id == "Said" and strings:
            last = call.args[-1]
            found.append((strings[-1], len(last.elts) if isinstance(last, ast.Tuple) else 0))
    return found


def test_who_speaks_gives_as_many_values_as_the_purpose_says() -> None:
    """Where a state has two shapes, the second has a purpose of its own."""
    orders, points = said_by("order_words.py"), said_by("loyalty_news.py")
    assert len(orders) > 10
    assert len(points) > 5
    own = {("order_refunded", 1)}  # it goes out as order_refund_waiting
    assert [(name, count) for name, count in [*orders, *points] if count_for(name) != count] == sorted(own)


def test_each_state_of_a_return_has_a_purpose() -> None:
    states = {
        call.args[1].value
        for call in ast.walk(ast.parse((NOTIFICATIONS / "return_words.py").read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "_update"
        and isinstance(call.args[1], ast.Constant)
    }
    assert len(states) > 8
    assert {f"return_{state}" for state in states} - set(PURPOSES) == set()
