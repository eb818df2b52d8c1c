"""Money that was reserved and is to be taken."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

from .attempts import Payment


class Capture(MerchantOwned):
    """Written before the provider is asked to take so much of what is reserved and let go of the rest; of nothing, all is
    let go. One that failed is history: whoever tries again makes another.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("on its way")
        UNKNOWN = "unknown", _("asked for, no answer yet")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    OPEN = (State.PENDING, State.UNKNOWN)

    payment = models.ForeignKey(Payment, verbose_name=_("payment"), on_delete=models.PROTECT, related_name="captures")
    amount = MoneyField(_("amount"), max_digits=19, decimal_places=3)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    actor = models.ForeignKey(
        "accounts.User", verbose_name=_("done by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    due_at = models.DateTimeField(default=clock.now, editable=False)  # when the provider is asked (again)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    error = models.CharField(_("error"), max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(_("date"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("taking of reserved money")
        verbose_name_plural = _("takings of reserved money")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="capture_not_below_nothing"),
            models.UniqueConstraint(
                fields=["payment"], condition=~models.Q(state="failed"), name="capture_stands_once"
            ),
            fits_currency("amount", name="capture_amount_fits"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="capture_waiting", condition=models.Q(state__in=["pending", "unknown"])
            )
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.get_state_display()}"
