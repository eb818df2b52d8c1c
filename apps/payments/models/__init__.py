"""Money: accounts, attempts and what providers told of them, refunds and disputes; gift cards and kept cards."""

from .accounts import PaymentAccount, WebhookEvent
from .attempts import Payment, PaymentEvent
from .cards import CardRemoval, Payer, SavedCard
from .disputes import Dispute
from .gift_cards import CartTender, GiftCard, GiftCardGuess
from .refunds import Refund, RefundLine, TaxEntry

__all__ = [
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
