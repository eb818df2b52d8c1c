"""What is told once a change is true for all, and must not undo it when nobody can be told."""

from collections.abc import Callable
from typing import Any

from django.db import transaction


def after_commit(tell: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call it when the transaction has committed; what it raises is logged.

    Django logs the name of what failed, which a `partial` does not have: handed over itself, it would raise after all.
    """

    def then() -> None:
        tell(*args, **kwargs)

    then.__qualname__ = getattr(tell, "__qualname__", repr(tell))
    transaction.on_commit(then, robust=True)
