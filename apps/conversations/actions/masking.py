"""Card numbers never reach a table, a log or a screen: what looks and adds up like one is masked on the way in.

So are codes that are worth money; by what is left of one in the event's data the shop still knows it.
"""

import re
import unicodedata
from typing import Any

from apps.merchants.codes import hide_codes
from apps.merchants.storable import storable
from apps.messaging.events import ChannelEvent

# Digits with blanks, dashes of every kind and invisible characters between them; after a "+", longer than a phone number.
_BETWEEN = r"[\s\-._/·\u00ad\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff]{0,3}"
_RUN = re.compile(rf"(?<![\d+])\d(?:{_BETWEEN}\d){{12,}}|(?<=\+)\d(?:{_BETWEEN}\d){{15,}}")
# Whatever else is put between the groups as a card shows them, or between single digits: "4242 | 4242 | 4242 | 4242".
_ANY = r"[^\w]{1,3}"
_SHOWN = re.compile(
    rf"(?<!\d)(?:\d{{4}}(?:{_ANY}\d{{4}}){{3}}|\d{{4}}{_ANY}\d{{6}}{_ANY}\d{{5}}|\d(?:{_ANY}\d){{12,18}})(?!\d)"
)
_LENGTHS = (16, 15, 19, 14, 13, 18, 17)
_NAMES = re.compile(r"(?:^|_)(?:id|ad|ref|sku|product|key|url|token|fence)$")
CODES = "codes"  # in an event's data: `codes.hide_codes` of what was written
MOST_CODES = 5  # of one message


def mask_cards(text: str) -> str:
    """The text with every Luhn-valid card number (13–19 digits, spaced or not) cut to its last four digits."""
    return _RUN.sub(_mask_run, _SHOWN.sub(_mask_run, text)) if len(text) > 12 else text


def _mask_run(match: re.Match[str]) -> str:
    run = match.group()
    places = [index for index, char in enumerate(run) if char.isdecimal()]
    digits = [unicodedata.decimal(run[index]) for index in places]
    for start in range(len(places) - 12):
        if start and places[start] == places[start - 1] + 1:
            continue  # inside a group
        for length in _LENGTHS:
            end = start + length - 1
            if end >= len(places) or (end + 1 < len(places) and places[end + 1] == places[end] + 1):
                continue
            if _is_card(digits[start : end + 1]):
                last = "".join(map(str, digits[end - 3 : end + 1]))
                rest = run[places[end] + 1 :]
                return f"{run[: places[start]]}•••• {last}{mask_cards(rest)}"
    return run


def _is_card(digits: list[int]) -> bool:
    if not 2 <= digits[0] <= 6:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def mask_secrets(text: str) -> str:
    """Without card numbers and codes."""
    return mask_cards(hide_codes(text)[0])


def clean_text(text: str) -> str:
    """Masked, and without what a database cannot hold (NUL, lone surrogates)."""
    return mask_secrets(storable(text))


def clean_event(event: ChannelEvent) -> ChannelEvent:
    """The event as it may be stored: what the shopper wrote masked, ids left as they are."""
    codes = [code for said in (event.text, event.label) for code in hide_codes(said)[1]]
    return event.changed(
        text=clean_text(event.text),
        label=clean_text(event.label),
        payload=clean_text(event.payload),
        profile_name=clean_text(event.profile_name),
        data=_told(event.data) | ({CODES: codes[:MOST_CODES]} if codes else {}),
    )


def _told(data: dict[str, Any]) -> dict[str, Any]:
    """What the platform says, masked; that somebody wrote a code is for us to say, and for nobody else."""
    return {key: value for key, value in _clean(data).items() if key != CODES}


def _strip(value: Any) -> Any:
    """An id keeps its digits."""
    return storable(value) if isinstance(value, str) else _clean(value)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {key: _strip(item) if _NAMES.search(str(key)) else _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return storable(value)
