"""The country a phone number is from."""

import phonenumbers


def country_of_phone(phone: str) -> str:
    """Two capital letters; "" for what is no international number. `phone` comes with or without its "+".

    Not "is it valid": WhatsApp keeps an extra digit in Mexican numbers. Short codes are of no country.
    """
    try:
        number = phonenumbers.parse(f"+{phone.strip().lstrip('+')}")
    except phonenumbers.NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.TOO_SHORT:
        return ""
    found = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    return str(found or "")
