"""The cart belongs to the customer, never to a conversation: it is the same on every channel."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .delivery import DeliveryMethod, PickupPoint


class Cart(MerchantOwned):
    class Status(models.TextChoices):
        OPEN = "open", _("open")
        ORDERED = "ordered", _("ordered")
        MERGED = "merged", _("merged")
        EXPIRED = "expired", _("expired")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="carts")
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    currency = models.CharField(_("currency"), max_length=3)
    address = models.ForeignKey("customers.Address", null=True, blank=True, on_delete=models.SET_NULL)
    delivery_method = models.ForeignKey(DeliveryMethod, null=True, blank=True, on_delete=models.SET_NULL)
    point = models.ForeignKey(PickupPoint, null=True, blank=True, on_delete=models.SET_NULL)  # of the method
    codes = ArrayField(models.CharField(max_length=32), default=list, blank=True)  # as given, the first first
    gift_to = models.CharField(max_length=80, blank=True)  # for whom its gift cards are, in the shopper's words
    gift_message = models.CharField(max_length=300, blank=True)
    # {"country", "postcode"} of a buyer of what needs no parcel, where a tax provider has to know; {} for nobody asked
    lives_in = models.JSONField(default=dict, blank=True)
    poured = models.JSONField(default=dict, editable=False)  # where its goods went when its order came to nothing
    version = models.PositiveIntegerField(default=0)  # grows with every change
    created_at = models.DateTimeField(_("created on"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed on"), auto_now=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        indexes = [
            models.Index(fields=["merchant", "updated_at"], condition=models.Q(status="open"), name="cart_open_since"),
            models.Index(
                fields=["merchant", "updated_at"], condition=models.Q(status="expired"), name="cart_lapsed_since"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(status="open"), name="cart_one_open_per_customer"
            ),
        ]

    def __str__(self) -> str:
        return f"№ {self.pk}"


class CartLine(MerchantOwned):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
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
