"""Money: accounts, attempts and what providers told of them, captures, refunds and disputes; gift cards and kept cards."""

from .accounts import PaymentAccount, WebhookEvent
from .attempts import Payment, PaymentEvent
from .bills import Bill
from .captures import Capture
from .cards import CardRemoval, Payer, SavedCard
from .disputes import Dispute
from .gift_cards import CartTender, GiftCard, GiftCardGuess
from .refunds import Refund, RefundLine, TaxEntry

__all__ = [
    "Bill",
    "Capture",
    "CardRemoval",
    "CartTender",
    "Dispute",
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
