"""Points: what a shop promises its regulars, who joined, and an append-only book of every point given and taken."""

import datetime as dt
import secrets
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.afterwards import after_commit
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .signals import loyalty_event_recorded

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread


def new_code() -> str:
    """Eight signs that can be read out: 40 bits, and worth nothing to anybody but whose it is."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(8))


class AppendOnly(Exception):
    """Entries of the book are only ever added."""


class LoyaltyProgramme(MerchantOwned):
    """A merchant's rules; one per merchant. Switched off, nothing is earned and the thread does not speak of it."""

    class Rounding(models.TextChoices):
        DOWN = "down", _("down")
        HALF_UP = "half_up", _("half up")
        UP = "up", _("up")

    class Clawback(models.TextChoices):
        CLAMP = "clamp", _("never below zero")
        NEGATIVE = "negative", _("the balance may fall below zero")

    is_active = models.BooleanField(_("points are given"), default=False)
    points = models.PositiveIntegerField(_("points"), default=1, validators=[MaxValueValidator(100_000)])
    per_amount = models.DecimalField(
        _("for every"),
        max_digits=12,
        decimal_places=3,
        default=1,
        validators=[MinValueValidator(Decimal("0.001"))],
        help_text=_("An amount in the shop's currency. 3 points for every 2 is one and a half per unit, exactly."),
    )
    rounding = models.CharField(_("rounding"), max_length=8, choices=Rounding.choices, default=Rounding.DOWN)
    return_days = models.PositiveSmallIntegerField(
        _("days before points can be spent"), default=30, help_text=_("As long as goods may be returned.")
    )
    expiry_months = models.PositiveSmallIntegerField(
        _("months until points expire"), default=12, help_text=_("0 means never.")
    )
    clawback = models.CharField(
        _("points of returned goods that are spent already"),
        max_length=8,
        choices=Clawback.choices,
        default=Clawback.CLAMP,
    )
    first_order_bonus = models.PositiveIntegerField(_("for the first order"), default=0)
    review_bonus = models.PositiveIntegerField(_("for a rating"), default=0)
    birthday_bonus = models.PositiveIntegerField(_("for a birthday"), default=0)
    referrer_bonus = models.PositiveIntegerField(_("for inviting a friend"), default=0)
    friend_bonus = models.PositiveIntegerField(_("for the invited friend"), default=0)
    grace_days = models.PositiveSmallIntegerField(_("days of grace before a lower tier"), default=30)
    terms_url = models.URLField(_("terms"), blank=True, help_text=_("Shown before somebody joins."))

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("rules of the points")
        verbose_name_plural = _("rules")
        constraints = [
            models.UniqueConstraint(fields=["merchant"], name="loyaltyprogramme_once"),
            models.CheckConstraint(condition=Q(per_amount__gt=0), name="loyaltyprogramme_ratio"),
        ]

    def __str__(self) -> str:
        return f"{self.points} : {self.per_amount.normalize():f}"

    @property
    def ratio(self) -> Fraction:
        """Points per unit of currency, exactly."""
        return Fraction(self.points) / Fraction(self.per_amount)

    @property
    def may_be_negative(self) -> bool:
        return self.clawback == self.Clawback.NEGATIVE


class Tier(MerchantOwned):
    """Reached with so many points in the last twelve months; its members earn faster, and offers and prices may be theirs."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=40)  # translated
    threshold = models.PositiveIntegerField(_("points in twelve months"))
    earn_percent = models.PositiveSmallIntegerField(
        _("earns, in percent"),
        default=100,
        validators=[MinValueValidator(100), MaxValueValidator(1000)],
        help_text=_("150 gives half as many points again."),
    )

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        ordering = ["threshold"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "threshold"], name="tier_once_per_threshold"),
            models.CheckConstraint(condition=Q(earn_percent__gte=100), name="tier_earns_no_less"),
        ]

    def __str__(self) -> str:
        return self.name


class LoyaltyMembership(MerchantOwned):
    """Somebody who joined. The counters are what the book says; whoever writes an entry moves them with it."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.OneToOneField(
        "customers.Customer", verbose_name=_("customer"), on_delete=models.PROTECT, related_name="loyalty"
    )
    code = models.CharField(
        _("invitation code"), max_length=12, default=new_code, editable=False
    )  # what friends are invited with
    balance = models.BigIntegerField(_("balance"), default=0, editable=False)  # can be spent now
    pending = models.BigIntegerField(_("pending"), default=0, editable=False)  # waits for the end of a return window
    lifetime = models.BigIntegerField(
        _("points in all"), default=0, editable=False
    )  # all that was earned and not taken back
    may_be_negative = models.BooleanField(default=False, editable=False)  # as the policy was when it last mattered
    tier = models.ForeignKey(
        Tier, verbose_name=_("level"), null=True, blank=True, on_delete=models.SET_NULL, editable=False
    )
    tier_until = models.DateTimeField(
        _("level until"), null=True, blank=True, editable=False
    )  # grace: then a lower tier is due
    birth_month = models.PositiveSmallIntegerField(_("month of birth"), null=True, blank=True)
    birth_day = models.PositiveSmallIntegerField(_("day of birth"), null=True, blank=True)
    birthday_told_at = models.DateTimeField(null=True, blank=True)
    terms = models.CharField(_("terms"), max_length=300, blank=True, editable=False)  # what was shown when they joined
    joined_at = models.DateTimeField(_("member since"), default=clock.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)  # the person was forgotten
    settled_at = models.DateTimeField(default=clock.now, editable=False)  # up to when due points were booked
    next_change_at = models.DateTimeField(null=True, blank=True, editable=False)  # when points become due again
    warned_until = models.DateTimeField(null=True, blank=True, editable=False)  # what expires by then was told

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="loyalty_code_once"),
            models.CheckConstraint(condition=Q(balance__gte=0) | Q(may_be_negative=True), name="loyalty_balance"),
            models.CheckConstraint(condition=Q(pending__gte=0), name="loyalty_pending"),
            models.CheckConstraint(condition=Q(lifetime__gte=0), name="loyalty_lifetime"),
            models.CheckConstraint(
                condition=Q(birth_month=None, birth_day=None)
                | Q(
                    birth_month__isnull=False,
                    birth_month__range=(1, 12),
                    birth_day__isnull=False,
                    birth_day__range=(1, 31),
                    birthday_told_at__isnull=False,
                ),
                name="loyalty_birthday",
            ),
        ]
        indexes = [
            models.Index(fields=["next_change_at"], name="loyalty_due", condition=Q(next_change_at__isnull=False)),
            models.Index(fields=["merchant", "birth_month", "birth_day"], name="loyalty_birthdays"),
        ]

    def __str__(self) -> str:
        return f"{self.customer} · {self.balance}"

    def record(self, kind: str, **data: Any) -> "LoyaltyEvent":
        """Write a fact worth telling in the transaction of the change; after commit, wake who listens."""
        event = LoyaltyEvent.objects.create(
            merchant_id=self.merchant_id, membership=self, kind=kind, data=data, created_at=clock.now()
        )
        after_commit(loyalty_event_recorded.send, LoyaltyEvent, membership_id=self.pk, kind=kind)
        return event


class PointsEntry(MerchantOwned):
    """One line of the book. Credits open lots that are spent by earliest expiry; nothing is ever changed or removed.

    `points` moves what can be spent, now or later; `counts` moves what counts for tiers and for life. They differ
    where points of returned goods were spent already, and where a lot changes hands.
    """

    class Kind(models.TextChoices):
        EARN = "earn", _("earned")
        REDEEM = "redeem", _("redeemed")
        REDEEM_ROLLBACK = "redeem_rollback", _("given back")
        CLAWBACK = "clawback", _("taken back")
        EXPIRE = "expire", _("expired")
        MANUAL = "manual", _("corrected")

    class Rule(models.TextChoices):
        ORDER = "order", _("order")
        FIRST_ORDER = "first_order", _("first order")
        REVIEW = "review", _("rating")
        BIRTHDAY = "birthday", _("birthday")
        REFERRER = "referrer", _("invited a friend")
        FRIEND = "friend", _("came by invitation")
        REWARD = "reward", _("reward")
        MERGE = "merge", _("accounts joined")
        DESK = "desk", _("by the shop")

    membership = models.ForeignKey(
        LoyaltyMembership, verbose_name=_("member"), on_delete=models.PROTECT, related_name="entries"
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    rule = models.CharField(_("rule"), max_length=12, choices=Rule.choices)
    points = models.IntegerField(_("points"))
    counts = models.IntegerField(default=0)
    source = models.CharField(max_length=80)  # what it is for; once per membership and kind
    reference = models.CharField(max_length=40, blank=True, db_index=True)  # the order it hangs on: "order:12"
    lot = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="taken")
    available_at = models.DateTimeField(
        _("can be spent from")
    )  # of a credit: from when; of what takes it back: the same
    expires_at = models.DateTimeField(_("expire on"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(
        "accounts.User", verbose_name=_("done by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(_("date"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("points given or taken")
        verbose_name_plural = _("points given and taken")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["membership", "kind", "source"], name="pointsentry_once"),
            models.CheckConstraint(
                condition=Q(kind="earn", points__gte=0)
                | Q(kind="redeem", points__lt=0)
                | Q(kind="redeem_rollback", points__gt=0)
                | Q(kind="clawback", points__lte=0)
                | Q(kind="expire", points__lt=0)
                | Q(kind="manual"),
                name="pointsentry_sign",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["clawback", "expire"], lot__isnull=False) | ~Q(kind__in=["clawback", "expire"]),
                name="pointsentry_names_its_lot",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("available_at")), name="pointsentry_times"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d} {self.get_kind_display()}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly(f"entry {self.pk} stands")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly(f"entry {self.pk} stands")


class LoyaltyEvent(MerchantOwned):
    """What a member may like to hear; told by notifications."""

    membership = models.ForeignKey(LoyaltyMembership, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12)  # earned | available | bonus | tier | expiring
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("news about points")
        verbose_name_plural = _("news about points")
        ordering = ["pk"]
        indexes = [models.Index(fields=["created_at", "id"])]


class RewardKind(models.TextChoices):
    AMOUNT_OFF = "amount_off", _("money off")
    FREE_DELIVERY = "free_delivery", _("free delivery")
    FREE_PRODUCT = "free_product", _("a product for free")


def _fits_kind(name: str) -> models.CheckConstraint:
    """An amount off has an amount, a free product a number, free delivery neither."""
    return models.CheckConstraint(
        condition=Q(kind="amount_off", amount__isnull=False, amount__gt=0, sku="")
        | Q(kind="free_delivery", amount__isnull=True, sku="")
        | (Q(kind="free_product", amount__isnull=True) & ~Q(sku="")),
        name=name,
    )


class Reward(MerchantOwned):
    """Something points are good for."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=60)  # translated
    kind = models.CharField(_("kind"), max_length=16, choices=RewardKind.choices, default=RewardKind.AMOUNT_OFF)
    cost = models.PositiveIntegerField(_("points"), validators=[MinValueValidator(1)])
    amount = MoneyField(_("amount"), max_digits=19, decimal_places=3, null=True, blank=True)
    sku = models.CharField(_("product number"), max_length=64, blank=True)
    valid_days = models.PositiveSmallIntegerField(
        _("days the voucher is good for"), default=90, help_text=_("0 means without end.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ["position", "cost", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(cost__gte=1), name="reward_cost"),
            _fits_kind("reward_fits_kind"),
            fits_currency("amount", name="reward_amount_fits"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What the kind asks for is there, and nothing else."""
        has_amount = self.amount is not None and self.amount.amount > 0
        if self.kind == RewardKind.AMOUNT_OFF and not has_amount:
            raise ValidationError({"amount": _("Money off needs an amount.")})
        if self.kind != RewardKind.AMOUNT_OFF and self.amount is not None:
            raise ValidationError({"amount": _("Only money off has an amount.")})
        if self.kind == RewardKind.FREE_PRODUCT and not self.sku:
            raise ValidationError({"sku": _("Say which product is for free.")})
        if self.kind != RewardKind.FREE_PRODUCT and self.sku:
            raise ValidationError({"sku": _("Only a product for free has a product number.")})

    def voucher(self, *, now: dt.datetime, **facts: Any) -> "RewardVoucher":
        """What it is redeemed for, as the reward stands at this moment; not saved."""
        return RewardVoucher(
            merchant_id=self.merchant_id,
            reward=self,
            kind=self.kind,
            amount=self.amount,
            sku=self.sku,
            cost=self.cost,
            expires_at=now + dt.timedelta(days=self.valid_days) if self.valid_days else None,
            created_at=now,
            **facts,
        )


class RewardVoucher(MerchantOwned):
    """What a redemption left in the shopper's hand: used once, by its owner. A copy of the reward as it was."""

    class State(models.TextChoices):
        OPEN = "open", _("can be used")
        USED = "used", _("used")
        VOID = "void", _("void")

    membership = models.ForeignKey(
        LoyaltyMembership, verbose_name=_("member"), on_delete=models.PROTECT, related_name="vouchers"
    )
    reward = models.ForeignKey(Reward, verbose_name=_("reward"), on_delete=models.PROTECT)
    code = models.CharField(_("code"), max_length=12, default=new_code)
    kind = models.CharField(_("kind"), max_length=16, choices=RewardKind.choices)
    amount = MoneyField(max_digits=19, decimal_places=3, null=True, blank=True)
    sku = models.CharField(max_length=64, blank=True)
    cost = models.PositiveIntegerField(_("points"))
    redemption = models.CharField(max_length=80)  # the source of its entry in the book
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    used_for = models.CharField(_("used for"), max_length=40, blank=True)  # "order:12"
    used_at = models.DateTimeField(_("used on"), null=True, blank=True)
    expires_at = models.DateTimeField(_("good until"), null=True, blank=True)
    created_at = models.DateTimeField(_("date"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="rewardvoucher_code_once"),
            models.UniqueConstraint(fields=["membership", "redemption"], name="rewardvoucher_once"),
            models.CheckConstraint(
                condition=Q(state="used", used_at__isnull=False) & ~Q(used_for="")
                | Q(state__in=["open", "void"], used_at=None, used_for=""),
                name="rewardvoucher_state",
            ),
            _fits_kind("rewardvoucher_fits_kind"),
            fits_currency("amount", name="rewardvoucher_amount_fits"),
        ]
        indexes = [models.Index(fields=["used_for"], name="rewardvoucher_used_for", condition=~Q(used_for=""))]

    def __str__(self) -> str:
        return self.code

    def is_usable(self, moment: dt.datetime) -> bool:
        return self.state == self.State.OPEN and (self.expires_at is None or self.expires_at > moment)


class Referral(MerchantOwned):
    """Somebody came by a member's invitation. Both are paid when the friend's first order can no longer be returned."""

    class State(models.TextChoices):
        INVITED = "invited", _("invited")
        ORDERED = "ordered", _("ordered")
        REVIEW = "review", _("to be looked at")
        PAID = "paid", _("paid")
        REFUSED = "refused", _("refused")

    referrer = models.ForeignKey(
        LoyaltyMembership, verbose_name=_("invited by"), on_delete=models.PROTECT, related_name="referrals"
    )
    friend = models.OneToOneField(
        "customers.Customer", verbose_name=_("invited friend"), on_delete=models.PROTECT, related_name="referral"
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.INVITED)
    reference = models.CharField(max_length=40, blank=True)  # the friend's order
    due_at = models.DateTimeField(_("due on"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    decided_by = models.ForeignKey(
        "accounts.User", verbose_name=_("judged by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    decided_with = models.CharField(max_length=40, blank=True, editable=False)  # the program that judged: "token:12"
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("date"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="ordered", due_at__isnull=False) & ~Q(reference="") | ~Q(state="ordered"),
                name="referral_ordered",
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="referral_due", condition=Q(state="ordered"))]

    def __str__(self) -> str:
        return f"{self.referrer_id} → {self.friend_id}"

    @property
    def is_judged(self) -> bool:
        """Somebody of the shop has looked; it is paid when due and not looked at again."""
        return self.decided_at is not None
