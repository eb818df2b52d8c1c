"""The tenant."""

import datetime as dt
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock

# It ends with a sign that is no digit and no letter, so that no two series can ever write the same number.
SERIES = RegexValidator(
    r"^(?:[A-Za-z0-9]|\{year\})(?:[A-Za-z0-9./-]|\{year\})*[./-]\Z",
    _("Letters, digits and - / . and at the end one of the three signs."),
)


class Merchant(models.Model):
    class TaxRounding(models.TextChoices):
        LINE = "line", _("each line")
        RATE = "rate", _("each rate, once per invoice")
        TOTAL = "total", _("the total, once per invoice")

    class TaxRoundingMode(models.TextChoices):
        HALF_UP = "half_up", _("half up")
        HALF_EVEN = "half_even", _("half to even")
        DOWN = "down", _("down")

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)
    legal_name = models.CharField(_("legal name"), max_length=120, blank=True)
    postal_address = models.TextField(_("address"), blank=True)
    country = models.CharField(_("country"), max_length=2, default="DE")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    languages = ArrayField(
        models.CharField(max_length=10),
        verbose_name=_("languages"),
        default=list,
        help_text=_("The first is the default."),
    )
    timezone = models.CharField(_("time zone"), max_length=40, default="Europe/Berlin")
    accent = models.CharField(_("accent colour"), max_length=7, default="#0f766e")
    assistant_name = models.CharField(_("assistant's name"), max_length=40, default="Mia")
    support_email = models.EmailField(_("e-mail for questions"), blank=True)
    terms_url = models.URLField(_("terms of sale"), blank=True)
    privacy_url = models.URLField(_("privacy statement"), blank=True)
    return_days = models.PositiveSmallIntegerField(_("days to return"), default=30)
    return_instructions = models.TextField(
        _("how to send something back"), blank=True, help_text=_("Told with every return that is approved.")
    )
    tax_number = models.CharField(
        _("tax number"), max_length=40, blank=True, help_text=_("As invoices show it: VAT ID, tax number, T number.")
    )
    issues_invoices = models.BooleanField(
        _("writes invoices"),
        default=False,
        help_text=_(
            "Needs legal name, address and tax number. For what is paid from then on; off, where another program "
            "of yours writes them."
        ),
    )
    invoices_since = models.DateTimeField(null=True, editable=False)  # what was paid before is another program's
    invoice_series = models.CharField(
        _("invoices are numbered"),
        max_length=24,
        default="INV-{year}-",
        validators=[SERIES],
        help_text=_("What stands before the number; {year} begins a new series every year."),
    )
    credit_note_series = models.CharField(
        _("credit notes are numbered"), max_length=24, default="CN-{year}-", validators=[SERIES]
    )
    invoice_note = models.TextField(
        _("at the foot of invoices"), blank=True, help_text=_("Register, managing directors, what the law asks for.")
    )
    tax_rounding = models.CharField(
        _("tax is rounded for"), max_length=5, choices=TaxRounding.choices, default=TaxRounding.LINE
    )
    tax_rounding_mode = models.CharField(
        _("tax is rounded"), max_length=9, choices=TaxRoundingMode.choices, default=TaxRoundingMode.HALF_UP
    )
    most_for_strangers = models.PositiveSmallIntegerField(
        _("most of one thing for strangers"),
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_(
            "So many of one thing a visitor of the web chat may put into the cart before we know an e-mail address or phone number."
        ),
    )
    cart_days = models.PositiveSmallIntegerField(
        _("days a cart is kept"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text=_(
            "A cart nobody has changed for so long is closed. Half a year longer the shopper can take its goods back."
        ),
    )
    goodwill_most = models.DecimalField(
        _("given by hand at once, at the most"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "So much credit, as a gift card or as a refund a colleague gives by hand; empty is without limit. Whoever "
            "runs the shop has none, and what is paid back for a return does not count."
        ),
    )
    goodwill_most_a_day = models.DecimalField(
        _("given by hand in a day, at the most"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("By each colleague, all of it together."),
    )
    points_most = models.PositiveIntegerField(
        _("points given by hand at once, at the most"), null=True, blank=True, validators=[MaxValueValidator(10**8)]
    )
    points_most_a_day = models.PositiveIntegerField(
        _("points given by hand in a day, at the most"), null=True, blank=True, validators=[MaxValueValidator(10**8)]
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Merchant"]] = models.Manager()

    FACTS_OF_INVOICES = ("legal_name", "postal_address", "tax_number")

    class Meta:
        verbose_name = _("shop")
        verbose_name_plural = _("settings")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(most_for_strangers__gte=1, most_for_strangers__lte=99),
                name="merchant_most_for_strangers_sane",
            ),
            models.CheckConstraint(
                condition=models.Q(cart_days__gte=1, cart_days__lte=365), name="merchant_cart_days_sane"
            ),
            models.CheckConstraint(
                condition=(models.Q(goodwill_most__isnull=True) | models.Q(goodwill_most__gte=0))
                & (models.Q(goodwill_most_a_day__isnull=True) | models.Q(goodwill_most_a_day__gte=0)),
                name="merchant_goodwill_not_below_zero",
            ),
            models.CheckConstraint(
                condition=~models.Q(invoice_series=models.F("credit_note_series")),
                name="merchant_series_differ",
                violation_error_message=_("Invoices and credit notes are numbered apart."),
            ),
            models.CheckConstraint(
                condition=models.Q(invoice_series__regex=r"[./-]$", credit_note_series__regex=r"[./-]$"),
                name="merchant_series_end_with_a_sign",
            ),
            models.CheckConstraint(
                condition=models.Q(issues_invoices=False)
                | models.Q(legal_name__regex=r"\S", postal_address__regex=r"\S", tax_number__regex=r"\S"),
                name="merchant_invoices_need_facts",
            ),
            models.CheckConstraint(
                condition=models.Q(issues_invoices=False, invoices_since__isnull=True)
                | models.Q(issues_invoices=True, invoices_since__isnull=False),
                name="merchant_invoices_since_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._note_since()
        if "issues_invoices" in (kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = {*kwargs["update_fields"], "invoices_since"}
        super().save(*args, **kwargs)

    def series_on(self, day: dt.date) -> tuple[str, str]:
        """What stands before the numbers of invoices and of credit notes on that day: "INV-{year}-" is "INV-2026-"."""
        invoices, credit_notes = (
            series.replace("{year}", f"{day:%Y}") for series in (self.invoice_series, self.credit_note_series)
        )
        return invoices, credit_notes

    def clean(self) -> None:
        """An invoice without who sells and their tax number is none; no year makes one series of the two."""
        self._note_since()
        for year in range(2000, 2200):
            invoices, credit_notes = self.series_on(dt.date(year, 1, 1))
            if invoices == credit_notes:
                raise ValidationError({"credit_note_series": _("Invoices and credit notes are numbered apart.")})
        missing = [name for name in self.FACTS_OF_INVOICES if not getattr(self, name).strip()]
        if self.issues_invoices and missing:
            names = ", ".join(str(self._meta.get_field(name).verbose_name) for name in missing)  # type: ignore[union-attr]
            raise ValidationError({"issues_invoices": _("Invoices need these first: %s.") % names})

    def _note_since(self) -> None:
        if not self.issues_invoices:
            self.invoices_since = None
        elif self.invoices_since is None:
            self.invoices_since = clock.now()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def default_language(self) -> str:
        return self.languages[0] if self.languages else settings.LANGUAGE_CODE

    @classmethod
    def of_user(cls, user: Any, *, chosen: str | None = None) -> "Merchant | None":
        """The merchant whose desk this person sits at; superusers sit at the one they picked."""
        if user.is_superuser:
            mine = cls.objects.filter(is_active=True)
        else:
            mine = cls.objects.filter(is_active=True, staffrole__user=user, staffrole__is_active=True).distinct()
        if chosen:
            return mine.filter(slug=chosen).first()
        found = list(mine[:2])
        return found[0] if len(found) == 1 or (found and not user.is_superuser) else None
