"""Which language a message is in, among the merchant's own; quiet when a message is too short to know."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from .numbers import base
from .text import HAN, fold, words_of

SURE = 0.9
ENOUGH_WORDS = 3
GREETINGS = {
    "hello": ("en",), "hi": ("en", "de"), "hey": ("en", "de"), "hallo": ("de",), "moin": ("de",), "servus": ("de",),
    "guten": ("de",), "hola": ("es",), "buenas": ("es",), "buenos": ("es",),
}  # fmt: skip


@lru_cache(maxsize=8)
def _identifier(codes: tuple[str, ...]) -> Any:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(codes))
    return identifier


def guess_language(text: str, languages: Sequence[str]) -> str:
    """The merchant's language this is surely written in, or "" when one cannot know (one or two words)."""
    folded = fold(text)
    if len(HAN.findall(folded)) >= 2:
        return next((code for code in languages if base(code) == "zh"), "")
    words = [word for word in words_of(folded) if word.isalpha()]
    codes = {base(code): code for code in languages}
    if len(words) < ENOUGH_WORDS or len(codes) < 2:
        return ""
    code, probability = _identifier(tuple(sorted(codes))).classify(" ".join(text[:300].split()).lower())
    return codes[code] if probability >= SURE else ""


def first_language(text: str, languages: Sequence[str], hint: str = "") -> str:
    """For a thread that has no language yet: a greeting is enough to start with.

    `hint` is the language it would have otherwise; a greeting that is also at home there says nothing else.
    """
    if guessed := guess_language(text, languages):
        return guessed
    words = words_of(fold(text))
    spoken = GREETINGS.get(words[0], ()) if words else ()
    if base(hint) in spoken:
        return hint
    return next((code for code in languages if base(code) in spoken[:1]), "")
