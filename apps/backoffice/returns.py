"""What the desk asks before it takes a step with a return."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.carts.money import money, zero

from .forms import LinesForm, SaidField


class ApproveForm(forms.Form):
    """What the shopper reads beside the shop's own instructions."""

    instructions = SaidField(
        label=_("A word to the shopper (optional)"),
        max_length=1000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )
    label_url = forms.URLField(
        label=_("Link to the return label (optional)"),
        max_length=400,
        required=False,
        assume_scheme="https",
        widget=UnfoldAdminURLInputWidget(),
    )

    def __init__(self, *args: Any, comes_back: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not comes_back:
            del self.fields["label_url"]


class DeclineForm(forms.Form):
    """Why not; where nothing is to be said only the button is shown."""

    reason = SaidField(label=_("Reason (the shopper reads it)"), max_length=300, widget=UnfoldAdminTextInputWidget())

    def __init__(self, *args: Any, is_needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_needed:
            del self.fields["reason"]


class ReceiveForm(LinesForm):
    """How many of each can be sold again; the rest is here and stays out of the stock."""


class PayBackForm(forms.Form):
    """The goods go back as they were paid; of the delivery as much as the shop says."""

    delivery = forms.DecimalField(
        label=_("Delivery"), min_value=0, decimal_places=3, required=False, widget=UnfoldAdminDecimalFieldWidget()
    )
    to_credit = forms.BooleanField(
        label=_("As store credit"), required=False, widget=UnfoldBooleanSwitchWidget(), help_text=_("There at once.")
    )
    agreed = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)

    def __init__(self, *args: Any, delivery: Money, is_all: bool, **kwargs: Any) -> None:
        """`delivery` is the most that may go back of it; it stands there where nothing of the order stays."""
        super().__init__(*args, **kwargs)
        self.currency = str(delivery.currency)
        self.suggested = delivery if is_all else zero(self.currency)
        if delivery.amount:
            self.fields["delivery"].initial = self.suggested.amount
            self.fields["delivery"].max_value = delivery.amount  # type: ignore[attr-defined]
        else:
            del self.fields["delivery"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        found["delivery"] = money(found.get("delivery") or 0, self.currency)
        return found

    def agree(self, amount: str) -> None:
        """Shown again, the button stands for this amount."""
        said: Any = self.data
        self.data = said = said.copy()
        said["agreed"] = amount


class SendForm(forms.Form):
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
