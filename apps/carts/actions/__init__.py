"""What can be done with a cart. Every change locks it, so that two channels cannot disagree about it."""

from .goods import (
    MAX_LINES,
    MAX_QUANTITY,
    add_to_cart,
    empty_cart,
    put_back,
    remove_from_cart,
    set_quantity,
    top_up,
)
from .lapsing import lapse_carts, lapsed_cart, take_back
from .locking import become, editable, lock_cart, open_cart, touched
from .pouring import MAX_CODES, close_cart, merge_carts, reopen_cart
from .terms import delivery_options, move_cart, see_prices, set_delivery, set_gift, set_home

__all__ = [
    "MAX_CODES",
    "MAX_LINES",
    "MAX_QUANTITY",
    "add_to_cart",
    "become",
    "close_cart",
    "delivery_options",
    "editable",
    "empty_cart",
    "lapse_carts",
    "lapsed_cart",
    "lock_cart",
    "merge_carts",
    "move_cart",
    "open_cart",
    "put_back",
    "remove_from_cart",
    "reopen_cart",
    "see_prices",
    "set_delivery",
    "set_gift",
    "set_home",
    "set_quantity",
    "take_back",
    "top_up",
    "touched",
]
