"""The words of the bot. A flow declares them beside its steps; the catalogues translate them.

`words("Hello {name}.")` and `label("Show cart")` are what the message extractor looks for. Values are put in once
and never read again, so that braces, percent signs or template tags inside a name stay what they are.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from gettext import NullTranslations
from gettext import translation as catalogue
from pathlib import Path
from typing import Any

from django.utils import translation

LOCALE = Path(__file__).parent / "locale"

_PLACE = re.compile(r"\{([a-z_]+)\}")


class Words:
    """One translatable text. Every instance is known to the static proof through `ALL`."""

    def __init__(self, msgid: str, plural: str = "", *, is_label: bool = False) -> None:
        self.msgid = msgid
        self.plural = plural
        self.is_label = is_label
        ALL.append(self)

    @property
    def places(self) -> set[str]:
        return self.places_of(self.msgid)

    @staticmethod
    def places_of(text: str) -> set[str]:
        """The names in braces."""
        return set(_PLACE.findall(text))

    def in_(self, language: str, **values: Any) -> str:
        """The text in that language. With a plural, `count` chooses the form."""
        own = _own_words(translation.to_locale(language))
        if self.plural:
            raw = own.ngettext(self.msgid, self.plural, int(values.get("count", 1)))
        else:
            raw = own.gettext(self.msgid)
        return fill(raw, values)


ALL: list[Words] = []


@lru_cache(maxsize=32)
def _own_words(locale: str) -> NullTranslations:
    """The bot's own catalogue: "View" is what other parts of the project call something else."""
    return catalogue("django", LOCALE, [locale, locale.partition("_")[0]], fallback=True)


def fill(raw: str, values: Mapping[str, Any]) -> str:
    """`{name}` → its value, literally; a place without a value stays as it is. One pass, nothing is evaluated."""
    return _PLACE.sub(lambda match: str(values[match[1]]) if match[1] in values else match[0], raw)


def words(msgid: str, plural: str = "") -> Words:
    return Words(msgid, plural)


def label(msgid: str) -> Words:
    """Words on a button: at most 20 characters in every language."""
    return Words(msgid, is_label=True)
