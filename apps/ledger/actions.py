"""What can be done with accounts: open one, and move money from some to others, all of it or none, once per key.

Accounts are the last thing a transaction locks, in the order of their primary keys.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from djmoney.money import Money

from apps.merchants.models import Merchant
from apps.merchants.statements import fetch

from .models import Account, Transfer

# Reading `locked` waits for the accounts, in order; what it returns is how they stand after the wait.
_MOVE = """
WITH leg (account_id, amount) AS (
    SELECT * FROM unnest(%(accounts)s::bigint[], %(amounts)s::numeric[])
), locked AS MATERIALIZED (
    SELECT id, balance, may_go_below_zero FROM ledger_account
    WHERE id = ANY (%(accounts)s::bigint[]) AND merchant_id = %(merchant)s
    ORDER BY id FOR NO KEY UPDATE
), fitting AS (
    SELECT count(*) = %(count)s AS all FROM locked l JOIN leg ON leg.account_id = l.id
    WHERE l.may_go_below_zero OR leg.amount > 0 OR l.balance + leg.amount >= 0
), changed AS (
    UPDATE ledger_account a SET balance = a.balance + leg.amount
    FROM leg, locked l, fitting
    WHERE a.id = leg.account_id AND l.id = a.id AND fitting.all
      AND (a.may_go_below_zero OR leg.amount > 0 OR a.balance + leg.amount >= 0)
    RETURNING a.id, a.merchant_id, a.balance_currency, leg.amount
)
INSERT INTO ledger_posting (merchant_id, transfer_id, account_id, amount, amount_currency)
SELECT merchant_id, %(transfer)s, id, amount, balance_currency FROM changed ORDER BY id
RETURNING id
"""


class NotEnough(Exception):
    """One of the accounts does not hold what is to be taken from it."""


class Unbalanced(Exception):
    """What some give is not what others get; or they are of different currencies or shops."""


class KeyUsed(Exception):
    """The key has moved something else already."""


def account_of(merchant: Merchant, kind: str, owner: str = "", *, currency: str, below_zero: bool = False) -> Account:
    """The account, opened when it is first needed; two at once get the same."""
    wanted = Account.objects.filter(merchant=merchant, kind=kind, owner=owner, balance_currency=currency)
    found: Account | None = wanted.first()
    if found is None:
        fresh = Account(
            merchant=merchant,
            kind=kind,
            owner=owner,
            balance=Money(0, currency),  # type: ignore[misc]
            may_go_below_zero=below_zero,
        )
        Account.objects.bulk_create([fresh], ignore_conflicts=True)
        found = wanted.get()
    return found


@transaction.atomic
def transfer(
    legs: Mapping[Account, Money],
    *,
    key: str,
    kind: str,
    reference: str = "",
    reason: str = "",
    actor: Any = None,
) -> Transfer:
    """Give every account its amount (below zero: take it). The same key again changes nothing and gives the same transfer.

    Raises `NotEnough` and then moves nothing, `Unbalanced`, and `KeyUsed` when the key has moved something else.
    """
    merchant_id = _refuse_nonsense(legs)
    moved = Transfer(merchant_id=merchant_id, key=key, kind=kind, reference=reference, reason=reason[:200], actor=actor)
    Transfer.objects.bulk_create([moved], ignore_conflicts=True)
    row: Transfer = Transfer.objects.get(merchant_id=merchant_id, key=key)
    if known := {posting.account_id: posting.amount for posting in row.postings.all()}:
        if known != {account.pk: amount for account, amount in legs.items()}:
            raise KeyUsed(key)
        return row
    postings = fetch(
        _MOVE,
        {
            "accounts": [account.pk for account in legs],
            "amounts": [amount.amount for amount in legs.values()],
            "count": len(legs),
            "merchant": merchant_id,
            "transfer": row.pk,
        },
    )
    if len(postings) != len(legs):
        raise NotEnough(key)
    return row


def _refuse_nonsense(legs: Mapping[Account, Money]) -> int:
    """At least two accounts of one shop, each amount in its account's currency, and zero in all."""
    merchants = {account.merchant_id for account in legs}
    sums: dict[str, Decimal] = {}
    for account, amount in legs.items():
        if not amount.amount or str(amount.currency) != account.currency:
            raise Unbalanced(f"{amount} for {account}")
        sums[account.currency] = sums.get(account.currency, Decimal(0)) + amount.amount
    if len(legs) < 2 or len(merchants) != 1 or any(sums.values()):
        raise Unbalanced(", ".join(str(amount) for amount in legs.values()))
    return int(merchants.pop())
