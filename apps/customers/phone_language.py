"""What a phone number hints at before its owner has said a word: the language of the country it is from."""

from collections.abc import Sequence

from babel.languages import get_official_languages

from .phone_country import country_of_phone


def language_of_phone(phone: str, languages: Sequence[str]) -> str:
    """The first official language of the number's country among `languages`, or "".

    `phone` is an international number with or without its "+"; anything else hints at nothing.
    `languages` are codes like "de" or "zh-hans"; a script of its own matters less than the language.
    """
    country = country_of_phone(phone)
    if not country:
        return ""
    spoken = [code.partition("_")[0] for code in get_official_languages(country, de_facto=True)]
    known = {code.partition("-")[0]: code for code in reversed(languages)}
    return next((known[code] for code in spoken if code in known), "")
