"""What is for sale, what it costs, and how much of it there is."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from djmoney.models.fields import MoneyField

from apps.merchants import clock
from apps.merchants.currency import fits_currency
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .collection import Collection, CollectionPick, CollectionRule  # noqa: F401  # models, too
from .files import IMAGE, ShownFileField, is_new
from .kinds import kind_of


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
    popularity = models.IntegerField(_("popularity"), default=0)
    search_text = models.TextField(blank=True, editable=False)
    search_vector = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(_("changed on"), auto_now=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints = [models.UniqueConstraint(fields=["merchant", "slug"], name="product_slug_once")]
        indexes = [
            GinIndex(fields=["search_vector"], name="product_search"),
            models.Index(fields=["merchant", "status", "-popularity", "id"]),
            models.Index(fields=["merchant", "status", "-created_at", "id"], name="product_newest"),
        ]

    def __str__(self) -> str:
        return self.title


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


class Price(MerchantOwned):
    """The price of the list. What a variant costs at a moment, plans included, is asked of `prices`."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="prices")
    amount = MoneyField(_("price"), max_digits=19, decimal_places=3)
    compare_at = MoneyField(_("before"), max_digits=19, decimal_places=3, null=True, blank=True)
    changed_at = models.DateTimeField(default=clock.now, editable=False)  # kept true by the database

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        constraints = [
            models.UniqueConstraint(fields=["variant", "amount_currency"], name="price_currency_once"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="price_not_negative"),
            fits_currency("amount", name="price_decimals"),
            fits_currency("compare_at", name="price_compare_at_decimals"),
            models.CheckConstraint(
                condition=models.Q(compare_at__isnull=True) | models.Q(compare_at_currency=models.F("amount_currency")),
                name="price_one_currency",
            ),
        ]

    def __str__(self) -> str:
        return str(self.amount)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.changed_at = clock.now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "changed_at"}
        super().save(*args, **kwargs)


class PriceRecord(MerchantOwned):
    """Append-only, written by the database with every change of a `Price`, whoever makes it.

    What a variant cost in the list from `at` on; without an amount it was not sold. It outlives its variant.
    """

    variant = models.ForeignKey(Variant, on_delete=models.DO_NOTHING, db_constraint=False, related_name="price_records")
    sku = models.CharField(_("SKU"), max_length=64)
    amount = MoneyField(_("price"), max_digits=19, decimal_places=3, null=True)
    compare_at = MoneyField(_("before"), max_digits=19, decimal_places=3, null=True)
    at = models.DateTimeField(_("from"))

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("price in the past")
        verbose_name_plural = _("price history")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["variant", "amount_currency", "-at", "-id"], name="pricerecord_timeline")]

    def __str__(self) -> str:
        return f"{self.sku}: {self.amount}"


class PricePlan(MerchantOwned):
    """A price that begins by the clock. With an end it lies over the list's and makes way again; without, it becomes it.

    Where several run, the one that began last counts. What was planned is not rewritten: it is called off before it
    begins, or ended early.
    """

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="price_plans")
    name = models.CharField(_("occasion"), max_length=60, blank=True)
    amount = MoneyField(_("price"), max_digits=19, decimal_places=3)
    compare_at = MoneyField(_("before"), max_digits=19, decimal_places=3, null=True, blank=True)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("called off"), null=True, editable=False)
    applied_at = models.DateTimeField(null=True, editable=False)  # one without an end, once the list says so too
    created_by = models.ForeignKey(
        "accounts.User", verbose_name=_("planned by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager(money=True)

    class Meta:
        verbose_name = _("planned price")
        verbose_name_plural = _("planned prices")
        ordering = ["-starts_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "amount_currency", "starts_at"],
                condition=models.Q(cancelled_at=None),
                name="priceplan_one_at_a_moment",
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="priceplan_not_negative"),
            fits_currency("amount", name="priceplan_decimals"),
            fits_currency("compare_at", name="priceplan_compare_at_decimals"),
            models.CheckConstraint(
                condition=models.Q(compare_at__isnull=True) | models.Q(compare_at_currency=models.F("amount_currency")),
                name="priceplan_one_currency",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gt=models.F("starts_at")),
                name="priceplan_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(cancelled_at=None) | models.Q(cancelled_at__lt=models.F("starts_at")),
                name="priceplan_called_off_before_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or self.variant_id}: {self.amount}"


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


class StockLevel(MerchantOwned):
    """How many lie where, and how many of them are spoken for."""

    variant = models.ForeignKey(
        Variant, verbose_name=_("variant"), on_delete=models.CASCADE, related_name="stock_levels"
    )
    location = models.ForeignKey("merchants.Location", verbose_name=_("location"), on_delete=models.PROTECT)
    on_hand = models.IntegerField(_("on hand"), default=0)
    allocated = models.IntegerField(_("sold, not yet shipped"), default=0)  # sold, not yet shipped
    held = models.IntegerField(_("held"), default=0)  # promised for a while

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("stock")
        verbose_name_plural = _("stock")
        constraints = [
            models.UniqueConstraint(fields=["variant", "location"], name="stocklevel_once"),
            models.CheckConstraint(
                condition=models.Q(
                    held__gte=0, allocated__gte=0, on_hand__gte=models.F("allocated") + models.F("held")
                ),
                name="stocklevel_never_oversold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_hand - self.allocated - self.held} / {self.on_hand}"


class StockHold(MerchantOwned):
    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        CONSUMED = "consumed", _("sold")
        RELEASED = "released", _("released")
        EXPIRED = "expired", _("expired")

    level = models.ForeignKey(StockLevel, verbose_name=_("stock"), on_delete=models.CASCADE, related_name="holds")
    reference = models.CharField(max_length=80)  # opaque: "cart:<id>:<line>"
    quantity = models.PositiveIntegerField(_("quantity"))
    reason = models.CharField(_("reason"), max_length=16, default="cart")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    expires_at = models.DateTimeField(_("held until"))
    created_at = models.DateTimeField(_("date"), auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("held piece")
        verbose_name_plural = _("held pieces")
        constraints = [
            models.UniqueConstraint(
                fields=["level", "reference"], condition=models.Q(state="active"), name="stockhold_once_while_active"
            ),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="stockhold_positive"),
        ]
        indexes = [
            models.Index(fields=["level", "expires_at"], name="stockhold_expiring", condition=models.Q(state="active")),
            models.Index(fields=["reference"], name="stockhold_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.quantity:+d}"


class StockMovement(MerchantOwned):
    """Append-only. `on_hand` is the sum of the rows that change it; the rest tell the story."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("received")
        HELD = "held", _("held")
        RELEASED = "released", _("released")
        ALLOCATED = "allocated", _("sold")
        DEALLOCATED = "deallocated", _("sale undone")
        SHIPPED = "shipped", _("shipped")
        RETURNED = "returned", _("returned")
        ADJUSTED = "adjusted", _("counted")

    level = models.ForeignKey(StockLevel, verbose_name=_("stock"), on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    quantity = models.IntegerField(_("quantity"))  # signed change of what `kind` is about
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=120, blank=True)
    actor = models.ForeignKey(
        "accounts.User", verbose_name=_("done by"), null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(_("date"), auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock movements")
        indexes = [models.Index(fields=["reference"], name="stockmovement_reference")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.quantity:+d}"

    ON_HAND_KINDS = (Kind.RECEIVED, Kind.SHIPPED, Kind.RETURNED, Kind.ADJUSTED)


class Wish(MerchantOwned):
    """Saved for later: a product, or one kind of it. Belongs to the customer, on every channel the same."""

    customer = models.ForeignKey(
        "customers.Customer", verbose_name=_("customer"), on_delete=models.CASCADE, related_name="wishes"
    )
    product = models.ForeignKey(Product, verbose_name=_("product"), on_delete=models.CASCADE, related_name="wishes")
    variant = models.ForeignKey(Variant, null=True, blank=True, on_delete=models.CASCADE, related_name="wishes")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("wish")
        verbose_name_plural = _("wish lists")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "product"], condition=models.Q(variant=None), name="wish_product_once"
            ),
            models.UniqueConstraint(fields=["customer", "variant"], name="wish_variant_once"),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"


class StockAlert(MerchantOwned):
    """ "Tell me when it is back": a place in the line for a variant, and the turn when it comes.

    A turn is a piece held for half an hour (`hold_reference`); it is taken, declined, or passes to the next.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        OFFERED = "offered", _("has the turn")
        TAKEN = "taken", _("took it")
        PASSED = "passed", _("did not answer")
        DECLINED = "declined", _("no longer wanted")

    OPEN = (State.WAITING, State.OFFERED)

    customer = models.ForeignKey(
        "customers.Customer", verbose_name=_("customer"), on_delete=models.CASCADE, related_name="stock_alerts"
    )
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="stock_alerts")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField(_("since"), default=clock.now, editable=False)
    offered_at = models.DateTimeField(_("turn began"), null=True, editable=False)
    until = models.DateTimeField(_("turn ends"), null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("place in line")
        verbose_name_plural = _("waiting for stock")
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "variant"],
                condition=models.Q(state__in=["waiting", "offered"]),
                name="stockalert_once_while_open",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", until=None)
                | ~models.Q(state__in=["waiting", "offered"])
                | models.Q(state="offered", until__isnull=False, offered_at__isnull=False),
                name="stockalert_turn_has_an_end",
            ),
        ]
        indexes = [
            models.Index(
                fields=["variant", "created_at", "id"],
                name="stockalert_line",
                condition=models.Q(state__in=["waiting", "offered"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()} {self.created_at:%Y-%m-%d}"

    @property
    def hold_reference(self) -> str:
        """How the piece kept for this turn is named in the stock's books."""
        return f"waitlist:{self.pk}"
