"""Money: attempts, what providers told us of them, refunds; gift cards. Amounts are always a fold over events."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from encrypted_fields.fields import EncryptedCharField, EncryptedJSONField

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
    keeps_cards = models.BooleanField(
        _("cards may be kept"),
        default=False,
        help_text=_("At the checkout the shopper may let the card be kept, and pay with it by a tap in the thread."),
    )

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("payment account")
        verbose_name_plural = _("payment accounts")
        constraints = [models.UniqueConstraint(fields=["provider", "name"], name="paymentaccount_address")]

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


class Payer(MerchantOwned):
    """A shopper as a provider knows them, so that cards can be kept there; it is told nothing of who they are."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, related_name="payers")
    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="payers")
    provider_customer = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("shopper at a provider")
        verbose_name_plural = _("shoppers at providers")
        constraints = [
            models.UniqueConstraint(fields=["account", "customer"], name="payer_once"),
            models.UniqueConstraint(
                fields=["account", "provider_customer"],
                condition=~models.Q(provider_customer=""),
                name="payer_provider_once",
            ),
        ]


class SavedCard(MerchantOwned):
    """A card the shopper let be kept. The provider has it; we know what to call it, and never a number."""

    payer = models.ForeignKey(Payer, on_delete=models.CASCADE, related_name="cards")
    provider_method = models.CharField(max_length=120)
    brand = models.CharField(_("brand"), max_length=20)
    last4 = models.CharField(_("ends in"), max_length=4)
    exp_month = models.PositiveSmallIntegerField(_("month"))
    exp_year = models.PositiveSmallIntegerField(_("year"))
    kept_at = models.DateTimeField(_("kept since"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("saved card")
        verbose_name_plural = _("saved cards")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["payer", "provider_method"], name="savedcard_method_once"),
            models.UniqueConstraint(fields=["payer", "brand", "last4", "exp_month", "exp_year"], name="savedcard_once"),
            models.CheckConstraint(condition=models.Q(last4__regex=r"^[0-9]{4}$"), name="savedcard_four_digits"),
            models.CheckConstraint(condition=models.Q(exp_month__range=(1, 12)), name="savedcard_month"),
        ]

    def __str__(self) -> str:
        return f"{self.brand_name} •••• {self.last4}"

    @property
    def brand_name(self) -> str:
        """As people call it, short enough for a button."""
        return BRANDS.get(self.brand, self.brand.replace("_", " ").title()[:10])

    def is_over(self, moment: dt.datetime) -> bool:
        """A card is good until the last day of its month."""
        return (self.exp_year, self.exp_month) < (moment.year, moment.month)


BRANDS = {
    "visa": "Visa", "mastercard": "Mastercard", "amex": "Amex", "discover": "Discover", "diners": "Diners",
    "jcb": "JCB", "unionpay": "UnionPay", "eftpos_au": "eftpos", "cartes_bancaires": "CB",
}  # fmt: skip


class CardRemoval(MerchantOwned):
    """A kept card, or a shopper with all of theirs, to be removed at the provider; done, it says: never keep it again."""

    account = models.ForeignKey(PaymentAccount, on_delete=models.PROTECT, related_name="removals")
    provider_ref = models.CharField(max_length=120)
    due_at = models.DateTimeField(default=clock.now)
    done_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("card to be removed")
        verbose_name_plural = _("cards to be removed")
        constraints = [models.UniqueConstraint(fields=["account", "provider_ref"], name="cardremoval_once")]
        indexes = [
            models.Index(fields=["due_at"], name="cardremoval_waiting", condition=models.Q(done_at__isnull=True))
        ]


class GiftCard(MerchantOwned):
    """A code that is worth money; what is left on it is the balance of its account in the ledger.

    The code is told once, when the card is made: only its fingerprint is kept, and the last symbols people know it by.
    One that was bought keeps it sealed as well, for its buyer alone, who may not have read it yet; never once it is void.
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
    sold_in = models.ForeignKey(
        "orders.OrderLine",
        verbose_name=_("sold in"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="gift_cards",
    )
    piece = models.PositiveSmallIntegerField(null=True, editable=False)  # which of that line's, from 1
    sealed: Any = EncryptedCharField(max_length=40, null=True, editable=False)
    voided_at = models.DateTimeField(_("void since"), null=True, editable=False)
    created_at = models.DateTimeField(_("created on"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("gift card")
        verbose_name_plural = _("gift cards")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "fingerprint"], name="giftcard_code_once"),
            models.UniqueConstraint(
                fields=["sold_in", "piece"],
                condition=models.Q(sold_in__isnull=False),
                name="giftcard_once_for_each_piece_sold",
            ),
            models.CheckConstraint(
                condition=models.Q(sold_in=None, piece=None)
                | models.Q(sold_in__isnull=False, piece__isnull=False, piece__gte=1),
                name="giftcard_sold_as_a_piece",
            ),
            models.CheckConstraint(
                condition=models.Q(sealed=None) | models.Q(sold_in__isnull=False, voided_at=None),
                name="giftcard_code_kept_while_good",
            ),
            models.CheckConstraint(condition=models.Q(issued__gt=0), name="giftcard_worth_something"),
            fits_currency("issued", name="giftcard_issued_fits"),
        ]

    def __str__(self) -> str:
        return f"•••• {self.ends}"

    @property
    def currency(self) -> str:
        return str(self.issued.currency)

    def is_usable(self, moment: dt.datetime) -> bool:
        return not self.is_blocked and self.voided_at is None and (self.expires_at is None or self.expires_at > moment)


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

    class TakenAs(models.TextChoices):
        """Money somebody of the shop took by hand; it has no provider, and goes back by hand."""

        CASH = "cash", _("cash")
        TERMINAL = "terminal", _("card at the till")

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
    is_off_session = models.BooleanField(_("by a saved card"), default=False)
    payer = models.ForeignKey(Payer, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    card = models.ForeignKey(
        SavedCard, verbose_name=_("saved card"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    trouble = models.CharField(_("why it failed"), max_length=60, blank=True, editable=False)  # the provider's word
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    amount = MoneyField(_("amount"), max_digits=19, decimal_places=3)
    taken_as = models.CharField(_("taken as"), max_length=8, choices=TakenAs.choices, blank=True, default="")
    taken_by = models.ForeignKey(
        "accounts.User", verbose_name=_("taken by"), null=True, blank=True, on_delete=models.SET_NULL
    )
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
                condition=models.Q(tender="", account__isnull=False, gift_card__isnull=True, taken_as="")
                | models.Q(tender="", account__isnull=True, gift_card__isnull=True, taken_as__in=["cash", "terminal"])
                | models.Q(tender="gift_card", account__isnull=True, gift_card__isnull=False, taken_as="")
                | models.Q(
                    tender__in=["store_credit", "exchange"], account__isnull=True, gift_card__isnull=True, taken_as=""
                ),
                name="payment_comes_from_somewhere",
            ),
            models.CheckConstraint(
                condition=models.Q(is_off_session=False) | models.Q(tender="", provider_session=""),
                name="payment_off_session_has_no_page",
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

    @property
    def is_known_outside(self) -> bool:
        """Whether the provider has told us by what name it knows it."""
        return bool(self.provider_session or self.provider_payment)


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
