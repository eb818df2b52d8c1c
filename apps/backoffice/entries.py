"""Where a link or printed code leads: to something that is there, said as {"product": "short-name"} and the like."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from apps.catalog.models import Category, Collection, Product
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


def _collection(slug: str) -> str:
    found = Collection.objects.filter(slug=slug).first()
    if found is None:
        return _("There is no collection with the short name “%s” in this shop.") % slug
    return "" if found.is_active else _("The collection “%s” is switched off. Switch it on first.") % found.name


def _referral(code: str) -> str:
    is_there = LoyaltyMembership.objects.filter(code=code, ended_at=None).exists()
    return "" if is_there else _("No member of this shop has the code “%s”.") % code


def _campaign(name: str) -> str:
    return ""


TARGETS: dict[str, Callable[[str], str]] = {
    "product": _product,
    "category": _category,
    "collection": _collection,
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
        if not _is_target(target):
            raise forms.ValidationError(_('Write {"product": "short-name"} or {"category": "short-name"}.'))
        if wrong := [words for kind, name in target.items() if (words := TARGETS[kind](name))]:
            raise forms.ValidationError(wrong)
        return dict(target)


def _is_target(target: Any) -> bool:
    """One place, a campaign's name, or both."""
    if not isinstance(target, dict) or not target or not set(target) <= set(TARGETS):
        return False
    if len(set(target) - {"campaign"}) > 1:
        return False
    return all(
        isinstance(name, str) and name.strip() and len(name) <= LONGEST and is_storable(name)
        for name in target.values()
    )
