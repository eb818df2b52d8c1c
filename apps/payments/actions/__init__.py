"""Who moves money starts here; orders never asks for any."""

from .check import check_payment, finalise
from .free import place_free
from .reconcile import reconcile
from .refund import (
    AmountChanged,
    CannotRefund,
    MoreThanLeft,
    NotCancellable,
    NothingToRefund,
    RefundKnown,
    cancel_order,
    left_to_refund,
    refund_lines,
    refund_order,
    send_refunds,
)
from .start import end_stale_links, pay_url, start_checkout

__all__ = [
    "AmountChanged",
    "CannotRefund",
    "MoreThanLeft",
    "NotCancellable",
    "NothingToRefund",
    "RefundKnown",
    "cancel_order",
    "check_payment",
    "end_stale_links",
    "finalise",
    "left_to_refund",
    "pay_url",
    "place_free",
    "reconcile",
    "refund_lines",
    "refund_order",
    "send_refunds",
    "start_checkout",
]
