"""How the shop takes things back: where to, with whose label, at whose cost."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelect2Widget

from apps.merchants.models import Merchant
from apps.orders.carrier import all_carriers
from apps.orders.models import ReturnRules

from ..choosing import countries
from .base import MerchantAdmin, OneOfAKind


class ReturnRulesForm(forms.ModelForm):
    country = forms.ChoiceField(label=_("country"), choices=countries, widget=UnfoldAdminSelect2Widget())

    class Meta:
        model = ReturnRules
        fields = ["country"]  # the page says which else

    def clean(self) -> dict[str, Any]:
        """An account that only tells where parcels are buys nothing; what costs the shopper has to be said."""
        data = super().clean() or self.cleaned_data
        account = data.get("account")
        if account is not None and not all_carriers()[account.provider].sells_labels(account.config):
            self.add_error("account", _("This account cannot buy labels yet: give it its API key."))
        is_shoppers = data.get("payer") == ReturnRules.Payer.MIND
        if is_shoppers and account is None and "account" not in self.errors:
            self.add_error("account", _("Only a label you buy can be paid by the shopper."))
        if is_shoppers and data.get("postage") is None:
            self.add_error("postage", _("Say what is taken off."))
        return data


@admin.register(ReturnRules)
class ReturnRulesAdmin(OneOfAKind, MerchantAdmin):
    form = ReturnRulesForm
    fieldsets = (
        (
            _("Where parcels go"),
            {"fields": ("name", "street", ("postcode", "city"), ("region", "country"), "phone")},
        ),
        (_("The label"), {"fields": ("account", ("payer", "postage"), ("label_days", "grams"))}),
        (_("Who decides"), {"fields": ("at_once",)}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Things come back to where the shop is, under its name."""
        merchant: Merchant = request.merchant  # type: ignore[attr-defined]
        own = {"name": merchant.legal_name or merchant.name, "country": merchant.country}
        return {**own, **super().get_changeform_initial_data(request)}

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponseBase:
        """A shop has one set of rules: who asks for another is led to it."""
        if self.get_queryset(request).exists():
            return redirect("admin:orders_returnrules_changelist")
        shown: HttpResponseBase = super().add_view(request, form_url, extra_context)
        return shown
