"""Truths that must hold whatever happened. Each app registers its own in `AppConfig.ready`; one command asks all."""

from collections.abc import Callable
from typing import TypedDict

from django_scopes import scopes_disabled

SHOWN_EXAMPLES = 5

_checks: dict[str, Callable[[], list[str]]] = {}


class Finding(TypedDict):
    name: str
    ok: bool
    count: int  # how many breaches
    examples: list[str]  # at most five of them


def register(name: str, check: Callable[[], list[str]]) -> None:
    """`check` returns one sentence per breach, over all merchants; none means the truth holds.

    Raises `ValueError` when another check has that name.
    """
    if _checks.get(name, check) is not check:
        raise ValueError(f"two invariants are called {name}")
    _checks[name] = check


def run_all() -> list[Finding]:
    """Every check, in the order of names. A check that raises is a breach: we do not know that it holds."""
    with scopes_disabled():
        return [_run(name, _checks[name]) for name in sorted(_checks)]


def _run(name: str, check: Callable[[], list[str]]) -> Finding:
    try:
        breaches = check()
    except Exception as error:  # reported as a breach, with its reason
        breaches = [f"could not be checked: {type(error).__name__}: {error}"]
    return Finding(name=name, ok=not breaches, count=len(breaches), examples=breaches[:SHOWN_EXAMPLES])
