"""What a message wants and says, by rules and fuzzy matching: no model, no network, bounded time.

The caller brings the intents' examples, the merchant's words and what was last shown.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz, process

from .language import guess_language
from .references import Shown, resolve
from .sentiment import sentiment
from .slots import Lexicon, Slots, read_slots
from .text import HAN, fold, needle, spaced, words_of

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


@dataclass(frozen=True, slots=True)
class _Forms:
    """All examples as texts are compared with them, the shortest first, beside what each means."""

    texts: tuple[str, ...]
    lengths: tuple[int, ...]
    intents: tuple[str, ...]
    needles: tuple[tuple[str, bool], ...]  # how each is looked for: what, and whether inside of words

    def found_in(self, folded: str, in_words: str) -> Iterator[int]:
        for place, (wanted, is_inside) in enumerate(self.needles):
            if wanted in (folded if is_inside else in_words):
                yield place

    def about(self, length: int) -> tuple[int, int]:
        """Where those begin and end that a text of this length may be a slip of."""
        least = max(4, math.ceil(length / 1.7))
        return bisect_left(self.lengths, least), bisect_right(self.lengths, length / 0.6)


@lru_cache(maxsize=200)
def _forms(examples: tuple[tuple[str, tuple[str, ...]], ...]) -> _Forms:
    folded = [(fold(phrase), intent) for intent, phrases in examples for phrase in phrases]
    told = [(text if HAN.search(text) else " ".join(words_of(text)), intent) for text, intent in folded]
    told.sort(key=lambda item: len(item[0]))
    texts = tuple(text for text, _intent in told)
    return _Forms(texts, tuple(map(len, texts)), tuple(intent for _text, intent in told), tuple(map(needle, texts)))


def score_intents(text: str, examples: Examples) -> list[tuple[str, float]]:
    """Every intent with a score 0–1, best first. A phrase found whole counts by how much of the text it is."""
    folded = fold(text)
    in_words = spaced(folded)
    bare = in_words.strip()
    if not bare:
        return []
    length = len(bare)
    forms = _forms(tuple(examples.items()))
    scores: dict[str, float] = {}
    for place in forms.found_in(folded, in_words):
        whole = 0.6 + 0.4 * min(1.0, forms.lengths[place] / length)
        scores[forms.intents[place]] = max(scores.get(forms.intents[place], 0.0), whole)
    if length <= FUZZY_UP_TO:
        start, end = forms.about(length)
        for place, score in _alike(bare, forms.texts[start:end]):
            intent = forms.intents[start + place]
            scores[intent] = max(scores.get(intent, 0.0), score)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:5]


def _alike(text: str, phrases: Sequence[str]) -> Iterator[tuple[int, float]]:
    """(place, score) of phrases of about the same length in which typos and word order are forgiven."""
    for way in (fuzz.ratio, fuzz.token_sort_ratio):
        for _, ratio, place in process.extract(text, phrases, scorer=way, score_cutoff=80, limit=None):
            yield place, 0.95 * ratio / 100


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
