"""What the desk asks before it acts on an order."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
)


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


class ImportForm(forms.Form):
    file = forms.FileField(label=_("Shopify product CSV"), widget=UnfoldAdminFileFieldWidget())
