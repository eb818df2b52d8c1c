"""The variables of an approved wording: {{1}}, {{2}} … and what is wrong with them."""

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

_PLACE = re.compile(r"\{\{\s*(\d+)\s*\}\}")
_ANY_PLACE = re.compile(r"\{\{([^{}]*)\}\}")
LONGEST = 1024  # characters of a body: Meta's page on message templates
NOT_FOLLOWED = _("Number the places from {{1}} on, without a gap: %(places)s")
NOT_A_NUMBER = _("Places have numbers: {{1}}, not %(place)s.")
AT_THE_EDGE = _("A wording may neither begin nor end with a place: put a word or a full stop there.")
SIDE_BY_SIDE = _("Two places may not stand side by side: put words between them.")
TOO_LONG = _("%(count)d characters; the platform takes %(most)d.")


def places_in(body: str) -> list[int]:
    """The numbers that are filled in, each once, in order."""
    return sorted({int(number) for number in _PLACE.findall(body)})


def filled(body: str, values: Sequence[str]) -> str:
    """The wording with its values; a place without one stays as it is."""
    return _PLACE.sub(lambda found: values[int(found[1]) - 1] if 0 < int(found[1]) <= len(values) else found[0], body)


def fits(body: str, count: int) -> bool:
    """Whether a wording has a place for each of `count` values and none besides."""
    return places_in(body) == list(range(1, count + 1)) and len(_ANY_PLACE.findall(body)) == len(_PLACE.findall(body))


def problems(body: str, count: int | None) -> list[str]:
    """Why a wording cannot be used, in the active language; `count` is how many values its purpose gives, None unknown."""
    found = [*_misnumbered(body), *_refused(body)]
    places = places_in(body)
    if count is not None and len(places) != count:
        said = ngettext(
            "There is %(count)d value for this purpose, but the wording has places for %(places)d.",
            "There are %(count)d values for this purpose, but the wording has places for %(places)d.",
            count,
        )
        found.append(said % {"count": count, "places": len(places)})
    return found


def _misnumbered(body: str) -> list[str]:
    for inside in _ANY_PLACE.findall(body):
        if not inside.strip().isdecimal():
            return [str(NOT_A_NUMBER) % {"place": "{{" + inside + "}}"}]
    places = places_in(body)
    if places != list(range(1, len(places) + 1)):
        return [str(NOT_FOLLOWED) % {"places": ", ".join("{{" + str(place) + "}}" for place in places)}]
    return []


def _refused(body: str) -> list[Any]:
    """What Meta's reviewers turn down unseen: https://developers.facebook.com/docs/whatsapp/message-templates/guidelines/"""
    said = body.strip()
    found: list[Any] = []
    if len(body) > LONGEST:
        found.append(str(TOO_LONG) % {"count": len(body), "most": LONGEST})
    if said.startswith("{{") or said.endswith("}}"):
        found.append(str(AT_THE_EDGE))
    if re.search(r"\}\}\s*\{\{", said):
        found.append(str(SIDE_BY_SIDE))
    return found
