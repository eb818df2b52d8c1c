"""Disputes: what a bank takes back for its cardholder, what the shop says to that, and how it ended."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from ..provider import Claim, Stand
from .attempts import Payment


class Dispute(MerchantOwned):
    """What the provider tells, and the shop's answer: written first, under a lock, then handed in once by its own key."""

    class State(models.TextChoices):
        OPEN = "open", _("waits for your answer")
        REVIEW = "review", _("with the bank")
        DROPPED = "dropped", _("the bank let it be")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    class Wish(models.TextChoices):
        NONE = "", _("not answered")
        ANSWER = "answer", _("evidence handed in")
        ACCEPT = "accept", _("accepted")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    provider_ref = models.CharField(_("number at the provider"), max_length=120)
    reason = models.CharField(_("reason"), max_length=60)  # the provider's word
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    is_inquiry = models.BooleanField(_("the bank only asks"), default=False)
    amount = MoneyField(_("amount"), max_digits=19, decimal_places=3)
    withheld = MoneyField(_("taken for it"), max_digits=19, decimal_places=3, default=0)
    fee = MoneyField(_("fee of the provider"), max_digits=19, decimal_places=3, default=0)
    due_by = models.DateTimeField(_("answer until"), null=True, blank=True)
    answers = models.PositiveSmallIntegerField(default=0, editable=False)  # handed in, as the provider counts
    moves = models.PositiveSmallIntegerField(default=0, editable=False)  # how often money moved for it
    opened_at = models.DateTimeField(_("date"))
    evidence = models.JSONField(default=dict, blank=True)  # {a key of EVIDENCE: what the shop says}
    sends_invoice = models.BooleanField(_("with the invoice"), default=True)
    receipt = models.CharField(max_length=120, blank=True, editable=False)  # the provider's name of the invoice
    wish = models.CharField(_("answer"), max_length=6, choices=Wish.choices, blank=True, default=Wish.NONE)
    wished_by = models.ForeignKey(
        "accounts.User", verbose_name=_("answered by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    wished_at = models.DateTimeField(_("answered on"), null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)  # the provider has taken the answer
    due_at = models.DateTimeField(default=clock.now, editable=False)  # when the provider is told (again)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    refusals = models.PositiveSmallIntegerField(
        default=0, editable=False
    )  # after each, another answer with another key
    error = models.CharField(_("error"), max_length=300, blank=True, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "provider_ref"], name="dispute_once"),
            models.CheckConstraint(
                condition=models.Q(wish="", wished_at__isnull=True, done_at__isnull=True)
                | (~models.Q(wish="") & models.Q(wished_at__isnull=False)),
                name="dispute_answer_has_its_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(is_inquiry=False, state__in=["open", "review", "won", "lost"])
                | models.Q(is_inquiry=True, state__in=["open", "review", "dropped"]),
                name="dispute_state_fits",
            ),
            models.CheckConstraint(
                condition=~models.Q(wish="accept") | models.Q(is_inquiry=False), name="dispute_inquiry_is_not_lost"
            ),
            fits_currency("amount", name="dispute_amount_fits"),
            fits_currency("withheld", name="dispute_withheld_fits"),
            fits_currency("fee", name="dispute_fee_fits"),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="dispute_unsent", condition=~models.Q(wish="") & models.Q(done_at__isnull=True)
            ),
            models.Index(fields=["merchant", "due_by"], name="dispute_open", condition=models.Q(state="open", wish="")),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.get_state_display()}"

    @property
    def is_to_answer(self) -> bool:
        """Whether the bank still waits and nobody of the shop has answered."""
        is_late = self.due_by is not None and self.due_by <= clock.now()
        return self.state == self.State.OPEN and not self.wish and not is_late

    @property
    def claim(self) -> Claim:
        """What the provider told last, as it tells it."""
        return Claim(
            ref=self.provider_ref,
            reason=self.reason,
            stand=Stand(self.state),
            is_inquiry=self.is_inquiry,
            amount=self.amount,
            opened_at=self.opened_at,
            due_by=self.due_by,
            answers=self.answers,
            moves=self.moves,
            withheld=self.withheld,
            fee=self.fee,
        )
