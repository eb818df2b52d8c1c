"""Offers and their codes: how often they were used, what they took off, and what a cart would pay."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from djmoney.money import Money
from modeltranslation.admin import TranslationAdmin
from unfold.decorators import action, display

from apps.carts.models import Coupon, Promotion, PromotionUse
from apps.carts.money import format_money
from apps.carts.promotions.codes import generate_codes
from apps.catalog.models import Media, Product
from apps.merchants import clock
from apps.orders.models import OrderAdjustment

from ..offers import CouponForm, GenerateForm, PromotionForm
from ..sheets.coupons import CouponSheet
from ..sheets.pages import TakesSheet
from ..sheets.promotions import PromotionSheet
from ..simulator import simulate
from .base import ExportAdmin, MerchantAdmin, ReadOnlyAdmin, row_or_404
from .catalog import picture

MOST_PICTURES = 4
STATE_LABELS = {"live": "success", "planned": "info", "over": "danger", "off": "warning", "closed": "warning"}


@admin.register(Promotion)
class PromotionAdmin(TakesSheet, MerchantAdmin, TranslationAdmin):  # type: ignore[misc]
    sheet = PromotionSheet()
    form = PromotionForm
    list_display = ["name_and_kind", "pictures", "off", "state", "used", "saved", "codes"]
    list_display_links = ["name_and_kind"]
    list_filter = ["kind", "is_active", "is_automatic"]
    search_fields = ["name", "coupons__code"]
    autocomplete_fields = ["products", "categories", "collections", "tiers"]
    readonly_fields = ["pictures", "used", "saved", "codes"]
    actions_list = ["simulator", *TakesSheet.actions_list]
    actions_detail = ["generate", "simulator_from_here"]
    fieldsets = (
        (None, {"fields": ("name", "kind", ("percent", "amount"), ("buy_quantity", "get_quantity"))}),
        (_("On which goods"), {"fields": ("products", "categories", "collections", "pictures")}),
        (
            _("When and for whom"),
            {
                "fields": (
                    ("min_subtotal", "min_quantity"), ("starts_at", "ends_at"), "is_first_order_only", "customer_group",
                    "tiers", "channels", ("countries", "currency"),
                )
            },
        ),
        (_("With a code, with others"), {"fields": ("is_automatic", ("is_exclusive", "priority"), "is_active")}),
        (
            _("How often"),
            {"fields": (("usage_limit", "limit_per_customer"), "returns_use", ("used", "saved", "codes"))},
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Promotion]:
        """With what each took off in the shop's own currency, over all orders that were placed."""
        parts = OrderAdjustment.objects.filter(
            source=Concat(Value("promotion:"), OuterRef("public_id"), output_field=CharField()),
            order__placed_at__isnull=False,
            amount_currency=request.merchant.currency,  # type: ignore[attr-defined]
        )
        saved = parts.order_by().values("source").annotate(sum=Sum("amount")).values("sum")
        listed = super().get_queryset(request).select_related("merchant").annotate(saved_sum=Subquery(saved))
        coupons = Coupon.objects.filter(promotion=OuterRef("pk"), is_active=True)
        listed = listed.annotate(has_codes=Exists(coupons))
        return listed.prefetch_related("products__media", "categories", "collections")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was used stays in the books; it is switched off instead."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not (obj.used.exists() or obj.coupons.exists()))

    @display(description=_("promotion"), header=True, ordering="name")
    def name_and_kind(self, promotion: Promotion) -> list[str]:
        return [promotion.name, promotion.get_kind_display()]

    @display(description=_("on which goods"))
    def pictures(self, promotion: Promotion) -> str:
        """The first few products as pictures; categories and collections by name; a word where it is about everything."""
        if not promotion.pk:
            return "–"
        shown: list[Product] = list(promotion.products.all()[:MOST_PICTURES])
        names = ", ".join(shelf.name for shelf in (*promotion.categories.all(), *promotion.collections.all()))
        if not shown:
            return names or str(_("everything"))
        drawn = format_html_join(" ", "{}", ((_first_picture(product),) for product in shown))
        return format_html_join(" ", "{}", ((part,) for part in (drawn, names) if part))

    @display(description=_("off"))
    def off(self, promotion: Promotion) -> str:
        language = promotion.merchant.default_language
        match promotion.kind:
            case Promotion.Kind.AMOUNT:
                return format_money(promotion.amount, language)
            case Promotion.Kind.SET:
                return f"= {format_money(promotion.amount, language)}"
            case Promotion.Kind.BUY_X_GET_Y:
                free = "" if promotion.percent == 100 else f" (-{promotion.percent.normalize():f} %)"
                return f"{promotion.buy_quantity} + {promotion.get_quantity}{free}"
            case Promotion.Kind.FREE_DELIVERY:
                return "–"
        return f"{promotion.percent.normalize():f} %"

    @display(description=_("state"), label=STATE_LABELS)
    def state(self, promotion: Promotion) -> tuple[str, Any]:
        now = clock.now()
        if not promotion.is_active:
            return "off", _("off")
        if promotion.ends_at and promotion.ends_at <= now:
            return "over", _("over")
        if promotion.starts_at and promotion.starts_at > now:
            return "planned", _("planned")
        if not promotion.is_automatic and not getattr(promotion, "has_codes", True):
            return "closed", _("no code yet")
        return "live", _("live")

    @display(description=_("used"), ordering="uses")
    def used(self, promotion: Promotion) -> str:
        return _of_limit(promotion.uses, promotion.usage_limit)

    @display(description=_("taken off"), ordering="saved_sum")
    def saved(self, promotion: Any) -> str:
        currency = promotion.merchant.currency if promotion.pk else ""
        amount = getattr(promotion, "saved_sum", None)
        return format_money(Money(amount or 0, currency), promotion.merchant.default_language) if currency else "–"

    @display(description=_("codes"))
    def codes(self, promotion: Promotion) -> str:
        if not promotion.pk or promotion.is_automatic:
            return "–"
        link = f"{reverse('admin:carts_coupon_changelist')}?{urlencode({'promotion__id__exact': promotion.pk})}"
        return format_html_join("", '<a href="{}">{}</a>', ((link, promotion.coupons.count()),))

    @action(description=_("Make codes"), url_path="make-codes", icon="confirmation_number")
    def generate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        promotion = row_or_404(self.get_queryset(request), object_id)
        form = GenerateForm(request.POST or None, initial={"seen": promotion.coupons.count()})
        if request.method == "POST" and form.is_valid():
            asked = form.cleaned_data
            made = _make_codes(promotion, asked)
            said: Any = ngettext("%d code made.", "%d codes made.", made) % made
            if not made:
                said = _("Codes have been made since this page was opened. No more have been made now.")
            self.message_user(request, said, messages.SUCCESS if made else messages.INFO)
            wanted = {"promotion__id__exact": promotion.pk, "batch": asked["batch"]}
            return redirect(f"{reverse('admin:carts_coupon_changelist')}?{urlencode(wanted)}")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Make codes"),
            "about": promotion.name,
            "form": form,
            "label": _("Make them"),
            "back": reverse("admin:carts_promotion_change", args=[promotion.pk]),
        }
        return render(request, "admin/ask.html", context)

    @action(description=_("What would this cart pay?"), url_path="simulator", icon="calculate")
    def simulator(self, request: HttpRequest) -> HttpResponse:
        return simulate(request, admin_site=self.admin_site)

    @action(description=_("What would a cart pay?"), url_path="try", icon="calculate")
    def simulator_from_here(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:carts_promotion_simulator")


@transaction.atomic
def _make_codes(promotion: Promotion, asked: dict[str, Any]) -> int:
    """How many were made: none for a form that was sent before, since there are more codes than it has seen."""
    Promotion.objects.select_for_update(no_key=True, of=("self",)).get(pk=promotion.pk)
    if asked["seen"] is not None and asked["seen"] != promotion.coupons.count():
        return 0
    made = generate_codes(
        promotion,
        asked["count"],
        prefix=asked["begins_with"],
        batch=asked["batch"],
        usage_limit=asked["usage_limit"],
    )
    return len(made)


def _first_picture(product: Product) -> str:
    first = next((media for media in product.media.all() if media.kind == Media.Kind.IMAGE and media.file), None)
    return picture(first.file.url if first else "", first.alt if first and first.alt else product.title, size=32)


def _of_limit(uses: int, limit: int | None) -> str:
    return str(uses) if limit is None else f"{uses} / {limit}"


@admin.register(Coupon)
class CouponAdmin(TakesSheet, ExportAdmin):
    sheet = CouponSheet()
    form = CouponForm
    list_display = ["code", "promotion", "used", "batch", "is_active", "created_at"]
    list_filter = ["is_active", ("promotion", admin.RelatedOnlyFieldListFilter), "batch"]
    list_select_related = ["promotion"]
    search_fields = ["code", "batch"]
    autocomplete_fields = ["promotion"]
    readonly_fields = ["used"]
    actions = ["print_codes", "switch_off"]
    fields = ["promotion", "code", ("usage_limit", "limit_per_customer"), "batch", "is_active", "used"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A code that is out stays what it is."""
        return ["used"] if obj is None else ["promotion", "code", "used"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was used stays in the books; it is switched off instead."""
        return super().has_delete_permission(request, obj) and obj is not None and not obj.used.exists()

    @display(description=_("used"), ordering="uses")
    def used(self, coupon: Coupon) -> str:
        return _of_limit(coupon.uses, coupon.usage_limit)

    @admin.action(description=_("Print these codes"))
    def print_codes(self, request: HttpRequest, chosen: QuerySet[Coupon]) -> HttpResponse:
        """A sheet of cards to cut out."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Codes to print"),
            "shop": request.merchant,  # type: ignore[attr-defined]
            "coupons": chosen.select_related("promotion"),
            "back": reverse("admin:carts_coupon_changelist"),
        }
        return render(request, "admin/print_codes.html", context)

    @admin.action(description=_("Switch off"))
    def switch_off(self, request: HttpRequest, chosen: QuerySet[Coupon]) -> None:
        changed = chosen.update(is_active=False)
        said = ngettext("%d code switched off.", "%d codes switched off.", changed) % changed
        self.message_user(request, said, messages.SUCCESS)


@admin.register(PromotionUse)
class PromotionUseAdmin(ReadOnlyAdmin):
    list_display = ["taken_at", "promotion", "coupon", "customer", "released_at"]
    fields = ["taken_at", "promotion", "coupon", "customer", "released_at"]
    list_filter = [("promotion", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["promotion", "coupon", "customer"]
    search_fields = ["coupon__code", "customer__name"]
