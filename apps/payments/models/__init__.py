"""Money: accounts, attempts and what providers told of them, captures, refunds; gift cards and kept cards."""

from .accounts import PaymentAccount, WebhookEvent
from .attempts import Payment, PaymentEvent
from .captures import Capture
from .cards import CardRemoval, Payer, SavedCard
from .gift_cards import CartTender, GiftCard, GiftCardGuess
from .refunds import Refund, RefundLine, TaxEntry

__all__ = [
    "Capture",
    "CardRemoval",
    "CartTender",
    "GiftCard",
    "GiftCardGuess",
    "Payer",
    "Payment",
    "PaymentAccount",
    "PaymentEvent",
    "Refund",
    "RefundLine",
    "SavedCard",
    "TaxEntry",
    "WebhookEvent",
]
