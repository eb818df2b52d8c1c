"""Who must know, in the same transaction, that a cart's contents are about to change; who says what groups a shopper is in,
what else lies beside its goods, by what name a cart's own draft has taken things, and what order the cart has become.
"""

from collections.abc import Callable, Iterable

from .models import Cart

_before_change: list[Callable[[Cart], None]] = []
_drafts: list[Callable[[Cart], str]] = []
_orders: list[Callable[[Cart], str]] = []
_pours: list[tuple[Callable[[Cart, Cart], None], Callable[[Cart, Cart], None]]] = []
_groups: list[Callable[[Cart], Iterable[str]]] = []


def on_change(function: Callable[[Cart], None]) -> None:
    """Register in `AppConfig.ready`. Called with the locked cart before each change of what it would cost or hold."""
    if function not in _before_change:
        _before_change.append(function)


def before_change(cart: Cart) -> None:
    """Tell them all; an exception of one stops the change."""
    for function in _before_change:
        function(cart)


def on_draft(function: Callable[[Cart], str]) -> None:
    """Register in `AppConfig.ready`. Names what the cart's draft order takes things for; "" where there is none."""
    if function not in _drafts:
        _drafts.append(function)


def drafts_of(cart: Cart) -> set[str]:
    return {name for function in _drafts if (name := function(cart))}


def on_pour(pour: Callable[[Cart, Cart], None], take_out: Callable[[Cart, Cart], None]) -> None:
    """Register in `AppConfig.ready` what lies beside a cart's goods: `pour(source, target)` is called with both locked when
    one is emptied into the other, `take_out(source, target)` when they are two again."""
    if (pour, take_out) not in _pours:
        _pours.append((pour, take_out))


def pour_beside(source: Cart, target: Cart) -> None:
    for pour, _take_out in _pours:
        pour(source, target)


def take_out_beside(source: Cart, target: Cart) -> None:
    for _pour, take_out in _pours:
        take_out(source, target)


def on_order(function: Callable[[Cart], str]) -> None:
    """Register in `AppConfig.ready`. Names the order the cart has become, paid or still to be paid; "" where none is."""
    if function not in _orders:
        _orders.append(function)


def order_of(cart: Cart) -> str:
    """An opaque name; "" for a cart nobody has ordered, or whose order came to nothing."""
    return next((name for function in _orders if (name := function(cart))), "")


def on_groups(function: Callable[[Cart], Iterable[str]]) -> None:
    """Register in `AppConfig.ready`. Names the groups the cart's shopper is in; asked where an offer is for one."""
    if function not in _groups:
        _groups.append(function)


def groups_of(cart: Cart) -> frozenset[str]:
    return frozenset(name for function in _groups for name in function(cart))
