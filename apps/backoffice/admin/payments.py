"""Attempts to pay, what is reserved and what went back, as the desk lists them; what waits at the till is ticked off here."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from apps.carts.money import format_money
from apps.payments.actions import hand_back, retry_refund
from apps.payments.actions.again import is_still_due
from apps.payments.models import Payment, Refund
from apps.payments.reserved import ending, missing

from .base import OffersWhatFits, ReadOnlyAdmin, row_or_404
from .orders import REFUSALS


class ReservedFilter(admin.SimpleListFilter):
    """What the desk's first page counts."""

    title = _("reserved money")
    parameter_name = "reserved"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("ending", _("can soon not be taken any more")), ("missing", _("could not be taken"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        match self.value():
            case "ending":
                return queryset.filter(ending())
            case "missing":
                return queryset.filter(missing())
        return queryset


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at",
        "order",
        "attempt",
        "taken_as",
        "is_off_session",
        "state",
        "amount",
        "captured",
        "capture_before",
        "provider_payment",
    ]
    fields = [
        "created_at", "order", "attempt", "tender", "gift_card", "taken_as", "taken_by", "is_off_session", "state",
        "trouble", "amount", "captured", "captures_on_shipping", "capture_before", "takings", "provider_payment",
        "platform_charge",
    ]  # fmt: skip
    readonly_fields = ["takings"]
    list_filter = ["state", "taken_as", ReservedFilter]
    list_select_related = ["order"]

    @display(description=_("takings"))
    def takings(self, payment: Payment) -> str:
        """How often its money was asked for, and what came of it."""
        asked = (f"{capture} {capture.error}".strip() for capture in payment.captures.order_by("pk"))
        return "\n".join(asked) or "–"


@admin.register(Refund)
class RefundAdmin(OffersWhatFits, ReadOnlyAdmin):
    actions_detail = ["again"]
    list_display = ["created_at", "order_number", "amount", "goods", "state", "reason", "actor", "error"]
    fields = [
        "created_at",
        "order_number",
        "goods",
        "amount",
        "to_credit",
        "state",
        "reason",
        "actor",
        "taken_as",
        "charge",
        "provider_ref",
        "error",
    ]
    readonly_fields = ["order_number", "goods", "taken_as", "charge"]
    list_filter = ["state", "payment__taken_as"]
    list_select_related = ["payment__order", "actor"]
    actions = ["handed_back"]

    @admin.action(description=_("Paid back by hand"))
    def handed_back(self, request: HttpRequest, chosen: QuerySet[Refund]) -> None:
        waiting = chosen.filter(state__in=Refund.OPEN).exclude(payment__taken_as="")
        done = [hand_back(refund, actor=request.user) for refund in waiting]
        text = ngettext("%d refund is paid back.", "%d refunds are paid back.", len(done)) % len(done)
        self.message_user(request, text, messages.SUCCESS if done else messages.INFO)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return super().get_queryset(request).prefetch_related("lines__line")

    def fitting(self, obj: Refund) -> set[str]:
        return {"again"} if obj.state == Refund.State.FAILED and is_still_due(obj, obj.payment.order) else set()

    @action(description=_("Try again"), url_path="again", icon="replay")
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """This part alone goes back once more; the others stand as they are."""
        refund = row_or_404(self.get_queryset(request), object_id)
        order = refund.payment.order
        back = reverse("admin:payments_refund_change", args=[refund.pk])
        if request.method == "POST":
            try:
                made = retry_refund(refund, actor=request.user)
            except REFUSALS as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
                return redirect(back)
            self.message_user(request, _("It is on its way once more."), messages.SUCCESS)
            return redirect("admin:payments_refund_change", made.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Pay this part back again"),
            "label": _("Pay back %s") % format_money(refund.amount, order.merchant.default_language),
            "back": back,
            "about": f"{order.number} · {refund.error or refund.get_state_display()}",
        }
        return render(request, "admin/ask.html", context)

    @display(description=_("taken as"))
    def taken_as(self, refund: Refund) -> str:
        return refund.payment.get_taken_as_display() or "–"

    @display(description=_("payment's number at the provider"))
    def charge(self, refund: Refund) -> str:
        """By what it is found at the shop's own account, where it is to be paid back by hand."""
        return refund.payment.provider_payment or "–"

    @display(description=_("order"))
    def order_number(self, refund: Refund) -> str:
        return refund.payment.order.number

    @display(description=_("goods"))
    def goods(self, refund: Refund) -> str:
        return ", ".join(str(part) for part in refund.lines.all())
