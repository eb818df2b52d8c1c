"""What the desk asks before it acts on an order."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.catalog.barcodes import WrongBarcode, barcode


class ShipForm(forms.Form):
    carrier = forms.CharField(
        label=_("Carrier"), max_length=40, widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "DHL"})
    )
    tracking_number = forms.CharField(
        label=_("Tracking number"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget()
    )
    tracking_url = forms.URLField(
        label=_("Tracking link"),
        max_length=400,
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget(),
    )


class ReasonForm(forms.Form):
    """An optional word on why, kept with the order; where none is needed only the button is shown."""

    reason = forms.CharField(
        label=_("Reason (the shop keeps it)"), max_length=120, required=False, widget=UnfoldAdminTextInputWidget()
    )

    def __init__(self, *args: Any, is_needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_needed:
            del self.fields["reason"]


class CountForm(forms.Form):
    """What lies on the shelf now; the books get the difference as a movement with its reason."""

    on_hand = forms.IntegerField(
        label=_("Pieces on the shelf"), min_value=0, max_value=1_000_000, widget=UnfoldAdminIntegerFieldWidget()
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=120, initial=_("Counted"), widget=UnfoldAdminTextInputWidget()
    )


def _moment() -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})


class PlanForm(forms.Form):
    """When a price begins and ends, in the shop's own time, and why."""

    starts_at = forms.DateTimeField(label=_("From (empty: now)"), required=False, widget=_moment())
    ends_at = forms.DateTimeField(label=_("Until (empty: for good)"), required=False, widget=_moment())
    name = forms.CharField(
        label=_("Occasion (only you see it)"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget()
    )


class PlanPriceForm(PlanForm):
    """One variant's price in the shop's currency."""

    amount = forms.DecimalField(
        label=_("Price"), min_value=0, max_digits=15, decimal_places=3, widget=UnfoldAdminDecimalFieldWidget()
    )
    compare_at = forms.DecimalField(
        label=_("Shown as the price before (empty: no reduction is announced)"),
        min_value=0,
        max_digits=15,
        decimal_places=3,
        required=False,
        widget=UnfoldAdminDecimalFieldWidget(),
    )
    field_order = ("amount", "compare_at", "starts_at", "ends_at", "name")


class RepriceForm(PlanForm):
    """Many prices by the same share."""

    percent = forms.DecimalField(
        label=_("Change in percent, such as -20"),
        min_value=-99,
        max_value=900,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(),
    )
    is_announced = forms.BooleanField(
        label=_("Show today's price as the price before"), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    field_order = ("percent", "is_announced", "starts_at", "ends_at", "name")


class SynonymForm(forms.Form):
    """A word shoppers use, and the catalogue's word it stands for."""

    word = forms.CharField(label=_("Shoppers say"), max_length=60, widget=UnfoldAdminTextInputWidget())
    means = forms.CharField(
        label=_("The catalogue says (empty: only look)"),
        max_length=60,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
    )


class VariantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A variant; what is typed as its barcode must be one."""

    def clean_barcode(self) -> str:
        try:
            return barcode(self.cleaned_data["barcode"])
        except WrongBarcode as wrong:
            raise forms.ValidationError(
                _("This is not a barcode: 8, 12, 13 or 14 digits, of which the last fits the others.")
            ) from wrong


class ImportForm(forms.Form):
    file = forms.FileField(label=_("Shopify product CSV"), widget=UnfoldAdminFileFieldWidget())
