"""Who moves money starts here; orders never asks for any."""

from apps.orders.actions import NotCancellable

from ..errors import (
    AmountChanged,
    CannotRefund,
    ExchangeOpen,
    GiftCardUsed,
    MoreThanLeft,
    NameOfPart,
    NothingReserved,
    NothingToRefund,
    NotTaken,
    RefundKnown,
)
from .again import retry_refund
from .capture import reserved_of, send_captures, take_reserved, take_shipped
from .cards import CardGone, forget_card, kept_cards, may_keep_cards, remove_forgotten, usable_cards
from .charge import pay_with_card
from .check import check_payment, finalise
from .credit import ReasonMissing, grant_credit, is_credit_known
from .exchange import (
    BY_SHOP,
    CannotExchange,
    Swap,
    ask_exchange,
    cancel_return,
    decline_return,
    send_replacement,
    swap_for,
)
from .free import place_free
from .gift_card import (
    CardIsSo,
    CardKnown,
    GiftCardEmpty,
    GiftCardForeign,
    GiftCardLocked,
    GiftCardOver,
    GiftCardRefused,
    GiftCardUnknown,
    OverAlready,
    TooManyCards,
    WorthNothing,
    block_gift_card,
    cards_of,
    drop_tenders,
    find_gift_card,
    issue_gift_card,
    use_credit,
    use_gift_card,
)
from .promise import left_to_refund
from .reconcile import reconcile
from .refund import cancel_order, refund_lines, refund_order, refund_to_credit
from .returned import money_for, refund_return, refunds_of
from .send import send_refunds
from .sold_card import code_for, may_undo, sold_to
from .start import end_stale_links, pay_url, start_checkout
from .tender import hold_tenders, release_tenders
from .till import hand_back, take_at_till

__all__ = [
    "BY_SHOP",
    "AmountChanged",
    "CannotExchange",
    "CannotRefund",
    "CardGone",
    "CardIsSo",
    "CardKnown",
    "ExchangeOpen",
    "GiftCardEmpty",
    "GiftCardForeign",
    "GiftCardLocked",
    "GiftCardOver",
    "GiftCardRefused",
    "GiftCardUnknown",
    "GiftCardUsed",
    "MoreThanLeft",
    "NameOfPart",
    "NotCancellable",
    "NotTaken",
    "NothingReserved",
    "NothingToRefund",
    "OverAlready",
    "ReasonMissing",
    "RefundKnown",
    "Swap",
    "TooManyCards",
    "WorthNothing",
    "ask_exchange",
    "block_gift_card",
    "cancel_order",
    "cancel_return",
    "cards_of",
    "check_payment",
    "code_for",
    "decline_return",
    "drop_tenders",
    "end_stale_links",
    "finalise",
    "find_gift_card",
    "forget_card",
    "grant_credit",
    "hand_back",
    "hold_tenders",
    "is_credit_known",
    "issue_gift_card",
    "kept_cards",
    "left_to_refund",
    "may_keep_cards",
    "may_undo",
    "money_for",
    "pay_url",
    "pay_with_card",
    "place_free",
    "reconcile",
    "refund_lines",
    "refund_order",
    "refund_return",
    "refund_to_credit",
    "refunds_of",
    "release_tenders",
    "remove_forgotten",
    "reserved_of",
    "retry_refund",
    "send_captures",
    "send_refunds",
    "send_replacement",
    "sold_to",
    "start_checkout",
    "swap_for",
    "take_at_till",
    "take_reserved",
    "take_shipped",
    "usable_cards",
    "use_credit",
    "use_gift_card",
]
