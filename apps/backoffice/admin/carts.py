"""Carts: what lies in them, and who changed what. Looked at here; changed in the thread, at the console or over the API."""

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.carts.changes import CartChange
from apps.carts.log_words import change_in_words, who_changed
from apps.carts.models import Cart, CartLine
from apps.carts.money import format_money
from apps.carts.quote import quote
from apps.catalog.products import variant_label, with_kinds

from .base import ReadOnlyAdmin, ReadOnlyRows

STATUS_LABELS = {"open": "info", "ordered": "success", "merged": "", "expired": "warning"}


class CartLineInline(ReadOnlyRows):
    model = CartLine
    fields = ["goods", "quantity"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CartLine]:
        lines = super().get_queryset(request).select_related("variant__product")
        return lines.prefetch_related(with_kinds("variant__values"))

    @display(description=_("goods"))
    def goods(self, line: CartLine) -> str:
        return variant_label(line.variant)


class CartChangeInline(ReadOnlyRows):
    """The newest first."""

    model = CartChange
    fields = ["at", "who", "what_was_done"]
    ordering = ["-pk"]
    per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[CartChange]:
        changes = super().get_queryset(request).select_related("variant__product", "user")
        return changes.prefetch_related(with_kinds("variant__values"))

    @display(description=_("who"))
    def who(self, change: CartChange) -> str:
        return who_changed(change)

    @display(description=_("what"))
    def what_was_done(self, change: CartChange) -> str:
        return change_in_words(change)


@admin.register(Cart)
class CartAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "shopper", "status_shown", "pieces", "codes_shown", "updated_at"]
    list_filter = ["status"]
    search_fields = ["customer__name", "codes"]
    list_select_related = ["customer"]
    ordering = ["-updated_at", "-pk"]
    fields = ["shopper", "status", "worth", "codes_shown", "created_at", "updated_at"]
    readonly_fields = ["shopper", "worth", "codes_shown"]
    inlines = [CartLineInline, CartChangeInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cart]:
        """Those with something in them, or that had."""
        lines = CartLine.objects.filter(cart=OuterRef("pk")).order_by().values("cart")
        pieces = lines.annotate(lie=Sum("quantity")).values("lie")
        return super().get_queryset(request).filter(version__gt=0).annotate(lie=Subquery(pieces))

    @display(description=_("shopper"), ordering="customer__name")
    def shopper(self, cart: Cart) -> str:
        address = reverse("admin:customers_customer_change", args=[cart.customer_id])
        return format_html('<a class="text-primary-600" href="{}">{}</a>', address, str(cart.customer) or "–")

    @display(description=_("status"), label=STATUS_LABELS, ordering="status")
    def status_shown(self, cart: Cart) -> tuple[str, str]:
        return cart.status, cart.get_status_display()

    @display(description=_("pieces"))
    def pieces(self, cart: Cart) -> int:
        return cart.lie or 0  # type: ignore[attr-defined]

    @display(description=_("total"))
    def worth(self, cart: Cart) -> str:
        """What it would cost today, as far as it is still open."""
        if cart.status != Cart.Status.OPEN:
            return "–"
        return format_money(quote(cart).total, cart.merchant.default_language)

    @display(description=_("codes"))
    def codes_shown(self, cart: Cart) -> str:
        return ", ".join(cart.codes)
