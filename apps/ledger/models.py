"""Money that is owed to somebody: accounts, and transfers between them that never make or lose a cent.

Whose an account is, only its app knows: `owner` is an opaque text such as "card:<id>".
"""

from typing import Any, ClassVar

from django.db import models
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager


class Final(Exception):
    """What stands in the ledger is never changed or taken out; a mistake is put right by another transfer."""


class Account(MerchantOwned):
    """`balance` is the sum of its postings. Most accounts may not go below zero; those that money comes from may."""

    kind = models.CharField(max_length=20)
    owner = models.CharField(max_length=80, blank=True)
    balance = MoneyField(max_digits=19, decimal_places=3, default=0)
    may_go_below_zero = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "kind", "owner", "balance_currency"], name="account_once"),
            models.CheckConstraint(
                condition=models.Q(may_go_below_zero=True) | models.Q(balance__gte=0), name="account_not_below_zero"
            ),
            fits_currency("balance", name="account_balance_fits"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.owner}".strip()

    @property
    def currency(self) -> str:
        return str(self.balance.currency)


class Written(models.Model):
    """Base of rows that are only ever added; the database refuses the rest as well."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Final(f"{self._meta.label} {self.pk}")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        raise Final(f"{self._meta.label} {self.pk}")


class Transfer(Written, MerchantOwned):
    """Money moved, once per `key`. `reference` says what for, `reason` and `actor` why and by whom, where a person did."""

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    reference = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "key"], name="transfer_key_once")]

    def __str__(self) -> str:
        return self.key


class Posting(Written, MerchantOwned):
    """One side of a transfer: what an account gets (above zero) or gives."""

    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings")
    amount = MoneyField(max_digits=19, decimal_places=3)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["transfer", "account"], name="posting_account_once"),
            models.CheckConstraint(condition=~models.Q(amount=0), name="posting_moves_something"),
            fits_currency("amount", name="posting_amount_fits"),
        ]

    def __str__(self) -> str:
        return f"{self.transfer_id}: {self.amount}"
