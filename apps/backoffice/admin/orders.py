"""Orders: what was bought, how far it is, and what a merchant does with one."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from djmoney.money import Money
from import_export import resources
from unfold.decorators import action, display

from apps.carts.money import format_money, from_minor, to_minor
from apps.carts.tax_provider import INSTEAD, TABLE, all_tax_providers
from apps.catalog.models import PriceList
from apps.merchants.goodwill import OverLimit
from apps.orders.actions import NotNow, OutOfStock, deliver_order, ship_order
from apps.orders.models import Fulfilment, Order, OrderAdjustment, OrderEvent, OrderLine
from apps.payments.actions import (
    CannotRefund,
    MoneyDisputed,
    cancel_order,
    is_disputed,
    left_to_refund,
    let_reserved_go,
    refund_lines,
    refund_order,
    reserved_of,
    take_at_till,
    take_reserved,
)
from apps.payments.errors import NotCaptured
from apps.payments.models import Capture, Payment, Refund
from apps.payments.shares import delivery_left, shares_of, units_left
from apps.payments.tenders import amount_due

from ..forms import ArrivedForm, CaptureForm, ReasonForm, RefundForm, ShipForm, TillForm
from ..spoken import address_lines
from .base import ExportAdmin, OffersWhatFits, ReadOnlyAdmin, ReadOnlyRows, row_or_404
from .documents import DocumentInline
from .prices import in_shop_time

REFUSALS = (NotNow, CannotRefund, OutOfStock, OverLimit)
# A state without a colour would be shown as its code.
STATUS_LABELS = dict.fromkeys(Order.Status.values, "default") | {
    "placed": "info",
    "closed": "success",
    "cancelled": "danger",
    "expired": "danger",
    "unfillable": "danger",
}
PAYMENT_LABELS = dict.fromkeys(Order.PaymentStatus.values, "default") | {
    "paid": "success",
    "pending": "warning",
    "authorised": "warning",
    "refunded": "info",
    "disputed": "danger",
    "lost": "danger",
}
FULFILMENT_LABELS = {
    "none": "warning",
    "partial": "warning",
    "shipped": "info",
    "delivered": "success",
    "partly_returned": "info",
    "returned": "info",
}


class OrderLineInline(ReadOnlyRows):
    model = OrderLine
    fields = [
        "title", "sku", "quantity", "shipped", "handed", "unit_price", "of_list", "line_total", "discount",
        "tax_percent", "tax_amount",
    ]  # fmt: skip
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderLine]:
        """With the name of the price list a price is from."""
        named = PriceList.objects.annotate(source=Concat(Value("pricelist:"), "public_id", output_field=CharField()))
        name = named.filter(source=OuterRef("price_source")).values("name")[:1]
        return super().get_queryset(request).annotate(list_name=Subquery(name))

    @display(description=_("price list"))
    def of_list(self, line: Any) -> str:
        return line.list_name or "–"


class AdjustmentInline(ReadOnlyRows):
    model = OrderAdjustment
    fields = ["label", "code", "on", "amount"]
    verbose_name_plural = _("offers")
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderAdjustment]:
        return super().get_queryset(request).select_related("line")

    @display(description=_("on"))
    def on(self, part: OrderAdjustment) -> str:
        return part.line.title if part.line else str(_("Delivery"))


class FulfilmentInline(ReadOnlyRows):
    model = Fulfilment
    fields = ["position", "state", "goods", "carrier", "tracking_number", "shipped_at", "delivered_at"]
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Fulfilment]:
        return super().get_queryset(request).prefetch_related("lines__line")

    @display(description=_("goods"))
    def goods(self, parcel: Fulfilment) -> str:
        return parcel.goods


@admin.register(Fulfilment)
class ParcelAdmin(ReadOnlyAdmin):
    """Every parcel; those a carrier could not deliver stay a task until somebody says it is done."""

    list_display = [
        "order_number",
        "position",
        "carrier",
        "tracking_number",
        "stage",
        "trouble",
        "needs_look",
        "shipped_at",
    ]
    list_filter = ["needs_look", "trouble", "stage", "carrier"]
    list_select_related = ["order"]
    search_fields = ["tracking_number", "order__number"]
    fields = [
        "order_number", "position", "goods", "carrier", "tracking_number", "state", "stage", "trouble", "needs_look",
        "shipped_at", "delivered_at",
    ]  # fmt: skip
    actions = ["looked_after"]

    @display(description=_("order"), ordering="order__number")
    def order_number(self, parcel: Fulfilment) -> str:
        return parcel.order.number

    @display(description=_("goods"))
    def goods(self, parcel: Fulfilment) -> str:
        return parcel.goods

    @admin.action(description=_("Done: somebody took care of it"))
    def looked_after(self, request: HttpRequest, chosen: QuerySet[Fulfilment]) -> None:
        done = chosen.filter(needs_look=True).update(needs_look=False)
        self.message_user(
            request, ngettext("%d parcel is done.", "%d parcels are done.", done) % done, messages.SUCCESS
        )


class PaymentInline(ReadOnlyRows):
    model = Payment
    fields = [
        "attempt",
        "tender",
        "gift_card",
        "taken_as",
        "taken_by",
        "state",
        "amount",
        "captured",
        "capture_before",
        "provider_payment",
        "created_at",
    ]
    tab = True


class OrderResource(resources.ModelResource):
    class Meta:
        model = Order
        fields = [
            "number", "status", "payment_status", "fulfilment_status", "currency", "subtotal", "discount_total",
            "delivery_total", "tax_total", "tax_by", "total", "contact_name", "placed_at", "created_at",
        ]  # fmt: skip


class ReckonedInsteadFilter(admin.SimpleListFilter):
    """What is to be added to the provider's reports by hand."""

    title = _("tax")
    parameter_name = "tax"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(INSTEAD, _("by the table, not the provider"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(tax_by=INSTEAD) if self.value() == INSTEAD else queryset


@admin.register(Order)
class OrderAdmin(OffersWhatFits, ExportAdmin):
    resource_classes = [OrderResource]
    list_display = ["number_and_name", "created_at", "total_shown", "status_shown", "payment_shown", "fulfilment_shown"]
    list_filter = ["status", "payment_status", "fulfilment_status", ReckonedInsteadFilter]
    search_fields = ["number", "contact_name", "contact_email", "lines__title", "lines__sku"]
    date_hierarchy = "created_at"
    inlines = [OrderLineInline, AdjustmentInline, FulfilmentInline, PaymentInline, DocumentInline]
    actions = ["mark_delivered"]
    actions_detail = ["till", "ship", "deliver", "take", "let_go", "cancel", "refund"]
    readonly_fields = [
        "timeline", "number", "status", "payment_status", "fulfilment_status", "subtotal", "discount_total", "delivery_total",
        "delivery_discount", "tax_total", "total", "tax_by_shown",
        "contact_name", "contact_email", "contact_phone", "address_shown", "delivery_name", "point_in_words",
        "placed_at", "created_at", "gift_to", "gift_message",
    ]  # fmt: skip
    fieldsets = (
        (None, {"fields": ("timeline", ("status", "payment_status", "fulfilment_status"))}),
        (
            _("Amounts"),
            {
                "fields": (
                    ("subtotal", "discount_total"),
                    ("delivery_total", "delivery_discount"),
                    ("tax_total", "total"),
                    "tax_by_shown",
                )
            },
        ),
        (
            _("Shopper"),
            {
                "fields": (
                    ("contact_name", "contact_phone"),
                    ("contact_email", "gift_to", "gift_message"),
                    "address_shown",
                    "delivery_name",
                    "point_in_words",
                )
            },
        ),
        (_("Times"), {"fields": (("created_at", "placed_at"),)}),
    )

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        nothing_to_save = {"show_save": False, "show_save_and_continue": False}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **nothing_to_save})

    def fitting(self, order: Order) -> set[str]:
        """What can still be done with it: parcels to send or awaited, money to give back, a call-off in time."""
        is_placed = order.status == Order.Status.PLACED
        is_underway = order.fulfilments.filter(state=Fulfilment.State.SHIPPED).exists()
        is_reserved = order.payment_status == Order.PaymentStatus.AUTHORISED and bool(reserved_of(order).amount)
        offered = {
            "till": order.status == Order.Status.DRAFT and bool(amount_due(order).amount),
            "ship": is_placed and any(line.unsent for line in order.lines.all()),
            "deliver": is_underway,
            "take": is_reserved,
            "let_go": is_reserved,
            "cancel": order.status in Order.LIVE and order.fulfilment_status == Order.FulfilmentStatus.NONE,
            "refund": bool(left_to_refund(order).amount),
        }
        return {name for name, fits in offered.items() if fits}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).select_related("merchant", "customer")

    @display(description=_("order"), header=True, ordering="number")
    def number_and_name(self, order: Order) -> list[str]:
        return [order.number, order.contact_name]

    @display(description=_("total"), ordering="total")
    def total_shown(self, order: Order) -> str:
        return format_money(order.total, order.merchant.default_language)

    @display(description=_("status"), label=STATUS_LABELS)
    def status_shown(self, order: Order) -> tuple[str, str]:
        return order.status, order.get_status_display()

    @display(description=_("payment"), label=PAYMENT_LABELS)
    def payment_shown(self, order: Order) -> tuple[str, str]:
        return order.payment_status, order.get_payment_status_display()

    @display(description=_("parcel"), label=FULFILMENT_LABELS)
    def fulfilment_shown(self, order: Order) -> tuple[str, str]:
        return order.fulfilment_status, order.get_fulfilment_status_display()

    @display(description=_("ships to"))
    def address_shown(self, order: Order) -> str:
        return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in address_lines(order.shipping_address)))

    @display(description=_("timeline"))
    def timeline(self, order: Order) -> str:
        rows = (
            (in_shop_time(event.created_at, order.merchant), event.get_kind_display(), event.actor or "")
            for event in order.events.select_related("actor")
        )
        return format_html(
            "<ol>{}</ol>", format_html_join("", "<li><span>{}</span> · <strong>{}</strong> {}</li>", rows)
        )

    @admin.action(description=_("Mark as delivered"))
    def mark_delivered(self, request: HttpRequest, chosen: QuerySet[Order]) -> None:
        done = 0
        for order in chosen:
            try:
                deliver_order(order, actor=request.user)
                done += 1
            except NotNow as refusal:
                self.message_user(request, f"{order.number}: {refusal}", messages.WARNING)
        self.message_user(request, _("%d marked as delivered; their shoppers are told.") % done, messages.SUCCESS)

    @action(description=_("Paid in the shop"), url_path="till", icon="point_of_sale")
    def till(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order = self._order(request, object_id)
        due = amount_due(order)
        form = TillForm(request.POST or None, initial={"agreed": to_minor(due)})
        label = _("Received: %s") % _shown(due, order)
        return self._ask(request, object_id, form, _("The shopper pays in the shop"), label, _take_at_till)

    @display(description=_("pick-up point"))
    def point_in_words(self, order: Order) -> str:
        return order.point_in_words

    @display(description=_("tax reckoned by"))
    def tax_by_shown(self, order: Order) -> str:
        if order.tax_by == INSTEAD:
            return str(_("your own table, for the tax provider gave no answer; it is not in the provider's reports"))
        if order.tax_by == TABLE:
            return str(_("your own table"))
        provider = all_tax_providers().get(order.tax_by)
        return provider.label if provider else order.tax_by

    @action(description=_("Ship"), url_path="ship", icon="local_shipping")
    def ship(self, request: HttpRequest, object_id: str) -> HttpResponse:
        order = self._order(request, object_id)
        unsent = [(line, line.unsent) for line in order.lines.all() if line.unsent]
        form = ShipForm(request.POST or None, lines=unsent, initial={"position": order.fulfilments.count() + 1})
        return self._ask(request, object_id, form, _("Ship this order"), _("Ship and tell the shopper"), ship_order)

    @action(description=_("Delivered"), url_path="deliver", icon="check_circle")
    def deliver(self, request: HttpRequest, object_id: str) -> HttpResponse:
        parcels = self._order(request, object_id).fulfilments.filter(state=Fulfilment.State.SHIPPED)
        if parcels.count() > 1:
            several = ArrivedForm(request.POST or None, parcels=parcels.prefetch_related("lines__line"))
            title = _("Which parcels have arrived?")
            return self._ask(request, object_id, several, title, _("Mark as delivered"), _deliver)
        form = ReasonForm(request.POST or None, is_needed=False)
        return self._ask(request, object_id, form, _("The parcel has arrived"), _("Mark as delivered"), deliver_order)

    @action(description=_("Take the money"), url_path="take", icon="payments")
    def take(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is reserved, before a parcel leaves or after it could not be taken then."""
        title = _("Take what is reserved")
        return self._of_reserved(request, object_id, title, _("Take %s"), _take)

    @action(description=_("Let the reserved money go"), url_path="let-go", icon="lock_open")
    def let_go(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """All of it, and the order stays; a part is let go like a refund, and a call-off lets go by itself."""
        title = _("Let go of what is reserved; the order stays")
        return self._of_reserved(request, object_id, title, _("Let go of %s"), _let_go)

    def _of_reserved(self, request: HttpRequest, object_id: str, title: Any, label: Any, act: Any) -> HttpResponse:
        order = self._order(request, object_id)
        amount = reserved_of(order)
        form = CaptureForm(request.POST or None, initial={"agreed": to_minor(amount)})
        return self._ask(request, object_id, form, title, label % _shown(amount, order), act)

    @action(description=_("Cancel"), url_path="cancel", icon="block")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        form = ReasonForm(request.POST or None)
        return self._ask(request, object_id, form, _("Cancel this order"), _("Cancel the order"), cancel_order)

    @action(description=_("Refund"), url_path="refund", icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Lines and delivery to choose, the amount on the button; other numbers first show another amount."""
        order = self._order(request, object_id)
        made = Refund.objects.filter(payment__order=order)
        if known := made.filter(request=_named(request.POST.get("request_name") or "") or None).first():
            text = _("%s has just been paid back, and nothing more. Look again before you pay back more.")
            self.message_user(request, text % _shown(known.amount, order), messages.INFO)
            return redirect("admin:orders_order_change", order.pk)
        if not left_to_refund(order).amount:
            why = str(MoneyDisputed(order)) if is_disputed(order) else _("There is nothing left to pay back.")
            self.message_user(request, why, messages.INFO)
            return redirect("admin:orders_order_change", order.pk)
        lines, delivery = units_left(order), delivery_left(order)
        if not lines and not delivery.amount:
            label = _("Pay back %s") % _shown(left_to_refund(order), order)
            form = ReasonForm(request.POST or None)
            return self._ask(request, object_id, form, _("Refund this order"), label, refund_order)
        initial = {"request_name": f"{order.number}:{made.count() + 1}"}
        chosen = RefundForm(request.POST or None, lines=lines, delivery=delivery, initial=initial)
        return self._refund(request, order, chosen)

    def _refund(self, request: HttpRequest, order: Order, form: RefundForm) -> HttpResponse:
        title, is_said = _("Refund this order"), form.is_bound and form.is_valid()
        amount = shares_of(order, **(form.wanted if is_said else form.everything)).amount
        label, agreed = _("Pay back %s") % _shown(amount, order), str(to_minor(amount))
        if is_said and form.cleaned_data["agreed"] != agreed:
            self.message_user(request, _("This is what it comes to. Nothing has been paid back yet."), messages.INFO)
            form.agree(agreed)
            return self._page(request, order, form, title, label)
        form.initial["agreed"] = agreed
        return self._ask(request, str(order.pk), form, title, label, _refund)

    def _order(self, request: HttpRequest, object_id: str) -> Order:
        found: Order = row_or_404(self.get_queryset(request), object_id)
        return found

    def _ask(self, request: HttpRequest, object_id: str, form: Any, title: Any, label: Any, act: Any) -> HttpResponse:
        order = self._order(request, object_id)
        back = reverse("admin:orders_order_change", args=[order.pk])
        if request.method == "POST" and form.is_valid():
            try:
                act(order, actor=request.user, **form.cleaned_data)
                self.message_user(request, _("Done. The shopper is told in the thread."), messages.SUCCESS)
            except REFUSALS as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            return redirect(back)
        return self._page(request, order, form, title, label)

    def _page(self, request: HttpRequest, order: Order, form: Any, title: Any, label: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "label": label,
            "back": reverse("admin:orders_order_change", args=[order.pk]),
            "about": f"{order.number} · {order.contact_name}",
        }
        return render(request, "admin/ask.html", context)


def _deliver(order: Order, *, parcels: Iterable[Fulfilment], actor: Any) -> None:
    for parcel in parcels:
        deliver_order(order, parcel=parcel, actor=actor)


def _shown(amount: Money, order: Order) -> str:
    return format_money(amount, order.merchant.default_language)


def _refund(order: Order, *, agreed: str, request_name: str, **wanted: Any) -> None:
    amount = from_minor(int(agreed), order.currency)
    refund_lines(order, agreed=amount, request=_named(request_name), **wanted)


def _take_at_till(order: Order, *, agreed: int, **taken: Any) -> None:
    take_at_till(order, agreed=from_minor(agreed, order.currency), **taken)


def _take(order: Order, *, agreed: int, actor: Any) -> None:
    capture = take_reserved(order, agreed=from_minor(agreed, order.currency), actor=actor)
    if capture.state == Capture.State.FAILED:
        raise NotCaptured(order, capture.error)


def _let_go(order: Order, *, agreed: int, actor: Any) -> None:
    let_reserved_go(order, agreed=from_minor(agreed, order.currency), actor=actor)


def _named(request_name: str) -> str:
    """What a page said, in a space of its own: it is none of the names that are made elsewhere."""
    return f"desk:{request_name}" if request_name else ""


@admin.register(OrderEvent)
class OrderEventAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "order", "kind", "actor"]
    fields = ["created_at", "order", "kind", "actor"]
    list_filter = ["kind"]
    list_select_related = ["order", "actor"]
