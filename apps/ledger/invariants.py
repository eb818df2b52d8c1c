"""What must always be true of the ledger; run by `manage.py check_invariants`."""

from collections.abc import Callable

from django.db.models import Count, F, Sum

from .models import Account, Posting, Transfer


def transfers_add_up() -> list[str]:
    """Two sides at least, and nothing made or lost in any currency."""
    lonely = Transfer.objects.annotate(n=Count("postings")).filter(n__lt=2)
    uneven = (
        Posting.objects.values("transfer__key", "amount_currency").annotate(sum=Sum("amount")).exclude(sum=0).order_by()
    )
    return [f"transfer {row.key} has {row.n} postings" for row in lonely[:100]] + [
        f"transfer {row['transfer__key']} makes {row['sum']} {row['amount_currency']} of nothing"
        for row in uneven[:100]
    ]


def balances_are_sums() -> list[str]:
    """Each account holds what its postings say."""
    wrong = []
    for account in Account.objects.annotate(sum=Sum("postings__amount")).order_by("pk").iterator(chunk_size=500):
        if account.balance.amount != (account.sum or 0):
            wrong.append(f"account {account} holds {account.balance.amount}, its postings say {account.sum or 0}")
    return wrong


def nobody_owes_us() -> list[str]:
    """The database forbids it; this would notice if it no longer did."""
    below = Account.objects.filter(may_go_below_zero=False, balance__lt=0)
    return [f"account {account} is at {account.balance.amount}" for account in below[:100]]


def one_shop_one_currency() -> list[str]:
    """A posting is of its account's shop and currency, and of its transfer's shop."""
    odd = Posting.objects.exclude(
        amount_currency=F("account__balance_currency"),
        merchant_id=F("account__merchant_id"),
        transfer__merchant_id=F("merchant_id"),
    )
    return [f"posting {posting.pk} of account {posting.account_id} is of another shop or currency" for posting in odd]


CHECKS: dict[str, Callable[[], list[str]]] = {
    "ledger: transfers add up": transfers_add_up,
    "ledger: balances are the sums of postings": balances_are_sums,
    "ledger: no account is below zero": nobody_owes_us,
    "ledger: postings are of one shop and currency": one_shop_one_currency,
}
