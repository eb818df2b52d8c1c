"""EAN, UPC and their longer relatives: digits whose last one checks the others."""

import re

LENGTHS = (8, 12, 13, 14)
_BETWEEN = re.compile(r"[\s\-‐–]+")  # as they are printed in groups: "4 006381 333931"


class WrongBarcode(ValueError):
    """Not a barcode; the message says what is wrong with it."""


def barcode(text: str) -> str:
    """The digits alone, "" for nothing. Raises `WrongBarcode`."""
    digits = _BETWEEN.sub("", text)
    if not digits:
        return ""
    if not digits.isascii() or not digits.isdigit() or len(digits) not in LENGTHS:
        raise WrongBarcode("A barcode has 8, 12, 13 or 14 digits.")
    if _check_digit(digits[:-1]) != int(digits[-1]):
        raise WrongBarcode("The last digit of the barcode does not fit the others.")
    return digits


def scanned(text: str) -> str:
    """The barcode that a text is, as typed or scanned by a shopper; "" for any other text."""
    try:
        return barcode(text)
    except WrongBarcode:
        return ""


def same_numbers(code: str) -> list[str]:
    """The same number as it may be written: a UPC is an EAN with a zero before it."""
    number = code.lstrip("0")
    return [number.zfill(length) for length in LENGTHS if len(number) <= length]


def _check_digit(digits: str) -> int:
    """Every other digit counts three times, the last one first."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10
