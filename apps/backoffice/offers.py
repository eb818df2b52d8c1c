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
    UnfoldBooleanSwitchWidget,
)

from apps.carts.models import Cart, CartLine, Coupon, DeliveryMethod, Promotion
from apps.carts.promotions.codes import MAX_BATCH, tidy_code
from apps.catalog.models import Variant
from apps.customers.models import Customer
from apps.loyalty.models import Reward, Tier
from apps.merchants.markets import currencies_of
from apps.merchants.models import Merchant
from apps.messaging.channel import all_channels
from apps.payments.models import CartTender, GiftCard

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
        if "percent" in self.fields:
            self.fields["percent"].required = False
            if self.instance.pk is None:  # nobody gives all of it away by not looking
                self.initial["percent"] = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("percent") is None and "percent" not in self.errors:
            if data.get("kind") == Promotion.Kind.PERCENTAGE:
                self.add_error("percent", _("Say how many percent."))
            data["percent"] = 100
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
    """Who would buy, where and when, and with what; all of it may be left out."""

    code = forms.CharField(label=_("Code"), max_length=64, required=False, widget=UnfoldAdminTextInputWidget())
    customer: Any = forms.ModelChoiceField(
        None,
        label=_("Shopper"),
        required=False,
        widget=RowSelect(Cart._meta.get_field("customer"), admin.site),
        help_text=_("Their groups, level, address, currency and past orders count, where nothing else is said here."),
    )
    customer_group = forms.CharField(
        label=_("Customer group"), max_length=60, required=False, widget=UnfoldAdminTextInputWidget()
    )
    tier: Any = forms.ModelChoiceField(
        None, label=_("Level of the points"), required=False, widget=UnfoldAdminSelectWidget()
    )
    reward: Any = forms.ModelChoiceField(
        None,
        label=_("Reward"),
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("As if its points were redeemed now."),
    )
    gift_card: Any = forms.ModelChoiceField(
        None,
        label=_("Gift card"),
        required=False,
        widget=RowSelect(CartTender._meta.get_field("gift_card"), admin.site),
    )
    store_credit = forms.BooleanField(
        label=_("Pay with the shopper's credit"), required=False, widget=UnfoldBooleanSwitchWidget()
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False, widget=UnfoldAdminSelectWidget())
    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=lambda: [("", "–"), *channel_choices()],
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    country = forms.RegexField(
        r"^[A-Za-z]{2}\Z", label=_("Country"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"size": 4})
    )
    region = forms.CharField(label=_("Region"), max_length=80, required=False, widget=UnfoldAdminTextInputWidget())
    postcode = forms.CharField(label=_("Postcode"), max_length=20, required=False, widget=UnfoldAdminTextInputWidget())
    delivery: Any = forms.ModelChoiceField(None, label=_("Delivery"), required=False, widget=UnfoldAdminSelectWidget())
    moment = forms.DateTimeField(
        label=_("On"), required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
    )

    def __init__(self, *args: Any, merchant: Merchant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["customer"].queryset = Customer.objects.filter(merged_into=None)
        fields["tier"].queryset = Tier.objects.all()
        fields["reward"].queryset = Reward.objects.filter(is_active=True)
        fields["gift_card"].queryset = GiftCard.objects.select_related("merchant")
        fields["currency"].choices = [("", "–"), *((code, code) for code in currencies_of(merchant))]
        fields["delivery"].queryset = DeliveryMethod.objects.filter(is_active=True)
