"""What shoppers saved and what they wait for: the merchant's best hint at what to order."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.catalog.models import StockAlert, Wish

from .base import ReadOnlyAdmin
from .prices import in_shop_time

STATES = {"waiting": "warning", "offered": "info", "taken": "success", "passed": "default", "declined": "default"}


@admin.register(StockAlert)
class StockAlertAdmin(ReadOnlyAdmin):
    """The line for each variant, in order."""

    list_display = ["product", "sku", "customer", "since", "state_shown", "turn_ends", "line"]
    fields = ["product", "sku", "customer", "since", "state_shown", "turn_ends"]
    readonly_fields = ["product", "sku", "since", "state_shown", "turn_ends"]
    list_display_links = ["product"]
    list_filter = ["state"]
    search_fields = ["variant__sku", "variant__product__title"]
    list_select_related = ["variant__product", "customer", "merchant"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockAlert]:
        waiting = Count("variant__stock_alerts", filter=Q(variant__stock_alerts__state="waiting"))
        return super().get_queryset(request).annotate(waiting=waiting)

    @display(description=_("product"), ordering="variant__product__title")
    def product(self, alert: StockAlert) -> str:
        return alert.variant.product.title

    @display(description=_("SKU"), ordering="variant__sku")
    def sku(self, alert: StockAlert) -> str:
        return alert.variant.sku

    @display(description=_("since"), ordering="created_at")
    def since(self, alert: StockAlert) -> str:
        return in_shop_time(alert.created_at, alert.merchant)

    @display(description=_("turn ends"), ordering="until")
    def turn_ends(self, alert: StockAlert) -> str:
        return in_shop_time(alert.until, alert.merchant)

    @display(description=_("state"), label=STATES)
    def state_shown(self, alert: StockAlert) -> tuple[str, str]:
        return alert.state, alert.get_state_display()

    @display(description=_("in line"), ordering="waiting")
    def line(self, alert: Any) -> int:
        return alert.waiting


@admin.register(Wish)
class WishAdmin(ReadOnlyAdmin):
    list_display = ["product", "kind", "customer", "since", "saved_by"]
    fields = ["product", "kind", "customer", "since"]
    readonly_fields = ["product", "kind", "since"]
    list_display_links = ["product"]
    search_fields = ["product__title", "variant__sku"]
    list_select_related = ["product", "variant", "customer", "merchant"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wish]:
        return super().get_queryset(request).annotate(shoppers=Count("product__wishes__customer", distinct=True))

    @display(description=_("kind"), ordering="variant__sku")
    def kind(self, wish: Wish) -> str:
        return wish.variant.sku if wish.variant else "–"

    @display(description=_("since"), ordering="created_at")
    def since(self, wish: Wish) -> str:
        return in_shop_time(wish.created_at, wish.merchant)

    @display(description=_("saved by so many"), ordering="shoppers")
    def saved_by(self, wish: Any) -> int:
        return wish.shoppers
