"""One command asks every app whether its books are in order."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from apps.merchants import invariants
from apps.merchants.models import Location, Merchant
from tests import factories


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    checks: dict[str, Any] = {}
    monkeypatch.setattr(invariants, "_checks", checks)
    return checks


def _asked() -> tuple[int, Any]:
    out = StringIO()
    try:
        call_command("check_invariants", "--json", stdout=out)
    except SystemExit as end:
        return int(str(end.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_books_in_order(registry: dict[str, Any]) -> None:
    invariants.register("stock adds up", list)
    assert _asked() == (0, [{"name": "stock adds up", "ok": True, "count": 0, "examples": []}])


def test_a_breach_ends_with_one_and_a_few_examples(registry: dict[str, Any]) -> None:
    invariants.register("b", list)
    invariants.register("a", lambda: [f"row {n}" for n in range(7)])
    assert _asked() == (
        1,
        [
            {"name": "a", "ok": False, "count": 7, "examples": ["row 0", "row 1", "row 2", "row 3", "row 4"]},
            {"name": "b", "ok": True, "count": 0, "examples": []},
        ],
    )


def test_what_cannot_be_checked_is_a_breach(registry: dict[str, Any]) -> None:
    def broken() -> list[str]:
        raise ZeroDivisionError("no rows")

    invariants.register("a", broken)
    code, (finding,) = _asked()
    assert (code, finding["examples"]) == (1, ["could not be checked: ZeroDivisionError: no rows"])


def test_checks_see_every_merchant(registry: dict[str, Any], merchant: Merchant, other_merchant: Merchant) -> None:
    factories.location(merchant, "A")
    factories.location(other_merchant, "B")
    invariants.register("a", lambda: sorted(Location.objects.values_list("name", flat=True)))
    assert invariants.run_all()[0]["examples"] == ["A", "B"]


def test_two_checks_of_one_name_are_refused(registry: dict[str, Any]) -> None:
    invariants.register("a", list)
    with pytest.raises(ValueError, match="two invariants"):
        invariants.register("a", lambda: ["other"])


@pytest.mark.django_db
def test_the_real_checks_hold_on_an_empty_shop(merchant: Merchant) -> None:
    code, findings = _asked()
    assert code == 0
    assert [finding for finding in findings if not finding["ok"]] == []
