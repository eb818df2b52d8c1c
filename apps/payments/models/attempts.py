"""Attempts to pay an order, and what became of each: amounts are always a fold over events."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .accounts import PaymentAccount
from .bills import Bill
from .cards import Payer, SavedCard
from .gift_cards import GiftCard


class Payment(MerchantOwned):
    """One attempt to pay an order. Only one may be open at a provider; making a new link ends the old.

    Where the money is taken when goods leave (`captures_on_shipping`), it is first authorised: reserved with the payer's
    bank. One capture takes of it what has not been let go before, or nothing, and then it is released.

    A part that a gift card or credit pays is one of its own: its money is set aside with the draft (open), and the
    shop's when the order is placed; a draft that ends gives it back (expired).
    """

    class Tender(models.TextChoices):
        PROVIDER = "", _("provider")
        GIFT_CARD = "gift_card", _("gift card")
        STORE_CREDIT = "store_credit", _("store credit")
        EXCHANGE = "exchange", _("goods that come back")

    class TakenAs(models.TextChoices):
        """Money that no provider of ours brought: somebody of the shop took it by hand, or a chat platform let the shop's
        own account there take it. It goes back by hand."""

        CASH = "cash", _("cash")
        TERMINAL = "terminal", _("card at the till")
        TELEGRAM = "telegram", _("in Telegram")

    AT_TILL = (TakenAs.CASH, TakenAs.TERMINAL)

    class State(models.TextChoices):
        OPEN = "open", _("open")
        PROCESSING = "processing", _("processing")
        AUTHORISED = "authorised", _("reserved")
        SUCCEEDED = "succeeded", _("paid")
        RELEASED = "released", _("reserved and let go")
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
    captures_on_shipping = models.BooleanField(_("taken when goods leave"), default=False, editable=False)
    capture_before = models.DateTimeField(_("reserved until"), null=True, editable=False)
    # What its events say, in its currency, kept with each of them; nothing of what is under review.
    authorised = models.DecimalField(max_digits=19, decimal_places=3, default=0, editable=False)
    captured = models.DecimalField(_("money taken"), max_digits=19, decimal_places=3, default=0, editable=False)
    refunded = models.DecimalField(max_digits=19, decimal_places=3, default=0, editable=False)
    taken_as = models.CharField(_("taken as"), max_length=8, choices=TakenAs.choices, blank=True, default="")
    taken_by = models.ForeignKey(
        "accounts.User", verbose_name=_("taken by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    bill = models.ForeignKey(
        Bill,
        verbose_name=_("bill in the thread"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="payments",
    )
    # What the chat platform calls it that took the money; `provider_payment` is what the shop's account behind it does.
    platform_charge = models.CharField(_("number at the platform"), max_length=120, blank=True)
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
                | models.Q(
                    tender="",
                    account__isnull=True,
                    gift_card__isnull=True,
                    taken_as__in=["cash", "terminal", "telegram"],
                )
                | models.Q(tender="gift_card", account__isnull=True, gift_card__isnull=False, taken_as="")
                | models.Q(
                    tender__in=["store_credit", "exchange"], account__isnull=True, gift_card__isnull=True, taken_as=""
                ),
                name="payment_comes_from_somewhere",
            ),
            models.CheckConstraint(
                condition=models.Q(taken_as="telegram", bill__isnull=False) & ~models.Q(platform_charge="")
                | ~models.Q(taken_as="telegram") & models.Q(bill__isnull=True, platform_charge=""),
                name="payment_in_thread_has_bill",
            ),
            models.UniqueConstraint(
                fields=["merchant", "platform_charge"],
                condition=~models.Q(platform_charge=""),
                name="payment_platform_charge_once",
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
            models.CheckConstraint(
                condition=models.Q(captured__gte=0, captured__lte=models.F("authorised")),
                name="payment_captured_within",
            ),
            models.CheckConstraint(
                condition=models.Q(refunded__gte=0, refunded__lte=models.F("captured")),
                name="payment_refunded_within",
            ),
            fits_currency("amount", name="payment_amount_fits"),
        ]
        indexes = [
            models.Index(fields=["account", "provider_payment"]),
            models.Index(fields=["capture_before"], name="payment_reserved", condition=models.Q(state="authorised")),
            models.Index(fields=["state", "created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.attempt}"

    @property
    def is_known_outside(self) -> bool:
        """Whether the provider has told us by what name it knows it."""
        return bool(self.provider_session or self.provider_payment)


class PaymentEvent(MerchantOwned):
    """Append-only. Kinds: processing, authorised, captured, voided, failed, expired, refunded, released, refund_failed,
    refund_pending, disputed, dispute_won, dispute_lost, inquiry, mismatch."""

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
