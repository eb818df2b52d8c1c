"""The cart belongs to the customer, never to a conversation: it is the same on every channel."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .promotions.models import Coupon, Promotion, PromotionUse

__all__ = ["Cart", "CartLine", "Coupon", "DeliveryMethod", "Promotion", "PromotionUse", "TaxRate"]


class DeliveryMethod(MerchantOwned):
    name = models.CharField(_("name"), max_length=80)  # translated
    price = MoneyField(_("price"), max_digits=19, decimal_places=3)
    free_from = MoneyField(_("free from"), max_digits=19, decimal_places=3, null=True, blank=True)
    countries = models.JSONField(
        _("countries"), default=list, blank=True, help_text=_("Country codes; empty means everywhere.")
    )
    days_min = models.PositiveSmallIntegerField(_("days at least"), default=2)
    days_max = models.PositiveSmallIntegerField(_("days at most"), default=4)
    pickup_at = models.ForeignKey(
        "merchants.Location", verbose_name=_("picked up at"), null=True, blank=True, on_delete=models.PROTECT
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("way of delivery")
        verbose_name_plural = _("ways of delivery")
        ordering = ["position", "pk"]
        constraints = [
            fits_currency("price", name="deliverymethod_price_fits"),
            fits_currency("free_from", name="deliverymethod_free_from_fits"),
            models.CheckConstraint(
                condition=models.Q(price__gte=0) & (models.Q(free_from=None) | models.Q(free_from__gte=0)),
                name="deliverymethod_costs_no_less_than_nothing",
                violation_error_message=_("An amount cannot be less than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(days_min__lte=models.F("days_max")),
                name="deliverymethod_earliest_first",
                violation_error_message=_("The fewest days cannot be more than the most."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TaxRate(MerchantOwned):
    """Per country (and region) and tax category; percent, already inside the price or on top of it."""

    country = models.CharField(_("country"), max_length=2)
    region = models.CharField(_("region"), max_length=10, blank=True)
    category = models.CharField(_("tax category"), max_length=20, default="standard")
    percent = models.DecimalField(_("tax rate"), max_digits=6, decimal_places=3)
    is_inclusive = models.BooleanField(_("included in prices"), default=True)
    name = models.CharField(_("name"), max_length=40, default="VAT")

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("taxes")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "country", "region", "category"], name="taxrate_once"),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lt=100),
                name="taxrate_percent",
                violation_error_message=_("A tax is at least 0 and less than 100 percent."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.percent.normalize():f} % {self.country} {self.category}"


class Cart(MerchantOwned):
    class Status(models.TextChoices):
        OPEN = "open", _("open")
        ORDERED = "ordered", _("ordered")
        MERGED = "merged", _("merged")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="carts")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    currency = models.CharField(max_length=3)
    address = models.ForeignKey("customers.Address", null=True, blank=True, on_delete=models.SET_NULL)
    delivery_method = models.ForeignKey(DeliveryMethod, null=True, blank=True, on_delete=models.SET_NULL)
    codes = ArrayField(models.CharField(max_length=32), default=list, blank=True)  # as given, the first first
    version = models.PositiveIntegerField(default=0)  # grows with every change
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(status="open"), name="cart_one_open_per_customer"
            ),
        ]


class CartLine(MerchantOwned):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField(default=1)
    added_by = models.CharField(max_length=8, default="shopper")
    seen_price = MoneyField(max_digits=19, decimal_places=3, null=True, blank=True)  # what the shopper last read
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cartline_variant_once"),
            models.CheckConstraint(condition=models.Q(quantity__gte=1, quantity__lte=999), name="cartline_quantity"),
            fits_currency("seen_price", name="cartline_seen_price_fits"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"

    @property
    def hold_reference(self) -> str:
        """How the stock it holds names it; catalog reads nothing out of it."""
        return f"cart:{self.cart_id}:{self.pk}"
