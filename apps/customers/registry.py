"""What other apps do when two customers turn out to be one, ask for their data, or want to be forgotten.

Apps above register their part in `AppConfig.ready`; this app never knows their names.
"""

from collections.abc import Callable
from typing import Any

from .models import Customer

Merge = Callable[[Customer, Customer], Any]
Unmerge = Callable[[Customer, Customer, Any], None]
Export = Callable[[Customer], Any]
Erase = Callable[[Customer], None]
Keep = Callable[[Customer], bool]


class StillNeeded(Exception):
    """The person cannot be forgotten yet; `what` names the unfinished thing that needs them."""

    def __init__(self, what: str) -> None:
        super().__init__(f"still needed for {what}")
        self.what = what


_merges: dict[str, tuple[Merge, Unmerge]] = {}
_exports: dict[str, Export] = {}
_erasures: list[Erase] = []
_keepers: dict[str, Keep] = {}


def on_merge(name: str, part: Merge, undo: Unmerge) -> None:
    """`part(source, target)` runs inside the merge's transaction, both customers locked.

    What it returns is plain JSON data, kept under `name`; `undo(source, target, data)` gets it when the two turn out
    to be two after all, in a transaction of its own, with identities and addresses back already.
    """
    _merges[name] = (part, undo)


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


def on_keep(name: str, part: Keep) -> None:
    """`part(customer)` says whether something of theirs is kept there that nobody else may see; `name` is the merge's."""
    _keepers[name] = part


def holds_anything(customer: Customer) -> bool:
    """Whether there is anything of this person's own beside what was said: how to reach them, where they live, goods."""
    if customer.email or customer.phone or customer.addresses.exists():
        return True
    return any(part(customer) for part in _keepers.values())


def parts_that_keep_nothing() -> set[str]:
    """The names of what is merged and does not say whether it keeps anything."""
    return _merges.keys() - _keepers.keys()


def run_merges(source: Customer, target: Customer) -> dict[str, Any]:
    return {name: part(source, target) for name, (part, _undo) in _merges.items()}


def run_unmerges(source: Customer, target: Customer, moved: dict[str, Any]) -> None:
    for name, (_part, undo) in _merges.items():
        undo(source, target, moved.get(name))


def run_exports(customer: Customer) -> dict[str, Any]:
    return {name: part(customer) for name, part in _exports.items()}


def run_erasures(customer: Customer) -> None:
    for part in _erasures:
        part(customer)
