"""Promotions, the codes that open them, and one row for every time one was used."""

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

CODE = RegexValidator(r"^[A-Z0-9][A-Z0-9_-]{2,31}\Z", _("3 to 32 letters A–Z, digits, - and _."))


def _within(limit: str, *, name: str) -> models.CheckConstraint:
    """The counter never passes its limit, whoever counts."""
    return models.CheckConstraint(
        condition=models.Q(uses__gte=0)
        & (models.Q(**{f"{limit}__isnull": True}) | models.Q(uses__lte=models.F(limit))),
        name=name,
        violation_error_message=_("It has been used more often than that already."),
    )


class Counted(MerchantOwned):
    """Its counter moves with the uses alone; a form that was open meanwhile does not set it back."""

    uses = models.PositiveIntegerField(_("used"), default=0, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding and kwargs.get("update_fields") is None:
            fields = (field for field in self._meta.concrete_fields if not field.primary_key)
            kwargs["update_fields"] = [field.name for field in fields if field.name != "uses"]
        super().save(*args, **kwargs)


class Promotion(Counted):
    """What is off, on which goods, when and for whom; with no goods named it is about everything."""

    class Kind(models.TextChoices):
        PERCENTAGE = "percentage", _("percentage off")
        AMOUNT = "amount", _("amount off")
        BUY_X_GET_Y = "buy_x_get_y", _("buy some, get some")
        FREE_DELIVERY = "free_delivery", _("free delivery")
        SET = "set", _("set at one price")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=60, help_text=_("Shoppers read it beside the amount."))  # translated
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.PERCENTAGE)
    percent = models.DecimalField(
        _("percent"),
        max_digits=5,
        decimal_places=2,
        default=100,
        validators=[MinValueValidator(0.01), MaxValueValidator(100)],
        help_text=_("Of the goods; with buy some, get some: of the pieces given, 100 for free."),
    )
    amount = MoneyField(
        _("amount"),
        max_digits=19,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("What is off; of a set, what one of each of its products costs together."),
    )
    buy_quantity = models.PositiveSmallIntegerField(_("buy"), default=0)
    get_quantity = models.PositiveSmallIntegerField(_("get"), default=0)
    products: Any = models.ManyToManyField(
        "catalog.Product", verbose_name=_("products"), blank=True, related_name="promotions"
    )
    categories: Any = models.ManyToManyField(
        "catalog.Category", verbose_name=_("categories"), blank=True, related_name="promotions"
    )
    collections: Any = models.ManyToManyField(
        "catalog.Collection",
        verbose_name=_("collections"),
        blank=True,
        related_name="promotions",
        help_text=_(
            "What is in them when the shopper pays, as long as they are shown; a piece in the cart counts as in stock."
        ),
    )
    min_subtotal = MoneyField(_("from an amount of"), max_digits=19, decimal_places=3, null=True, blank=True)
    min_quantity = models.PositiveSmallIntegerField(_("from so many pieces"), default=0)
    is_first_order_only = models.BooleanField(_("first order only"), default=False)
    channels = models.JSONField(
        _("channels"), default=list, blank=True, help_text=_("For example whatsapp; empty means everywhere.")
    )
    countries = models.JSONField(
        _("countries"), default=list, blank=True, help_text=_("Country codes; empty means everywhere.")
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True, help_text=_("Empty means any."))
    customer_group = models.CharField(
        _("customer group"), max_length=60, blank=True, help_text=_("Empty means everybody.")
    )
    tiers: Any = models.ManyToManyField(
        "loyalty.Tier",
        verbose_name=_("levels of the points"),
        blank=True,
        related_name="promotions",
        help_text=_("For members on these levels, beside the group; a higher level counts only if it is chosen too."),
    )
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    is_automatic = models.BooleanField(_("applies by itself"), default=False, help_text=_("Otherwise it needs a code."))
    is_exclusive = models.BooleanField(_("not with other offers"), default=False)
    priority = models.SmallIntegerField(_("priority"), default=0, help_text=_("The highest is taken off first."))
    usage_limit = models.PositiveIntegerField(_("uses in total"), null=True, blank=True)
    limit_per_customer = models.PositiveIntegerField(_("uses per shopper"), null=True, blank=True)
    returns_use = models.BooleanField(
        _("a refund in full gives the use back"), default=False, help_text=_("A cancelled order always does.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("promotion")
        verbose_name_plural = _("promotions")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent__gt=0, percent__lte=100),
                name="promotion_percent",
                violation_error_message=_("More than 0 and at most 100 percent."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["amount", "set"]) | models.Q(amount__isnull=False, amount__gt=0),
                name="promotion_amount",
                violation_error_message=_("Say the amount."),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="buy_x_get_y") | models.Q(buy_quantity__gte=1, get_quantity__gte=1),
                name="promotion_buy_get",
                violation_error_message=_("Say how many to buy and how many to get."),
            ),
            models.CheckConstraint(
                condition=models.Q(starts_at__isnull=True)
                | models.Q(ends_at__isnull=True)
                | models.Q(starts_at__lt=models.F("ends_at")),
                name="promotion_dates",
                violation_error_message=_("It must end after it starts."),
            ),
            _within("usage_limit", name="promotion_uses_within_limit"),
            fits_currency("amount", name="promotion_amount_fits"),
            fits_currency("min_subtotal", name="promotion_min_subtotal_fits"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def source(self) -> str:
        """How an order names where an adjustment comes from."""
        return f"promotion:{self.public_id}"


class Coupon(Counted):
    """A code, kept in capitals. `batch` names those that were made together."""

    promotion = models.ForeignKey(
        Promotion, verbose_name=_("promotion"), on_delete=models.PROTECT, related_name="coupons"
    )
    code = models.CharField(_("code"), max_length=32, validators=[CODE])
    usage_limit = models.PositiveIntegerField(
        _("uses in total"), null=True, blank=True, help_text=_("1 for a single use; empty for no limit.")
    )
    limit_per_customer = models.PositiveIntegerField(_("uses per shopper"), null=True, blank=True)
    batch = models.CharField(_("batch"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created on"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = pgettext_lazy("coupon", "code")
        verbose_name_plural = _("codes")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "code"], name="coupon_code_once"),
            models.CheckConstraint(condition=models.Q(code=Upper("code")), name="coupon_code_in_capitals"),
            _within("usage_limit", name="coupon_uses_within_limit"),
        ]
        indexes = [models.Index(fields=["promotion", "batch"], name="coupon_batch")]

    def __str__(self) -> str:
        return self.code


class PromotionUse(MerchantOwned):
    """One order's use of a promotion. `reference` is the order's, opaque here; given back, the row stays as a trace."""

    promotion = models.ForeignKey(Promotion, verbose_name=_("promotion"), on_delete=models.PROTECT, related_name="used")
    coupon = models.ForeignKey(
        Coupon, verbose_name=_("code"), null=True, blank=True, on_delete=models.PROTECT, related_name="used"
    )
    customer = models.ForeignKey(
        "customers.Customer", verbose_name=_("customer"), on_delete=models.PROTECT, related_name="promotion_uses"
    )
    cart = models.ForeignKey("carts.Cart", on_delete=models.PROTECT, related_name="promotion_uses")
    reference = models.CharField(max_length=80)
    taken_at = models.DateTimeField(_("used on"), default=clock.now, editable=False)
    released_at = models.DateTimeField(_("given back on"), null=True, blank=True, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("use of a promotion")
        verbose_name_plural = _("uses of promotions")
        constraints = [models.UniqueConstraint(fields=["promotion", "reference"], name="promotionuse_once")]
        indexes = [
            models.Index(fields=["reference"], name="promotionuse_reference"),
            models.Index(
                fields=["promotion", "customer"], name="promotionuse_of", condition=models.Q(released_at__isnull=True)
            ),
        ]
