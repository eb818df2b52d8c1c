"""Gift cards, who guessed at their codes, and what a cart shall be paid with first."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from encrypted_fields.fields import EncryptedCharField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager


class GiftCard(MerchantOwned):
    """A code that is worth money; what is left on it is the balance of its account in the ledger.

    The code is told once, when the card is made: only its fingerprint is kept, and the last symbols people know it by.
    One that was bought keeps it sealed as well, for its buyer alone, who may not have read it yet; never once it is void.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False)
    ends = models.CharField(_("ends in"), max_length=4, editable=False)
    issued = MoneyField(_("issued with"), max_digits=19, decimal_places=3)
    expires_at = models.DateTimeField(_("good until"), null=True, blank=True)
    is_blocked = models.BooleanField(_("blocked"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    issued_by = models.ForeignKey(
        "accounts.User", verbose_name=_("made by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    sold_in = models.ForeignKey(
        "orders.OrderLine",
        verbose_name=_("sold in"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="gift_cards",
    )
    piece = models.PositiveSmallIntegerField(null=True, editable=False)  # which of that line's, from 1
    sealed: Any = EncryptedCharField(max_length=40, null=True, editable=False)
    voided_at = models.DateTimeField(_("void since"), null=True, editable=False)
    created_at = models.DateTimeField(_("created on"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("gift card")
        verbose_name_plural = _("gift cards")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "fingerprint"], name="giftcard_code_once"),
            models.UniqueConstraint(
                fields=["sold_in", "piece"],
                condition=models.Q(sold_in__isnull=False),
                name="giftcard_once_for_each_piece_sold",
            ),
            models.CheckConstraint(
                condition=models.Q(sold_in=None, piece=None)
                | models.Q(sold_in__isnull=False, piece__isnull=False, piece__gte=1),
                name="giftcard_sold_as_a_piece",
            ),
            models.CheckConstraint(
                condition=models.Q(sealed=None) | models.Q(sold_in__isnull=False, voided_at=None),
                name="giftcard_code_kept_while_good",
            ),
            models.CheckConstraint(condition=models.Q(issued__gt=0), name="giftcard_worth_something"),
            fits_currency("issued", name="giftcard_issued_fits"),
        ]

    def __str__(self) -> str:
        return f"•••• {self.ends}"

    @property
    def currency(self) -> str:
        return str(self.issued.currency)

    def is_usable(self, moment: dt.datetime) -> bool:
        return not self.is_blocked and self.voided_at is None and (self.expires_at is None or self.expires_at > moment)


class GiftCardGuess(MerchantOwned):
    """How often a shopper has lately written a code that is none."""

    customer = models.OneToOneField("customers.Customer", on_delete=models.CASCADE, related_name="+")
    failures = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()

    objects: ClassVar[Any] = scoped_manager()


class CartTender(MerchantOwned):
    """What a cart shall be paid with before anything else: a gift card, or the shopper's credit where there is none.

    Taken out again, the row stays as a trace: whose card it is, is who has used it.
    """

    cart = models.ForeignKey("carts.Cart", on_delete=models.CASCADE, related_name="tenders")
    gift_card = models.ForeignKey(GiftCard, null=True, blank=True, on_delete=models.PROTECT, related_name="carts")
    is_on = models.BooleanField(default=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("means of payment of a cart")
        verbose_name_plural = _("means of payment of carts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "gift_card"], name="carttender_once", nulls_distinct=False)
        ]
