"""What is for sale: products, what they can be had in, how they look, and the shelves they stand on."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from ..files import IMAGE, ShownFileField, is_new
from ..kinds import kind_of
from .collections import CollectionRule

ONLY_NAMES = "ts_filter(%(expressions)s, '{a}')"  # of an indexed text what goods are called by


class CatalogVersion(MerchantOwned):
    """Counts up with every change a shopper could search for; caches of catalogue words carry it."""

    version = models.BigIntegerField(default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant"], name="catalogversion_once")]


class Category(MerchantOwned):
    name = models.CharField(_("name"), max_length=80)  # translated
    slug = models.SlugField(_("short name in links"), max_length=80)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("parent category"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="children",
    )
    image = ShownFileField(_("picture"), upload_to="categories/", blank=True, media=(IMAGE,))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["merchant", "slug"], name="category_slug_once")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Rules of collections name it by its slug, and follow when that changes."""
        with transaction.atomic():
            if self.pk and not self._state.adding:
                self._tell_rules()
            super().save(*args, **kwargs)

    def _tell_rules(self) -> None:
        was = Category.objects.filter(merchant=self.merchant_id, pk=self.pk).values_list("slug", flat=True).first()
        if was is not None and was != self.slug:
            rules = CollectionRule.objects.filter(merchant=self.merchant_id, field=CollectionRule.Field.CATEGORY)
            rules.filter(value=was).update(value=self.slug)


class Product(MerchantOwned):
    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        ACTIVE = "active", _("on sale")
        ARCHIVED = "archived", _("archived")

    class ComesAs(models.TextChoices):
        """How the shopper gets it once it is paid for."""

        GOODS = "goods", _("goods: sent, picked up, or done on the spot")
        GIFT_CARD = "gift_card", _("gift card: its code is told in the chat")
        DIGITAL = "digital", _("digital: a link or a licence code in the chat")

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    title = models.CharField(_("title"), max_length=200)  # translated
    description = models.TextField(_("description"), blank=True)  # translated, plain text
    slug = models.SlugField(_("short name in links"), max_length=200)  # Shopify's handle
    brand = models.CharField(_("brand"), max_length=80, blank=True)
    product_type = models.CharField(_("type"), max_length=80, blank=True)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    categories: Any = models.ManyToManyField(
        Category, verbose_name=_("categories"), blank=True, related_name="products"
    )
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE)
    tax_category = models.CharField(_("tax category"), max_length=20, default="standard")
    comes_as = models.CharField(
        _("comes as"),
        max_length=9,
        choices=ComesAs.choices,
        default=ComesAs.GOODS,
        help_text=_(
            "What is not goods needs no address and no delivery: it is handed over in the chat as soon as it is paid. A "
            "gift card is worth the price of its variant, bears no tax and takes no offers."
        ),
    )
    popularity = models.IntegerField(_("popularity"), default=0)
    search_text = models.TextField(blank=True, editable=False)
    search_vector = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("changed on"), auto_now=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "slug"], name="product_slug_once"),
            models.CheckConstraint(
                condition=models.Q(comes_as__in=("goods", "gift_card", "digital")), name="product_comes_as_known"
            ),
        ]
        indexes = [
            GinIndex(fields=["search_vector"], name="product_search"),
            GinIndex(models.Func("search_vector", template=ONLY_NAMES), name="product_called"),
            models.Index(fields=["merchant", "status", "-popularity", "id"]),
            models.Index(fields=["merchant", "status", "-created_at", "id"], name="product_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Raises `ValidationError` where it shall come otherwise and has codes to hand out."""
        super().clean()
        if self.pk and self.comes_as != self.ComesAs.DIGITAL and self.variants.filter(code_pool__isnull=False).exists():
            raise ValidationError({"comes_as": _("It hands out codes, and so it stays digital.")})


class Option(MerchantOwned):
    """Size, colour: what variants of a product differ in, in the merchant's order."""

    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.CASCADE, related_name="options")

    class Kind(models.TextChoices):
        COLOUR = "colour", _("colour")
        SIZE = "size", _("size")
        OTHER = "other", _("other")

    name = models.CharField(_("name"), max_length=40)  # translated
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices, default=Kind.OTHER)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["product", "position"], name="option_position_once")]

    def __str__(self) -> str:
        return str(self.name)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.kind == self.Kind.OTHER:
            self.kind = kind_of(self.name)
        super().save(*args, **kwargs)


class OptionValue(MerchantOwned):
    option = models.ForeignKey(Option, verbose_name=_("option"), on_delete=models.CASCADE, related_name="values")
    value = models.CharField(_("value"), max_length=60)  # translated; English is the key
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("option value")
        verbose_name_plural = _("option values")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.value)


class Variant(MerchantOwned):
    """What is actually put into a cart."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.CASCADE, related_name="variants")
    sku = models.CharField(_("SKU"), max_length=64)
    barcode = models.CharField(_("barcode"), max_length=32, blank=True)
    values: Any = models.ManyToManyField(OptionValue, verbose_name=_("options"), blank=True, related_name="variants")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    weight_grams = models.PositiveIntegerField(_("weight in grams"), default=0)
    is_tracked = models.BooleanField(_("stock is counted"), default=True)
    requires_shipping = models.BooleanField(_("is sent as a parcel"), default=True)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["merchant", "sku"], name="variant_sku_once")]
        indexes = [
            models.Index(fields=["merchant", "barcode"], name="variant_barcode", condition=~models.Q(barcode=""))
        ]

    def __str__(self) -> str:
        return self.sku

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What hands out codes is counted by them, whoever says otherwise."""
        if self.pk and not self.is_tracked:
            self.is_tracked = hasattr(self, "code_pool")
        super().save(*args, **kwargs)

    @property
    def is_sent(self) -> bool:
        """Whether it travels: what is handed over in the chat never does."""
        return bool(self.requires_shipping and self.product.comes_as == Product.ComesAs.GOODS)

    @property
    def is_gift_card(self) -> bool:
        return bool(self.product.comes_as == Product.ComesAs.GIFT_CARD)


class Media(MerchantOwned):
    class Kind(models.TextChoices):
        IMAGE = "image", _("picture")
        VIDEO = "video", _("video")

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="media")
    variant = models.ForeignKey(
        Variant, verbose_name=_("variant"), null=True, blank=True, on_delete=models.SET_NULL, related_name="media"
    )
    kind = models.CharField(_("kind"), max_length=5, choices=Kind.choices, default=Kind.IMAGE)
    file = ShownFileField(_("file"), upload_to="products/", blank=True)
    source_url = models.CharField(max_length=1000, blank=True)  # where an import said it lies; never hot-linked
    alt = models.CharField(_("picture in words"), max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("picture or video")
        verbose_name_plural = _("pictures and videos")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.alt or self.file.name or self.source_url

    def save(self, *, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Whether it is a picture or a video is read from a new file, not believed. Raises `NotShowable`."""
        if is_new(self.file) and (update_fields is None or "file" in update_fields):
            self.kind = self.file.kind_of(self.file.file).medium
            update_fields = None if update_fields is None else {*update_fields, "kind"}
        super().save(update_fields=update_fields, **kwargs)
