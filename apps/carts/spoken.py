"""Weights, countries and currencies as people read them."""

from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal, get_currency_name
from babel.units import format_unit

from apps.nlu.text import fold, has_phrase, spaced, words_of

from .money import LOCALES

KILOGRAM = 1000
KILOMETRE, MILE = 1000, 1609.344  # metres
IN_MILES = {"US", "GB"}
NEAR = 10  # kilometres or miles: what is further is told without a fraction
NO_COUNTRIES = {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}  # CLDR's names for unions, tests and the unknown


def locale_of(language: str) -> str:
    """Babel's name for one of our languages; English for one we do not know."""
    return LOCALES.get(language) or LOCALES.get(language.split("-")[0], "en")


def weight_in_words(grams: int, language: str) -> str:
    """ "800 g", "2.5 kg", "2,5 kg"."""
    if grams < KILOGRAM:
        return f"{grams} g"
    return f"{format_decimal(Decimal(grams) / KILOGRAM, locale=locale_of(language))} kg"


def distance_in_words(metres: float, language: str, *, country: str) -> str:
    """ "850 m", "1.2 km", "1,2 km", "12 km"; in the United States and Great Britain "0.5 mi"."""
    locale = locale_of(language)
    in_tens = max(round(metres / 10) * 10, 10)
    if country.upper() not in IN_MILES and in_tens < KILOMETRE:
        return format_unit(in_tens, "meter", length="short", locale=locale)
    unit, long = ("mile", MILE) if country.upper() in IN_MILES else ("kilometer", KILOMETRE)
    far = metres / long
    told = max(round(far, 1), 0.1) if far < NEAR else round(far)
    return format_unit(told, unit, length="short", locale=locale)


def country_in_words(country: str, language: str) -> str:
    """The country's name; its code where nobody knows it."""
    return str(Locale.parse(locale_of(language)).territories.get(country, country))


IN_SHORT = {
    "usa": "US", "u s a": "US", "the states": "US", "uk": "GB", "u k": "GB", "england": "GB", "scotland": "GB", "schottland": "GB",
    "escocia": "GB", "wales": "GB", "gales": "GB", "northern ireland": "GB", "nordirland": "GB", "irlanda del norte": "GB",
    "great britain": "GB", "grossbritannien": "GB", "holland": "NL", "holanda": "NL", "eeuu": "US", "ee uu": "US",
}  # fmt: skip


TOWNS_FIRST = {"granada"}  # Grenada in Spanish, and a town in Spain


def country_called(name: str) -> str:
    """The code of the country called so, in any language of ours and nothing beside; "" where none is."""
    return _by_name().get(" ".join(words_of(fold(name))), "")


def currency_in_words(currency: str, language: str) -> str:
    """In the plural: "US dollars", "US-Dollar", "dólares estadounidenses"."""
    return str(get_currency_name(currency, count=2, locale=locale_of(language)))


def country_named(text: str) -> str:
    """The code of the country whose name is in the text, in any language of ours; "" where none is."""
    folded = fold(text)
    in_words = spaced(folded)
    return next((code for name, code in _countries() if has_phrase(folded, in_words, name)), "")


@lru_cache(maxsize=1)
def _countries() -> list[tuple[str, str]]:
    """(folded name, code), the longest name first."""
    return sorted(_by_name().items(), key=lambda one: -len(one[0]))


@lru_cache(maxsize=1)
def _by_name() -> dict[str, str]:
    names = {
        " ".join(words_of(fold(name))): code
        for locale in sorted(set(LOCALES.values()))
        for code, name in Locale.parse(locale).territories.items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    }
    return {name: code for name, code in {**names, **IN_SHORT}.items() if name and name not in TOWNS_FIRST}
