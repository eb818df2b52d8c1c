"""What a person paid and got back, for their export; and the provider's events without what they say of the person.

A payment's own row names nobody, so it stays: the books need it.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast

from apps.customers.models import Customer
from apps.ledger.models import Account

from .accounts import ENVIRONMENT, asked_for
from .models import Dispute, GiftCard, GiftCardGuess, Payer, Payment, PaymentAccount, SavedCard, WebhookEvent
from .provider import WebhookMessage
from .tenders import CREDIT

# Which event it was and what it points to: enough to look the payment up again, and nothing of who paid.
POINTERS = frozenset({"id", "type", "object", "created", "livemode", "account", "data"})
POINTERS |= {"payment_intent", "metadata", "payment", "order"}


def kept_of(message: WebhookMessage) -> dict[str, Any]:
    """What is stored of an event: of one that is not about money (a customer, a kept card) the pointers only."""
    pointers: dict[str, Any] = message.payload if message.is_about_money else _pointers(message.payload)
    return pointers


def erase_events(customer: Customer) -> None:
    """Of every event about this person's payments and kept cards only the pointers stay; what waits can still be
    looked into."""
    for account, name in _names_of(customer):
        door = ENVIRONMENT if account.uses_environment else account.pk
        events = WebhookEvent.objects.filter(account_id=door).annotate(said=Cast("payload", TextField()))
        for event in events.filter(said__contains=f'"{name}"'):
            WebhookEvent.objects.filter(pk=event.pk).update(payload=_pointers(event.payload), error="")


def _names_of(customer: Customer) -> Iterator[tuple[PaymentAccount, str]]:
    """What the provider calls their payments, them, and their cards."""
    asked = Payment.objects.filter(order__customer=customer, account__isnull=False)
    for payment in asked.select_related("account"):
        for name in filter(None, (payment.public_id, payment.provider_session, payment.provider_payment)):
            yield asked_for(payment), name
    for payer in Payer.objects.filter(customer=customer).select_related("account"):
        cards = payer.cards.values_list("provider_method", flat=True)
        for name in filter(None, (payer.public_id, payer.provider_customer, *cards)):
            yield payer.account, name


def erase_guesses(customer: Customer) -> None:
    """Wrong codes they wrote. Credit and cards stay in the ledger, which names nobody."""
    GiftCardGuess.objects.filter(customer=customer).delete()


def erase_evidence(customer: Customer) -> None:
    """What was said of them to a bank, and what was to be said; that there was a dispute stays, it names nobody."""
    Dispute.objects.filter(payment__order__customer=customer).update(evidence={})


def export_credit(customer: Customer) -> list[dict[str, Any]]:
    """Store credit and how it moved, and the endings of the gift cards they used."""
    accounts = Account.objects.filter(kind=CREDIT, owner=f"customer:{customer.pk}").order_by("pk")
    told: list[dict[str, Any]] = [
        {
            "currency": account.currency,
            "balance": str(account.balance.amount),
            "movements": [
                {
                    "at": row.transfer.created_at.isoformat(),
                    "kind": row.transfer.kind,
                    "amount": str(row.amount.amount),
                    "reason": row.transfer.reason,
                }
                for row in account.postings.select_related("transfer").order_by("pk")
            ],
        }
        for account in accounts
    ]
    cards = GiftCard.objects.filter(carts__cart__customer=customer).distinct().order_by("pk")
    return told + [{"gift_card": card.ends} for card in cards]


def has_credit(customer: Customer) -> bool:
    """Whether there is money of theirs in the shop: credit, or a gift card whose code they wrote once."""
    credit = Account.objects.filter(kind=CREDIT, owner=f"customer:{customer.pk}", balance__gt=0)
    return bool(credit.exists() or GiftCard.objects.filter(carts__cart__customer=customer).exists())


def has_cards(customer: Customer) -> bool:
    """Whether a card of theirs is kept, to pay with once more."""
    return bool(SavedCard.objects.filter(payer__customer=customer).exists())


def _pointers(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _pointers(value) for key, value in part.items() if key in POINTERS}
    return None if isinstance(part, list) else part


def export_cards(customer: Customer) -> list[dict[str, Any]]:
    """The cards they let be kept: all we know of them."""
    return [
        {
            "brand": card.brand,
            "last4": card.last4,
            "expires": f"{card.exp_year}-{card.exp_month:02}",
            "kept_at": card.kept_at.isoformat(),
        }
        for card in SavedCard.objects.filter(payer__customer=customer).order_by("pk")
    ]


def export_payments(customer: Customer) -> list[dict[str, Any]]:
    """Every attempt with its refunds, oldest first. Card data never comes to us."""
    payments = Payment.objects.filter(order__customer=customer).order_by("pk").select_related("order")
    return [
        {
            "order": payment.order.number,
            "state": payment.state,
            "from": payment.tender or payment.taken_as or "provider",
            "amount": str(payment.amount.amount),
            "currency": str(payment.amount.currency),
            "created_at": payment.created_at.isoformat(),
            "disputes": [
                {
                    "amount": str(dispute.amount.amount),
                    "reason": dispute.reason,
                    "state": dispute.state,
                    "told_the_bank": dispute.evidence,
                }
                for dispute in payment.disputes.order_by("pk")
            ],
            "refunds": [
                {
                    "amount": str(refund.amount.amount),
                    "state": refund.state,
                    "lines": [
                        {"title": part.line.title, "quantity": part.quantity, "amount": str(part.amount)}
                        for part in refund.lines.select_related("line")
                    ],
                }
                for refund in payment.refunds.order_by("pk")
            ],
        }
        for payment in payments
    ]
