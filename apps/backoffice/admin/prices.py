"""Prices to come and prices gone by: planned, called off, and the history as the database kept it."""

import datetime as dt

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apps.catalog.models import PricePlan, PriceRecord
from apps.catalog.planning import PlanOver, stop_plan
from apps.merchants import clock
from apps.merchants.models import Merchant

from ..forms import ReasonForm
from .base import ReadOnlyAdmin, ReadOnlyRows, row_or_404


def in_shop_time(moment: dt.datetime | None, merchant: Merchant) -> str:
    """As the clock on the shop's wall says it; it is there that a sale begins."""
    return formats.date_format(moment.astimezone(merchant.zone), "SHORT_DATETIME_FORMAT") if moment else "–"


STATES = {
    "coming": _("coming"),
    "running": _("running"),
    "over": _("over"),
    "off": _("called off"),
    "list": _("in the list"),
}


def state_of(plan: PricePlan) -> str:
    now = clock.now()
    if plan.cancelled_at is not None:
        return "off"
    if now < plan.starts_at:
        return "coming"
    if plan.ends_at is None:
        return "list"
    return "running" if now < plan.ends_at else "over"


class PlanTimes:
    """A plan's beginning, end and state, in columns and in rows."""

    @display(description=_("from"), ordering="starts_at")
    def begins(self, plan: PricePlan) -> str:
        return in_shop_time(plan.starts_at, plan.merchant)

    @display(description=_("until"), ordering="ends_at")
    def ends(self, plan: PricePlan) -> str:
        return in_shop_time(plan.ends_at, plan.merchant)

    @display(
        description=_("state"),
        label={"running": "success", "coming": "info", "over": "default", "off": "danger", "list": "default"},
    )
    def state(self, plan: PricePlan) -> tuple[str, str]:
        state = state_of(plan)
        return state, str(STATES[state])


class PricePlanInline(PlanTimes, ReadOnlyRows):
    model = PricePlan
    fields = ["amount", "compare_at", "begins", "ends", "name", "state_in_words"]
    tab = True

    @display(description=_("state"))
    def state_in_words(self, plan: PricePlan) -> str:
        return str(STATES[state_of(plan)])


class PriceRecordInline(ReadOnlyRows):
    model = PriceRecord
    fields = ["since", "amount", "compare_at"]
    tab = True

    @display(description=_("from"))
    def since(self, record: PriceRecord) -> str:
        return in_shop_time(record.at, record.merchant)


@admin.register(PricePlan)
class PricePlanAdmin(PlanTimes, ReadOnlyAdmin):
    """Made on a variant's page or for many products at once; stopped here."""

    list_display = ["product", "sku", "amount", "compare_at", "begins", "ends", "name", "state"]
    fields = ["product", "sku", "amount", "compare_at", "begins", "ends", "name", "state", "created_by"]
    readonly_fields = ["product", "sku", "begins", "ends", "state"]
    list_display_links = ["product"]
    list_filter = ["starts_at"]
    search_fields = ["variant__sku", "variant__product__title", "name"]
    list_select_related = ["variant__product", "merchant"]
    actions_row = ["stop"]
    actions_detail = ["stop"]

    @display(description=_("product"), ordering="variant__product__title")
    def product(self, plan: PricePlan) -> str:
        return plan.variant.product.title

    @display(description=_("SKU"), ordering="variant__sku")
    def sku(self, plan: PricePlan) -> str:
        return plan.variant.sku

    @action(description=_("Call off or end now"), url_path="stop", icon="event_busy")
    def stop(self, request: HttpRequest, object_id: str) -> HttpResponse:
        plan = row_or_404(PricePlan.objects.select_related("variant__product"), object_id)
        back = reverse("admin:catalog_priceplan_changelist")
        if request.method == "POST":
            try:
                stop_plan(plan)
            except PlanOver:
                sentence = _("This price has ended or has become the price of the list. Change the list instead.")
                self.message_user(request, sentence, messages.ERROR)
            else:
                self.message_user(request, _("Done. The price of the list counts."), messages.SUCCESS)
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Call off or end now"),
            "about": f"{plan.variant.product.title} · {plan.variant.sku} · {plan.amount}",
            "form": ReasonForm(is_needed=False),
            "label": _("End this price"),
            "back": back,
        }
        return render(request, "admin/ask.html", context)


@admin.register(PriceRecord)
class PriceRecordAdmin(ReadOnlyAdmin):
    list_display = ["since", "sku", "amount", "compare_at"]
    fields = ["since", "sku", "amount", "compare_at"]
    readonly_fields = ["since"]
    list_filter = ["at"]
    search_fields = ["sku"]
    list_select_related = ["merchant"]

    @display(description=_("from"), ordering="at")
    def since(self, record: PriceRecord) -> str:
        return in_shop_time(record.at, record.merchant)
