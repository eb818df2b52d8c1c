"""What the desk asks about price lists and groups, and files read line by line."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as now_said
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from apps.carts.money import money
from apps.catalog.list_files import Row, import_list, rows_of_file
from apps.catalog.models import ListPrice, PriceList
from apps.catalog.shopify import RowError
from apps.customers.actions import add_members
from apps.customers.models import Customer, CustomerGroup

from .choosing import CountriesField, currencies

LARGEST_FILE = 5 * 1024 * 1024
Load = Callable[[list[Row]], tuple[int, list[RowError]]]


class PriceListForm(forms.ModelForm):  # type: ignore[type-arg]
    countries = CountriesField(label=_("countries"), required=False, help_text=_("None chosen means everywhere."))
    currency = forms.ChoiceField(label=_("currency"), choices=currencies, widget=UnfoldAdminSelectWidget())

    class Meta:
        model = PriceList
        fields = ["countries", "currency"]  # the desk's page adds the rest, inside the shop's scope

    def clean_currency(self) -> str:
        """Prices that are in it are in its currency."""
        currency: str = self.cleaned_data["currency"]
        if self.instance.pk and currency != self.instance.currency and self.instance.prices.exists():
            raise forms.ValidationError(_("There are prices in it: the currency stays."))
        return currency


class ListPriceForm(forms.ModelForm):  # type: ignore[type-arg]
    """One price, in the currency of its list."""

    class Meta:
        model = ListPrice
        fields = ["amount", "compare_at", "percent"]  # the desk's pages add the variant, inside the shop's scope

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("amount", "compare_at"):
            if self.initial.get(name) is not None and self.instance.pk:
                self.initial[name] = money(self.initial[name], self.instance.currency).amount

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        currency, variant = self.instance.price_list.currency, found.get("variant")
        for name in ("amount", "compare_at"):
            if (amount := found.get(name)) is not None and money(amount, currency).amount != amount:
                self.add_error(name, _("This amount has more decimals than its currency."))
        if variant and not variant.prices.filter(amount_currency=currency).exists():
            self.add_error("variant", _("It has no price for everyone in %s yet.") % currency)
        return found


class ListPriceRows(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    def _construct_form(self, i: int, **kwargs: Any) -> Any:
        """Each row knows its list, whose currency it is checked against."""
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        form.instance.price_list = self.instance
        return form


class LinesForm(forms.Form):
    file = forms.FileField(label=_("CSV file"), widget=UnfoldAdminFileFieldWidget())

    def clean_file(self) -> Any:
        if self.cleaned_data["file"].size > LARGEST_FILE:
            raise forms.ValidationError(_("This file is larger than 5 MB. Split it and import the parts."))
        return self.cleaned_data["file"]


def read_lines(
    request: HttpRequest,
    *,
    admin_site: AdminSite,
    title: str,
    about: str,
    needed: tuple[str, ...],
    load: Load,
    back: str,
) -> HttpResponse:
    """Upload a CSV with a heading: all of its lines are done, or the wrong ones are named and none is."""
    form = LinesForm(request.POST or None, request.FILES or None)
    errors: list[RowError] = []
    if request.method == "POST" and form.is_valid():
        try:
            done, errors = load(rows_of_file(form.cleaned_data["file"], needed))
        except ValueError as refused:
            form.add_error("file", str(refused))
        else:
            if not errors:
                messages.success(request, ngettext("%d line done.", "%d lines done.", done) % done)
                return redirect(back)
    context = {
        **admin_site.each_context(request),
        "title": title,
        "file_title": title,
        "about": about,
        "form": form,
        "errors": errors,
        "back": back,
    }
    return render(request, "admin/import_lines.html", context)


def load_prices(price_list: PriceList) -> Load:
    return lambda rows: import_list(price_list, rows)


def load_members(group: CustomerGroup, *, by: Any) -> Load:
    """People by the e-mail address or phone number the shop knows them by."""

    def load(rows: list[Row]) -> tuple[int, list[RowError]]:
        found: list[Customer] = []
        errors: list[RowError] = []
        for line, cells in rows:
            said = cells["customer"]
            known = Q(email__iexact=said) | Q(phone=said) | Q(public_id=said)
            people = list(Customer.objects.filter(known, merged_into=None)[:2])
            if len(people) == 1:
                found += people
            elif people:
                errors.append(RowError(line, "customer", now_said("Several shoppers are known by “%s”.") % said))
            else:
                errors.append(RowError(line, "customer", now_said("Nobody is known by “%s”.") % said))
        return (0, errors) if errors else (add_members(group, found, by=by), [])

    return load
