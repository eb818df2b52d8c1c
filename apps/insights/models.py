"""What a customer has been worth to the shop so far, as it was reckoned last night. Nothing here is the record."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.money import Money

from apps.carts.money import money, payable_step
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

from .segments import Segment


class CustomerFigures(MerchantOwned):
    """One customer's orders in figures; there is a row for whoever has an order that stands (see `reckon`)."""

    customer = models.OneToOneField("customers.Customer", on_delete=models.CASCADE, related_name="figures")
    value = MoneyField(_("lifetime value"), max_digits=19, decimal_places=3)
    orders = models.PositiveIntegerField(_("orders"))
    first_order_at = models.DateTimeField(_("first order"))
    last_order_at = models.DateTimeField(_("last order"))
    recency = models.PositiveSmallIntegerField(_("recency"))
    frequency = models.PositiveSmallIntegerField(_("frequency"))
    monetary = models.PositiveSmallIntegerField(_("money"))
    segment = models.CharField(_("segment"), max_length=12, choices=Segment.choices)
    reckoned_at = models.DateTimeField(_("as of"))

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("figures of a shopper")
        verbose_name_plural = _("figures of shoppers")
        constraints = [
            models.CheckConstraint(condition=models.Q(value__gte=0), name="customerfigures_value"),
            models.CheckConstraint(condition=models.Q(orders__gte=1), name="customerfigures_orders"),
            models.CheckConstraint(
                condition=models.Q(last_order_at__gte=models.F("first_order_at")), name="customerfigures_in_order"
            ),
            *(
                models.CheckConstraint(
                    condition=models.Q(**{f"{score}__gte": 1, f"{score}__lte": 5}), name=f"customerfigures_{score}"
                )
                for score in ("recency", "frequency", "monetary")
            ),
            fits_currency("value", name="customerfigures_value_fits"),
        ]
        indexes = [
            models.Index(fields=["merchant", "recency", "frequency"], name="customerfigures_place"),
            models.Index(fields=["merchant", "segment"], name="customerfigures_segment"),
        ]

    def __str__(self) -> str:
        return f"{self.recency}{self.frequency}{self.monetary}"

    @property
    def average_order(self) -> Money:
        """What an order of theirs is worth, rounded half up to what can be paid in the currency."""
        currency = str(self.value.currency)
        step = payable_step(currency)
        whole = (self.value.amount / self.orders / step).quantize(Decimal(1), rounding="ROUND_HALF_UP")
        return money(whole * step, currency)
