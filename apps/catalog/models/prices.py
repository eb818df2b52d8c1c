"""What it costs, what it did cost, and what it will."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .goods import Variant


class Price(MerchantOwned):
    """The price of the list. What a variant costs at a moment, plans included, is asked of `prices`."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="prices")
    amount = MoneyField(_("price"), max_digits=19, decimal_places=3)
    compare_at = MoneyField(_("before"), max_digits=19, decimal_places=3, null=True, blank=True)
    changed_at = models.DateTimeField(default=clock.now, editable=False)  # kept true by the database

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        indexes = [models.Index(fields=["merchant", "amount_currency", "amount", "variant"], name="price_by_amount")]
        constraints = [
            models.UniqueConstraint(fields=["variant", "amount_currency"], name="price_currency_once"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="price_not_negative"),
            fits_currency("amount", name="price_decimals"),
            fits_currency("compare_at", name="price_compare_at_decimals"),
            models.CheckConstraint(
                condition=models.Q(compare_at__isnull=True) | models.Q(compare_at_currency=models.F("amount_currency")),
                name="price_one_currency",
            ),
        ]

    def __str__(self) -> str:
        return str(self.amount)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.changed_at = clock.now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "changed_at"}
        super().save(*args, **kwargs)


class PriceRecord(MerchantOwned):
    """Append-only, written by the database with every change of a `Price`, whoever makes it.

    What a variant cost in the list from `at` on; without an amount it was not sold. It outlives its variant.
    """

    variant = models.ForeignKey(Variant, on_delete=models.DO_NOTHING, db_constraint=False, related_name="price_records")
    sku = models.CharField(_("SKU"), max_length=64)
    amount = MoneyField(_("price"), max_digits=19, decimal_places=3, null=True)
    compare_at = MoneyField(_("before"), max_digits=19, decimal_places=3, null=True)
    at = models.DateTimeField(_("from"))

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("price in the past")
        verbose_name_plural = _("price history")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["variant", "amount_currency", "-at", "-id"], name="pricerecord_timeline")]

    def __str__(self) -> str:
        return f"{self.sku}: {self.amount}"


class PricePlan(MerchantOwned):
    """A price that begins by the clock. With an end it lies over the list's and makes way again; without, it becomes it.

    Where several run, the one that began last counts. What was planned is not rewritten: it is called off before it
    begins, or ended early.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="price_plans")
    name = models.CharField(_("occasion"), max_length=60, blank=True)
    amount = MoneyField(_("price"), max_digits=19, decimal_places=3)
    compare_at = MoneyField(_("before"), max_digits=19, decimal_places=3, null=True, blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("called off"), null=True, editable=False)
    applied_at = models.DateTimeField(null=True, editable=False)  # one without an end, once the list says so too
    created_by = models.ForeignKey(
        "accounts.User", verbose_name=_("planned by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("planned price")
        verbose_name_plural = _("planned prices")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "amount_currency", "starts_at"],
                condition=models.Q(cancelled_at=None),
                name="priceplan_one_at_a_moment",
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="priceplan_not_negative"),
            fits_currency("amount", name="priceplan_decimals"),
            fits_currency("compare_at", name="priceplan_compare_at_decimals"),
            models.CheckConstraint(
                condition=models.Q(compare_at__isnull=True) | models.Q(compare_at_currency=models.F("amount_currency")),
                name="priceplan_one_currency",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gt=models.F("starts_at")),
                name="priceplan_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(cancelled_at=None) | models.Q(cancelled_at__lt=models.F("starts_at")),
                name="priceplan_called_off_before_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.variant_id}: {self.amount}"
