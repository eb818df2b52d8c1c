"""A shelf that fills itself: products that rules choose, some put on top by hand, some left out.

No row is kept for what the rules choose; `collected` asks for it each time.
"""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants import clock
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from ..files import IMAGE, ShownFileField


class Collection(MerchantOwned):
    class Match(models.TextChoices):
        ALL = "all", _("all of the rules")
        ANY = "any", _("any of the rules")

    class Sort(models.TextChoices):
        FAVOURITES = "", _("favourites first")
        NEWEST = "newest", _("newest first")
        CHEAPER = "cheaper", _("cheapest first")
        DEARER = "dearer", _("dearest first")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=80)  # translated
    text = models.TextField(_("text"), max_length=300, blank=True)  # translated; said above its products
    slug = models.SlugField(_("short name in links"), max_length=80)
    image = ShownFileField(_("picture"), upload_to="collections/", blank=True, media=(IMAGE,))
    match = models.CharField(_("what is in it meets"), max_length=3, choices=Match.choices, default=Match.ALL)
    sort = models.CharField(_("order"), max_length=7, choices=Sort.choices, default=Sort.FAVOURITES, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    shown_from = models.DateTimeField(_("shown from"), null=True, blank=True)
    shown_until = models.DateTimeField(_("shown until"), null=True, blank=True)
    is_in_menu = models.BooleanField(
        _("beside the categories"), default=True, help_text=_("Shoppers who browse see it among the categories.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("collection")
        verbose_name_plural = _("collections")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "slug"], name="collection_slug_once"),
            models.CheckConstraint(
                condition=models.Q(shown_from=None)
                | models.Q(shown_until=None)
                | models.Q(shown_from__lt=models.F("shown_until")),
                name="collection_dates",
                violation_error_message=_("It must end after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def is_shown(self) -> bool:
        """Whether shoppers see it at this moment."""
        now = clock.now()
        return (
            self.is_active
            and (self.shown_from is None or self.shown_from <= now)
            and (self.shown_until is None or now < self.shown_until)
        )


class CollectionRule(MerchantOwned):
    """One thing a product of the collection is. `value` is text as typed; `rules.checked` says what fits."""

    class Field(models.TextChoices):
        CATEGORY = "category", _("is in the category")
        BRAND = "brand", _("is of the brand")
        TAG = "tag", _("has the tag")
        OPTION = "option", _("comes in (colour, size …)")
        TITLE = "title", _("is called (title, brand, SKU)")
        PRICE_TO = "price_to", _("costs at most")
        PRICE_FROM = "price_from", _("costs at least")
        REDUCED = "reduced", _("is reduced now")
        IN_STOCK = "in_stock", _("is in stock")
        NEW = "new", _("days since it came, at most")

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="rules")
    field = models.CharField(_("a product"), max_length=10, choices=Field.choices)
    value = models.CharField(_("what"), max_length=80, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    field__in=(
                        "category", "brand", "tag", "option", "title", "price_to", "price_from", "reduced", "in_stock",
                        "new",
                    )
                ),
                name="collectionrule_known",
            ),
            models.CheckConstraint(
                condition=models.Q(field__in=("reduced", "in_stock"), value="")
                | (~models.Q(field__in=("reduced", "in_stock")) & ~models.Q(value="")),
                name="collectionrule_says_what",
            ),
            models.CheckConstraint(
                condition=models.Q(field__in=("price_to", "price_from"), currency__regex=r"^[A-Z]{3}$")
                | (~models.Q(field__in=("price_to", "price_from")) & models.Q(currency="")),
                name="collectionrule_currency",
            ),
            models.CheckConstraint(
                condition=~models.Q(field__in=("price_to", "price_from"))
                | models.Q(value__regex=r"^[0-9]{1,12}(\.[0-9]{1,3})?$"),
                name="collectionrule_price",
            ),
            models.CheckConstraint(
                condition=~models.Q(field="new") | models.Q(value__regex=r"^[1-9][0-9]{0,3}$"),
                name="collectionrule_days",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.get_field_display()), self.value, self.currency) if part)


class CollectionPick(MerchantOwned):
    """A product that somebody put on top of a collection, or left out of it, whatever the rules say."""

    class Kind(models.TextChoices):
        PINNED = "pinned", _("on top")
        LEFT_OUT = "left_out", _("left out")

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="picks")
    product = models.ForeignKey(
        "catalog.Product", verbose_name=_("product"), on_delete=models.CASCADE, related_name="picked_in"
    )
    kind = models.CharField(_("how"), max_length=8, choices=Kind.choices, default=Kind.PINNED)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("product by hand")
        verbose_name_plural = _("products by hand")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "product"], name="collectionpick_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=("pinned", "left_out")), name="collectionpick_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.product_id}"
