"""What the desk asks before it acts on an order."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldAdminURLInputWidget,
    UnfoldBooleanSwitchWidget,
)

from apps.carts.money import money
from apps.catalog.barcodes import WrongBarcode, barcode
from apps.catalog.sizes import WrongTable, check_rows, rows_of
from apps.conversations.actions import mask_secrets
from apps.merchants import clock
from apps.merchants.currency import exponent
from apps.orders.models import Fulfilment, OrderLine
from apps.payments.models import Payment

from .money import propose_currency

LINE = "line_"
LARGEST_CODES = 4 * 1024 * 1024  # bytes


class SaidField(forms.CharField):
    """What somebody at the desk writes of an act: kept without card numbers and codes that are worth money."""

    def clean(self, value: Any) -> Any:
        return mask_secrets(super().clean(value))


class LinesForm(forms.Form):
    """How many of each line; `lines` in the cleaned data maps their ids to what was chosen."""

    def __init__(self, *args: Any, lines: Iterable[tuple[OrderLine, int]], **kwargs: Any) -> None:
        """`lines` come with the most that may be chosen, which is what stands there at first."""
        super().__init__(*args, **kwargs)
        self.listed = list(lines)
        chosen = {
            f"{LINE}{line.pk}": forms.IntegerField(
                label=_("%(title)s (of %(left)d)") % {"title": line.title, "left": most},
                min_value=0,
                max_value=most,
                required=False,
                initial=most,
                widget=UnfoldAdminIntegerFieldWidget(),
            )
            for line, most in self.listed
        }
        self.fields = {**chosen, **self.fields}

    def clean(self) -> dict[str, Any]:
        """A field that was left out altogether means all; an emptied one means none."""
        found = super().clean() or {}
        found["lines"] = {
            line.pk: (found.pop(f"{LINE}{line.pk}", None) or 0) if f"{LINE}{line.pk}" in self.data else most
            for line, most in self.listed
        }
        return {name: value for name, value in found.items() if not name.startswith(LINE)}


class ShipForm(LinesForm):
    position = forms.IntegerField(widget=forms.HiddenInput, required=False)
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


class RefundForm(LinesForm):
    """What goes back. The button bears the amount that was `agreed`; when the numbers change, it is asked again."""

    delivery = forms.DecimalField(
        label=_("Delivery"), min_value=0, decimal_places=3, required=False, widget=UnfoldAdminDecimalFieldWidget()
    )
    drop = forms.BooleanField(
        label=_("What of it was not sent stays here"), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    to_credit = forms.BooleanField(label=_("As store credit"), required=False, widget=UnfoldBooleanSwitchWidget())
    reason = SaidField(
        label=_("Reason (the shop keeps it)"), max_length=120, required=False, widget=UnfoldAdminTextInputWidget()
    )
    agreed = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    request_name = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: Any, delivery: Money, **kwargs: Any) -> None:
        """`delivery` is the most that may go back of it; without any it is not asked."""
        super().__init__(*args, **kwargs)
        self.currency = str(delivery.currency)
        self.everything = {"lines": {line.pk: most for line, most in self.listed}, "delivery": delivery}
        if delivery.amount:
            self.fields["delivery"].initial = delivery.amount
            self.fields["delivery"].max_value = delivery.amount  # type: ignore[attr-defined]
        else:
            del self.fields["delivery"]

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        found["delivery"] = money(found.get("delivery") or 0, self.currency)
        return found

    @property
    def wanted(self) -> dict[str, Any]:
        """What is to go back, of a valid form."""
        return {name: self.cleaned_data[name] for name in ("lines", "delivery")}

    def agree(self, amount: str) -> None:
        """Shown again, the button stands for this amount."""
        said: Any = self.data
        self.data = said = said.copy()
        said["agreed"] = amount


AT_TILL = [(str(way), way.label) for way in Payment.AT_TILL]


class TillForm(forms.Form):
    """Money taken by hand. The button bears the amount that was `agreed`."""

    taken_as = forms.ChoiceField(
        label=_("How"), choices=AT_TILL, widget=UnfoldAdminRadioSelectWidget(), initial="terminal"
    )
    slip = forms.CharField(
        label=_("Receipt number of the terminal"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget()
    )
    agreed = forms.IntegerField(widget=forms.HiddenInput)  # minor units


class CaptureForm(forms.Form):
    """What was reserved is taken, or let go. The button bears the amount that was `agreed`."""

    agreed = forms.IntegerField(widget=forms.HiddenInput)  # minor units


class ParcelsField(forms.ModelMultipleChoiceField):
    def label_from_instance(self, parcel: Fulfilment) -> str:
        return f"{parcel} · {parcel.carrier} {parcel.tracking_number} · {parcel.goods}"


class ArrivedForm(forms.Form):
    """Which of the parcels on their way; only asked where there are several."""

    parcels = ParcelsField(
        Fulfilment.objects.none(), label=_("Parcels"), widget=UnfoldAdminCheckboxSelectMultipleWidget()
    )

    def __init__(self, *args: Any, parcels: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parcels"].queryset = parcels  # type: ignore[attr-defined]
        self.fields["parcels"].initial = list(parcels)


class ReasonForm(forms.Form):
    """An optional word on why, kept with the order; where none is needed only the button is shown."""

    reason = SaidField(
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
    reason = SaidField(label=_("Reason"), max_length=120, initial=_("Counted"), widget=UnfoldAdminTextInputWidget())


def _moment() -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})


class PlanForm(forms.Form):
    """When a price begins and ends, in the shop's own time, and why."""

    starts_at = forms.DateTimeField(label=_("From (empty: now)"), required=False, widget=_moment())
    ends_at = forms.DateTimeField(label=_("Until (empty: for good)"), required=False, widget=_moment())
    name = forms.CharField(
        label=_("Occasion (only you see it)"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget()
    )


class CurrencyField(forms.ChoiceField):
    """One of the shop's currencies, its own first; `offer` says which there are. Whoever names none means the first."""

    def __init__(self) -> None:
        super().__init__(label=_("Currency"), required=False, widget=UnfoldAdminSelectWidget())

    def offer(self, codes: Sequence[str]) -> None:
        self.choices = [(code, code) for code in codes]
        self.first = codes[0]

    def clean(self, value: Any) -> str:
        chosen: str = super().clean(value)
        return chosen or self.first


class InACurrency:
    """A form about an amount in one of the shop's currencies; with a single one there is nothing to choose."""

    def __init__(self, *args: Any, currencies: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["currency"]  # type: ignore[attr-defined]
        field.offer(currencies)
        if len(currencies) == 1:
            field.widget = field.hidden_widget()


class PlanPriceForm(InACurrency, PlanForm):
    """One variant's price in one of the shop's currencies."""

    currency = CurrencyField()
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
    field_order = ("currency", "amount", "compare_at", "starts_at", "ends_at", "name")

    def clean(self) -> dict[str, Any]:
        """Nobody means 12.345 euros: such an amount is asked about, not rounded."""
        found = super().clean() or {}
        currency = found.get("currency") or self.fields["currency"].first  # type: ignore[attr-defined]
        for name in ("amount", "compare_at"):
            said = found.get(name)
            if said is not None and said != money(said, currency).amount:
                told = {"currency": currency, "decimals": exponent(currency)}
                self.add_error(name, _("Amounts in %(currency)s have %(decimals)d decimals.") % told)
        return found


class RepriceForm(InACurrency, PlanForm):
    """Many prices in one of the shop's currencies by the same share."""

    currency = CurrencyField()
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
    seen = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput())
    field_order = ("currency", "percent", "is_announced", "starts_at", "ends_at", "name")


class PointsForm(forms.Form):
    """Points given or, below zero, taken; sent twice it is written once."""

    points = forms.IntegerField(
        label=_("Points (below zero takes them away)"),
        min_value=-1_000_000,
        max_value=1_000_000,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    reason = SaidField(label=_("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget())
    source = forms.CharField(label="", max_length=60, widget=forms.HiddenInput())


class GiftCardForm(InACurrency, forms.Form):
    """A gift card to be made; sent twice it is made once."""

    currency = CurrencyField()
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(),
    )
    expires_at = forms.SplitDateTimeField(
        label=_("Good until (empty: without end)"), required=False, widget=UnfoldAdminSplitDateTimeWidget()
    )
    note = SaidField(
        label=_("Note (the shop keeps it)"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget()
    )
    key = forms.RegexField(r"^[0-9a-f]{32}$", label="", widget=forms.HiddenInput())

    def clean_expires_at(self) -> dt.datetime | None:
        until: dt.datetime | None = self.cleaned_data["expires_at"]
        if until is not None and until <= clock.now():
            raise forms.ValidationError(_("This moment has passed."))
        return until


class CreditForm(InACurrency, forms.Form):
    """Store credit granted or, below zero, taken back; sent twice it is written once."""

    currency = CurrencyField()
    amount = forms.DecimalField(
        label=_("Amount (below zero takes it back)"),
        max_digits=12,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(),
    )
    reason = SaidField(label=_("Reason"), max_length=200, widget=UnfoldAdminTextInputWidget())
    key = forms.CharField(label="", max_length=60, widget=forms.HiddenInput())


class SynonymForm(forms.Form):
    """A word shoppers use, and the catalogue's word it stands for."""

    word = forms.CharField(label=_("Shoppers say"), max_length=60, widget=UnfoldAdminTextInputWidget())
    means = forms.CharField(
        label=_("The catalogue says (empty: only look)"),
        max_length=60,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
    )


class SizeGuideForm(forms.ModelForm):  # type: ignore[type-arg]
    """A size guide; its table is typed as lines."""

    table = forms.CharField(
        label=_("sizes"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        help_text=_("One line for each size: “S: 88–92, 76–80”, in the order of the measures."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = self.instance.rows if isinstance(self.instance.rows, list) else []
        self.initial.setdefault("table", "\n".join(f"{size}: {', '.join(values)}" for size, *values in rows))

    def clean(self) -> dict[str, Any]:
        """The table fits the measures in every language they are named in."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        named = [said for name, said in cleaned.items() if name.startswith("measures") and said]
        try:
            rows = rows_of(cleaned.get("table", ""))
            for measures in named:
                check_rows(rows, measures)
            self.instance.rows = rows
        except WrongTable as wrong:
            self.add_error("table", str(wrong))
        return cleaned


class VariantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A variant; what is typed as its barcode must be one."""

    def clean_barcode(self) -> str:
        try:
            return barcode(self.cleaned_data["barcode"])
        except WrongBarcode as wrong:
            raise forms.ValidationError(
                _("This is not a barcode: 8, 12, 13 or 14 digits, of which the last fits the others.")
            ) from wrong


class PriceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A price and what it was before, in one currency."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            propose_currency(self.fields["compare_at"], str(self.instance.amount_currency))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        amount, before = found.get("amount"), found.get("compare_at")
        if amount and before and amount.currency != before.currency:
            self.add_error("compare_at", _("Give both prices in the same currency."))
        return found


class AddCodesForm(forms.Form):
    """Codes typed or in a file, one a line; `text` in the cleaned data has all of them."""

    codes = forms.CharField(
        label=_("One code a line"), required=False, widget=UnfoldAdminTextareaWidget(attrs={"autocomplete": "off"})
    )
    file = forms.FileField(
        label=_("or a file (text or CSV) of one column"), required=False, widget=UnfoldAdminFileFieldWidget()
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if bool(found.get("file")) == bool(found.get("codes")):
            raise forms.ValidationError(_("Type the codes or choose a file, one of the two."))
        found["text"] = self._read(found["file"]) if found.get("file") else found["codes"]
        return found

    def _read(self, file: UploadedFile) -> str:
        if not file.size or file.size > LARGEST_CODES:
            raise forms.ValidationError(_("These are more than 10,000 lines. Bring them in parts."))
        try:
            return bytes(file.read()).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("This file is no text. Save it as text or CSV and try again.")) from error


class ImportForm(forms.Form):
    file = forms.FileField(label=_("Shopify product CSV"), widget=UnfoldAdminFileFieldWidget())
