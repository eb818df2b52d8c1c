"""Where a link or printed code leads: to something that is there, said as {"product": "short-name"} and the like."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.catalog.models import Category, Product
from apps.conversations.models import EntryPoint
from apps.loyalty.models import LoyaltyMembership
from apps.merchants.storable import is_storable

LONGEST = 200


def _product(slug: str) -> str:
    """What is wrong with it, or ""."""
    found = Product.objects.filter(slug=slug).first()
    if found is None:
        return _("There is no product with the short name “%s” in this shop.") % slug
    return (
        "" if found.status == Product.Status.ACTIVE else _("“%s” is not on sale. Put it on sale first.") % found.title
    )


def _category(slug: str) -> str:
    found = Category.objects.filter(slug=slug).first()
    if found is None:
        return _("There is no category with the short name “%s” in this shop.") % slug
    return "" if found.is_active else _("The category “%s” is switched off. Switch it on first.") % found.name


def _referral(code: str) -> str:
    is_there = LoyaltyMembership.objects.filter(code=code, ended_at=None).exists()
    return "" if is_there else _("No member of this shop has the code “%s”.") % code


def _campaign(name: str) -> str:
    return ""


TARGETS: dict[str, Callable[[str], str]] = {
    "product": _product,
    "category": _category,
    "referral": _referral,
    "campaign": _campaign,
}


class TargetField(forms.JSONField):
    def prepare_value(self, value: Any) -> Any:
        """As typed, so far as a page can show it: half a character pair is shown as a question mark."""
        return super().prepare_value(value).encode(errors="replace").decode()


class EntryPointForm(forms.ModelForm):
    class Meta:
        model = EntryPoint
        fields = ["title", "target", "is_active"]
        field_classes = {"target": TargetField}

    def clean_target(self) -> dict[str, Any]:
        """One of `TARGETS`, of this shop, and there today. An unchanged one stays: it may be what is switched off."""
        target = self.cleaned_data["target"]
        if self.instance.pk and target == self.instance.target:
            return dict(target) if isinstance(target, dict) else {}
        if not isinstance(target, dict) or len(target) != 1 or not set(target) <= set(TARGETS):
            raise forms.ValidationError(_('Write {"product": "short-name"} or {"category": "short-name"}.'))
        ((kind, name),) = target.items()
        if not isinstance(name, str) or not name.strip() or len(name) > LONGEST or not is_storable(name):
            raise forms.ValidationError(_('Write {"product": "short-name"} or {"category": "short-name"}.'))
        if wrong := TARGETS[kind](name):
            raise forms.ValidationError(wrong)
        return {kind: name}
