"""Money: attempts, what providers told us of them, refunds; gift cards. Amounts are always a fold over events."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from encrypted_fields.fields import EncryptedJSONField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.inbox import WAITING, OutsideEvent
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager


class PaymentAccount(MerchantOwned):
    """A merchant's account at a provider; `name` is the path part of its webhook address."""

    provider = models.CharField(_("provider"), max_length=20, default="stripe")
    name = models.SlugField(_("name in the address"), max_length=60)
    config: Any = EncryptedJSONField(_("access data"), default=dict)  # api_key, webhook_secret, api_base, account
    uses_environment = models.BooleanField(default=False, editable=False)  # its keys are the environment's STRIPE_*
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("payment account")
        verbose_name_plural = _("payment accounts")
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="paymentaccount_address")]

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


class GiftCard(MerchantOwned):
    """A code that is worth money; what is left on it is the balance of its account in the ledger.

    The code is told once, when the card is made: only its fingerprint is kept, and the last symbols people know it by.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False)
    ends = models.CharField(_("ends in"), max_length=4, editable=False)
    issued = MoneyField(_("issued with"), max_digits=19, decimal_places=3)
    expires_at = models.DateTimeField(_("good until"), null=True, blank=True)
    is_blocked = models.BooleanField(_("blocked"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    issued_by = models.ForeignKey(
        "accounts.User", verbose_name=_("made by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(_("created on"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("gift card")
        verbose_name_plural = _("gift cards")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "fingerprint"], name="giftcard_code_once"),
            models.CheckConstraint(condition=models.Q(issued__gt=0), name="giftcard_worth_something"),
            fits_currency("issued", name="giftcard_issued_fits"),
        ]

    def __str__(self) -> str:
        return f"•••• {self.ends}"

    @property
    def currency(self) -> str:
        return str(self.issued.currency)

    def is_usable(self, moment: dt.datetime) -> bool:
        return not self.is_blocked and (self.expires_at is None or self.expires_at > moment)


class GiftCardGuess(MerchantOwned):
    """How often a shopper has lately written a code that is none."""

    customer = models.OneToOneField("customers.Customer", on_delete=models.CASCADE, related_name="+")
    failures = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()

    objects: ClassVar[Any] = scoped_manager()


class CartTender(MerchantOwned):
    """What a cart shall be paid with before anything else: a gift card, or the shopper's credit where there is none.

    Taken out again, the row stays as a trace: whose card it is, is who has used it.
    """

    cart = models.ForeignKey("carts.Cart", on_delete=models.CASCADE, related_name="tenders")
    gift_card = models.ForeignKey(GiftCard, null=True, blank=True, on_delete=models.PROTECT, related_name="carts")
    is_on = models.BooleanField(default=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("means of payment of a cart")
        verbose_name_plural = _("means of payment of carts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "gift_card"], name="carttender_once", nulls_distinct=False)
        ]


class Payment(MerchantOwned):
    """One attempt to pay an order. Only one may be open at a provider; making a new link ends the old.

    A part that a gift card or credit pays is one of its own: its money is set aside with the draft (open), and the
    shop's when the order is placed; a draft that ends gives it back (expired).
    """

    class Tender(models.TextChoices):
        PROVIDER = "", _("provider")
        GIFT_CARD = "gift_card", _("gift card")
        STORE_CREDIT = "store_credit", _("store credit")
        EXCHANGE = "exchange", _("goods that come back")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PROCESSING = "processing", _("processing")
        SUCCEEDED = "succeeded", _("paid")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        REVIEW = "review", _("needs a look")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(PaymentAccount, null=True, blank=True, on_delete=models.PROTECT)
    tender = models.CharField(
        _("paid with"), max_length=12, choices=Tender.choices, blank=True, default=Tender.PROVIDER
    )
    gift_card = models.ForeignKey(
        GiftCard, verbose_name=_("gift card"), null=True, blank=True, on_delete=models.PROTECT, related_name="payments"
    )
    order = models.ForeignKey(
        "orders.Order", verbose_name=_("order"), on_delete=models.PROTECT, related_name="payments"
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    amount = MoneyField(_("amount"), max_digits=19, decimal_places=3)
    provider_session = models.CharField(max_length=120, blank=True)
    provider_payment = models.CharField(_("number at the provider"), max_length=120, blank=True)
    url = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)  # when the provider was last asked
    created_at = models.DateTimeField(_("date"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["order", "attempt"], name="payment_attempt_once"),
            models.UniqueConstraint(
                fields=["order"],
                condition=models.Q(state__in=["open", "processing"], tender=""),
                name="payment_one_open",
            ),
            models.UniqueConstraint(
                fields=["order", "tender", "gift_card"],
                condition=models.Q(state__in=["open", "succeeded"]) & ~models.Q(tender=""),
                name="payment_tender_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(tender="", account__isnull=False, gift_card__isnull=True)
                | models.Q(tender="gift_card", account__isnull=True, gift_card__isnull=False)
                | models.Q(tender__in=["store_credit", "exchange"], account__isnull=True, gift_card__isnull=True),
                name="payment_comes_from_somewhere",
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
        verbose_name = _("news of a payment")
        verbose_name_plural = _("news of payments")
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
    amount = MoneyField(_("amount"), max_digits=19, decimal_places=3)
    delivery = models.DecimalField(max_digits=19, decimal_places=3, default=0)  # the part of `amount` for the delivery
    tax = models.DecimalField(max_digits=19, decimal_places=3, default=0)  # the tax in `amount`, as frozen on the order
    delivery_tax = models.DecimalField(max_digits=19, decimal_places=3, default=0)  # the part of `tax` for the delivery
    request = models.CharField(max_length=100, blank=True, editable=False)  # whoever asks twice by this name gets one
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    to_credit = models.BooleanField(
        _("as store credit"), default=False
    )  # becomes store credit instead of going back the way it came
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


class WebhookEvent(OutsideEvent):
    """A provider's event as it came. `account_id` is a PaymentAccount's, or 0 for the account of the environment."""

    event_id = models.CharField(_("number at the provider"), max_length=255)
    kind = models.CharField(_("kind"), max_length=80)

    objects: ClassVar[models.Manager["WebhookEvent"]] = models.Manager()

    class Meta:
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")
        constraints = [models.UniqueConstraint(fields=["account_id", "event_id"], name="webhookevent_once")]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="webhookevent_waiting",
                condition=WAITING,
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
