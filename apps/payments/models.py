"""Money: attempts, what providers told us of them, refunds. Amounts are always a fold over events."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from encrypted_fields.fields import EncryptedJSONField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager


class PaymentAccount(MerchantOwned):
    """A merchant's account at a provider; `name` is the path part of its webhook address."""

    provider = models.CharField(max_length=20, default="stripe")
    name = models.SlugField(max_length=60)
    config: Any = EncryptedJSONField(default=dict)  # api_key, webhook_secret, api_base, account
    uses_environment = models.BooleanField(default=False, editable=False)  # its keys are the environment's STRIPE_*
    is_active = models.BooleanField(default=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="paymentaccount_address")]

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


class Payment(MerchantOwned):
    """One attempt to pay an order. Only one may be open; making a new link ends the old."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PROCESSING = "processing", _("processing")
        SUCCEEDED = "succeeded", _("paid")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        REVIEW = "review", _("needs a look")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT)
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="payments")
    attempt = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    amount = MoneyField(max_digits=19, decimal_places=3)
    provider_session = models.CharField(max_length=120, blank=True)
    provider_payment = models.CharField(max_length=120, blank=True)
    url = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)  # when the provider was last asked
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "attempt"], name="payment_attempt_once"),
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(state__in=["open", "processing"]), name="payment_one_open"
            ),
            models.UniqueConstraint(
                fields=["account", "provider_session"],
                condition=~models.Q(provider_session=""),
                name="payment_session_once",
            ),
            fits_currency("amount", name="payment_amount_fits"),
        ]
        indexes = [
            models.Index(fields=["account", "provider_payment"]),
            models.Index(fields=["state", "created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.attempt}"


class PaymentEvent(MerchantOwned):
    """Append-only. Kinds: processing, captured, failed, expired, refunded, refund_failed, refund_pending, disputed,
    dispute_won, dispute_lost, mismatch."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=16)
    amount = MoneyField(max_digits=19, decimal_places=3)
    provider_ref = models.CharField(max_length=120)
    event_id = models.CharField(max_length=120, blank=True)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "kind", "provider_ref"], name="paymentevent_once"),
            fits_currency("amount", name="paymentevent_amount_fits"),
        ]


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
    amount = MoneyField(max_digits=19, decimal_places=3)
    delivery = models.DecimalField(max_digits=19, decimal_places=3, default=0)  # the part of `amount` for the delivery
    tax = models.DecimalField(max_digits=19, decimal_places=3, default=0)  # the tax in `amount`, as frozen on the order
    delivery_tax = models.DecimalField(max_digits=19, decimal_places=3, default=0)  # the part of `tax` for the delivery
    request = models.CharField(max_length=80, blank=True, editable=False)  # whoever asks twice by this name gets one
    reason = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    provider_ref = models.CharField(max_length=120, blank=True)
    actor = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    due_at = models.DateTimeField(default=clock.now, editable=False)  # when the provider is asked (again)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    error = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="refund_positive"),
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
    """Which goods a refund is for; amounts are in its currency, by what was frozen on the order's line."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey("orders.OrderLine", on_delete=models.PROTECT, related_name="refunds")
    quantity = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=19, decimal_places=3)
    tax = models.DecimalField(max_digits=19, decimal_places=3)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refundline_once"),
            models.CheckConstraint(condition=models.Q(quantity__gte=1), name="refundline_quantity"),
            models.CheckConstraint(
                condition=models.Q(tax__gte=0, tax__lte=models.F("amount")), name="refundline_tax_within"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.title}"


class WebhookEvent(models.Model):
    """A provider's event as it came, once. The table is the queue; no foreign keys.

    `account_id` is a PaymentAccount's, or 0 for the account of the environment.
    """

    account_id = models.BigIntegerField()
    event_id = models.CharField(max_length=255)
    kind = models.CharField(max_length=80)
    payload = models.JSONField()
    received_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField(default=clock.now)
    processed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    dead_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["WebhookEvent"]] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "event_id"], name="webhookevent_once")]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="webhookevent_waiting",
                condition=models.Q(processed_at__isnull=True, dead_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
