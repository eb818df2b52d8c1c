"""What shoppers want: saved for later, or told when it is back."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants import clock
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

from .goods import Product, Variant


class Wish(MerchantOwned):
    """Saved for later: a product, or one kind of it. Belongs to the customer, on every channel the same."""

    customer = models.ForeignKey(
        "customers.Customer", verbose_name=_("customer"), on_delete=models.CASCADE, related_name="wishes"
    )
    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.CASCADE, related_name="wishes")
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.CASCADE, related_name="wishes")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("wish")
        verbose_name_plural = _("wish lists")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "product"], condition=models.Q(variant=None), name="wish_product_once"
            ),
            models.UniqueConstraint(fields=["customer", "variant"], name="wish_variant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"


class StockAlert(MerchantOwned):
    """ "Tell me when it is back": a place in the line for a variant, and the turn when it comes.

    A turn is a piece held for half an hour (`hold_reference`); it is taken, declined, or passes to the next.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        OFFERED = "offered", _("has the turn")
        TAKEN = "taken", _("took it")
        PASSED = "passed", _("did not answer")
        DECLINED = "declined", _("no longer wanted")

    OPEN = (State.WAITING, State.OFFERED)

    customer = models.ForeignKey(
        "customers.Customer", verbose_name=_("customer"), on_delete=models.CASCADE, related_name="stock_alerts"
    )
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="stock_alerts")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(_("since"), default=clock.now, editable=False)
    offered_at = models.DateTimeField(_("turn began"), null=True, editable=False)
    until = models.DateTimeField(_("turn ends"), null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("place in line")
        verbose_name_plural = _("waiting for stock")
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "variant"],
                condition=models.Q(state__in=["waiting", "offered"]),
                name="stockalert_once_while_open",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", until=None)
                | ~models.Q(state__in=["waiting", "offered"])
                | models.Q(state="offered", until__isnull=False, offered_at__isnull=False),
                name="stockalert_turn_has_an_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["variant", "created_at", "id"],
                name="stockalert_line",
                condition=models.Q(state__in=["waiting", "offered"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.created_at:%Y-%m-%d}"

    @property
    def hold_reference(self) -> str:
        """How the piece kept for this turn is named in the stock's books."""
        return f"waitlist:{self.pk}"
