"""The cart belongs to the customer, never to a conversation: it is the same on every channel."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField
from djmoney.money import Money
from encrypted_fields.fields import EncryptedJSONField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.globe import on_the_globe
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .promotions.models import Coupon, Promotion, PromotionUse

__all__ = [
    "Cart", "CartLine", "Coupon", "DeliveryMethod", "DeliveryStep", "PickupPoint", "Promotion", "PromotionUse",
    "TaxAccount", "TaxCalculation", "TaxCode", "TaxRate",
]  # fmt: skip


class DeliveryMethod(MerchantOwned):
    name = models.CharField(_("name"), max_length=80)  # translated
    price = MoneyField(_("price"), max_digits=19, decimal_places=3)
    free_from = MoneyField(_("free from"), max_digits=19, decimal_places=3, null=True, blank=True)
    countries = models.JSONField(
        _("countries"), default=list, blank=True, help_text=_("Country codes; empty means everywhere.")
    )
    regions = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("regions"),
        default=list,
        blank=True,
        help_text=_("With commas between them; empty means the whole country."),
    )
    postcodes = ArrayField(
        models.CharField(max_length=12),
        verbose_name=_("postcodes"),
        default=list,
        blank=True,
        help_text=_("How they begin, with commas between them: 10, 12, 131. Empty means all."),
    )
    max_grams = models.PositiveIntegerField(
        _("heaviest parcel, in grams"), null=True, blank=True, help_text=_("Empty means any weight.")
    )
    cutoff_hour = models.PositiveSmallIntegerField(
        _("leaves the same day until, hour"),
        null=True,
        blank=True,
        help_text=_("What is ordered from this hour on (0 to 23) leaves on the next working day."),
    )
    closed_days = ArrayField(
        models.DateField(),
        verbose_name=_("days on which nothing moves"),
        default=list,
        blank=True,
        help_text=_("Dates such as 2026-12-25, with commas between them; they count as no working days."),
    )
    days_min = models.PositiveSmallIntegerField(_("days at least"), default=2)
    days_max = models.PositiveSmallIntegerField(_("days at most"), default=4)
    pickup_at = models.ForeignKey(
        "merchants.Location", verbose_name=_("picked up at"), null=True, blank=True, on_delete=models.PROTECT
    )
    to_point = models.BooleanField(
        _("to a pick-up point"),
        default=False,
        help_text=_("The shopper chooses one of the points below; where there is none, this way is not offered."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("way of delivery")
        verbose_name_plural = _("ways of delivery")
        ordering = ["position", "pk"]
        constraints = [
            fits_currency("price", name="deliverymethod_price_fits"),
            fits_currency("free_from", name="deliverymethod_free_from_fits"),
            models.CheckConstraint(
                condition=models.Q(price__gte=0) & (models.Q(free_from=None) | models.Q(free_from__gte=0)),
                name="deliverymethod_costs_no_less_than_nothing",
                violation_error_message=_("An amount cannot be less than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(days_min__lte=models.F("days_max")),
                name="deliverymethod_earliest_first",
                violation_error_message=_("The fewest days cannot be more than the most."),
            ),
            models.CheckConstraint(
                condition=models.Q(max_grams=None) | models.Q(max_grams__gte=1),
                name="deliverymethod_carries_something",
                violation_error_message=_("A weight is at least one gram."),
            ),
            models.CheckConstraint(
                condition=models.Q(cutoff_hour=None) | models.Q(cutoff_hour__lte=23),
                name="deliverymethod_cutoff_is_an_hour",
                violation_error_message=_("An hour is between 0 and 23."),
            ),
            models.CheckConstraint(
                condition=models.Q(to_point=False) | models.Q(pickup_at=None),
                name="deliverymethod_one_kind_of_pick_up",
                violation_error_message=_("Either a store of yours or pick-up points, not both."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeliveryStep(MerchantOwned):
    """A row of a delivery method's table of prices, in the method's currency: for parcels up to so many grams (None is
    any weight) in orders from so much on."""

    method = models.ForeignKey(
        DeliveryMethod, verbose_name=_("way of delivery"), on_delete=models.CASCADE, related_name="steps"
    )
    up_to_grams = models.PositiveIntegerField(
        _("up to grams"), null=True, blank=True, help_text=_("Empty means any weight.")
    )
    from_amount = models.DecimalField(_("from an order of"), max_digits=19, decimal_places=3, default=0)
    price = models.DecimalField(_("price"), max_digits=19, decimal_places=3)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("step of the price")
        verbose_name_plural = _("steps of the price")
        ordering = ["from_amount", models.F("up_to_grams").asc(nulls_last=True), "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["method", "from_amount", "up_to_grams"],
                name="deliverystep_once",
                nulls_distinct=False,
                violation_error_message=_("There is a step for this weight and amount already."),
            ),
            models.CheckConstraint(
                condition=models.Q(price__gte=0, from_amount__gte=0),
                name="deliverystep_costs_no_less_than_nothing",
                violation_error_message=_("An amount cannot be less than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(up_to_grams=None) | models.Q(up_to_grams__gte=1),
                name="deliverystep_carries_something",
                violation_error_message=_("A weight is at least one gram."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.price.normalize():f}"


class PickupPoint(MerchantOwned):
    """A shop, kiosk or locker where a parcel waits for its shopper. One that was promised is closed, not deleted."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    method = models.ForeignKey(
        DeliveryMethod, verbose_name=_("way of delivery"), on_delete=models.CASCADE, related_name="points"
    )
    name = models.CharField(_("name"), max_length=80)
    street = models.CharField(_("street and number"), max_length=160)
    postcode = models.CharField(_("postcode"), max_length=16)
    city = models.CharField(_("town"), max_length=80)
    country = models.CharField(_("country"), max_length=2)
    hours = models.CharField(
        _("opening hours"), max_length=160, blank=True, help_text=_("As shoppers read them: Mon–Fri 8–20, Sat 9–14.")
    )
    latitude = models.FloatField(
        _("latitude"),
        null=True,
        blank=True,
        help_text=_("In degrees, such as 52.5200; with the longitude or not at all."),
    )
    longitude = models.FloatField(_("longitude"), null=True, blank=True, help_text=_("In degrees, such as 13.4050."))
    reference = models.CharField(
        _("carrier's number"), max_length=64, blank=True, help_text=_("By it the carrier's next list finds this point.")
    )
    is_active = models.BooleanField(_("open"), default=True)
    gone_at = models.DateTimeField(
        null=True, editable=False
    )  # closed by a list that no longer had it; open if it is back
    place = models.GeneratedField(  # as `places.plain_postcode` has it: near ones stand side by side
        expression=Upper(Func(F("postcode"), Value("[^[:alnum:]]"), Value(""), Value("g"), function="regexp_replace")),
        output_field=models.CharField(max_length=16, db_collation="C"),
        db_persist=True,
    )

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("pick-up point")
        verbose_name_plural = _("pick-up points")
        ordering = ["postcode", "name", "pk"]
        indexes = [
            models.Index(
                fields=["method", "country", "place", "name"],
                name="pickuppoint_by_postcode",
                condition=models.Q(is_active=True),
            ),
            models.Index(
                fields=["method", "country", "latitude", "longitude"],
                name="pickuppoint_by_place",
                condition=models.Q(is_active=True, latitude__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^[A-Z]{2}$"),
                name="pickuppoint_country",
                violation_error_message=_("A country is two capital letters, such as DE."),
            ),
            on_the_globe(name="pickuppoint_on_the_globe"),
            models.UniqueConstraint(
                fields=["method", "reference"],
                condition=~models.Q(reference=""),
                name="pickuppoint_reference_once",
                violation_error_message=_("There is a point with this number already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.street}, {self.postcode} {self.city}"


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
        """One place is taxed as a whole or in named parts. Raises `ValidationError`."""
        same = {name: getattr(self, name) for name in ("country", "region", "postcode", "category")}
        beside = TaxRate.objects.filter(**same).exclude(pk=self.pk)
        if self.part and beside.filter(part="").exists():
            said = _("There is a tax for all of this place already. Give it a part's name first.")
            raise ValidationError({"part": said})
        if not self.part and beside.exclude(part="").exists():
            said = _("This place is taxed in parts already: say whose part this one is.")
            raise ValidationError({"part": said})

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


class Cart(MerchantOwned):
    class Status(models.TextChoices):
        OPEN = "open", _("open")
        ORDERED = "ordered", _("ordered")
        MERGED = "merged", _("merged")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="carts")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.OPEN)
    currency = models.CharField(max_length=3)
    address = models.ForeignKey("customers.Address", null=True, blank=True, on_delete=models.SET_NULL)
    delivery_method = models.ForeignKey(DeliveryMethod, null=True, blank=True, on_delete=models.SET_NULL)
    point = models.ForeignKey(PickupPoint, null=True, blank=True, on_delete=models.SET_NULL)  # of the method
    codes = ArrayField(models.CharField(max_length=32), default=list, blank=True)  # as given, the first first
    gift_to = models.CharField(max_length=80, blank=True)  # for whom its gift cards are, in the shopper's words
    gift_message = models.CharField(max_length=300, blank=True)
    # {"country", "postcode"} of a buyer of what needs no parcel, where a tax provider has to know; {} for nobody asked
    lives_in = models.JSONField(default=dict, blank=True)
    poured = models.JSONField(default=dict, editable=False)  # where its goods went when its order came to nothing
    version = models.PositiveIntegerField(default=0)  # grows with every change
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("cart")
        verbose_name_plural = _("carts")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(status="open"), name="cart_one_open_per_customer"
            ),
        ]


class CartLine(MerchantOwned):
    cart = models.ForeignKey(Cart, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey("catalog.Variant", on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField(default=1)
    added_by = models.CharField(max_length=8, default="shopper")
    seen_price = MoneyField(max_digits=19, decimal_places=3, null=True, blank=True)  # what the shopper last read
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("cart line")
        verbose_name_plural = _("cart lines")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cartline_variant_once"),
            models.CheckConstraint(condition=models.Q(quantity__gte=1, quantity__lte=999), name="cartline_quantity"),
            fits_currency("seen_price", name="cartline_seen_price_fits"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"

    @property
    def hold_reference(self) -> str:
        """How the stock it holds names it; catalog reads nothing out of it."""
        return f"cart:{self.cart_id}:{self.pk}"
