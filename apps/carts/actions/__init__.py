"""What can be done with a cart. Every change locks it, so that two channels cannot disagree about it."""

from .goods import (
    MAX_LINES,
    MAX_QUANTITY,
    add_to_cart,
    empty_cart,
    remove_from_cart,
    set_quantity,
    top_up,
)
from .locking import editable, lock_cart, open_cart, touched
from .pouring import MAX_CODES, close_cart, merge_carts, reopen_cart
from .terms import delivery_options, move_cart, see_prices, set_delivery, set_gift, set_home

__all__ = [
    "MAX_CODES",
    "MAX_LINES",
    "MAX_QUANTITY",
    "add_to_cart",
    "close_cart",
    "delivery_options",
    "editable",
    "empty_cart",
    "lock_cart",
    "merge_carts",
    "move_cart",
    "open_cart",
    "remove_from_cart",
    "reopen_cart",
    "see_prices",
    "set_delivery",
    "set_gift",
    "set_home",
    "set_quantity",
    "top_up",
    "touched",
]
