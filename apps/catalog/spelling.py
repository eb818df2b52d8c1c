"""Which catalogue words a shopper may have meant. Lives in process, built from the catalogue's own words."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping

from rapidfuzz.distance import OSA
from symspellpy import SymSpell, Verbosity

from .words import is_cjk, pairs, stem

SHORTEST_REPAIRED = 4
SHORTEST_TAIL = 4
SHORTEST_PLURAL = 3  # letters of a word that an s makes many of
SURE_OF_ONE, SURE_OF_TWO = 5, 8  # letters of a word in which so many slips leave no doubt what was meant
MOST_RELATED = 24
MOST_NEAR = 8


class Speller:
    """Relatives (hemd: hemden, leinenhemd), completions (shi: shirt) and repairs (shrit: shirt) of a word."""

    def __init__(self, words: Mapping[str, int]) -> None:
        self.words = words
        self._sorted = sorted(words)
        self._backwards = sorted(word[::-1] for word in words if len(word) > SHORTEST_TAIL and not is_cjk(word))
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        self._follows: dict[str, set[str]] = defaultdict(set)  # Chinese: which characters stand after this one
        self._symspell = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for word, count in words.items():
            if word.isalpha() and not is_cjk(word):
                self._by_stem[stem(word)].append(word)
                self._symspell.create_dictionary_entry(word, count)
            elif len(word) == 2 and is_cjk(word):
                self._follows[word[0]].add(word[1])

    def related(self, word: str) -> list[str]:
        """Known words that say the same: the word, its other endings, compounds that end in it."""
        found = dict.fromkeys([word] if word in self.words else [])
        if word.isalpha() and not is_cjk(word):
            found.update(dict.fromkeys(self._by_stem.get(stem(word), ())))
            more = word[:-1] if word.endswith("s") else f"{word}s"  # "tees": too short for a stem
            found.update(dict.fromkeys([more] if len(more) >= SHORTEST_PLURAL and more in self.words else []))
            for tail in {word, stem(word)}:
                if len(tail) >= SHORTEST_TAIL:
                    found.update(dict.fromkeys(self._compounds_on(tail)))
        return list(found)[:MOST_RELATED]

    def _compounds_on(self, tail: str) -> Iterator[str]:
        """Known words that end in it with another word before: a single letter is none ("whose" is no hose)."""
        for backwards in _starting(self._backwards, tail[::-1]):
            if len(backwards) != len(tail) + 1:
                yield backwards[::-1]

    def completes(self, start: str) -> bool:
        """Whether some known word begins so."""
        return bool(_starting(self._sorted, start))

    def completions(self, start: str) -> list[str]:
        """Known words that begin so."""
        return _starting(self._sorted, start)

    def completed(self, start: str) -> str:
        """The one of them of which there is most; "" where no word begins so."""
        return max(self.completions(start), key=lambda word: self.words[word], default="")

    def near(self, word: str) -> list[str]:
        """Every known word that an unknown one may have been meant to be, the nearest first: further than `repaired`
        looks. None for a word the catalogue knows in whichever ending: a skirt is no shirt."""
        if self.related(word) or len(word) < SHORTEST_REPAIRED or not word.isalpha() or is_cjk(word):
            return []
        found = self._symspell.lookup(word, Verbosity.ALL, max_edit_distance=2)
        return [other.term for other in found][:MOST_NEAR]

    def repaired(self, word: str) -> list[str]:
        """The nearest known words, best first; none for short words, numbers and Chinese."""
        if len(word) < SHORTEST_REPAIRED or not word.isalpha() or is_cjk(word):
            return []
        distance = 1 if len(word) <= SHORTEST_REPAIRED else 2
        nearest = self._symspell.lookup(word, Verbosity.CLOSEST, max_edit_distance=distance)
        letters = sorted(word)
        nearest.sort(key=lambda found: (sorted(found.term) != letters, found.term[0] != word[0], -found.count))
        return [found.term for found in nearest[:3]]

    @staticmethod
    def is_slip(word: str, meant: str) -> bool:
        """Little went wrong for the length of the word: "shrit", "hmed", "lineshirt"; not "qwer" for "quer"."""
        slips = OSA.distance(word, meant)
        if slips == 1:
            return len(word) >= SURE_OF_ONE or sorted(word) == sorted(meant)
        return slips <= 2 and len(word) >= SURE_OF_TWO

    def repaired_run(self, run: str) -> str:
        """Chinese with one wrong character per word put right, "玻离杯" as "玻璃杯"; empty where nothing fits.

        A character is wrong when the catalogue knows neither the pair before nor the pair behind it, and right when
        it knows both. Where it knows no pair at all, two swapped, one too many and one too few are tried as well.
        """
        mended = run
        for place in range(1, len(run) - 1):
            before, wrong, behind = mended[place - 1], mended[place], mended[place + 1]
            if before + wrong not in self.words and wrong + behind not in self.words:
                mended = mended[:place] + (self._between(before, behind) or wrong) + mended[place + 1 :]
        if mended != run:
            return mended
        if any(pair in self.words for pair in pairs(run)):
            return ""
        whole = [other for other in self._near(run) if all(pair in self.words for pair in pairs(other))]
        return max(
            whole,
            key=lambda other: (len(other) == len(run), min(self.words[pair] for pair in pairs(other))),
            default="",
        )

    def _between(self, before: str, behind: str) -> str:
        """The character that most products have between these two."""
        fitting = [middle for middle in self._follows.get(before, ()) if behind in self._follows.get(middle, ())]
        return max(
            sorted(fitting),
            key=lambda middle: min(self.words[before + middle], self.words[middle + behind]),
            default="",
        )

    def _near(self, run: str) -> list[str]:
        """Neighbours swapped, one character left out (of three or more), one put in between."""
        places = range(len(run) - 1)
        swapped = [run[:at] + run[at + 1] + run[at] + run[at + 2 :] for at in places]
        shorter = [run[:at] + run[at + 1 :] for at in range(len(run)) if len(run) > 2]
        missing = [(at, self._between(run[at], run[at + 1])) for at in places]
        longer = [run[: at + 1] + middle + run[at + 1 :] for at, middle in missing if middle]
        return [other for other in (*swapped, *shorter, *longer) if other != run]


def _starting(words: list[str], start: str) -> list[str]:
    position = bisect_left(words, start)
    found: list[str] = []
    while position < len(words) and words[position].startswith(start) and len(found) < MOST_RELATED:
        found.append(words[position])
        position += 1
    return found
