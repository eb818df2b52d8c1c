"""Money that goes back, for which goods, and what a tax provider is told of sale and refund."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

from .attempts import Payment


class Refund(MerchantOwned):
    """Written before the provider is asked: it reserves what may be paid back."""

    class State(models.TextChoices):
        PENDING = "pending", _("on its way")
        UNKNOWN = "unknown", _("asked for, no answer yet")
        DONE = "done", _("paid back")
        FAILED = "failed", _("failed")

    DOUBLE = "paid twice"
    SOLD_OUT = "sold out"
    CALLED_OFF = "called off"
    AT_PROVIDER = "made at the provider"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = MoneyField(_("amount"), max_digits=19, decimal_places=3)
    delivery = models.DecimalField(max_digits=19, decimal_places=3, default=0)  # the part of `amount` for the delivery
    tax = models.DecimalField(max_digits=19, decimal_places=3, default=0)  # the tax in `amount`, as frozen on the order
    delivery_tax = models.DecimalField(max_digits=19, decimal_places=3, default=0)  # the part of `tax` for the delivery
    request = models.CharField(max_length=100, blank=True, editable=False)  # whoever asks twice by this name gets one
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    to_credit = models.BooleanField(
        _("as store credit"), default=False
    )  # becomes store credit instead of going back the way it came
    # Let go before it was taken: nothing goes back, so much less is taken of what is reserved.
    is_release = models.BooleanField(_("let go before it was taken"), default=False, editable=False)
    to_exchange = models.BooleanField(default=False, editable=False)  # pays for the goods the shopper has instead
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    provider_ref = models.CharField(_("number at the provider"), max_length=120, blank=True)
    actor = models.ForeignKey(
        "accounts.User", verbose_name=_("done by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    due_at = models.DateTimeField(default=clock.now, editable=False)  # when the provider is asked (again)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    error = models.CharField(_("error"), max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(_("date"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="refund_positive"),
            models.CheckConstraint(
                condition=models.Q(to_credit=False) | models.Q(to_exchange=False), name="refund_goes_one_way"
            ),
            models.CheckConstraint(
                condition=models.Q(is_release=False) | models.Q(to_credit=False, to_exchange=False),
                name="refund_release_goes_nowhere",
            ),
            models.CheckConstraint(
                condition=models.Q(delivery__gte=0, delivery__lte=models.F("amount")), name="refund_delivery_within"
            ),
            models.CheckConstraint(
                condition=models.Q(delivery_tax__gte=0, delivery_tax__lte=models.F("tax"), tax__lte=models.F("amount")),
                name="refund_tax_within",
            ),
            models.UniqueConstraint(
                fields=["payment", "request"], condition=~models.Q(request=""), name="refund_request_once"
            ),
            models.UniqueConstraint(
                fields=["payment", "provider_ref"], condition=~models.Q(provider_ref=""), name="refund_provider_once"
            ),
            fits_currency("amount", name="refund_amount_fits"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="refund_waiting", condition=models.Q(state__in=["pending", "unknown"]))
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.get_state_display()}"

    OPEN = (State.PENDING, State.UNKNOWN)


class RefundLine(MerchantOwned):
    """Which goods a refund is for; amounts are in its currency, by what was frozen on the order's line.

    Where a line's money goes back in two refunds (some to a gift card), its pieces are counted in the first alone.
    """

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="refunds")
    quantity = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=19, decimal_places=3)
    tax = models.DecimalField(max_digits=19, decimal_places=3)
    # What stays with the shop for the label of their return, beside `amount` and `tax`.
    withheld = models.DecimalField(max_digits=19, decimal_places=3, default=0, editable=False)
    withheld_tax = models.DecimalField(max_digits=19, decimal_places=3, default=0, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("goods of a refund")
        verbose_name_plural = _("goods of refunds")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refundline_once"),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1) | models.Q(amount__gt=0), name="refundline_quantity"
            ),
            models.CheckConstraint(
                condition=models.Q(tax__gte=0, tax__lte=models.F("amount")), name="refundline_tax_within"
            ),
            models.CheckConstraint(
                condition=models.Q(withheld_tax__gte=0, withheld_tax__lte=models.F("withheld")),
                name="refundline_withheld_tax_within",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.title}"


class TaxEntry(MerchantOwned):
    """What a tax provider is told of an order: that it was sold, or (`refund`) that some of it went back.

    Written with the change itself, told afterwards, as often as it takes. `body` has the parts told: by the number of
    the order's line, "0" for the delivery, pieces, amount with tax, and the tax in it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("to be told")
        DONE = "done", _("told")
        REFUSED = "refused", _("refused")

    order = models.ForeignKey(
        "orders.Order", verbose_name=_("order"), on_delete=models.PROTECT, related_name="tax_entries"
    )
    refund = models.OneToOneField(
        Refund, verbose_name=_("refund"), null=True, on_delete=models.PROTECT, related_name="tax_entry"
    )
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WAITING)
    reference = models.CharField(_("reference"), max_length=100)  # how the provider's reports name it
    provider_ref = models.CharField(_("number at the provider"), max_length=120, blank=True)
    body = models.JSONField(default=dict)
    numbers = models.JSONField(default=dict)  # of a sale: the provider's number of each line, by its reference
    due_at = models.DateTimeField(default=clock.now, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    error = models.CharField(_("error"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("date"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("entry at the tax provider")
        verbose_name_plural = _("entries at the tax provider")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(refund__isnull=True), name="taxentry_sold_once"
            ),
            models.UniqueConstraint(fields=["merchant", "reference"], name="taxentry_reference_once"),
        ]
        indexes = [models.Index(fields=["due_at"], name="taxentry_waiting", condition=models.Q(state="waiting"))]

    def __str__(self) -> str:
        return self.reference
