"""What is to be paid, put into the thread itself, where the platform takes the money or leads to the payment page."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager


class Bill(MerchantOwned):
    """One message with a bill. It stands beside a pay link (`attempt`) and is good as long as that is: a newer bill of the
    order, a renewed link or the order's end voids it."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    attempt = models.ForeignKey("payments.Payment", on_delete=models.PROTECT, related_name="bills")
    channel_account = models.ForeignKey(
        "merchants.ChannelAccount", verbose_name=_("channel"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    amount = MoneyField(_("amount"), max_digits=19, decimal_places=3)
    created_at = models.DateTimeField(_("date"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("bill in the thread")
        verbose_name_plural = _("bills in the thread")
        constraints = [fits_currency("amount", name="bill_amount_fits")]

    def __str__(self) -> str:
        return self.public_id
