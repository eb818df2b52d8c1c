"""Price lists with what they make of the goods, and the groups of customers they may be for."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from unfold.decorators import action, display

from apps.carts.money import format_money
from apps.catalog.collected import for_sale
from apps.catalog.list_files import COLUMNS, export_list
from apps.catalog.lists import Terms
from apps.catalog.models import ListPrice, PriceList, Variant
from apps.catalog.prices import with_prices
from apps.catalog.products import variant_label
from apps.customers.models import CustomerGroup, GroupMember
from apps.merchants import clock

from ..price_lists import ListPriceForm, ListPriceRows, PriceListForm, load_members, load_prices, read_lines
from .base import MerchantAdmin, Rows, row_or_404

MOST_ROWS = 200  # prices on a list's own page; more are worked on in the file or on their own page
PREVIEWED = 12
STATE_LABELS = {"live": "success", "planned": "info", "over": "danger", "off": "warning"}


class ListPriceInline(Rows):
    model = ListPrice
    form = ListPriceForm
    formset = ListPriceRows
    fields = ["variant", "amount", "compare_at", "percent"]
    autocomplete_fields = ["variant"]
    extra = 1


@admin.register(PriceList)
class PriceListAdmin(MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    form = PriceListForm
    list_display = ["name", "for_whom", "where", "currency", "percent", "how_many", "priority", "state"]
    list_filter = ["is_active", "groups", "tiers"]
    search_fields = ["name"]
    autocomplete_fields = ["groups", "tiers"]
    readonly_fields = ["preview"]
    actions_detail = ["import_prices", "export_prices"]
    fieldsets = (
        (None, {"fields": ("name", "reason", "is_active")}),
        (
            _("For whom and when"),
            {"fields": ("groups", "tiers", "countries", ("starts_at", "ends_at"), ("priority", "currency"))},
        ),
        (_("What it costs them"), {"fields": (("percent", "rounding"), "preview")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceList]:
        listed = super().get_queryset(request).select_related("merchant").prefetch_related("groups", "tiers")
        return listed.annotate(count=Count("prices"))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        merchant: Any = request.merchant  # type: ignore[attr-defined]
        return {"currency": merchant.currency, **super().get_changeform_initial_data(request)}

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Not more rows than a page can send back."""
        return [ListPriceInline] if obj is None or obj.prices.count() <= MOST_ROWS else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It is switched off instead: what it made things cost is part of the lowest price of the last 30 days."""
        return False

    @display(description=_("for whom"))
    def for_whom(self, price_list: PriceList) -> str:
        named = (*price_list.groups.all(), *price_list.tiers.all())
        return ", ".join(one.name for one in named) or str(_("everyone"))

    @display(description=_("where"))
    def where(self, price_list: PriceList) -> str:
        return ", ".join(price_list.countries) or str(_("everywhere"))

    @display(description=_("prices"), ordering="count")
    def how_many(self, price_list: Any) -> str:
        link = f"{reverse('admin:catalog_listprice_changelist')}?price_list__id__exact={price_list.pk}"
        return format_html('<a href="{}">{}</a>', link, price_list.count)

    @display(description=_("state"), label=STATE_LABELS)
    def state(self, price_list: PriceList) -> tuple[str, Any]:
        now = clock.now()
        if not price_list.is_active:
            return "off", _("off")
        if price_list.ends_at and price_list.ends_at <= now:
            return "over", _("over")
        if price_list.starts_at and price_list.starts_at > now:
            return "planned", _("planned")
        return "live", _("live")

    @display(description=_("what it comes to"))
    def preview(self, price_list: PriceList) -> str:
        """What has a price of its own in it first, then what sells best, as the list makes it now, whenever it begins."""
        if not price_list.pk:
            return "–"
        language = price_list.merchant.default_language
        rows = [
            (variant_label(variant), format_money(tag.regular, language), format_money(tag.amount, language))
            for variant in _previewed(price_list)
            for tag in variant.all_prices
            if tag.price_list
        ]
        if not rows:
            return str(_("Nothing is priced by it yet."))
        head = format_html("<tr><th>{}</th><th>{}</th><th>{}</th></tr>", _("variant"), _("everyone"), _("in this list"))
        body = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        return format_html('<table class="facts" data-list-preview>{}{}</table>', head, body)

    @action(description=_("Import prices"), url_path="import-prices", icon="upload")
    def import_prices(self, request: HttpRequest, object_id: str) -> HttpResponse:
        price_list = row_or_404(self.get_queryset(request), object_id)
        return read_lines(
            request,
            admin_site=self.admin_site,
            title=str(_("Import prices")),
            about=str(
                _("Columns: %s. A row with neither price nor percent takes the variant out.") % ", ".join(COLUMNS)
            ),
            needed=("sku",),
            load=load_prices(price_list),
            back=reverse("admin:catalog_pricelist_change", args=[price_list.pk]),
        )

    @action(description=_("Export prices"), url_path="export-prices", icon="download")
    def export_prices(self, request: HttpRequest, object_id: str) -> HttpResponse:
        price_list = row_or_404(self.get_queryset(request), object_id)
        response = HttpResponse("".join(export_list(price_list)), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="prices-{price_list.pk}.csv"'
        return response


def _previewed(price_list: PriceList) -> list[Any]:
    """Variants with what they would cost if this list alone counted."""
    own = Variant.objects.filter(list_prices__price_list=price_list).select_related("product").order_by("sku")
    chosen = list(own[:PREVIEWED])
    if price_list.percent is not None and len(chosen) < PREVIEWED:
        others = Variant.objects.filter(product__in=for_sale(price_list.merchant), is_active=True)
        others = others.exclude(pk__in=[variant.pk for variant in chosen]).select_related("product")
        chosen += others.order_by("-product__popularity", "pk")[: PREVIEWED - len(chosen)]
    return with_prices(chosen, Terms(lists=(price_list.pk,), ever=(price_list.pk,)))


@admin.register(ListPrice)
class ListPriceAdmin(MerchantAdmin):
    """All prices of all lists, to be searched; made and changed on the list's page or by its file."""

    form = ListPriceForm
    list_display = ["sku", "product", "price_list", "amount", "compare_at", "percent"]
    list_display_links = ["sku"]
    list_filter = [("price_list", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["variant__sku", "variant__product__title"]
    list_select_related = ["variant__product", "price_list"]
    autocomplete_fields = ["variant"]
    fields = ["variant", "amount", "compare_at", "percent"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description=_("SKU"), ordering="variant__sku")
    def sku(self, price: ListPrice) -> str:
        return price.variant.sku

    @display(description=_("product"), ordering="variant__product__title")
    def product(self, price: ListPrice) -> str:
        return price.variant.product.title


class MemberInline(Rows):
    model = GroupMember
    fields = ["customer"]
    autocomplete_fields = ["customer"]
    extra = 1


@admin.register(CustomerGroup)
class CustomerGroupAdmin(MerchantAdmin):
    list_display = ["name", "note", "how_many", "lists"]
    search_fields = ["name"]
    fields = ["name", "note"]
    actions_detail = ["import_members"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CustomerGroup]:
        return super().get_queryset(request).annotate(count=Count("members")).prefetch_related("price_lists")

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        return [MemberInline] if obj is None or obj.members.count() <= MOST_ROWS else []

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A list for this group would be one for everyone: which ones is said before anything goes."""
        *found, protected = super().get_deleted_objects(objs, request)
        about = [_("Price list “%s”") % one for one in PriceList.objects.filter(groups__in=objs).distinct()]
        return *found, [*protected, *about]

    @display(description=_("members"), ordering="count")
    def how_many(self, group: Any) -> int:
        count: int = group.count
        return count

    @display(description=_("price lists"))
    def lists(self, group: CustomerGroup) -> str:
        return ", ".join(one.name for one in group.price_lists.all()) or "–"

    @action(description=_("Import members"), url_path="import-members", icon="upload")
    def import_members(self, request: HttpRequest, object_id: str) -> HttpResponse:
        group = row_or_404(self.get_queryset(request), object_id)
        return read_lines(
            request,
            admin_site=self.admin_site,
            title=str(_("Import members")),
            about=str(_("One column, customer: an e-mail address, a phone number or an id.")),
            needed=("customer",),
            load=load_members(group, by=request.user),
            back=reverse("admin:customers_customergroup_change", args=[group.pk]),
        )
