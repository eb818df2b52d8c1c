"""Price lists: what some shoppers pay, by where they are and which groups they are in."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .goods import Variant

LEAST, MOST = Decimal(-100), Decimal(500)  # percent, off and on top of the price for everyone


class PercentField(models.DecimalField):
    """Percent on the price for everyone: -15 is 15 % off, 10 is 10 % more. In range by its validators and a CHECK."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"max_digits": 5, "decimal_places": 2, "null": True, "blank": True}
        kwargs["validators"] = [MinValueValidator(LEAST), MaxValueValidator(MOST)]
        super().__init__(*args, **kwargs)


def percent_in_range(name: str) -> models.CheckConstraint:
    within = models.Q(percent__gte=LEAST, percent__lte=MOST)
    return models.CheckConstraint(condition=models.Q(percent__isnull=True) | within, name=name)


class PriceList(MerchantOwned):
    """Prices for some shoppers. Which list counts for whom is decided in `lists` (docs/decisions/price-lists.md)."""

    class Rounding(models.TextChoices):
        EXACT = "exact", _("not at all")
        FIVE = "five", _("to 0.05")
        WHOLE = "whole", _("to whole amounts")
        NINETY = "ninety", _("to .90")
        NINETY_FIVE = "ninety_five", _("to .95")
        NINETY_NINE = "ninety_nine", _("to .99")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=60)
    reason = models.CharField(  # translated
        _("what shoppers read"),
        max_length=80,
        blank=True,
        help_text=_("Why they pay this: “your price as a trade customer”. Empty: “your price”, and the name."),
    )
    countries = ArrayField(
        models.CharField(max_length=2),
        verbose_name=_("countries"),
        default=list,
        blank=True,
        help_text=_("Country codes; empty means everywhere."),
    )
    groups: Any = models.ManyToManyField(
        "customers.CustomerGroup",
        verbose_name=_("customer groups"),
        blank=True,
        related_name="price_lists",
        help_text=_("Empty means everyone."),
    )
    tiers: Any = models.ManyToManyField(
        "loyalty.Tier",
        verbose_name=_("levels of the points"),
        blank=True,
        related_name="price_lists",
        help_text=_("For members on these levels, beside the groups; a higher level counts only if it is chosen too."),
    )
    currency = models.CharField(
        _("currency"), max_length=3, choices=[(code, code) for code in sorted(settings.CURRENCIES)]
    )
    percent = PercentField(
        _("percent on everything"),
        help_text=_("−15 is 15 % off, 10 is 10 % more. Empty: only what has a price of its own below."),
    )
    rounding = models.CharField(
        _("percentages are rounded"), max_length=12, choices=Rounding.choices, default=Rounding.EXACT
    )
    priority = models.SmallIntegerField(
        _("priority"), default=0, help_text=_("Between two lists that fit equally well, the higher counts.")
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    changed_at = models.DateTimeField(default=clock.now, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "name"], name="pricelist_name_once"),
            percent_in_range("pricelist_percent_in_range"),
            models.CheckConstraint(
                condition=models.Q(starts_at=None)
                | models.Q(ends_at=None)
                | models.Q(ends_at__gt=models.F("starts_at")),
                name="pricelist_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Countries are kept as capital letters, each once."""
        self.countries = sorted({country.strip().upper() for country in self.countries})
        self.changed_at = clock.now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "changed_at"}
        super().save(*args, **kwargs)


class ListPrice(MerchantOwned):
    """What a variant costs in a list: an amount in the list's currency, or percent on its price for everyone."""

    price_list = models.ForeignKey(
        PriceList, verbose_name=_("price list"), on_delete=models.CASCADE, related_name="prices"
    )
    variant = models.ForeignKey(
        Variant, verbose_name=_("variant"), on_delete=models.CASCADE, related_name="list_prices"
    )
    currency = models.CharField(max_length=3, editable=False)  # the list's; the database sees to it
    amount = models.DecimalField(_("price"), max_digits=19, decimal_places=3, null=True, blank=True)
    compare_at = models.DecimalField(_("before"), max_digits=19, decimal_places=3, null=True, blank=True)
    percent = PercentField(_("or percent"))
    changed_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("price in a list")
        verbose_name_plural = _("prices in the list")
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "variant"],
                name="listprice_once",
                violation_error_message=_("This variant has a price in the list already."),
            ),
            models.CheckConstraint(
                condition=models.Q(amount__isnull=True) ^ models.Q(percent__isnull=True),
                name="listprice_amount_or_percent",
                violation_error_message=_("Either a price or percent."),
            ),
            models.CheckConstraint(
                condition=models.Q(compare_at__isnull=True) | models.Q(amount__isnull=False),
                name="listprice_before_needs_amount",
                violation_error_message=_("A price before needs a price now."),
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="listprice_not_negative"),
            percent_in_range("listprice_percent_in_range"),
            fits_currency("amount", name="listprice_decimals", currency="currency"),
            fits_currency("compare_at", name="listprice_compare_at_decimals", currency="currency"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}" if self.amount is not None else f"{self.percent} %"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.currency, self.changed_at = self.price_list.currency, clock.now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "changed_at"}
        super().save(*args, **kwargs)


class ListPriceRecord(MerchantOwned):
    """Append-only, written by the database with every change of a list or of a price in it.

    Without a variant it says how the list itself stood from `at` on; with one, what it had for that variant, where
    neither amount nor percent means no more than the list says for all. It outlives both.
    """

    price_list = models.ForeignKey(PriceList, on_delete=models.DO_NOTHING, db_constraint=False, related_name="records")
    variant = models.ForeignKey(
        Variant, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="list_price_records"
    )
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=19, decimal_places=3, null=True)
    compare_at = models.DecimalField(max_digits=19, decimal_places=3, null=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    rounding = models.CharField(max_length=12, blank=True)
    is_active = models.BooleanField(default=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    at = models.DateTimeField(_("from"))

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["price_list", "variant", "-at", "-id"], name="listpricerecord_timeline")]
