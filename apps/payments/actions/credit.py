"""Store credit: granted by the shop with a reason, taken back by it, and moved with a shopper who proves to be another."""

from typing import Any

from django.db import transaction
from djmoney.money import Money

from apps.carts.money import money
from apps.customers.models import Customer
from apps.ledger.actions import transfer
from apps.ledger.models import Account, Transfer
from apps.merchants.goodwill import Gift
from apps.merchants.markets import is_sold_in
from apps.merchants.models import Goodwill, new_public_id

from ..tenders import CREDIT, GRANTED, credit_account, source_account
from .gift_card import WorthNothing


class ReasonMissing(Exception):
    """Who grants credit says why."""

    def __init__(self) -> None:
        super().__init__("credit needs a reason")


@transaction.atomic
def grant_credit(
    customer: Customer, amount: Money, *, reason: str, actor: Any = None, reference: str = "", key: str = ""
) -> Transfer:
    """So much store credit more, or less where `amount` is below zero. The same `key` again changes nothing.

    `reference` names the program it comes from, where no person does it.
    Raises `ReasonMissing`, `WorthNothing`, `NotEnough` where more is taken than there is, and `OverLimit` where an
    `actor` gives more than they may.
    """
    if not reason.strip():
        raise ReasonMissing
    if not amount.amount or not is_sold_in(customer.merchant, str(amount.currency)):
        raise WorthNothing(str(amount))
    currency, key = str(amount.currency), f"credit:{key or new_public_id()}"
    gift = Gift(customer.merchant, actor)
    gift.write(Goodwill.Kind.CREDIT, amount.amount, unit=currency, key=key)
    return transfer(
        {
            source_account(customer.merchant, GRANTED, currency): -amount,
            credit_account(customer, currency): amount,
        },
        key=key,
        kind="granted",
        reference=reference or f"customer:{customer.pk}",
        reason=reason,
        actor=actor,
    )


def is_credit_known(key: str) -> bool:
    """Whether credit was granted or taken under this key already."""
    return bool(Transfer.objects.filter(key=f"credit:{key}").exists())


def merge_credit(source: Customer, target: Customer) -> dict[str, Any]:
    """Two customers turned out to be one: their credit is one. Registered with customers. {currency: amount}."""
    moved: dict[str, Any] = {}
    for account in Account.objects.filter(kind=CREDIT, owner=f"customer:{source.pk}", balance__gt=0).order_by("pk"):
        moved[account.currency] = str(account.balance.amount)
        _move(source, target, account.balance)
    return moved


def unmerge_credit(source: Customer, target: Customer, moved: dict[str, Any] | None) -> None:
    """As much of it goes back as was not spent since."""
    for currency, amount in (moved or {}).items():
        left = credit_account(target, currency).balance
        back = min(money(amount, currency), left)
        if back.amount:
            _move(target, source, back)


def _move(giver: Customer, taker: Customer, amount: Money) -> None:
    currency = str(amount.currency)
    transfer(
        {credit_account(giver, currency): -amount, credit_account(taker, currency): amount},
        key=f"merge:{new_public_id()}",
        kind="merged",
        reference=f"customer:{taker.pk}",
    )
