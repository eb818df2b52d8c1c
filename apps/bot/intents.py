"""What shoppers ask for, by example, per language; English is understood everywhere."""

from functools import lru_cache

from .examples import de, en, es, zh

# What somebody wants of their own data is heard in every language, as "human" is, whatever the talk is in; and so are the
# words that join two channels, told in the language of the one and written on the other.
IN_EVERY_LANGUAGE = ("delete_data", "my_data", "link", "redeem")
_Examples = dict[str, tuple[str, ...]]

EXAMPLES: dict[str, _Examples] = {"en": en.EXAMPLES, "de": de.EXAMPLES, "es": es.EXAMPLES, "zh": zh.EXAMPLES}


@lru_cache(maxsize=16)
def examples(language: str) -> dict[str, tuple[str, ...]]:
    """The examples of this language with English beside them; for some wishes those of all languages."""
    own = EXAMPLES.get(language.partition("-")[0], {})
    english = EXAMPLES["en"]
    return {
        intent: tuple(dict.fromkeys(phrase for by in _heard(intent, own, english) for phrase in by.get(intent, ())))
        for intent in dict.fromkeys((*own, *english))
    }


def _heard(intent: str, own: _Examples, english: _Examples) -> tuple[_Examples, ...]:
    return (own, *EXAMPLES.values()) if intent in IN_EVERY_LANGUAGE else (own, english)
