"""What can be done with orders."""

from apps.catalog.stock import OutOfStock

from ..errors import (
    CartEmpty,
    CartIncomplete,
    NotCancellable,
    NotDeliverable,
    NotNow,
    NotShippable,
    ParcelKnown,
    QuoteChanged,
    TooMany,
)
from .cancel import call_off, drop_lines, expire_orders, give_back_after_refund, void_draft
from .find import find_order, find_orders
from .parcels import Goods, Parcels, parcels_of
from .prepare import HOLD_FOR_LINK, HOLD_FOR_SUMMARY, hold_for_summary, keep_holds, prepare_order
from .ship import deliver_order, record_tracking, ship_order
from .timeline import TimelineStep, order_timeline

__all__ = [
    "HOLD_FOR_LINK",
    "HOLD_FOR_SUMMARY",
    "CartEmpty",
    "CartIncomplete",
    "Goods",
    "NotCancellable",
    "NotDeliverable",
    "NotNow",
    "NotShippable",
    "OutOfStock",
    "ParcelKnown",
    "Parcels",
    "QuoteChanged",
    "TimelineStep",
    "TooMany",
    "call_off",
    "deliver_order",
    "drop_lines",
    "expire_orders",
    "find_order",
    "find_orders",
    "give_back_after_refund",
    "hold_for_summary",
    "keep_holds",
    "order_timeline",
    "parcels_of",
    "prepare_order",
    "record_tracking",
    "ship_order",
    "void_draft",
]
