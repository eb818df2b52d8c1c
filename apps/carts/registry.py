"""Who must know, in the same transaction, that a cart's contents are about to change."""

from collections.abc import Callable

from .models import Cart

_before_change: list[Callable[[Cart], None]] = []


def on_change(function: Callable[[Cart], None]) -> None:
    """Register in `AppConfig.ready`. Called with the locked cart before each change of what it would cost or hold."""
    if function not in _before_change:
        _before_change.append(function)


def before_change(cart: Cart) -> None:
    """Tell them all; an exception of one stops the change."""
    for function in _before_change:
        function(cart)
