"""Finding products by the shopper's own words, in any of the shop's languages, misspelt or cut off.

One indexed query on stored words (never a scan), ordered by popularity and ranked among the most popular
candidates only; one more when no product has all the words. The rest are the cards' own queries.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property, partial

from django.conf import settings
from django_scopes import scope

from apps.merchants.models import Merchant
from apps.merchants.statements import fetch

from .barcodes import same_numbers, scanned
from .cards import products_for_cards
from .index import line_of
from .lexicon import Lexicon, lexicon
from .lists import FOR_EVERYONE, Terms
from .models import Product, Variant
from .sold import Filters, sold_ids
from .words import asked_words, is_cjk, pairs, tokens

CANDIDATES = 200
TELLING_START = 4  # letters of a word that is cut off
LARGEST_PAGE = 50
WEIGHTS = [0.05, 0.3, 0.5, 1.0]  # D, C, B, A
RANK = """
SELECT id FROM catalog_product p, CAST(%s AS real[]) AS weights, CAST(%s AS tsquery) AS said, CAST(%s AS tsquery) AS meant
WHERE id = ANY(%s)
ORDER BY (
    SELECT count(*) FROM unnest(CAST(%s AS text[])) AS wish
    WHERE concat(
        ' ', split_part(search_text, E'\\n', CAST(%s AS integer)),
        ' ', split_part(search_text, E'\\n', CAST(%s AS integer)), ' '
    ) ~ wish
) DESC, ts_rank(weights, p.search_vector, said) DESC, ts_rank(weights, p.search_vector, meant) DESC,
    p.popularity DESC, id
"""
LEXEME = re.compile(r"'([^']+)'(:\*)?")

Literals = Callable[[Iterable[str]], list[str]]  # words -> their lexemes, as this question means them


@dataclass(frozen=True)
class Page:
    """A page of products, best first; `corrected` is what was searched instead of a misspelling, else empty.

    `is_understood` is false where the words are none of this catalogue's, not even misspelt; `is_loose` is true where
    no product has all of them.
    """

    merchant: Merchant
    ids: list[int]
    has_more: bool
    offset: int
    corrected: str = ""
    is_understood: bool = True
    is_loose: bool = False
    terms: Terms = FOR_EVERYONE

    @cached_property
    def products(self) -> list[Product]:
        """They themselves, ready for `card_facts`."""
        with scope(merchant=self.merchant):
            return products_for_cards(self.merchant, self.ids, self.terms)


def search(
    merchant: Merchant,
    text: str,
    *,
    language: str = "",
    filters: Filters | None = None,
    offset: int = 0,
    limit: int = 8,
    known: Lexicon | None = None,
    terms: Terms = FOR_EVERYONE,
) -> Page:
    """Products that have all the words, or if there are none, some of them. Without a word it is `browse`.

    `language` is the shopper's: what is called so in it comes first, before what is only in another; words of every
    language of the shop are found whichever it is. `terms` say what things cost them.
    """
    if code := scanned(text):
        with scope(merchant=merchant):
            ids = list(dict.fromkeys(product for product, _ in with_barcode(code)))
        if ids:
            return _cut(merchant, ids[offset:], offset, limit, terms=terms)
    asked = asked_words(text)
    if not asked:
        empty = Page(merchant, [], False, offset)
        return empty if text.strip() else browse(merchant, filters=filters, offset=offset, limit=limit, terms=terms)
    with scope(merchant=merchant):
        known = known or lexicon(merchant)
        question = question_of(asked, known)
        if not question.is_understood:
            question = _to_the_letter(asked)
        shelf = partial(sold_ids, merchant, filters or Filters(), known, terms=terms)
        closest, strictly = " | ".join(question.closest), " & ".join(question.groups)
        own = _in_own_words(question, language if len(merchant.languages) > 1 else "")
        ranked = _in_order if filters and filters.sort else partial(_ranked, own=own)
        ids = ranked(shelf, strictly, closest, offset, limit)
        is_loose = False
        # A later page that is empty is just the end; a first one is a question asked too strictly.
        if not ids and len(question.groups) > 1 and not (offset and shelf(words=strictly, limit=1)):
            ids, is_loose = ranked(shelf, " | ".join(question.groups), closest, offset, limit), True
    page = _cut(
        merchant, ids, offset, limit, corrected=" ".join(question.said) if question.is_corrected else "", terms=terms
    )
    return replace(page, is_loose=is_loose, is_understood=bool(ids) or question.is_understood)


def browse(
    merchant: Merchant,
    *,
    category: str | None = None,
    offset: int = 0,
    limit: int = 8,
    filters: Filters | None = None,
    terms: Terms = FOR_EVERYONE,
) -> Page:
    """Everything on sale, most popular first."""
    with scope(merchant=merchant):
        offset, limit = _bounds(offset, limit)
        known = lexicon(merchant)
        ids = sold_ids(
            merchant, filters or Filters(), known, category=category, offset=offset, limit=limit + 1, terms=terms
        )
    return _cut(merchant, ids, offset, limit, terms=terms)


def with_barcode(code: str) -> list[tuple[int, int]]:
    """(product, variant) of what is on sale under this barcode. Call in the merchant's scope."""
    found = Variant.objects.filter(
        barcode__in=same_numbers(code), is_active=True, product__status=Product.Status.ACTIVE
    )
    return list(found.order_by("product", "position", "pk").values_list("product", "pk"))


# --- the question --------------------------------------------------------------------------------
class Sense(IntEnum):
    """How much a word says about goods."""

    NONE = 0
    GUESS = 1  # far-fetched, or only a start: not enough to go by among words that say nothing
    CLEAR = 2


@dataclass(frozen=True)
class Question:
    """`groups` are tsquery literals, one per word; `said` are the words after repair.

    `closest` holds the literals of what was said itself, without relatives and synonyms: the best match says it so.
    """

    groups: list[str]
    closest: list[str]
    said: list[str]
    is_corrected: bool
    senses: list[Sense]

    @property
    def is_understood(self) -> bool:
        """One clear word is enough; what is only guessed has to be more than half of all that was said."""
        return Sense.CLEAR in self.senses or 2 * self.senses.count(Sense.GUESS) > len(self.senses)


def question_of(asked: list[str], known: Lexicon) -> Question:
    groups: list[str] = []
    closest: list[str] = []
    said: list[str] = []
    senses: list[Sense] = []
    every = frozenset(token for word in asked for token in tokens(word))
    literals = partial(_literals_in, known, every)
    for place, word in enumerate(asked):
        if is_cjk(word):
            run = word if word in known.synonyms else known.speller.repaired_run(word) or word
            groups.extend(_cjk_groups(run, known, literals))
            closest.extend(literals(pairs(run)))
            said.append(run)
            senses.append(_sense_of_run(word, run, known))
            continue
        variants, repaired, sense = _variants(word, known, literals, is_last=place == len(asked) - 1)
        groups.append(_any_of(variants))
        closest.append(variants[0])
        said.append(repaired or word)
        senses.append(sense)
    return Question(groups, closest, said, said != asked, senses)


def _to_the_letter(asked: list[str]) -> Question:
    """The words as they stand: goods may have come since the catalogue's words were last read."""
    words = dict.fromkeys(token for word in asked for token in (pairs(word) if is_cjk(word) else [word]))
    literals = [f"'{word}'" for word in words]
    return Question(literals, literals, asked, False, [])


def _sense_of_run(asked: str, run: str, known: Lexicon) -> Sense:
    """A run mended out of pairs of which the catalogue knew none may well have meant something else."""
    if asked in known.synonyms or any(pair in known.words or known.speller.completes(pair) for pair in pairs(asked)):
        return Sense.CLEAR
    return Sense.GUESS if run != asked and any(pair in known.names for pair in pairs(run)) else Sense.NONE


def _cjk_groups(run: str, known: Lexicon, literals: Literals) -> list[str]:
    """Pairs of a run that the catalogue knows; those across a border of words are nobody's word."""
    meant = known.synonyms.get(run, ())
    if len(run) == 1:
        return [_any_of([f"'{run}':*", *literals(meant)])]
    asked = pairs(run)
    in_use = [pair for pair in asked if pair in known.words] or asked
    if meant:
        return [_any_of([f"({' & '.join(literals(in_use))})", *literals(meant)])]
    return literals(in_use)


def _variants(word: str, known: Lexicon, literals: Literals, *, is_last: bool) -> tuple[list[str], str, Sense]:
    """(literals any of which will do, what the word was repaired to or "", how much it says)."""
    related = known.speller.related(word)
    meant = [other for means in known.synonyms.get(word, ()) for other in (means, *known.speller.related(means))]
    if related or meant:
        return literals([word, *related, *meant]), "", Sense.CLEAR
    begun = Sense.CLEAR if len(word) >= TELLING_START else Sense.GUESS
    if len(word) > 1 and is_last and known.speller.completes(word):
        return [f"'{word}':*"], "", begun
    repairs, sense = _repairs(word, known)
    if repairs:
        return (
            literals([other for repair in repairs for other in (repair, *known.speller.related(repair))]),
            repairs[0],
            sense,
        )
    if len(word) > 2 and known.speller.completes(word):
        return [f"'{word}':*"], "", begun
    return literals([word]), "", Sense.NONE


def _repairs(word: str, known: Lexicon) -> tuple[list[str], Sense]:
    """What a misspelt word was meant to be; a far-fetched repair only where goods are called so."""
    repairs = known.speller.repaired(word)
    if repairs and known.speller.is_slip(word, repairs[0]):
        return repairs, Sense.CLEAR if repairs[0] in known.names else Sense.GUESS
    return [repair for repair in repairs if repair in known.names], Sense.GUESS


def _literals_in(known: Lexicon, asked: frozenset[str], words: Iterable[str]) -> list[str]:
    return [known.literal(word, asked) for word in dict.fromkeys(words)]


def _in_own_words(question: Question, language: str) -> tuple[list[str], int, int]:
    """(a regular expression for each wish, the lines of `search_text` they are looked for in): the shopper's language
    and what is the same to all. No wish where the language is not known."""
    line = line_of(language)
    if not line:
        return [], 1, 1
    return [_said_whole(group) for group in question.groups], line, len(settings.LANGUAGES) + 1


def _said_whole(group: str) -> str:
    """A literal as a regular expression over words between spaces; they are letters and digits only."""
    return f" (?:{'|'.join(word + ('' if is_begun else ' ') for word, is_begun in LEXEME.findall(group))})"


def _any_of(literals: list[str]) -> str:
    return f"({' | '.join(dict.fromkeys(literals))})"


# --- the answer ----------------------------------------------------------------------------------
def _ranked(
    shelf: Callable[..., list[int]],
    question: str,
    closest: str,
    offset: int,
    limit: int,
    *,
    own: tuple[list[str], int, int],
) -> list[int]:
    """One more than a page of what matches; within each block of the most popular the best match comes first.

    What says most of the words in the shopper's `own` language leads: to an English "tee", a shirt before a German Tee.
    Among those that say the words themselves equally well, those that say relatives in a better place lead: to
    "Hemden", in the category of them all, a Leinenhemd is nearer than a hat.
    """
    offset, limit = _bounds(offset, limit)
    block = offset - offset % CANDIDATES
    # A statement of its own: as a subquery, PostgreSQL may run it once per product while it knows no statistics.
    candidates = shelf(words=question, offset=block, limit=CANDIDATES + 1)
    if len(candidates) > 1:
        candidates = [pk for (pk,) in fetch(RANK, [WEIGHTS, closest, question, candidates, *own])]
    return candidates[offset - block : offset - block + limit + 1]


def _in_order(shelf: Callable[..., list[int]], question: str, closest: str, offset: int, limit: int) -> list[int]:
    """One more than a page of what matches, in the order that was asked for, however well it matches."""
    offset, limit = _bounds(offset, limit)
    return shelf(words=question, offset=offset, limit=limit + 1)


def _bounds(offset: int, limit: int) -> tuple[int, int]:
    return max(offset, 0), max(1, min(limit, LARGEST_PAGE))


def _cut(
    merchant: Merchant, ids: list[int], offset: int, limit: int, *, corrected: str = "", terms: Terms = FOR_EVERYONE
) -> Page:
    offset, limit = _bounds(offset, limit)
    return Page(merchant, ids[:limit], len(ids) > limit, offset, corrected, terms=terms)
