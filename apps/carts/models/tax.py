"""What is taxed and how much: the table of rates, and who reckons it instead."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.money import Money
from encrypted_fields.fields import EncryptedJSONField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

from ..places import plain_postcode


class TaxRate(MerchantOwned):
    """Tax on a category of goods at a place: a country, a region of it, or where postcodes begin alike.

    The most specific place counts. Where several authorities tax one sale, each has a row of that place with its `part`
    named, and together they are the rate. Already inside the price or on top of it.
    """

    country = models.CharField(_("country"), max_length=2)
    region = models.CharField(
        _("region"), max_length=10, blank=True, help_text=_("A state of the US by its two letters, such as NY.")
    )
    postcode = models.CharField(
        _("postcodes beginning with"),
        max_length=10,
        blank=True,
        help_text=_("Capitals and digits without spaces; empty means all of the region."),
    )
    category = models.CharField(
        _("tax category"),
        max_length=20,
        default="standard",
        help_text=_("As products have it; “delivery” is for what delivery costs."),
    )
    part = models.CharField(
        _("part of the tax"),
        max_length=40,
        blank=True,
        help_text=_("Where state and city both tax a sale: whose this one is. Empty where there is just one."),
    )
    percent = models.DecimalField(_("tax rate"), max_digits=6, decimal_places=3)
    taxed_from = MoneyField(
        _("due from this price on"),
        max_digits=19,
        decimal_places=3,
        null=True,
        blank=True,
        help_text=_("Of one piece, offers taken off; what costs less is free of this tax. Empty means always."),
    )
    is_inclusive = models.BooleanField(_("included in prices"), default=True)
    name = models.CharField(
        _("name"),
        max_length=40,
        blank=True,
        help_text=_("As shoppers read it; empty means the usual word, such as VAT."),
    )

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("taxes")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "country", "region", "postcode", "part", "category"], name="taxrate_once"
            ),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lt=100),
                name="taxrate_percent",
                violation_error_message=_("A tax is at least 0 and less than 100 percent."),
            ),
            models.CheckConstraint(
                condition=models.Q(postcode__regex=r"^[A-Z0-9]*$"),
                name="taxrate_postcode_plain",
                violation_error_message=_("A postcode is written here in capitals and digits, without spaces."),
            ),
            models.CheckConstraint(
                condition=models.Q(taxed_from=None) | models.Q(taxed_from__gte=0),
                name="taxrate_from_nothing_on",
                violation_error_message=_("An amount cannot be less than nothing."),
            ),
            fits_currency("taxed_from", name="taxrate_taxed_from_fits"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.percent.normalize():f} % {self.place} {self.category}"

    def clean(self) -> None:
        """Places as the tax table keeps them, however they are typed; one place is taxed as a whole or in named parts."""
        self.country, self.region = self.country.strip().upper(), self.region.strip().upper()
        self.postcode, self.category = plain_postcode(self.postcode), self.category.strip()
        same = {name: getattr(self, name) for name in ("merchant_id", "country", "region", "postcode", "category")}
        beside = TaxRate.objects.filter(**same).exclude(pk=self.pk)
        if self.part and beside.filter(part="").exists():
            said = _("There is a tax for all of this place already. Give it a part's name first.")
            raise ValidationError({"part": said})
        if not self.part and beside.exclude(part="").exists():
            raise ValidationError({"part": _("This place is taxed in parts already: say whose part this one is.")})

    @property
    def label(self) -> str:
        """What shoppers read, in the active language."""
        return self.part or self.name or gettext("VAT")

    @property
    def place(self) -> str:
        """Readable and in order: "US · NY · 100…"."""
        return " · ".join(filter(None, (self.country, self.region, f"{self.postcode}…" if self.postcode else "")))

    def is_due(self, each: Money | None) -> bool:
        """Whether something at so much a piece bears it. A price in another currency than the limit's always does."""
        limit = self.taxed_from
        if limit is None or each is None or each.currency != limit.currency:
            return True
        return bool(each.amount >= limit.amount)


class TaxAccount(MerchantOwned):
    """Somebody outside who reckons this shop's tax; without an active one the table does."""

    class OnFailure(models.TextChoices):
        GO_ON = "go_on", _("go on, reckoned by your own table")
        WAIT = "wait", _("ask the shopper to try again")

    provider = models.CharField(_("provider"), max_length=20)
    config: Any = EncryptedJSONField(_("access data"), default=dict)  # api_key, api_base
    on_failure = models.CharField(
        _("while nobody answers"),
        max_length=5,
        choices=OnFailure.choices,
        default=OnFailure.GO_ON,
        help_text=_("Orders reckoned by your own table are marked, and are not in the provider's reports."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    answered_at = models.DateTimeField(null=True, editable=False)  # the last good answer
    trouble = models.CharField(max_length=300, blank=True, editable=False)  # why there was none since
    trouble_since = models.DateTimeField(null=True, editable=False)
    rests_until = models.DateTimeField(null=True, editable=False)  # not asked before, for nobody shall wait in vain

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("tax account")
        verbose_name_plural = _("tax accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant"],
                condition=models.Q(is_active=True),
                name="taxaccount_one_active",
                violation_error_message=_("Another account reckons the tax already. Switch that one off first."),
            )
        ]

    def __str__(self) -> str:
        return self.provider


class TaxCode(MerchantOwned):
    """How a tax provider calls goods of a category of ours; what is not here is called as usual."""

    category = models.CharField(
        _("tax category"), max_length=20, help_text=_("As products have it; “delivery” is for what delivery costs.")
    )
    code = models.CharField(
        _("code"), max_length=40, help_text=_("As the provider lists it: txcd_20030000 is clothing at Stripe.")
    )

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("tax code")
        verbose_name_plural = _("tax codes")
        ordering = ["category"]
        constraints = [models.UniqueConstraint(fields=["merchant", "category"], name="taxcode_once")]

    def __str__(self) -> str:
        return f"{self.category}: {self.code}"

    def clean(self) -> None:
        """However they are typed: categories as products have them, codes without spaces."""
        self.category, self.code = self.category.strip(), "".join(self.code.split())


class TaxCalculation(MerchantOwned):
    """What is due on a cart's bill as it was asked about; or that the table stood in, for a while.

    `fingerprint` is of all that was asked, so that the same bill is asked about once. Nothing in it says who the
    shopper is.
    """

    account = models.ForeignKey(TaxAccount, on_delete=models.PROTECT, related_name="calculations")
    cart = models.ForeignKey("carts.Cart", on_delete=models.CASCADE, related_name="tax_calculations")
    fingerprint = models.CharField(max_length=64)
    by = models.CharField(max_length=20)  # the provider, or "instead"
    reference = models.CharField(max_length=120, blank=True)  # the provider's number
    body = models.JSONField(default=dict)  # see `reckoned.Known`
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("tax calculation")
        verbose_name_plural = _("tax calculations")
        constraints = [models.UniqueConstraint(fields=["cart", "fingerprint"], name="taxcalculation_once")]

    def __str__(self) -> str:
        return self.reference or self.by
