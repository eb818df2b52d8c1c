"""Who moves money starts here; orders never asks for any."""

from .check import check_payment, finalise
from .free import place_free
from .reconcile import reconcile
from .refund import NotCancellable, NothingToRefund, cancel_order, refund_order, send_refunds
from .start import end_stale_links, pay_url, start_checkout

__all__ = [
    "NotCancellable",
    "NothingToRefund",
    "cancel_order",
    "check_payment",
    "end_stale_links",
    "finalise",
    "pay_url",
    "place_free",
    "reconcile",
    "refund_order",
    "send_refunds",
    "start_checkout",
]
