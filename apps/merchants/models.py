"""The tenant and what belongs to it before any shopper comes: stores, hours, staff, channel accounts."""

import datetime as dt
import secrets
import uuid
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedJSONField

from . import clock
from .globe import on_the_globe
from .scoping import scoped_manager

# It ends with a sign that is no digit and no letter, so that no two series can ever write the same number.
SERIES = RegexValidator(
    r"^(?:[A-Za-z0-9]|\{year\})(?:[A-Za-z0-9./-]|\{year\})*[./-]\Z",
    _("Letters, digits and - / . and at the end one of the three signs."),
)


def new_public_id() -> str:
    """128 random bits, for anything the outside may name."""
    return secrets.token_urlsafe(16)


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


class MerchantOwned(models.Model):
    """Base of every row that belongs to one merchant."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, editable=False)

    class Meta:
        abstract = True


class ShopCurrency(MerchantOwned):
    """A currency the shop sells in beside its own. Who is in one of the countries pays in it, unless they chose another."""

    class Ending(models.TextChoices):
        EXACT = "exact", _("exactly")
        WHOLE = "1", _("to a whole amount")
        NINE = "0.99", _("to .99")
        FIVE = "0.95", _("to .95")

    currency = models.CharField(
        _("currency"), max_length=3, choices=[(code, code) for code in sorted(settings.CURRENCIES)]
    )
    countries = ArrayField(
        models.CharField(max_length=2),
        verbose_name=_("countries that pay in it"),
        default=list,
        blank=True,
        help_text=_("Country codes with commas between them: US, CA. Empty: only who asks for it."),
    )
    rate = models.DecimalField(
        _("fixed rate"),
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_(
            "How much of it one unit of the shop's own currency is. Prices are filled in by it when you say so, and points "
            "are reckoned by it; without a rate there are neither."
        ),
    )
    ending = models.CharField(
        _("prices filled in are rounded"), max_length=5, choices=Ending.choices, default=Ending.EXACT
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("further currency")
        verbose_name_plural = _("further currencies")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "currency"],
                name="shopcurrency_once",
                violation_error_message=_("The shop sells in this currency already."),
            ),
            models.CheckConstraint(
                condition=models.Q(rate=None) | models.Q(rate__gt=0),
                name="shopcurrency_rate_above_nothing",
                violation_error_message=_("A rate is more than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="shopcurrency_three_capitals"
            ),
        ]

    def __str__(self) -> str:
        return self.currency

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Countries are kept as capital letters, each once."""
        self.countries = sorted({country.strip().upper() for country in self.countries if country.strip()})
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """The shop's own currency needs no row, and a country pays in one currency."""
        if self.currency == self.merchant.currency:
            raise ValidationError({"currency": _("This is the shop's own currency.")})
        mine = {country.strip().upper() for country in self.countries}
        for other in ShopCurrency.objects.filter(merchant=self.merchant_id).exclude(pk=self.pk):
            if both := sorted(mine & set(other.countries)):
                told = {"countries": ", ".join(both), "currency": other.currency}
                raise ValidationError({"countries": _("%(countries)s: pays in %(currency)s already.") % told})


class Location(MerchantOwned):
    """A store or a warehouse: where stock lies and people stand."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=80)
    address = models.TextField(_("address"), blank=True)
    postcode = models.CharField(
        _("postcode"),
        max_length=16,
        blank=True,
        help_text=_("With the state it says what tax is due on what is picked up."),
    )
    region = models.CharField(_("state or region"), max_length=80, blank=True)
    is_store = models.BooleanField(
        _("a store to visit"), default=False, help_text=_("Shoppers are told where it is and when it is open.")
    )
    hours = models.CharField(
        _("opening hours of the store"),
        max_length=160,
        blank=True,
        help_text=_("As shoppers read them: Mon–Fri 8–20, Sat 9–14."),
    )
    latitude = models.FloatField(
        _("latitude"),
        null=True,
        blank=True,
        help_text=_("In degrees, such as 52.5200; with the longitude or not at all."),
    )
    longitude = models.FloatField(_("longitude"), null=True, blank=True, help_text=_("In degrees, such as 13.4050."))
    is_pickup = models.BooleanField(_("pick-up in store"), default=False)
    ships = models.BooleanField(_("ships parcels"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering = ["position", "pk"]
        constraints = [on_the_globe(name="location_on_the_globe")]

    def __str__(self) -> str:
        return self.name


class OpeningHours(MerchantOwned):
    """When a person answers; no row for a weekday means closed. Times are the merchant's local time."""

    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=list(WEEKDAYS.items()))
    opens = models.TimeField(_("opens"), default=dt.time(9))
    closes = models.TimeField(_("closes"), default=dt.time(18))

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="openinghours_weekday"),
            models.CheckConstraint(condition=models.Q(opens__lt=models.F("closes")), name="openinghours_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()}: {self.opens:%H:%M}–{self.closes:%H:%M}"


class StaffRole(MerchantOwned):
    class Role(models.TextChoices):
        EXPERT = "expert", _("expert")
        ASSOCIATE = "associate", _("associate")
        LEAD = "lead", _("lead")
        MANAGER = "manager", _("manager")
        ADMIN = "admin", _("admin")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("colleague"), on_delete=models.CASCADE)
    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.ASSOCIATE)
    location = models.ForeignKey(Location, verbose_name=_("location"), null=True, blank=True, on_delete=models.SET_NULL)
    languages = ArrayField(models.CharField(max_length=10), verbose_name=_("languages"), default=list, blank=True)
    skills = ArrayField(models.CharField(max_length=40), verbose_name=_("skills"), default=list, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("chats at a time"),
        default=4,
        db_default=4,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("Nobody is offered more than so many at once; experts never more than four."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = scoped_manager()

    MOST_FOR_EXPERTS = 4

    class Meta:
        verbose_name = _("colleague")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(fields=["merchant", "user"], name="staffrole_once_per_merchant")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"

    @property
    def most_chats(self) -> int:
        """So many shoppers this person answers at once."""
        return min(self.capacity, self.MOST_FOR_EXPERTS) if self.role == self.Role.EXPERT else self.capacity


class ChannelAccount(MerchantOwned):
    """A merchant's number, page or bot on one channel: a row without behaviour.

    `name` is the path part of its webhook address (`/webhooks/<kind>/<name>/`) and unique per kind.
    `config` keys are the channel's own (docs/adding-a-channel.md); secrets in it are stored encrypted.
    """

    kind = models.CharField(_("kind"), max_length=20)
    name = models.SlugField(_("name"), max_length=60)
    title = models.CharField(_("title"), max_length=80, blank=True)
    config: Any = EncryptedJSONField(_("access data"), default=dict)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="channelaccount_address")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        # The encrypted column would turn a missing secret into the word "None", which anybody could sign with.
        self.config = {key: value for key, value in self.config.items() if value not in (None, "")}
        super().save(*args, **kwargs)


class ApiToken(MerchantOwned):
    """A merchant's key to /api/v1/. Only its hash is kept; the key itself is shown once."""

    REFERENCE: ClassVar[str] = "token:"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    can_write = models.BooleanField(_("may change things"), default=False)
    created_at = models.DateTimeField(_("created on"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked on"), null=True, blank=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        """How a row names the program it comes from, which is no user and has no limit: "token:12"."""
        return f"{self.REFERENCE}{self.pk}"


class Goodwill(MerchantOwned):
    """What somebody of the shop gave away by hand, under which limit. Append-only: a person's rows of a day add up."""

    class Kind(models.TextChoices):
        CREDIT = "credit", _("store credit")
        GIFT_CARD = "gift_card", _("gift card")
        REFUND = "refund", _("refund")
        POINTS = "points", _("points")

    IN_POINTS = "points"  # the unit of what is no money

    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("given by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    key = models.CharField(max_length=120)  # whoever gives the same again has given it once
    unit = models.CharField(max_length=6)  # a currency's code, or IN_POINTS
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=3)
    day = models.DateField(_("day"))  # the merchant's
    before = models.DecimalField(_("given before that day"), max_digits=19, decimal_places=3)
    most = models.DecimalField(max_digits=19, decimal_places=3, null=True)  # none for whoever runs the shop
    most_a_day = models.DecimalField(max_digits=19, decimal_places=3, null=True)
    created_at = models.DateTimeField(_("date"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("given by hand")
        verbose_name_plural = _("given by hand")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "kind", "key"], name="goodwill_once"),
            # Two at once would both stand after the same sum.
            models.UniqueConstraint(
                fields=["merchant", "given_by", "unit", "day", "before"],
                condition=models.Q(most_a_day__isnull=False),
                name="goodwill_one_after_the_other",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0, before__gte=0), name="goodwill_gives"),
            models.CheckConstraint(
                condition=models.Q(most__isnull=True) | models.Q(amount__lte=models.F("most")), name="goodwill_within"
            ),
            models.CheckConstraint(
                condition=models.Q(most_a_day__isnull=True)
                | models.Q(before__lte=models.F("most_a_day") - models.F("amount")),
                name="goodwill_within_the_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.unit}"


class Tablet(MerchantOwned):
    """A device in a store that colleagues share. It knows itself by a key only it has; who is at it proves so by a PIN."""

    name = models.CharField(_("name"), max_length=60, help_text=_("As it is called in the store: Counter, Shoes."))
    location = models.ForeignKey(
        Location,
        verbose_name=_("location"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        help_text=_("Only colleagues of this store, or of none, are shown on it. Empty: everybody."),
    )
    locks_after = models.PositiveSmallIntegerField(
        _("locks after minutes"),
        default=5,
        db_default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("So long nobody touches it, and it asks for a PIN again."),
    )
    code_hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)  # to pair it
    code_until = models.DateTimeField(null=True, blank=True, editable=False)
    key_hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)  # of its cookie
    paired_at = models.DateTimeField(_("paired"), null=True, blank=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("at it now"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
    )
    touched_at = models.DateTimeField(_("last touched"), null=True, blank=True, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("tablet")
        verbose_name_plural = _("tablets")
        constraints = [
            models.UniqueConstraint(fields=["key_hash"], condition=~models.Q(key_hash=""), name="tablet_key_once"),
            models.UniqueConstraint(fields=["code_hash"], condition=~models.Q(code_hash=""), name="tablet_code_once"),
            models.CheckConstraint(
                name="tablet_nobody_at_an_unpaired_one", condition=models.Q(user=None) | ~models.Q(key_hash="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.location}" if self.location else self.name
