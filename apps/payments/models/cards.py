"""Cards that shoppers let be kept: the provider has them, we know what to call them."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants import clock
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .accounts import PaymentAccount


class Payer(MerchantOwned):
    """A shopper as a provider knows them, so that cards can be kept there; it is told nothing of who they are."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, related_name="payers")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="payers")
    provider_customer = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("shopper at a provider")
        verbose_name_plural = _("shoppers at providers")
        constraints = [
            models.UniqueConstraint(fields=["account", "customer"], name="payer_once"),
            models.UniqueConstraint(
                fields=["account", "provider_customer"],
                condition=~models.Q(provider_customer=""),
                name="payer_provider_once",
            ),
        ]


class SavedCard(MerchantOwned):
    """A card the shopper let be kept. The provider has it; we know what to call it, and never a number."""

    payer = models.ForeignKey(Payer, on_delete=models.CASCADE, related_name="cards")
    provider_method = models.CharField(max_length=120)
    brand = models.CharField(_("brand"), max_length=20)
    last4 = models.CharField(_("ends in"), max_length=4)
    exp_month = models.PositiveSmallIntegerField(_("month"))
    exp_year = models.PositiveSmallIntegerField(_("year"))
    kept_at = models.DateTimeField(_("kept since"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("saved card")
        verbose_name_plural = _("saved cards")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["payer", "provider_method"], name="savedcard_method_once"),
            models.UniqueConstraint(fields=["payer", "brand", "last4", "exp_month", "exp_year"], name="savedcard_once"),
            models.CheckConstraint(condition=models.Q(last4__regex=r"^[0-9]{4}$"), name="savedcard_four_digits"),
            models.CheckConstraint(condition=models.Q(exp_month__range=(1, 12)), name="savedcard_month"),
        ]

    def __str__(self) -> str:
        return f"{self.brand_name} •••• {self.last4}"

    @property
    def brand_name(self) -> str:
        """As people call it, short enough for a button."""
        return BRANDS.get(self.brand, self.brand.replace("_", " ").title()[:10])

    def is_over(self, moment: dt.datetime) -> bool:
        """A card is good until the last day of its month."""
        return (self.exp_year, self.exp_month) < (moment.year, moment.month)


BRANDS = {
    "visa": "Visa", "mastercard": "Mastercard", "amex": "Amex", "discover": "Discover", "diners": "Diners",
    "jcb": "JCB", "unionpay": "UnionPay", "eftpos_au": "eftpos", "cartes_bancaires": "CB",
}  # fmt: skip


class CardRemoval(MerchantOwned):
    """A kept card, or a shopper with all of theirs, to be removed at the provider; done, it says: never keep it again."""

    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, related_name="removals")
    provider_ref = models.CharField(max_length=120)
    due_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("card to be removed")
        verbose_name_plural = _("cards to be removed")
        constraints = [models.UniqueConstraint(fields=["account", "provider_ref"], name="cardremoval_once")]
        indexes = [
            models.Index(fields=["due_at"], name="cardremoval_waiting", condition=models.Q(done_at__isnull=True))
        ]
