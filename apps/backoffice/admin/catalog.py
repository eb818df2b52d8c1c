"""Products with their pictures, variants, prices and stock on one page."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modeltranslation.admin import TranslationAdmin
from unfold.contrib.filters.admin import RangeNumericFilter
from unfold.decorators import action, display

from apps.catalog.index import refresh
from apps.catalog.lexicon import lexicon, with_synonym
from apps.catalog.models import (
    Category,
    Digital,
    Media,
    Option,
    OptionValue,
    Price,
    Product,
    Relation,
    SizeGuide,
    StockLevel,
    Synonym,
    Variant,
)
from apps.catalog.prices import prices_now
from apps.catalog.products import count_nothing
from apps.catalog.rules import rules_about
from apps.catalog.search import search
from apps.catalog.vectors import standing
from apps.merchants.markets import currencies_of
from apps.merchants.models import Merchant

from ..forms import PlanPriceForm, PriceForm, RepriceForm, SizeGuideForm, SynonymForm, VariantForm
from ..importing import export_products, import_products
from ..repricing import plan_price, reprice, seen_of
from .base import MerchantAdmin, ReadOnlyRows, Rows, row_or_404
from .prices import PricePlanInline, PriceRecordInline


def price_in_words(variant: Variant) -> str:
    """What it costs now in each currency; a reduction with what the law wants beside it."""
    told = []
    for tag in prices_now([variant.pk])[variant.pk]:
        said = str(tag.amount)
        if tag.is_reduced:
            facts = {"price": tag.amount, "before": tag.compare_at, "lowest": tag.lowest}
            said = _("%(price)s instead of %(before)s, lowest price of the last 30 days: %(lowest)s") % facts
        told.append(said if tag.amount == tag.listed else f"{said} ({_('list')}: {tag.listed})")
    return "; ".join(told) or "–"


def picture(url: str, alt: str, *, size: int = 48) -> str:
    """A small square picture for lists; a quiet box where there is none."""
    if not url:
        return format_html(
            '<span class="inline-block rounded-default bg-base-100 dark:bg-base-800" style="width:{0}px;height:{0}px"></span>',
            size,
        )
    return format_html(
        '<img src="{}" alt="{}" loading="lazy" class="rounded-default object-cover" style="width:{}px;height:{}px">',
        url,
        alt,
        size,
        size,
    )


class MediaInline(Rows):
    model = Media
    fields = ["preview", "file", "kind", "variant", "alt", "position"]
    readonly_fields = ["preview", "kind"]
    ordering_field = "position"
    tab = True

    @display(description=_("picture"))
    def preview(self, media: Media) -> str:
        return picture(media.file.url if media.file and media.kind == Media.Kind.IMAGE else "", media.alt, size=64)


class VariantInline(Rows):
    model = Variant
    form = VariantForm
    fields = ["sku", "options", "price_shown", "stock_shown", "barcode", "is_tracked", "is_active"]
    readonly_fields = ["options", "price_shown", "stock_shown"]
    show_change_link = True
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        return super().get_queryset(request).prefetch_related("values", "stock_levels")

    @display(description=_("options"))
    def options(self, variant: Variant) -> str:
        return " · ".join(value.value for value in variant.values.all()) or "–"

    @display(description=_("price"))
    def price_shown(self, variant: Variant) -> str:
        return price_in_words(variant)

    @display(description=_("free stock"))
    def stock_shown(self, variant: Variant) -> str:
        levels = variant.stock_levels.all()
        return str(sum(level.on_hand - level.allocated - level.held for level in levels)) if levels else "–"


class DigitalInline(Rows):
    model = Digital
    fields = ["file", "url"]
    max_num = 1
    tab = True


class OptionInline(Rows):
    model = Option
    fields = ["name", "position"]
    show_change_link = True
    tab = True


class RelationInline(Rows):
    model = Relation
    fk_name = "product"
    fields = ["kind", "other", "position"]
    autocomplete_fields = ["other"]
    ordering_field = "position"
    tab = True


@admin.register(Product)
class ProductAdmin(MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    list_display = ["picture", "title_and_type", "status_shown", "free_stock", "prices", "updated_at"]
    list_display_links = ["title_and_type"]
    list_filter = ["status", "comes_as", "categories", "brand"]
    search_fields = ["title", "slug", "brand", "variants__sku", "variants__barcode"]
    prepopulated_fields = {"slug": ["title"]}
    autocomplete_fields = ["categories"]
    inlines = [VariantInline, MediaInline, OptionInline, RelationInline, DigitalInline]
    list_per_page = 50
    actions = ["put_on_sale", "take_off_sale", "change_prices"]
    actions_list = ["import_csv", "export_csv"]
    fieldsets = (
        (None, {"fields": ("title", "description", "slug", "status", "categories", "comes_as")}),
        (_("Details"), {"fields": ("brand", "product_type", "tags", "tax_category", "popularity")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).prefetch_related("media", "variants__prices", "variants__stock_levels")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A product that has just become something without a parcel is not counted, and neither are its new variants."""
        super().save_related(request, form, formsets, change)
        fresh = [row for formset in formsets if formset.model is Variant for row in formset.new_objects]
        if fresh or "comes_as" in form.changed_data:
            count_nothing(form.instance)

    @display(description="")
    def picture(self, product: Product) -> str:
        first = next((media for media in product.media.all() if media.kind == Media.Kind.IMAGE and media.file), None)
        return picture(first.file.url if first else "", first.alt if first else "")

    @display(description=_("product"), ordering="title", header=True)
    def title_and_type(self, product: Product) -> list[str]:
        return [product.title, product.product_type]

    @display(description=_("status"), label={"active": "success", "draft": "warning", "archived": "danger"})
    def status_shown(self, product: Product) -> tuple[str, str]:
        return product.status, product.get_status_display()

    @display(description=_("free stock"))
    def free_stock(self, product: Product) -> int:
        return sum(
            level.on_hand - level.allocated - level.held
            for variant in product.variants.all()
            for level in variant.stock_levels.all()
        )

    @display(description=_("price"))
    def prices(self, product: Product) -> str:
        amounts = sorted(
            {
                price.amount
                for v in product.variants.all()
                for price in v.prices.all()
                if str(price.amount.currency) == product.merchant.currency
            }
        )
        if not amounts:
            return "–"
        return str(amounts[0]) if len(amounts) == 1 else f"{amounts[0]} – {amounts[-1]}"

    @admin.action(description=_("Put on sale"))
    def put_on_sale(self, request: HttpRequest, chosen: QuerySet[Product]) -> None:
        self._set_status(request, chosen, Product.Status.ACTIVE)

    @admin.action(description=_("Take off sale"))
    def take_off_sale(self, request: HttpRequest, chosen: QuerySet[Product]) -> None:
        self._set_status(request, chosen, Product.Status.ARCHIVED)

    @admin.action(description=_("Change prices…"))
    def change_prices(self, request: HttpRequest, chosen: QuerySet[Product]) -> HttpResponse | None:
        """By a share, now or by the clock; asked on a page of its own, which sends the same choice again."""
        merchant: Merchant = request.merchant  # type: ignore[attr-defined]
        is_answer = "percent" in request.POST
        seen = seen_of(Variant.objects.filter(product__in=chosen).values_list("pk", flat=True))
        known = currencies_of(merchant)
        form = RepriceForm(request.POST if is_answer else None, initial={"seen": seen}, currencies=known)
        with timezone.override(merchant.zone):
            if is_answer and form.is_valid():
                changed = reprice(merchant, chosen, form, by=request.user)
                if changed:
                    said = ngettext("%d price changed or planned.", "%d prices changed or planned.", changed) % changed
                    self.message_user(request, said, messages.SUCCESS)
                    return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Change prices…"),
            "about": ngettext("%d product", "%d products", chosen.count()) % chosen.count(),
            "form": form,
            "label": _("Change the prices"),
            "back": reverse("admin:catalog_product_changelist"),
            "carried": [("action", "change_prices"), *(("_selected_action", product.pk) for product in chosen)],
        }
        return render(request, "admin/ask.html", context)

    def _set_status(self, request: HttpRequest, chosen: QuerySet[Product], status: str) -> None:
        merchants = set(chosen.values_list("merchant_id", flat=True))
        with transaction.atomic():
            changed = chosen.update(status=status)
            for merchant in Merchant.objects.filter(pk__in=merchants):
                refresh(merchant, [])  # an update in bulk sends no signal; what is searched for stays the same
        self.message_user(
            request, ngettext("%d product changed.", "%d products changed.", changed) % changed, messages.SUCCESS
        )

    @action(description=_("Import"), url_path="import-csv", icon="upload")
    def import_csv(self, request: HttpRequest) -> HttpResponse:
        return import_products(request, admin_site=self.admin_site, back=reverse("admin:catalog_product_changelist"))

    @action(description=_("Export"), url_path="export-csv", icon="download")
    def export_csv(self, request: HttpRequest) -> StreamingHttpResponse:
        return export_products(request)


class PriceInline(Rows):
    model = Price
    form = PriceForm
    fields = ["amount", "compare_at"]


class StockLevelInline(ReadOnlyRows):
    model = StockLevel
    fields = ["location", "on_hand", "allocated", "held"]
    verbose_name_plural = _("stock (change it under “Count stock”)")


@admin.register(Variant)
class VariantAdmin(MerchantAdmin):
    form = VariantForm
    list_display = ["sku", "product", "barcode", "on_hand", "is_active"]
    list_filter = ["is_active", ("weight_grams", RangeNumericFilter)]
    search_fields = ["sku", "barcode", "product__title"]
    autocomplete_fields = ["product", "values"]
    inlines = [PriceInline, StockLevelInline, PricePlanInline, PriceRecordInline]
    actions_detail = ["plan_price"]
    readonly_fields = ["costs_now"]
    fields = [
        "product",
        "sku",
        "barcode",
        "costs_now",
        "values",
        "weight_grams",
        "is_tracked",
        "requires_shipping",
        "is_active",
        "position",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        return (
            super()
            .get_queryset(request)
            .select_related("product")
            .annotate(total=Coalesce(Sum("stock_levels__on_hand"), 0))
        )

    @display(description=_("on hand"), ordering="total")
    def on_hand(self, variant: Any) -> int:
        return variant.total

    @display(description=_("costs now"))
    def costs_now(self, variant: Variant) -> str:
        return price_in_words(variant) if variant.pk else "–"

    @action(description=_("Plan a price"), url_path="plan-price", icon="event")
    def plan_price(self, request: HttpRequest, object_id: str) -> HttpResponse:
        variant = row_or_404(self.get_queryset(request), object_id)
        merchant: Merchant = request.merchant  # type: ignore[attr-defined]
        form = PlanPriceForm(request.POST or None, currencies=currencies_of(merchant))
        back = reverse("admin:catalog_variant_change", args=[variant.pk])
        with timezone.override(merchant.zone):
            if request.method == "POST" and form.is_valid() and plan_price(merchant, variant, form, by=request.user):
                self.message_user(request, _("Done. Shoppers see it on the second."), messages.SUCCESS)
                return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Plan a price"),
            "about": f"{variant.product.title} · {variant.sku} · {price_in_words(variant)}",
            "form": form,
            "label": _("Plan it"),
            "back": back,
        }
        return render(request, "admin/ask.html", context)


@admin.register(OptionValue)
class OptionValueAdmin(MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    search_fields = ["value", "option__product__title"]
    list_display = ["value", "option"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


class OptionValueInline(Rows):
    model = OptionValue
    fields = ["value", "position"]


@admin.register(Option)
class OptionAdmin(MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    inlines = [OptionValueInline]
    autocomplete_fields = ["product"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Category)
class CategoryAdmin(MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    list_display = ["name", "slug", "position", "is_active"]
    list_editable = ["position"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What collections are about stays; which ones is said before anything goes."""
        *found, protected = super().get_deleted_objects(objs, request)
        about = [
            _("Collection “%(name)s”: %(rule)s") % {"name": rule.collection, "rule": rule} for rule in rules_about(objs)
        ]
        return *found, [*protected, *about]


@admin.register(SizeGuide)
class SizeGuideAdmin(MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    form = SizeGuideForm
    list_display = ["name", "unit", "position"]
    search_fields = ["name"]
    autocomplete_fields = ["categories", "products"]
    fields = ["name", "measures", "unit", "table", "note", "categories", "products", "position"]


@admin.register(Synonym)
class SynonymAdmin(MerchantAdmin):
    list_display = ["word", "means"]
    search_fields = ["word", "means"]
    actions_list = ["try_out"]

    @action(description=_("Try a word"), url_path="try-out", icon="search")
    def try_out(self, request: HttpRequest) -> HttpResponse:
        """What a shopper finds by a word today, and what they would find if it meant something else as well."""
        merchant: Merchant = request.merchant  # type: ignore[attr-defined]
        form = SynonymForm(request.POST or None)
        found: list[dict[str, Any]] = []
        if request.method == "POST" and form.is_valid():
            word, means = form.cleaned_data["word"], form.cleaned_data["means"]
            if means and "save" in request.POST:
                Synonym.objects.get_or_create(merchant=merchant, word=word, means=means)
                self.message_user(request, _("Saved. Shoppers find it from now on."), messages.SUCCESS)
                return redirect(reverse("admin:catalog_synonym_changelist"))
            found = [{"title": _("Found today"), "products": search(merchant, word).products}]
            if means:
                known = with_synonym(lexicon(merchant), word, means)
                would = search(merchant, word, known=known).products
                found.append({"title": _("Found with the other word"), "products": would})
        context = {
            **self.admin_site.each_context(request),
            "title": _("Try a word"),
            "form": form,
            "found": found,
            "may_save": bool(found) and bool(form.cleaned_data["means"]),
            "close": standing(merchant),
            "back": reverse("admin:catalog_synonym_changelist"),
        }
        return render(request, "admin/try_word.html", context)
