"""How parcels travel: ways of delivery, the steps of their prices, and points where parcels wait."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Value
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants.currency import fits_currency
from apps.merchants.globe import on_the_globe
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager


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
