"""What the desk asks about promotions and codes."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.carts.models import CartLine, Coupon, DeliveryMethod, Promotion
from apps.carts.promotions.codes import MAX_BATCH, tidy_code
from apps.catalog.models import Variant
from apps.messaging.channel import all_channels

from .choosing import RowSelect
from .spoken import channel_in_words

SIMULATED_LINES = 4
LEAST_OF_A_SET = 2


def channel_choices() -> list[tuple[str, str]]:
    return [(kind, channel_in_words(kind)) for kind in sorted(all_channels())]


class PromotionForm(forms.ModelForm):
    channels = forms.MultipleChoiceField(
        label=_("channels"),
        choices=channel_choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
        help_text=_("None chosen means everywhere."),
    )
    countries = forms.CharField(
        label=_("countries"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "DE, AT"}),
        help_text=_("Country codes; empty means everywhere."),
    )

    class Meta:
        model = Promotion
        fields = ["channels", "countries"]  # the desk's page adds the rest, inside the shop's scope

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["countries"] = ", ".join(self.initial.get("countries") or [])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("kind") == Promotion.Kind.SET:
            if len(data.get("products") or ()) < LEAST_OF_A_SET:
                self.add_error("products", _("A set is two products or more."))
            if data.get("categories") or data.get("collections"):
                self.add_error("products", _("A set is made of products: leave categories and collections empty."))
        return data

    def clean_countries(self) -> list[str]:
        codes = self.cleaned_data["countries"].upper().replace(",", " ").split()
        if any(len(code) != 2 or not code.isalpha() for code in codes):
            raise forms.ValidationError(_("Two letters for each country, for example DE, AT."))
        return list(dict.fromkeys(codes))


class CouponForm(forms.ModelForm):
    class Meta:
        model = Coupon
        fields = ["code"]

    def clean_code(self) -> str:
        """Typed in any case, kept in capitals; one of a kind."""
        code = tidy_code(self.cleaned_data["code"])
        if Coupon.objects.filter(code=code).exists():
            raise forms.ValidationError(_("There is such a code already."))
        return code


class GenerateForm(forms.Form):
    """How many codes, how they begin and how often each may be used."""

    count = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=MAX_BATCH, initial=100, widget=UnfoldAdminIntegerFieldWidget()
    )
    begins_with = forms.RegexField(
        r"^[A-Za-z0-9]*\Z",
        label=_("They begin with"),
        max_length=12,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "SPRING"}),
    )
    batch = forms.CharField(label=_("Name of the batch"), max_length=40, widget=UnfoldAdminTextInputWidget())
    usage_limit = forms.IntegerField(
        label=_("Uses of each code"), min_value=1, initial=1, widget=UnfoldAdminIntegerFieldWidget()
    )
    seen = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput())  # codes there were at first


class SimulatedLine(forms.Form):
    variant: Any = forms.ModelChoiceField(
        None,
        label=_("Variant"),
        required=False,
        widget=RowSelect(CartLine._meta.get_field("variant"), admin.site),
    )
    quantity = forms.IntegerField(
        label=_("Pieces"), min_value=1, max_value=99, initial=1, widget=UnfoldAdminIntegerFieldWidget()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["variant"].queryset = Variant.objects.select_related("product")


SimulatedLines = forms.formset_factory(SimulatedLine, extra=SIMULATED_LINES, max_num=20, absolute_max=20)


class SimulatorForm(forms.Form):
    """Who would buy, where and when."""

    code = forms.CharField(label=_("Code"), max_length=64, required=False, widget=UnfoldAdminTextInputWidget())
    customer_group = forms.CharField(
        label=_("Customer group"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget()
    )
    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=lambda: [("", "–"), *channel_choices()],
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    country = forms.RegexField(
        r"^[A-Za-z]{2}\Z", label=_("Country"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"size": 4})
    )
    delivery: Any = forms.ModelChoiceField(None, label=_("Delivery"), required=False, widget=UnfoldAdminSelectWidget())
    moment = forms.DateTimeField(
        label=_("On"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["delivery"].queryset = DeliveryMethod.objects.filter(is_active=True)
