"""Where a link or printed code leads: to one thing of this shop that is there, or to its hello; from which store, to whom,
and for which campaign."""

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from apps.accounts.models import User
from apps.catalog.models import Category, Collection, Product, Relation, Variant
from apps.conversations.models import EntryPoint
from apps.loyalty.models import LoyaltyMembership
from apps.merchants.models import Location, StaffRole

from .choosing import RowSelect

LONGEST = 200
MOST_GOODS = 20  # lines
PLACES = ("product", "category", "collection", "referral", "cart")  # one of them, or none
SAID = (*PLACES, "store", "associate", "campaign", "ads")
AD = re.compile(r"[\w-]{1,64}")
MOST_ADS = 50
LINE = re.compile(r"(\S+?)(?:\s+[x×*]?\s*(\d{1,2}))?")


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
    cart = forms.CharField(
        label=_("goods put together"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_(
            "An article number on each line, and how many: MUG-BLUE 2. Shoppers may put them into their cart at once."
        ),
    )
    store = forms.ModelChoiceField(
        label=_("store"),
        queryset=Location.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Shoppers are greeted from there, with its hours and whether the product lies there."),
    )
    associate = forms.ModelChoiceField(
        label=_("colleague"),
        queryset=User.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("The thread is offered to them first."),
    )
    campaign = forms.CharField(
        label=_("campaign"),
        max_length=LONGEST,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=_("A name by which you know later where shoppers came from."),
    )

    ads = forms.CharField(
        label=_("numbers of advertisements"),
        required=False,
        max_length=4000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_(
            "Click-to-chat ads that tell no link, only their number at the platform: one on each line. Who comes by one comes by this link."
        ),
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
        stores: Any = self.fields["store"]
        stores.queryset = Location.objects.filter(is_store=True)
        self.initial.setdefault("store", stores.queryset.filter(public_id=self._now("store")).first())
        people: Any = self.fields["associate"]
        mine = StaffRole.objects.filter(is_active=True).values("user")
        people.queryset = User.objects.filter(pk__in=mine, is_active=True).order_by("email")
        self.initial.setdefault("associate", people.queryset.filter(pk=self._now("associate") or 0).first())
        for name in ("referral", "campaign"):
            self.initial.setdefault(name, self._now(name))
        self.initial.setdefault("cart", self._goods_now())
        known = self.instance.target.get("ads", []) if isinstance(self.instance.target, dict) else []
        self.initial.setdefault("ads", "\n".join(known))
        for name in SAID:
            self.fields[name].label = capfirst(str(self.fields[name].label))

    def _now(self, name: str) -> str:
        target = self.instance.target
        return str(target.get(name, "")) if isinstance(target, dict) else ""

    def _goods_now(self) -> str:
        rows = self.instance.target.get("cart", []) if isinstance(self.instance.target, dict) else []
        numbers = dict(Variant.objects.filter(pk__in=[row[0] for row in rows]).values_list("pk", "sku"))
        return "\n".join(f"{numbers[pk]} {count}" for pk, count in rows if pk in numbers)

    def clean_cart(self) -> list[list[int]]:
        """[[variant, pieces], …], every one of this shop and on sale."""
        lines = [line.strip() for line in str(self.cleaned_data["cart"]).splitlines() if line.strip()]
        if len(lines) > MOST_GOODS:
            raise forms.ValidationError(_("At most %d lines, please.") % MOST_GOODS)
        goods: dict[int, int] = {}
        for line in lines:
            said = LINE.fullmatch(line)
            found = Variant.objects.filter(sku=said[1], is_active=True).first() if said else None
            count = int(said[2] or 1) if said else 0
            if found is None or count < 1:
                raise forms.ValidationError(_("Nothing on sale here has this article number: %s") % line[:60])
            goods[found.pk] = goods.get(found.pk, 0) + count
        return [[pk, count] for pk, count in goods.items()]

    def clean_ads(self) -> list[str]:
        numbers = str(self.cleaned_data["ads"]).split()
        wrong = next((number for number in numbers if not AD.fullmatch(number)), "")
        if wrong or len(numbers) > MOST_ADS:
            raise forms.ValidationError(_("At most %d numbers, each of letters and digits.") % MOST_ADS)
        return list(dict.fromkeys(numbers))

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
            said = {name: getattr(data[name], "slug", data[name]) for name in chosen}
            said["store"] = data["store"].public_id if data.get("store") else ""
            said["associate"] = data["associate"].pk if data.get("associate") else ""
            said["ads"] = data.get("ads")
            said["campaign"] = str(data.get("campaign") or "").strip()
            self.instance.target = {name: value for name, value in said.items() if value}
        return data
