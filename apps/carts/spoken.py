"""Weights, countries and prices of delivery as people read them."""

from decimal import Decimal

from babel import Locale
from babel.numbers import format_decimal

from .money import LOCALES

KILOGRAM = 1000


def locale_of(language: str) -> str:
    """Babel's name for one of our languages; English for one we do not know."""
    return LOCALES.get(language) or LOCALES.get(language.split("-")[0], "en")


def weight_in_words(grams: int, language: str) -> str:
    """ "800 g", "2.5 kg", "2,5 kg"."""
    if grams < KILOGRAM:
        return f"{grams} g"
    return f"{format_decimal(Decimal(grams) / KILOGRAM, locale=locale_of(language))} kg"


def country_in_words(country: str, language: str) -> str:
    """The country's name; its code where nobody knows it."""
    return str(Locale.parse(locale_of(language)).territories.get(country, country))
