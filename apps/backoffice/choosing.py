"""What a desk picks from a list instead of typing a code: countries, currencies, time zones, languages."""

import re
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
)

from apps.carts.spoken import NO_COUNTRIES, locale_of
from apps.merchants.models import Merchant

COUNTRY = re.compile(r"[A-Z]{2}")
ZONE = re.compile(r"(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/|UTC$")


def countries() -> list[tuple[str, str]]:
    """(code, name) in the active language, by name."""
    names = Locale.parse(locale_of(get_language() or "en")).territories
    known = {code: name for code, name in names.items() if COUNTRY.fullmatch(code) and code not in NO_COUNTRIES}
    return sorted(known.items(), key=lambda each: each[1].casefold())


def currencies() -> list[tuple[str, str]]:
    names = Locale.parse(locale_of(get_language() or "en")).currencies
    return [(code, f"{code} · {names.get(code, code)}") for code in settings.CURRENCIES]


def time_zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if ZONE.match(name)]


def spoken_languages() -> list[tuple[str, Any]]:
    return list(settings.LANGUAGES)


class CountriesField(forms.MultipleChoiceField):
    """Several countries; the cleaned value is their codes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=countries, widget=UnfoldAdminSelect2MultipleWidget(), **kwargs)


class LanguagesField(forms.MultipleChoiceField):
    """Several of the languages the shop can speak; the cleaned value is their codes."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=spoken_languages, widget=UnfoldAdminCheckboxSelectMultipleWidget(), **kwargs)


class ShopForm(forms.ModelForm):
    """The shop's own page. Its languages are ticked, and one of them is spoken where nobody knows better."""

    country = forms.ChoiceField(label=_("country"), choices=countries, widget=UnfoldAdminSelect2Widget())
    currency = forms.ChoiceField(label=_("currency"), choices=currencies, widget=UnfoldAdminSelectWidget())
    timezone = forms.ChoiceField(label=_("time zone"), choices=time_zones, widget=UnfoldAdminSelect2Widget())
    languages = LanguagesField(label=_("languages"))
    first_language = forms.ChoiceField(
        label=_("first language"),
        choices=spoken_languages,
        widget=UnfoldAdminSelectWidget(),
        help_text=_("Spoken where nobody knows which one the shopper reads."),
    )

    class Meta:
        model = Merchant
        fields = ["country", "currency", "timezone", "languages"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("first_language", self.instance.default_language)
        for name in ("country", "currency", "timezone"):
            field: Any = self.fields[name]
            now = getattr(self.instance, name)
            if now and now not in dict(field.choices):  # founded by command, with a name of its own
                field.choices = [(now, now), *field.choices]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        ticked, first = data.get("languages"), data.get("first_language")
        if ticked and first and first not in ticked:
            self.add_error("first_language", _("Tick this language, too."))
        elif ticked and first:
            data["languages"] = [first, *(code for code in ticked if code != first)]
        return data


class RowSelect(AutocompleteSelect):
    """A row found by typing. A key that is no number selects nothing, where Django's own widget raises ValueError."""

    def optgroups(self, name: str, value: Any, attrs: dict[str, Any] | None = None) -> list[Any]:
        return super().optgroups(name, [each for each in value if each.isdecimal()], attrs)
