"""The shop itself: its name and words, its stores and hours, how parcels travel."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from unfold.decorators import action, display

from apps.carts.models import DeliveryMethod, DeliveryStep, PickupPoint, TaxRate
from apps.merchants.clock import now
from apps.merchants.goodwill import in_unit
from apps.merchants.models import ApiToken, Goodwill, Location, Merchant, OpeningHours

from ..access import has_desk, is_owner
from ..api.authentication import hash_token, new_key
from ..choosing import CountriesField, ShopForm
from ..delivering import price_line
from ..point_lists import import_list
from ..sheets.pages import TakesSheet
from ..sheets.taxes import TaxSheet
from .base import MerchantAdmin, OffersWhatFits, OneOfAKind, ReadOnlyAdmin, Rows, row_or_404

MOST_POINTS = 200  # on the page of their way; more are worked on in their own list
LIMITS = ("goodwill_most", "goodwill_most_a_day", "points_most", "points_most_a_day")


@admin.register(Merchant)
class ShopAdmin(OneOfAKind, MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    form = ShopForm
    fieldsets = (
        (None, {"fields": ("name", "assistant_name", "accent", "languages", "first_language")}),
        (
            _("Law"),
            {
                "fields": (
                    "legal_name",
                    "postal_address",
                    "support_email",
                    "terms_url",
                    "privacy_url",
                    "return_days",
                    "return_instructions",
                )
            },
        ),
        (_("Place and money"), {"fields": ("country", "currency", "timezone")}),
        (_("Carts"), {"fields": ("cart_days", "most_for_strangers")}),
        (
            _("Given by hand"),
            {"fields": (("goodwill_most", "goodwill_most_a_day"), ("points_most", "points_most_a_day"))},
        ),
        (
            _("Tax and invoices"),
            {
                "fields": (
                    "tax_number",
                    ("tax_rounding", "tax_rounding_mode"),
                    "issues_invoices",
                    ("invoice_series", "credit_note_series"),
                    "invoice_note",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Merchant]:
        return super().get_queryset(request).filter(pk=request.merchant.pk)  # type: ignore[attr-defined]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Nobody moves their own limit: whoever runs the shop sets it."""
        return super().get_readonly_fields(request, obj) if is_owner(request) else LIMITS

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Goodwill)
class GoodwillAdmin(ReadOnlyAdmin):
    """Who gave what away by hand, under which limit."""

    list_display = ["created_at", "given_by", "kind", "given", "limit"]
    fields = ["created_at", "given_by", "kind", "given", "limit"]
    readonly_fields = ["given", "limit"]
    list_filter = ["kind"]
    list_select_related = ["given_by"]
    date_hierarchy = "created_at"

    @display(description=_("amount"))
    def given(self, gift: Goodwill) -> str:
        return in_unit(gift.amount, gift.unit)

    @display(description=_("limit at once, in a day"))
    def limit(self, gift: Goodwill) -> str:
        limits = (gift.most, gift.most_a_day)
        return " · ".join("–" if limit is None else in_unit(limit, gift.unit) for limit in limits)


@admin.register(Location)
class LocationAdmin(MerchantAdmin):
    list_display = ["name", "is_store", "is_pickup", "ships", "position"]
    fieldsets = (
        (None, {"fields": ("name", "address", ("postcode", "region"), ("is_pickup", "ships"), "position")}),
        (_("For visitors"), {"fields": ("is_store", "hours", ("latitude", "longitude"))}),
    )


@admin.register(OpeningHours)
class OpeningHoursAdmin(MerchantAdmin):
    list_display = ["day", "opens", "closes"]

    @display(description=_("day"), ordering="weekday")
    def day(self, hours: OpeningHours) -> str:
        return str(hours.get_weekday_display())


class DeliveryStepInline(Rows):
    model = DeliveryStep
    fields = ["up_to_grams", "from_amount", "price"]


class PickupPointInline(Rows):
    """Of a way with a few points; a carrier's thousands have a list of their own."""

    model = PickupPoint
    fields = ["name", "street", "postcode", "city", "country", "hours", "latitude", "longitude", "is_active"]
    tab = True


class DeliveryMethodForm(forms.ModelForm):
    countries = CountriesField(label=_("countries"), required=False, help_text=_("None means everywhere."))

    class Meta:
        model = DeliveryMethod
        fields = ["countries"]  # the page says which else; stores can be listed inside a merchant's scope only


@admin.register(DeliveryMethod)
class DeliveryMethodAdmin(OffersWhatFits, MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    form = DeliveryMethodForm
    fieldsets = (
        (None, {"fields": ("name", ("price", "free_from"), ("pickup_at", "to_point"), ("position", "is_active"))}),
        (_("Where to"), {"fields": ("countries", "regions", "postcodes", "max_grams")}),
        (_("How long"), {"fields": (("days_min", "days_max"), "cutoff_hour", "closed_days")}),
    )
    list_display = ["name", "prices", "days_min", "days_max", "is_active"]
    actions_detail = ["import_points", "list_points"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeliveryMethod]:
        return super().get_queryset(request).prefetch_related("steps")

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Not more rows than a page can send back."""
        is_short = obj is None or obj.points.count() <= MOST_POINTS
        return [DeliveryStepInline, PickupPointInline] if is_short else [DeliveryStepInline]

    def fitting(self, obj: DeliveryMethod) -> set[str]:
        return {"import_points", "list_points"} if obj.to_point else set()

    @action(description=_("Import pick-up points"), url_path="import-points", icon="upload")
    def import_points(self, request: HttpRequest, object_id: str) -> HttpResponse:
        method = row_or_404(self.get_queryset(request).filter(to_point=True), object_id)
        return import_list(request, method, admin_site=self.admin_site)

    @action(description=_("All pick-up points"), url_path="points", icon="location_on")
    def list_points(self, request: HttpRequest, object_id: str) -> HttpResponse:
        method = row_or_404(self.get_queryset(request), object_id)
        return redirect(f"{reverse('admin:carts_pickuppoint_changelist')}?method__id__exact={method.pk}")

    @display(description=_("price"), ordering="price")
    def prices(self, method: DeliveryMethod) -> str:
        return price_line(method)


@admin.register(PickupPoint)
class PickupPointAdmin(MerchantAdmin):
    """All points of all ways, to be searched; one that was promised is closed, not deleted."""

    list_display = ["name", "street", "postcode", "city", "method", "reference", "is_placed", "is_active"]
    list_filter = [("method", admin.RelatedOnlyFieldListFilter), "is_active", "country"]
    search_fields = ["name", "postcode", "city", "reference"]
    list_select_related = ["method"]
    fields = [
        "method", "name", "street", ("postcode", "city", "country"), "hours", ("latitude", "longitude"), "reference", "is_active",
    ]  # fmt: skip

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "method":
            kwargs["queryset"] = DeliveryMethod.objects.filter(to_point=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: PickupPoint, form: Any, change: bool) -> None:
        if "is_active" in form.changed_data:
            obj.gone_at = None  # decided here, no longer by the list
        super().save_model(request, obj, form, change)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Carts go to a point by its own way."""
        return ["method"] if obj else []

    @display(description=_("on the map"), boolean=True)
    def is_placed(self, point: PickupPoint) -> bool:
        return point.latitude is not None


@admin.register(TaxRate)
class TaxRateAdmin(TakesSheet, MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    sheet = TaxSheet()
    list_display = ["where", "category", "percent", "taxed_from", "called", "is_inclusive"]
    list_filter = ["country"]
    search_fields = ["country", "region", "postcode", "category", "name", "part"]
    ordering = ["country", "region", "postcode", "category", "part"]
    fields = [
        ("country", "region", "postcode"), "category", ("percent", "taxed_from"), "is_inclusive", "part", "name",
    ]  # fmt: skip

    @display(description=_("place"), ordering="country")
    def where(self, rate: TaxRate) -> str:
        return rate.place

    @display(description=_("name"), ordering="name")
    def called(self, rate: TaxRate) -> str:
        return rate.label


@admin.register(ApiToken)
class ApiTokenAdmin(MerchantAdmin):
    """A program has no limit, so whoever runs the shop decides which there are; anybody at the desk may revoke one."""

    list_display = ["name", "can_write", "created_at", "last_used_at", "revoked_at"]
    fields = ["name", "can_write"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_desk(request) and is_owner(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and has_desk(request)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: forms.ModelForm, change: bool) -> None:
        key = new_key()
        obj.token_hash = hash_token(key)
        super().save_model(request, obj, form, change)
        self.message_user(request, _("Copy this key now, it is not shown again: %s") % key, messages.WARNING)

    @admin.action(description=_("Revoke"))
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        chosen.filter(revoked_at=None).update(revoked_at=now())
        self.message_user(request, _("Revoked. Programs using them are refused from now on."), messages.SUCCESS)
