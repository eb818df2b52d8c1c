"""What a message wants and says, by rules and fuzzy matching: no model, no network, bounded time.

The caller brings the intents' examples, the merchant's words and what was last shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from .language import guess_language
from .references import Shown, resolve
from .sentiment import sentiment
from .slots import Lexicon, Slots, read_slots
from .text import HAN, fold, has_phrase, spaced, words_of

Examples = Mapping[str, tuple[str, ...]]
FUZZY_UP_TO = 80  # longer texts are matched by phrases only
KNOWN = 0.55  # below this nobody asked for any of the intents
CLOSE = 0.15  # two intents nearer than this are worth a question


@dataclass(frozen=True, slots=True)
class Understanding:
    """`intent` is "" when none fits; `alternatives` are (intent, score), best first; `reference` an index in shown."""

    intent: str
    margin: float
    alternatives: tuple[tuple[str, float], ...]
    slots: Slots
    language: str
    sentiment: int
    reference: int | None = None

    @property
    def score(self) -> float:
        return self.alternatives[0][1] if self.alternatives else 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "intent": self.intent,
            "margin": round(self.margin, 3),
            "alternatives": [[name, round(score, 3)] for name, score in self.alternatives],
            "slots": self.slots.to_json(),
            "language": self.language,
            "sentiment": self.sentiment,
            "reference": self.reference,
        }


@lru_cache(maxsize=20_000)
def _form(phrase: str) -> str:
    """An example as texts are compared with it."""
    folded = fold(phrase)
    return folded if HAN.search(folded) else " ".join(words_of(folded))


def score_intents(text: str, examples: Examples) -> list[tuple[str, float]]:
    """Every intent with a score 0–1, best first. A phrase found whole counts by how much of the text it is."""
    folded = fold(text)
    in_words = spaced(folded)
    bare = in_words.strip()
    if not bare:
        return []
    length = len(bare)
    scores: dict[str, float] = {}
    for intent, phrases in examples.items():
        best = 0.0
        for phrase in phrases:
            form = _form(phrase)
            if has_phrase(folded, in_words, form):
                best = max(best, 0.6 + 0.4 * min(1.0, len(form) / length))
            elif length <= FUZZY_UP_TO and len(form) >= 4 and 0.6 <= length / len(form) <= 1.7:
                best = max(best, _alike(bare, form))
        if best:
            scores[intent] = best
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:5]


def _alike(text: str, phrase: str) -> float:
    """Typos and word order forgiven; for texts of about the same length."""
    ratio = max(fuzz.ratio(text, phrase, score_cutoff=80), fuzz.token_sort_ratio(text, phrase, score_cutoff=80))
    return 0.95 * ratio / 100


def understand(
    text: str,
    *,
    language: str,
    languages: Sequence[str],
    examples: Examples | None = None,
    lexicon: Lexicon | None = None,
    shown: Sequence[Shown] = (),
) -> Understanding:
    """Read one message. Never raises; takes bounded time whatever the text is."""
    slots = read_slots(text, language=language, lexicon=lexicon or Lexicon())
    scored = [item for item in score_intents(text, examples or {}) if item[1] >= KNOWN]
    runner_up = scored[1][1] if len(scored) > 1 else 0.0
    return Understanding(
        intent=scored[0][0] if scored else "",
        margin=scored[0][1] - runner_up if scored else 0.0,
        alternatives=tuple(scored),
        slots=slots,
        language=guess_language(text, languages),
        sentiment=sentiment(text),
        reference=resolve(text, slots, shown),
    )
