"""Whether a tax provider would work, asked live, and said in words of the desk."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import ModelForm, modelform_factory
from django.utils.translation import gettext as _
from django_scopes import get_scope

from apps.carts.models import TaxAccount
from apps.carts.tax_provider import NOT_ACTIVE, NOT_REGISTERED, TaxProvider, all_tax_providers
from apps.merchants.doors import NotConfigured, ProviderRefused, ProviderUnavailable
from apps.merchants.models import Merchant

from .connecting import ConnectForm, form_for
from .owned import owned


def outside() -> dict[str, TaxProvider]:
    """Those there can be an account at; the table needs none."""
    return {name: each for name, each in all_tax_providers().items() if each.required_config}


def what_is_wrong(provider: TaxProvider, config: Mapping[str, Any], *, country: str) -> str:
    """One sentence, "" where all is well. Asks the provider."""
    try:
        provider.check(config, country=country)
    except NotConfigured:
        return _("They do not accept this key.")
    except ProviderUnavailable:
        return _("There is no answer just now. Try again in a moment, or save it switched off.")
    except ProviderRefused as refused:
        said = {
            NOT_ACTIVE: _("Tax is not activated in this account. Finish its tax settings there first."),
            NOT_REGISTERED: _("There is no registration for %s in this account. Add where you are registered there first."),
        }  # fmt: skip
        sentence = said.get(refused.code, "%s")
        return sentence % (country if refused.code == NOT_REGISTERED else refused) if "%s" in sentence else sentence
    return ""


class TaxConnectForm(ConnectForm):
    """What is switched on works: the provider is asked before it is kept. No row is locked yet when it is."""

    other: TaxProvider

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.errors or not data.get("is_active"):
            return data
        if wrong := what_is_wrong(self.other, self.instance.config, country=get_scope()["merchant"].country):
            raise forms.ValidationError(wrong)
        return data

    def save(self, commit: bool = True) -> Any:
        """What is active has just been asked, and all was well."""
        if self.instance.is_active:
            self.instance.trouble, self.instance.trouble_since, self.instance.rests_until = "", None, None
        return super().save(commit)


def tax_form(provider: str, merchant: Merchant) -> type[ModelForm]:
    """The desk's form of an account at this provider, for those who fill it in without a page."""
    base = form_for(outside()[provider], base=TaxConnectForm, kind=provider, kind_field="provider", shop=merchant.slug)
    return owned(modelform_factory(TaxAccount, form=base, fields=["on_failure", "is_active"]), merchant)
