"""What can be done with orders."""

from apps.catalog.stock import OutOfStock

from ..errors import (
    CartEmpty,
    CartIncomplete,
    NotCancellable,
    NotDeliverable,
    NotNow,
    NotReturnable,
    NotShippable,
    ParcelKnown,
    QuoteChanged,
    ReturnMoved,
    TooMany,
)
from .again import Again, order_again
from .cancel import call_off, drop_lines, expire_orders, give_back_after_refund, void_draft
from .exchange import Price, draft_exchange, price_instead, reckon_exchange
from .find import find_order, find_orders, orders_to_pay
from .labels import label_again, postage_due, postage_for, record_return_tracking
from .parcels import Goods, Parcels, parcels_of
from .prepare import HOLD_FOR_LINK, HOLD_FOR_SUMMARY, hold_for_summary, keep_holds, prepare_order
from .returnable import Left, is_too_late, returnable
from .returns import (
    approve_return,
    ask_return,
    cancel_return,
    decline_return,
    receive_return,
    send_replacement,
)
from .ship import deliver_order, record_tracking, ship_order
from .timeline import TimelineStep, order_timeline

__all__ = [
    "HOLD_FOR_LINK",
    "HOLD_FOR_SUMMARY",
    "Again",
    "CartEmpty",
    "CartIncomplete",
    "Goods",
    "Left",
    "NotCancellable",
    "NotDeliverable",
    "NotNow",
    "NotReturnable",
    "NotShippable",
    "OutOfStock",
    "ParcelKnown",
    "Parcels",
    "Price",
    "QuoteChanged",
    "ReturnMoved",
    "TimelineStep",
    "TooMany",
    "approve_return",
    "ask_return",
    "call_off",
    "cancel_return",
    "decline_return",
    "deliver_order",
    "draft_exchange",
    "drop_lines",
    "expire_orders",
    "find_order",
    "find_orders",
    "give_back_after_refund",
    "hold_for_summary",
    "is_too_late",
    "keep_holds",
    "label_again",
    "order_again",
    "order_timeline",
    "orders_to_pay",
    "parcels_of",
    "postage_due",
    "postage_for",
    "prepare_order",
    "price_instead",
    "receive_return",
    "reckon_exchange",
    "record_return_tracking",
    "record_tracking",
    "returnable",
    "send_replacement",
    "ship_order",
    "void_draft",
]
