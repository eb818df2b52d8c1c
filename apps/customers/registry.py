"""What other apps do when two customers turn out to be one, ask for their data, or want to be forgotten.

Apps above register their part in `AppConfig.ready`; this app never knows their names.
"""

from collections.abc import Callable
from typing import Any

from .models import Customer

Merge = Callable[[Customer, Customer], None]
Export = Callable[[Customer], Any]
Erase = Callable[[Customer], None]


class StillNeeded(Exception):
    """The person cannot be forgotten yet; `what` names the unfinished thing that needs them."""

    def __init__(self, what: str) -> None:
        super().__init__(f"still needed for {what}")
        self.what = what


_merges: list[Merge] = []
_exports: dict[str, Export] = {}
_erasures: list[Erase] = []


def on_merge(part: Merge) -> Merge:
    """`part(source, target)` runs inside the merge's transaction, both customers locked."""
    if part not in _merges:
        _merges.append(part)
    return part


def on_export(name: str, part: Export) -> Export:
    """`part(customer)` returns plain JSON data that appears under `name`."""
    _exports[name] = part
    return part


def on_erase(part: Erase) -> Erase:
    """`part(customer)` runs inside the erasure's transaction, the customer locked and their identities still named.

    It may refuse with `StillNeeded`, and then nothing is erased.
    """
    if part not in _erasures:
        _erasures.append(part)
    return part


def run_merges(source: Customer, target: Customer) -> None:
    for part in _merges:
        part(source, target)


def run_exports(customer: Customer) -> dict[str, Any]:
    return {name: part(customer) for name, part in _exports.items()}


def run_erasures(customer: Customer) -> None:
    for part in _erasures:
        part(customer)
