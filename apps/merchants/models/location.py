"""Stores and warehouses."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..globe import on_the_globe
from ..scoping import scoped_manager
from .owned import MerchantOwned, new_public_id


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
