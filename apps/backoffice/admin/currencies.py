"""The currencies the shop sells in beside its own: where they are paid in, and prices filled in by a fixed rate."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from apps.catalog.filling import fill_prices
from apps.catalog.models import Price
from apps.merchants.models import ShopCurrency

from ..choosing import CountriesField, currencies
from .base import MerchantAdmin, row_or_404


class ShopCurrencyForm(forms.ModelForm):
    countries = CountriesField(
        label=_("countries that pay in it"), required=False, help_text=_("None: only who asks for it pays in it.")
    )

    class Meta:
        model = ShopCurrency
        fields = ["currency", "countries", "rate", "ending", "position"]


@admin.register(ShopCurrency)
class ShopCurrencyAdmin(MerchantAdmin):
    form = ShopCurrencyForm
    list_display = ["currency", "where", "rate_shown", "how_many", "position"]
    actions_detail = ["fill"]

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """By name, and without the shop's own."""
        own = request.merchant.currency  # type: ignore[attr-defined]
        if db_field.name == "currency":
            kwargs["choices"] = [(code, name) for code, name in currencies() if code != own]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    @display(description=_("fixed rate"), ordering="rate")
    def rate_shown(self, row: ShopCurrency) -> str:
        return localize(row.rate.normalize()) if row.rate is not None else "–"

    @display(description=_("countries that pay in it"))
    def where(self, row: ShopCurrency) -> str:
        return ", ".join(row.countries) or "–"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShopCurrency]:
        priced = Price.objects.filter(amount_currency=OuterRef("currency")).order_by().values("amount_currency")
        counted = priced.annotate(n=Count("pk")).values("n")
        return super().get_queryset(request).annotate(prices=Subquery(counted))

    @display(description=_("prices"))
    def how_many(self, row: Any) -> int:
        return row.prices or 0

    @action(description=_("Fill in missing prices"), url_path="fill", icon="calculate")
    def fill(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = row_or_404(self.get_queryset(request).select_related("merchant"), object_id)
        back = reverse("admin:merchants_shopcurrency_change", args=[row.pk])
        if row.rate is None:
            self.message_user(request, _("Give the currency a fixed rate first, and save."), messages.ERROR)
            return redirect(back)
        if request.method == "POST":
            made = fill_prices(row.merchant, row)
            said = ngettext("%d price was filled in.", "%d prices were filled in.", made) % made
            self.message_user(request, said, messages.SUCCESS)
            return redirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Fill in missing prices"),
            "form": forms.Form(),
            "label": _("Fill them in"),
            "back": back,
            "about": _(
                "Whatever has a price in the shop's own currency and none in %(currency)s gets one: by %(rate)s, rounded as "
                "the page says. Prices that are there stay as they are, and a rate changed later changes none."
            )
            % {"currency": row.currency, "rate": f"{row.rate.normalize():f}"},
        }
        return render(request, "admin/ask.html", context)
