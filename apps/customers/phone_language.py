"""What a phone number hints at before its owner has said a word: the language of the country it is from."""

from collections.abc import Sequence

import phonenumbers
from babel.languages import get_official_languages


def language_of_phone(phone: str, languages: Sequence[str]) -> str:
    """The first official language of the number's country among `languages`, or "".

    `phone` is an international number with or without its "+"; anything else hints at nothing.
    `languages` are codes like "de" or "zh-hans"; a script of its own matters less than the language.
    """
    try:
        number = phonenumbers.parse(f"+{phone.strip().lstrip('+')}")
    except phonenumbers.NumberParseException:
        return ""
    # Not "is it valid": WhatsApp keeps an extra digit in Mexican numbers. Short codes are of no country.
    if phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.TOO_SHORT:
        return ""
    country = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    spoken = [code.partition("_")[0] for code in get_official_languages(country, de_facto=True)]
    known = {code.partition("-")[0]: code for code in reversed(languages)}
    return next((known[code] for code in spoken if code in known), "")
