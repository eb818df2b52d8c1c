"""What was sent, with whom, and what the carrier says of it."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedJSONField

from apps.merchants.inbox import WAITING, OutsideEvent
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

from .order import Order, OrderLine


class Fulfilment(MerchantOwned):
    """One parcel. `position` counts them within their order: whoever sends the second twice has sent it once."""

    class State(models.TextChoices):
        SHIPPED = "shipped", _("shipped")
        DELIVERED = "delivered", _("delivered")

    class Stage(models.TextChoices):
        """How far the carrier says it has come, in this order; it never goes back."""

        UNKNOWN = "", _("not known")
        PRE_TRANSIT = "pre_transit", _("announced")
        IN_TRANSIT = "in_transit", _("on its way")
        OUT_FOR_DELIVERY = "out_for_delivery", _("out for delivery")
        PICK_UP = "pick_up", _("can be picked up")
        DELIVERED = "delivered", _("delivered")

    class Trouble(models.TextChoices):
        NONE = "", _("none")
        FAILURE = "failure", _("delivery failed")
        RETURNING = "returning", _("comes back")

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fulfilments")
    position = models.PositiveSmallIntegerField(_("parcel no."), default=1)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.SHIPPED)
    carrier = models.CharField(_("carrier"), max_length=40)
    tracking_number = models.CharField(_("tracking number"), max_length=60, blank=True)
    tracking_url = models.URLField(max_length=400, blank=True)
    shipped_at = models.DateTimeField(_("shipped on"))
    delivered_at = models.DateTimeField(_("delivered on"), null=True, blank=True)
    stage = models.CharField(
        _("says the carrier"), max_length=16, choices=Stage.choices, default=Stage.UNKNOWN, blank=True
    )
    trouble = models.CharField(_("trouble"), max_length=10, choices=Trouble.choices, default=Trouble.NONE, blank=True)
    needs_look = models.BooleanField(_("needs a look"), default=False)  # the merchant's task, until it is done

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("parcel")
        verbose_name_plural = _("parcels")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="fulfilment_position_once"),
            models.CheckConstraint(
                condition=models.Q(needs_look=False) | ~models.Q(trouble=""), name="fulfilment_looked_at_for_trouble"
            ),
        ]
        indexes = [models.Index(fields=["merchant", "tracking_number"], name="fulfilment_by_number")]

    def __str__(self) -> str:
        return f"{self.order.number}/{self.position}"

    @property
    def goods(self) -> str:
        """What is in it, as people read it."""
        return ", ".join(str(inside) for inside in self.lines.all())


class FulfilmentLine(MerchantOwned):
    """What is in a parcel."""

    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="parcels")
    quantity = models.PositiveIntegerField()

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("goods in a parcel")
        verbose_name_plural = _("goods in parcels")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["fulfilment", "line"], name="fulfilmentline_once"),
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="fulfilmentline_quantity"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.title}"


class TrackingEvent(MerchantOwned):
    fulfilment = models.ForeignKey(Fulfilment, on_delete=models.CASCADE, related_name="tracking")
    carrier = models.CharField(max_length=40)
    event_id = models.CharField(max_length=120)
    status = models.CharField(max_length=20)
    text = models.CharField(max_length=200, blank=True)
    occurred_at = models.DateTimeField()

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("news of a parcel")
        verbose_name_plural = _("news of parcels")
        constraints = [models.UniqueConstraint(fields=["merchant", "carrier", "event_id"], name="trackingevent_once")]


class CarrierAccount(MerchantOwned):
    """A merchant's account at a carrier that sends news of parcels; `name` is the path part of its webhook address."""

    provider = models.CharField(_("carrier"), max_length=20)
    name = models.SlugField(_("name in the address"), max_length=60)
    config: Any = EncryptedJSONField(_("settings"), default=dict)  # webhook_secret, mode
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("account at a carrier")
        verbose_name_plural = _("accounts at carriers")
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="carrieraccount_address")]

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


class CarrierEvent(OutsideEvent):
    """A carrier's event with what we need of it and nothing of the person. `account_id` is a CarrierAccount's."""

    event_id = models.CharField(_("number at the carrier"), max_length=120)
    status = models.CharField(_("status"), max_length=20)

    objects: ClassVar[models.Manager["CarrierEvent"]] = models.Manager()

    class Meta:
        verbose_name = _("carrier event")
        verbose_name_plural = _("carrier events")
        constraints = [models.UniqueConstraint(fields=["account_id", "event_id"], name="carrierevent_once")]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="carrierevent_waiting",
                condition=WAITING,
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} {self.event_id}"
