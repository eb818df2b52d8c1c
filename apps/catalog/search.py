"""Finding products by the shopper's own words, in any of the shop's languages, misspelt or cut off.

One indexed query on stored words (never a scan), ordered by popularity and ranked among the most popular
candidates only; one more when no product has all the words. The rest are the cards' own queries.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property, partial
from itertools import combinations
from math import prod

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
from .sold import Filters, Priced, sold_ids
from .vectors import can_come_close
from .words import asked_words, is_cjk, pairs, tokens

CANDIDATES = 200  # of each kind that are ranked
MOST_BUT_ONE = 4  # words of which one may be missing in a name
TELLING_START = 4  # letters of a word that is cut off
LARGEST_PAGE = 50
FEW = 3  # products; of fewer than that it is worth to see what comes close
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
WORDS_OF = "SELECT tsvector_to_array(search_vector) FROM catalog_product WHERE id = %s"
LEXEME = re.compile(r"'([^']+)'(:\*)?")

Literals = Callable[[Iterable[str]], list[str]]  # words -> their lexemes, as this question means them


@dataclass(frozen=True)
class Page:
    """A page of products, best first; `corrected` is what was searched instead of a misspelling, else empty.

    `is_understood` is false where the words are none of this catalogue's, not even misspelt; `is_loose` is true where
    no product has all of them. `is_close` is true where some of it only comes close to what was asked; the first `exact` of
    the whole list then are what has all the words.
    """

    merchant: Merchant
    ids: list[int]
    has_more: bool
    offset: int
    corrected: str = ""
    is_understood: bool = True
    is_loose: bool = False
    is_close: bool = False
    exact: int = 0
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
        wishes = filters or Filters()
        shelf = partial(sold_ids, merchant, wishes, known, terms=terms, priced=Priced(merchant, wishes, terms))
        own = language if len(merchant.languages) > 1 else ""
        look = shelf if wishes != Filters() else partial(sold_ids, merchant, wishes, known, is_bare=True)
        find = partial(_in_order, shelf) if wishes.sort else partial(_ranked, shelf, look, language=own)
        ids, question, is_loose = _found(find, shelf, question, partial(_read_otherwise, asked), known, offset, limit)
    page = _cut(
        merchant, ids, offset, limit, corrected=" ".join(question.said) if question.is_corrected else "", terms=terms
    )
    return replace(page, is_loose=is_loose, is_understood=bool(ids) or question.is_understood)


def may_come_close(merchant: Merchant, page: Page, *, language: str, known: Lexicon | None = None) -> bool:
    """Whether this first page of a search is worth a look at what comes close: its words found little, or they are in a
    language in which most of the goods are not called anything. Never where no such look is possible.
    """
    if not can_come_close(merchant):
        return False
    if language not in (known or lexicon(merchant)).told_in:
        return True
    return page.is_loose or (len(page.ids) < FEW and not page.corrected)


def search_close(
    merchant: Merchant,
    text: str,
    close: Sequence[int],
    *,
    language: str = "",
    filters: Filters | None = None,
    offset: int = 0,
    limit: int = 8,
    terms: Terms = FOR_EVERYONE,
) -> Page:
    """What has all the words of a search (that found few, or asked in a language the goods have no names in), then what comes `close` (`vectors.closest`), in that order.

    Sold, priced and narrowed as in `search`: that something is near says nothing of who may see it.
    """
    exact = search(merchant, text, language=language, filters=filters, limit=LARGEST_PAGE, terms=terms)
    found = exact.ids if not exact.is_loose else []
    wishes = filters or Filters()
    with scope(merchant=merchant):
        sold = sold_ids(merchant, wishes, lexicon(merchant), limit=len(close) or 1, terms=terms, among=close)
    nearest = sold if wishes.sort else sorted(sold, key=list(close).index)
    ids = list(dict.fromkeys([*found, *nearest]))
    page = _cut(merchant, ids[max(offset, 0) :], offset, limit, terms=terms)
    return replace(page, is_close=bool(sold), exact=len(found), is_understood=bool(ids) or exact.is_understood)


def _found(
    find: Callable[["Sought", int, int], list[int]],
    shelf: Callable[..., list[int]],
    question: "Question",
    otherwise: Callable[[Lexicon], "Question"],
    known: Lexicon,
    offset: int,
    limit: int,
) -> tuple[list[int], "Question", bool]:
    """(one more than a page, the question as it was read, whether only some of the words will do).

    All the words as they seem to be meant; else all as they may be meant; else some. A later page that is empty is just
    the end; a first one is a question asked too strictly.
    """

    def first(sought: Sought) -> list[int]:
        return shelf(words=sought.words, limit=1) if offset else []

    sought = question.strictly(known)
    ids = find(sought, offset, limit)
    if ids or len(question.groups) < 2 or first(sought):
        return ids, question, False
    other = otherwise(known)
    if question.is_understood and other.groups != question.groups:
        sought = other.strictly(known)
        ids = find(sought, offset, limit)
        if best := ids[:1] if not offset else first(sought):
            return ids, other.as_in(best[0]), False
    return find(question.loosely(known), offset, limit), question, True


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
    others: tuple[tuple[str, ...], ...] = ()  # for each word what else it may have been meant to be

    @property
    def is_understood(self) -> bool:
        """One clear word is enough; what is only guessed has to be more than half of all that was said."""
        return Sense.CLEAR in self.senses or 2 * self.senses.count(Sense.GUESS) > len(self.senses)

    def strictly(self, known: Lexicon) -> "Sought":
        """What has all the words."""
        return Sought(self, " & ".join(self.groups), prod(self._shares(known)), known.products)

    def loosely(self, known: Lexicon) -> "Sought":
        """What has some of them."""
        return Sought(self, " | ".join(self.groups), min(1.0, sum(self._shares(known))), known.products)

    def _shares(self, known: Lexicon) -> list[float]:
        return [known.share(word for word, _ in LEXEME.findall(group)) for group in self.groups]

    def in_names(self) -> list[str]:
        """What may hold of a product's names alone, the best first: all the words, or all but one of a few."""
        every = [" & ".join(self.groups)]
        if not 1 < len(self.groups) <= MOST_BUT_ONE:
            return every
        return [*every, " | ".join(f"({' & '.join(some)})" for some in combinations(self.groups, len(self.groups) - 1))]

    def as_in(self, product: int) -> "Question":
        """The same, said in the words of this product, which has them all. Call in the merchant's scope."""
        its = {word for (words,) in fetch(WORDS_OF, [product]) for word in words}
        said = [
            next((other for other in others if other in its), word)
            for word, others in zip(self.said, self.others, strict=True)
        ]
        return replace(self, said=said, is_corrected=said != self.said)


@dataclass(frozen=True, slots=True)
class Sought:
    """A question as a tsquery literal, and about how much of what is on sale that holds of."""

    question: Question
    words: str
    share: float  # 0 to 1
    products: int

    @property
    def is_many(self) -> bool:
        return self.share * self.products > CANDIDATES


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
        variants, repaired, sense = _variants(word, known, literals, every, is_last=place == len(asked) - 1)
        groups.append(_any_of(variants))
        closest.append(variants[0])
        said.append(repaired or word)
        senses.append(sense)
    return Question(groups, closest, said, said != asked, senses)


def _read_otherwise(asked: list[str], known: Lexicon) -> Question:
    """When nothing has all the words as they were read: each may have been meant to be any word that is near."""
    read = question_of(asked, known)
    if any(is_cjk(word) for word in asked):
        return read
    others = tuple((word, *known.speller.near(word)) for word in asked)
    groups = [
        _any_of([group, *(f"'{other}'" for other in near)]) for group, near in zip(read.groups, others, strict=True)
    ]
    return replace(read, groups=groups, said=asked, others=others)


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


def _variants(
    word: str, known: Lexicon, literals: Literals, every: frozenset[str], *, is_last: bool
) -> tuple[list[str], str, Sense]:
    """(literals any of which will do, what the word was repaired to or "", how much it says)."""
    related = known.speller.related(word)
    meant = [other for means in known.synonyms.get(word, ()) for other in (means, *known.speller.related(means))]
    if related or meant:
        # A last word nobody has may be one that is not finished, whatever else ends like it.
        is_start = is_last and not meant and word not in known.words and len(word) >= TELLING_START
        whole = known.speller.completed(word) if is_start else ""
        begun = [*literals([whole]), *known.literals_of_start(word, every)] if whole else []
        return [*begun, *literals([word, *related, *meant])], "", Sense.CLEAR
    sense_of_start = Sense.CLEAR if len(word) >= TELLING_START else Sense.GUESS
    if len(word) > 1 and is_last and (whole := known.speller.completed(word)):
        return [*literals([whole]), *known.literals_of_start(word, every)], "", sense_of_start
    repairs, sense = _repairs(word, known)
    if repairs:
        return (
            literals([other for repair in repairs for other in (repair, *known.speller.related(repair))]),
            repairs[0],
            sense,
        )
    if len(word) > 2 and (whole := known.speller.completed(word)):
        return [*literals([whole]), *known.literals_of_start(word, every)], "", sense_of_start
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
    look: Callable[..., list[int]],
    sought: Sought,
    offset: int,
    limit: int,
    *,
    language: str,
) -> list[int]:
    """One more than a page of what is sought: the likeliest ranked, the best match first; then the rest by popularity.

    What says most of the words in the shopper's `language` leads: to an English "tee", a shirt before a German Tee.
    Among those that say the words themselves equally well, those that say relatives in a better place lead: to
    "Hemden", in the category of them all, a Leinenhemd is nearer than a hat.

    `look` finds what is likely, `shelf` what of it is sold: where they differ, only the first are asked whether they
    are. To ask that of all that is ranked took most of the time.
    """
    offset, limit = _bounds(offset, limit)
    end = offset + limit + 1
    if sought.share * sought.products <= LARGEST_PAGE:
        look = shelf  # so few are asked at once
    likely, is_all = _likely(look, sought)
    if len(likely) > 1:
        # A statement of its own: as a subquery, PostgreSQL may run it once per product while it knows no statistics.
        closest = " | ".join(sought.question.closest)
        likely = ranking(closest, sought.words, likely, _in_own_words(sought.question, language))
    sold = likely if look is shelf else _first_sold(shelf, likely, end)
    if is_all or end <= len(sold):
        return sold[offset:end]
    most, seen = end + len(likely), set(likely)
    further = shelf(words=sought.words, share=sought.share, limit=most + -most % CANDIDATES)
    return [*sold, *(pk for pk in further if pk not in seen)][offset:end]


def _first_sold(shelf: Callable[..., list[int]], ids: list[int], count: int) -> list[int]:
    """At least the first `count` of these that are sold, in their order, or all there are. Most of them usually are."""
    found: list[int] = []
    for some in (ids[: 2 * count], ids[2 * count :]):
        if some and len(found) < count:
            sold = set(shelf(among=some, share=0, limit=len(some)))
            found += [pk for pk in some if pk in sold]
    return found


def _likely(shelf: Callable[..., list[int]], sought: Sought) -> tuple[list[int], bool]:
    """(what may match best, whether that is all there is): what is called so, and the most popular.

    Where much is called so, the rest, which only describes itself so, comes after it anyhow; to rank it all would take
    the longer, the more there is.
    """
    popular: list[int] | None = None
    if not sought.is_many:
        popular = shelf(words=sought.words, share=sought.share, limit=CANDIDATES + 1)
        if len(popular) <= CANDIDATES:
            return popular, True
    found: dict[int, None] = {}
    for place, names in enumerate(sought.question.in_names()):
        # What has all the words in its name has them.
        called_so = shelf(words=sought.words if place else "", names=names, share=0, limit=CANDIDATES)
        found.update(dict.fromkeys(called_so))
        if len(called_so) > LARGEST_PAGE:
            return list(found), False
    if popular is None:
        popular = shelf(words=sought.words, share=sought.share, limit=CANDIDATES + 1)
    found.update(dict.fromkeys(popular[:CANDIDATES]))
    return list(found), len(popular) <= CANDIDATES


def ranking(closest: str, words: str, ids: list[int], own: tuple[list[str], int, int]) -> list[int]:
    """These products, the best match for the literals first. Call in the merchant's scope."""
    return [pk for (pk,) in fetch(RANK, [WEIGHTS, closest, words, ids, *own])]


def _in_order(shelf: Callable[..., list[int]], sought: Sought, offset: int, limit: int) -> list[int]:
    """One more than a page of what matches, in the order that was asked for, however well it matches."""
    offset, limit = _bounds(offset, limit)
    return shelf(words=sought.words, offset=offset, limit=limit + 1)


def _bounds(offset: int, limit: int) -> tuple[int, int]:
    return max(offset, 0), max(1, min(limit, LARGEST_PAGE))


def _cut(
    merchant: Merchant, ids: list[int], offset: int, limit: int, *, corrected: str = "", terms: Terms = FOR_EVERYONE
) -> Page:
    offset, limit = _bounds(offset, limit)
    return Page(merchant, ids[:limit], len(ids) > limit, offset, corrected, terms=terms)
