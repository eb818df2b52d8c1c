"""What gift cards and store credit pay of an order: chosen for the cart, set aside with the draft, kept when it is placed.

The money lies in the ledger: on the card's account or the shopper's, then on the order's, and back the same way.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, Sum
from djmoney.money import Money

from apps.carts.models import Cart
from apps.carts.money import from_minor, money, round_money, total_of, zero
from apps.customers.models import Customer
from apps.ledger.actions import account_of
from apps.ledger.models import Account
from apps.merchants.models import Merchant
from apps.orders.exchanged import is_exchanged
from apps.orders.models import Order

from .models import CartTender, GiftCard, Payment

Tender = Payment.Tender
State = Payment.State
CARD, CREDIT, SET_ASIDE = "gift_card", "store_credit", "set_aside"
EXCHANGES = "exchanges"  # below zero by what goods that have still to come back pay already
ISSUED, GRANTED = "gift_cards_issued", "credit_granted"  # where such money comes from: what the shop owes for it
SOLD = "gift_cards_sold"  # below zero by what shoppers paid for cards that are still owed


LEAST_MINOR = 50  # minor units that providers take at the least


class TendersChanged(Exception):
    """What gift cards and credit pay is not what the shopper agreed to: `due` is left to pay now."""

    def __init__(self, due: Money) -> None:
        super().__init__(f"{due} is left to pay now")
        self.due = due


@dataclass(frozen=True, slots=True)
class Part:
    """So much of what is to pay comes from this card, or from the shopper's credit where it is None."""

    gift_card: GiftCard | None
    amount: Money
    balance: Money  # before that

    @property
    def tender(self) -> str:
        return Tender.GIFT_CARD if self.gift_card is not None else Tender.STORE_CREDIT


@dataclass(frozen=True, slots=True)
class Split:
    parts: tuple[Part, ...]
    due: Money  # what is left to pay at the provider


def card_account(card: GiftCard) -> Account:
    return account_of(card.merchant, CARD, f"card:{card.public_id}", currency=card.currency)


def credit_account(customer: Customer, currency: str) -> Account:
    return account_of(customer.merchant, CREDIT, f"customer:{customer.pk}", currency=currency)


def order_account(order: Order) -> Account:
    """What is set aside for an order and, once it is placed, was paid with."""
    return account_of(order.merchant, SET_ASIDE, f"order:{order.pk}", currency=order.currency)


def source_account(merchant: Merchant, kind: str, currency: str) -> Account:
    return account_of(merchant, kind, currency=currency, below_zero=True)


def exchanges_account(merchant: Merchant, currency: str) -> Account:
    return source_account(merchant, EXCHANGES, currency)


def purse_of(payment: Payment) -> Account:
    """Whose money a tender is: goods that came back were paid for long ago, so their money is the shopper's credit."""
    if payment.gift_card is not None:
        return card_account(payment.gift_card)
    if payment.tender == Tender.EXCHANGE and not is_exchanged(payment.order):
        return exchanges_account(payment.order.merchant, str(payment.amount.currency))
    return credit_account(payment.order.customer, str(payment.amount.currency))


def card_balance(card: GiftCard) -> Money:
    """What is left on it; money set aside for an order that has ended counts, though it comes back a moment later."""
    return _balance(CARD, f"card:{card.public_id}", card.currency) + _coming_back(Q(gift_card=card), card.currency)


def card_balances(cards: Iterable[GiftCard]) -> dict[int, Money]:
    """What is left on each of these cards, as `card_balance` says of one; two queries, however many."""
    listed = {f"card:{card.public_id}": card for card in cards}
    accounts = Account.objects.filter(kind=CARD, owner__in=listed)
    kept = {(account.owner, account.currency): account.balance.amount for account in accounts}
    waiting = open_tenders().filter(gift_card__in=listed.values()).exclude(order__status=Order.Status.DRAFT)
    back = dict(waiting.order_by().values_list("gift_card").annotate(sum=Sum("amount")))
    return {
        card.pk: money(kept.get((owner, card.currency), 0) + back.get(card.pk, 0), card.currency)
        for owner, card in listed.items()
    }


def credit_of(customer: Customer, currency: str) -> Money:
    """The shopper's store credit in this currency."""
    waiting = Q(tender=Tender.STORE_CREDIT, order__customer=customer)
    return _balance(CREDIT, f"customer:{customer.pk}", currency) + _coming_back(waiting, currency)


def _balance(kind: str, owner: str, currency: str) -> Money:
    found = Account.objects.filter(kind=kind, owner=owner, balance_currency=currency).first()
    return money(found.balance.amount, currency) if found is not None else zero(currency)


def _coming_back(whose: Q, currency: str, *, cart: Cart | None = None) -> Money:
    """Set aside for orders that are no drafts any more, or for this cart's own."""
    free = ~Q(order__status=Order.Status.DRAFT) | (Q(order__cart=cart) if cart is not None else Q())
    rows = open_tenders().filter(whose, amount_currency=currency)
    rows = rows.filter(free) if cart is not None else rows.exclude(order__status=Order.Status.DRAFT)
    return money(rows.aggregate(sum=Sum("amount"))["sum"] or 0, currency)


def open_tenders() -> Any:
    return Payment.objects.filter(state=State.OPEN).exclude(tender=Tender.PROVIDER)


def split_for(cart: Cart, total: Money, *, gift_cards: Money | None = None, now: Any) -> Split:
    """What the cart's cards and the shopper's credit pay of `total`, in the order they were chosen, credit last.

    What `gift_cards` in it cost they do not pay: a card bought with a card would begin its life anew, and whoever found
    or stole one could change it into one that is not blocked with it.

    What is left is nothing, or enough for a provider to take. Nothing is moved. Cards that are over, blocked, empty or of another currency pay nothing and are not among the parts.
    """
    currency = str(total.currency)
    purses = ((chosen.gift_card, _usable(chosen, cart, currency, now)) for chosen in _chosen(cart))
    return split_over(total, purses, gift_cards=gift_cards)


def split_over(total: Money, purses: Iterable[tuple[GiftCard | None, Money]], *, gift_cards: Money | None) -> Split:
    """The same for what is on these cards, or in the shopper's credit where there is none, in this order."""
    currency = str(total.currency)
    only_money = gift_cards or zero(currency)
    left = total - only_money
    parts: list[Part] = []
    for card, balance in purses:
        amount = min(balance, left)
        if amount.amount > 0:
            parts.append(Part(card, amount, balance))
            left -= amount
    left += only_money
    missing = from_minor(LEAST_MINOR, currency) - left
    if parts and left.amount and zero(currency) < missing < parts[-1].amount:
        parts[-1], left = replace(parts[-1], amount=parts[-1].amount - missing), left + missing
    return Split(tuple(parts), left)


def _chosen(cart: Cart) -> list[CartTender]:
    rows = CartTender.objects.filter(cart=cart, is_on=True).select_related("gift_card__merchant", "cart__customer")
    return sorted(rows, key=lambda chosen: (chosen.gift_card_id is None, chosen.pk))


def _usable(chosen: CartTender, cart: Cart, currency: str, now: Any) -> Money:
    card = chosen.gift_card
    if card is None:
        own = Q(tender=Tender.STORE_CREDIT, order__customer=cart.customer_id)
        return _balance(CREDIT, f"customer:{cart.customer_id}", currency) + _coming_back(own, currency, cart=cart)
    if card.currency != currency or not card.is_usable(now):
        return zero(currency)
    return _balance(CARD, f"card:{card.public_id}", currency) + _coming_back(Q(gift_card=card), currency, cart=cart)


def tenders_of(order: Order) -> list[Payment]:
    """The parts of the order that gift cards and credit pay or have paid, in their order."""
    rows = order.payments.filter(state__in=(State.OPEN, State.SUCCEEDED)).exclude(tender=Tender.PROVIDER)
    return list(rows.select_related("gift_card__merchant", "order__customer").order_by("pk"))


def amount_due(order: Order) -> Money:
    """What is left of the order for the provider to ask for."""
    return round_money(order.total - sum_of(tenders_of(order), order.currency))


def sum_of(payments: Iterable[Payment], currency: str) -> Money:
    return total_of([payment.amount for payment in payments], currency=currency)
