"""How much of it there is, who holds some of it, and how that came to be."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

from .goods import Variant


class StockLevel(MerchantOwned):
    """How many lie where, and how many of them are spoken for."""

    variant = models.ForeignKey(
        Variant, verbose_name=_("variant"), on_delete=models.CASCADE, related_name="stock_levels"
    )
    location = models.ForeignKey("merchants.Location", verbose_name=_("location"), on_delete=models.PROTECT)
    on_hand = models.IntegerField(_("on hand"), default=0)
    allocated = models.IntegerField(_("sold, not yet shipped"), default=0)  # sold, not yet shipped
    held = models.IntegerField(_("held"), default=0)  # promised for a while

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        constraints = [
            models.UniqueConstraint(fields=["variant", "location"], name="stocklevel_once"),
            models.CheckConstraint(
                condition=models.Q(
                    held__gte=0, allocated__gte=0, on_hand__gte=models.F("allocated") + models.F("held")
                ),
                name="stocklevel_never_oversold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand - self.allocated - self.held} / {self.on_hand}"


class StockHold(MerchantOwned):
    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        CONSUMED = "consumed", _("sold")
        RELEASED = "released", _("released")
        EXPIRED = "expired", _("expired")

    level = models.ForeignKey(StockLevel, verbose_name=_("stock"), on_delete=models.CASCADE, related_name="holds")
    reference = models.CharField(max_length=80)  # opaque: "cart:<id>:<line>"
    quantity = models.PositiveIntegerField(_("quantity"))
    reason = models.CharField(_("reason"), max_length=16, default="cart")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    expires_at = models.DateTimeField(_("held until"))
    created_at = models.DateTimeField(_("date"), auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("held piece")
        verbose_name_plural = _("held pieces")
        constraints = [
            models.UniqueConstraint(
                fields=["level", "reference"], condition=models.Q(state="active"), name="stockhold_once_while_active"
            ),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="stockhold_positive"),
        ]
        indexes = [
            models.Index(fields=["level", "expires_at"], name="stockhold_expiring", condition=models.Q(state="active")),
            models.Index(fields=["reference"], name="stockhold_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.quantity:+d}"


class StockMovement(MerchantOwned):
    """Append-only. `on_hand` is the sum of the rows that change it; the rest tell the story."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("received")
        HELD = "held", _("held")
        RELEASED = "released", _("released")
        ALLOCATED = "allocated", _("sold")
        DEALLOCATED = "deallocated", _("sale undone")
        SHIPPED = "shipped", _("shipped")
        RETURNED = "returned", _("returned")
        ADJUSTED = "adjusted", _("counted")

    level = models.ForeignKey(StockLevel, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    quantity = models.IntegerField(_("quantity"))  # signed change of what `kind` is about
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    actor = models.ForeignKey(
        "accounts.User", verbose_name=_("done by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(_("date"), auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        indexes = [models.Index(fields=["reference"], name="stockmovement_reference")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity:+d}"

    ON_HAND_KINDS = (Kind.RECEIVED, Kind.SHIPPED, Kind.RETURNED, Kind.ADJUSTED)
