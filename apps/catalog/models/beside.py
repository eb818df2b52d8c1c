"""What helps to find and to choose: related goods, size guides, other words."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .goods import Category, Product


class Relation(MerchantOwned):
    """What the merchant says of two products. The database keeps both in one shop, and a product from itself."""

    class Kind(models.TextChoices):
        GOES_WITH = "goes_with", _("goes with")
        INSTEAD = "instead", _("instead of")

    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.CASCADE, related_name="relations")
    other = models.ForeignKey(
        Product, verbose_name=_("other product"), on_delete=models.CASCADE, related_name="related_from"
    )
    kind = models.CharField(_("how"), max_length=9, choices=Kind.choices, default=Kind.GOES_WITH)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("related product")
        verbose_name_plural = _("related products")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "kind", "other"], name="relation_once"),
            models.CheckConstraint(
                condition=~models.Q(product=models.F("other")),
                name="relation_not_to_itself",
                violation_error_message=_("A product is not related to itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.other_id}"


class SizeGuide(MerchantOwned):
    """Which size has which measures. A product's own guide goes before that of its category."""

    class Unit(models.TextChoices):
        CM = "cm", _("cm")
        INCH = "in", _("inches")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    name = models.CharField(_("name"), max_length=80)  # translated
    measures = models.CharField(_("measures"), max_length=200)  # translated: "Chest, Waist"
    rows = models.JSONField(_("sizes"), default=list)  # [["S", "88–92", "76–80"], …]
    unit = models.CharField(_("unit"), max_length=2, choices=Unit.choices, default=Unit.CM)
    note = models.CharField(_("note"), max_length=300, blank=True)  # translated
    categories: Any = models.ManyToManyField(
        Category, verbose_name=_("categories"), blank=True, related_name="size_guides"
    )
    products: Any = models.ManyToManyField(Product, verbose_name=_("products"), blank=True, related_name="size_guides")
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("size guide")
        verbose_name_plural = _("size guides")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.name)


class Synonym(MerchantOwned):
    """Shoppers say "hoodie", the catalogue says "sweatshirt"."""

    word = models.CharField(_("word"), max_length=60)
    means = models.CharField(_("means"), max_length=60)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("other word")
        verbose_name_plural = _("other words")
        constraints = [models.UniqueConstraint(fields=["merchant", "word", "means"], name="synonym_once")]

    def __str__(self) -> str:
        return f"{self.word} = {self.means}"
