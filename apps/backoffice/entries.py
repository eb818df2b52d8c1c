"""Where a link or printed code leads: to one thing of this shop that is there, or to its hello; and for which campaign."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.catalog.models import Category, Collection, Product, Relation
from apps.conversations.models import EntryPoint
from apps.loyalty.models import LoyaltyMembership

from .choosing import RowSelect

LONGEST = 200
PLACES = ("product", "category", "collection", "referral")  # one of them, or none
SAID = (*PLACES, "campaign")


class EntryPointForm(forms.ModelForm):
    """The target is kept as {"product": short name, "campaign": …}; here each part is a field of its own."""

    product = forms.ModelChoiceField(
        label=_("product"),
        queryset=Product.objects.none(),
        required=False,
        widget=RowSelect(Relation._meta.get_field("other"), admin.site),
    )
    category = forms.ModelChoiceField(
        label=_("category"), queryset=Category.objects.none(), required=False, widget=UnfoldAdminSelectWidget()
    )
    collection = forms.ModelChoiceField(
        label=_("collection"), queryset=Collection.objects.none(), required=False, widget=UnfoldAdminSelectWidget()
    )
    referral = forms.CharField(
        label=_("invitation code"), max_length=LONGEST, required=False, widget=UnfoldAdminTextInputWidget()
    )
    campaign = forms.CharField(
        label=_("campaign"),
        max_length=LONGEST,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("A name by which you know later where shoppers came from."),
    )

    class Meta:
        model = EntryPoint
        fields = ["title", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = {
            "product": Product.objects.filter(status=Product.Status.ACTIVE),
            "category": Category.objects.filter(is_active=True),
            "collection": Collection.objects.filter(is_active=True),
        }
        for name, found in rows.items():
            field: Any = self.fields[name]
            field.queryset = found
            self.initial.setdefault(name, found.filter(slug=self._now(name)).first() if self._now(name) else None)
        for name in ("referral", "campaign"):
            self.initial.setdefault(name, self._now(name))
        for name in SAID:
            self.fields[name].label = capfirst(str(self.fields[name].label))

    def _now(self, name: str) -> str:
        target = self.instance.target
        return str(target.get(name, "")) if isinstance(target, dict) else ""

    def clean_referral(self) -> str:
        code = str(self.cleaned_data["referral"]).strip().upper()
        if code and not LoyaltyMembership.objects.filter(code=code, ended_at=None).exists():
            raise forms.ValidationError(_("No member of this shop has the code “%s”.") % code)
        return code

    def clean(self) -> dict[str, Any]:
        """What nobody touched stays as it is: it may lead to what is switched off just now."""
        data = super().clean() or {}
        chosen = [name for name in PLACES if data.get(name)]
        if len(chosen) > 1:
            self.add_error(chosen[-1], _("One link leads to one place: leave all but one empty."))
        elif set(SAID) & set(self.changed_data):
            places = {name: getattr(data[name], "slug", data[name]) for name in chosen}
            campaign = str(data.get("campaign") or "").strip()
            self.instance.target = {**places, **({"campaign": campaign} if campaign else {})}
        return data
