"""Which catalogue words a shopper may have meant. Lives in process, built from the catalogue's own words."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping

from symspellpy import SymSpell, Verbosity

from .words import is_cjk, stem

SHORTEST_REPAIRED = 4
SHORTEST_TAIL = 4
MOST_RELATED = 24


class Speller:
    """Relatives (hemd: hemden, leinenhemd), completions (shi: shirt) and repairs (shrit: shirt) of a word."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self.words = words
        self._sorted = sorted(words)
        self._backwards = sorted(word[::-1] for word in words if len(word) > SHORTEST_TAIL and not is_cjk(word))
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        self._symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word, count in words.items():
            if word.isalpha() and not is_cjk(word):
                self._by_stem[stem(word)].append(word)
                self._symspell.create_dictionary_entry(word, count)

    def related(self, word: str) -> list[str]:
        """Known words that say the same: the word, its other endings, compounds that end in it."""
        found = dict.fromkeys([word] if word in self.words else [])
        if word.isalpha() and not is_cjk(word):
            found.update(dict.fromkeys(self._by_stem.get(stem(word), ())))
            for tail in {word, stem(word)}:
                if len(tail) >= SHORTEST_TAIL:
                    found.update(dict.fromkeys(word[::-1] for word in _starting(self._backwards, tail[::-1])))
        return list(found)[:MOST_RELATED]

    def completes(self, start: str) -> bool:
        """Whether some known word begins so."""
        return bool(_starting(self._sorted, start))

    def repaired(self, word: str) -> list[str]:
        """The nearest known words, best first; none for short words, numbers and Chinese."""
        if len(word) < SHORTEST_REPAIRED or not word.isalpha() or is_cjk(word):
            return []
        distance = 1 if len(word) <= SHORTEST_REPAIRED else 2
        nearest = self._symspell.lookup(word, Verbosity.CLOSEST, max_edit_distance=distance)
        letters = sorted(word)
        nearest.sort(key=lambda found: (sorted(found.term) != letters, found.term[0] != word[0], -found.count))
        return [found.term for found in nearest[:3]]


def _starting(words: list[str], start: str) -> list[str]:
    position = bisect_left(words, start)
    found: list[str] = []
    while position < len(words) and words[position].startswith(start) and len(found) < MOST_RELATED:
        found.append(words[position])
        position += 1
    return found
