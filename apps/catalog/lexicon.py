"""The words of one merchant's catalogue: what a message can name, and how shoppers misspell it.

Read once per state of the catalogue and process; any change of the catalogue makes a new one.
"""

import re
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q
from django_scopes import scope

from apps.merchants.models import Merchant

from .counting import counted_words
from .index import version_of
from .kinds import COLOURS, FAMILIES, SIZES, canonical, shades, spellings
from .models import Category, Option, OptionValue, Product, Synonym
from .spelling import MOST_RELATED, SHORTEST_TAIL, Speller
from .words import is_cjk, pairs, plain, tokens

WORTH_SAVING = 0.05  # seconds of reading; what costs less is read again whenever something changed
KEPT_MERCHANTS = 64
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Lexicon:
    """Folded words -> what they mean, all languages together unless said otherwise. Hashable by identity."""

    version: int
    colours: Mapping[str, str]  # "azul", "blaue" -> "blue": the English value, lower case
    sizes: Mapping[str, str]  # "mediana", "m" -> "M": the English value as the merchant writes it
    categories: Mapping[str, str]  # "papeterie" -> slug
    brands: Mapping[str, str]
    types: Mapping[str, str]
    words: Mapping[str, int]  # every indexed word -> in how many products
    products: int  # on sale
    names: frozenset[str]  # those that goods or their categories are called by; the others are only in descriptions
    synonyms: Mapping[str, tuple[str, ...]]
    by_language: Mapping[str, Mapping[str, Mapping[str, str]]]  # "de" -> {"colours": …, "sizes": …, "categories": …}
    colour_values: frozenset[str] = frozenset()  # English values in use, lower case
    size_values: frozenset[str] = frozenset()
    shared_shelves: Mapping[str, frozenset[frozenset[str]]] = field(default_factory=dict)  # see `literal`
    told_in: frozenset[str] = NOTHING  # languages that at least half of what is on sale has a title in
    speller: Speller = field(default_factory=lambda: Speller({}), repr=False)

    def share(self, words: Iterable[str]) -> float:
        """About how much of what is on sale has one of these words: 0 to 1."""
        return min(1.0, sum(self.words.get(word, 0) for word in words) / max(self.products, 1))

    def colour_keys(self, said: str) -> list[str]:
        """The English colour values, lower case, that answer to this colour: blue -> blue, navy, sky blue…"""
        wanted = shades(canonical(said))
        return sorted(value for value in self.colour_values if value == plain(said) or canonical(value) in wanted)

    def named(self, word: str) -> str:
        """A tsquery literal of whatever is called or described so, compounds included; "" where nothing is."""
        if is_cjk(word):
            found = [f"'{pair}'" for pair in pairs(word) if pair in self.words]
            return f"({' & '.join(found)})" if found else ""
        meant = (word, *self.synonyms.get(word, ()))
        found = [f"'{other}'" for said in meant for other in self.speller.related(said)]
        if len(word) >= SHORTEST_TAIL and self.speller.completes(word):
            found.append(f"'{word}':*")
        return f"({' | '.join(dict.fromkeys(found))})" if found else ""

    def is_name(self, word: str) -> bool:
        """Whether goods, their shelves or their kinds are called so, compounds included."""
        if is_cjk(word):
            return any(pair in self.names for pair in pairs(word))
        meant = (word, *self.synonyms.get(word, ()))
        return any(other in self.names for said in meant for other in (said, *self.speller.related(said)))

    def literal(self, word: str, asked: frozenset[str] = NOTHING) -> str:
        """A tsquery lexeme. Words are letters and digits only (`words.RUNS`), so there is nothing to escape.

        "Hemden" is said of all on the shelf "Hemden & Strick", though some of it is called so itself: then just that
        is meant, unless `asked`, all the words of the question, names the whole shelf.
        """
        shelves = self.shared_shelves.get(word)
        if shelves is None or any(shelf <= asked for shelf in shelves):
            return f"'{word}'"
        return f"'{word}':ABD"

    def literals_of_start(self, start: str, asked: frozenset[str] = NOTHING) -> list[str]:
        """The same for every word that begins so: each by itself while they are few. For a start, PostgreSQL puts all
        that any of them is said of together before it looks at the other words."""
        known = self.speller.completions(start)
        if 0 < len(known) < MOST_RELATED:
            return [self.literal(word, asked) for word in known]
        of_goods = all(self.literal(word, asked) == f"'{word}'" for word in known)
        return [f"'{start}':*" if of_goods else f"'{start}':*ABD"]

    def size_keys(self, said: str) -> list[str]:
        wanted = canonical(said)
        return sorted(value for value in self.size_values if value == plain(said) or canonical(value) == wanted)


@dataclass
class _Kept:
    lexicon: Lexicon
    built_at: float
    cost: float


_kept: dict[tuple[str, int], _Kept] = {}
_building = threading.Lock()


def lexicon(merchant: Merchant) -> Lexicon:
    """The merchant's words as of now; one small query when nothing has changed."""
    version = version_of(merchant)
    key = (connection.settings_dict["NAME"], merchant.pk)
    kept = _kept.get(key)
    if kept is not None and (kept.lexicon.version == version or _is_too_soon(kept)):
        return kept.lexicon
    with _building:
        kept = _kept.get(key)
        if kept is not None and kept.lexicon.version == version:
            return kept.lexicon
        started = time.monotonic()
        with scope(merchant=merchant):
            built = _build(merchant, version)
        if len(_kept) >= KEPT_MERCHANTS:
            _kept.pop(next(iter(_kept)))
        _kept[key] = _Kept(built, time.monotonic(), time.monotonic() - started)
    return built


def with_synonym(known: Lexicon, word: str, means: str) -> Lexicon:
    """The same words with one more that stands for another: what would be found if a merchant said so."""
    more = {said: (*known.synonyms.get(said, ()), *meant) for said, meant in _stands_for([(word, means)]).items()}
    return replace(known, synonyms={**known.synonyms, **more})


def _is_too_soon(kept: _Kept) -> bool:
    """A big catalogue that changes all the time is read again at most a share of the time."""
    share = settings.CATALOG_READING_SHARE
    return share > 0 and kept.cost > WORTH_SAVING and time.monotonic() - kept.built_at < kept.cost / share


def _build(merchant: Merchant, version: int) -> Lexicon:
    colours, colour_values = _values(Option.Kind.COLOUR)
    sizes, size_values = _values(Option.Kind.SIZE)
    categories = _categories()
    words, names, called = counted_words(merchant)
    products, told_in = _told()
    speller = Speller(words)
    by_language = {
        code: {"colours": colours[code], "sizes": sizes[code], "categories": categories[code]}
        for code, _ in settings.LANGUAGES
    }
    return Lexicon(
        version=version,
        colours={**_general(COLOURS, colour_values), **_all(colours)},
        sizes={**_general(SIZES, size_values, as_written=_written(sizes)), **_all(sizes)},
        categories=_all(categories),
        brands={plain(brand): brand for brand in _distinct("brand")},
        types={plain(kind): kind for kind in _distinct("product_type")},
        words=words,
        products=products,
        names=names,
        synonyms=_synonyms(),
        by_language=by_language,
        colour_values=frozenset(colour_values),
        size_values=frozenset(size_values),
        shared_shelves=_shared_shelves(called, speller),
        told_in=told_in,
        speller=speller,
    )


def _told() -> tuple[int, frozenset[str]]:
    """How many products are on sale, and the languages at least half of them have a title in."""
    counts = Product.objects.filter(status=Product.Status.ACTIVE).aggregate(
        **{code.replace("-", "_"): Count("pk", filter=_has_title(code)) for code, _ in settings.LANGUAGES},
        all=Count("pk"),
    )
    most = [code for code, _ in settings.LANGUAGES if 2 * counts[code.replace("-", "_")] >= counts["all"]]
    return counts["all"], frozenset(most)


def _has_title(language: str) -> Q:
    title = f"title_{language.replace('-', '_')}"
    return Q(**{f"{title}__isnull": False}) & ~Q(**{title: ""})


def _values(kind: str) -> tuple[dict[str, dict[str, str]], set[str]]:
    """Per language: folded value -> its English key; and the English values in use, lower case."""
    codes = [code for code, _ in settings.LANGUAGES]
    columns = [f"value_{code.replace('-', '_')}" for code in codes]
    said: dict[str, dict[str, str]] = {code: {} for code in codes}
    keys: set[str] = set()
    found = OptionValue.objects.filter(option__kind=kind).order_by().values_list("value", *columns).distinct()
    for value, *spoken in found:
        english = spoken[codes.index("en")] or value
        keys.add(english.lower())
        key = english if kind == Option.Kind.SIZE else english.casefold()
        for code, word in zip(codes, spoken, strict=True):
            said[code][plain(word or english)] = key
    return said, keys


def _general(
    table: Mapping[str, tuple[str, ...]], values: set[str], *, as_written: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Everybody's words for the colours or sizes this catalogue has, families included."""
    found: dict[str, str] = {}
    for value in sorted(values, reverse=True):
        key = canonical(value)
        for known in (FAMILIES.get(key), key):
            if known and known in table:
                meant = (as_written or {}).get(value, value if known == key else known)
                found.update(dict.fromkeys(spellings(known), meant))
    return found


def _written(sizes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {value.lower(): value for values in sizes.values() for value in values.values()}


def _all(by_language: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for words in by_language.values():
        for word, meaning in words.items():
            merged.setdefault(word, meaning)
    return merged


def _categories() -> dict[str, dict[str, str]]:
    """Per language: a category's name, and each half of "Tea & treats" -> slug."""
    names: dict[str, dict[str, str]] = {}
    active = list(Category.objects.filter(is_active=True))
    for code, _ in settings.LANGUAGES:
        said = names.setdefault(code, {})
        for category in active:
            name = getattr(category, f"name_{code.replace('-', '_')}") or category.name
            for part in re.split(r"\s*[&/,+]\s*|\s+(?:and|und|y|e)\s+|[与和]", name):
                if part.strip():
                    said.setdefault(plain(part.strip()), category.slug)
            said[plain(name)] = category.slug
    return names


def _distinct(column: str) -> list[str]:
    active = Product.objects.filter(status=Product.Status.ACTIVE).exclude(**{column: ""})
    return list(active.order_by().values_list(column, flat=True).distinct())


def _shared_shelves(called: frozenset[str], speller: Speller) -> dict[str, frozenset[frozenset[str]]]:
    """Words that only some goods of a category "Shirts & knitwear" are called by, in whichever ending -> all the words
    of such names."""
    found: dict[str, set[frozenset[str]]] = {}
    whole: set[str] = set()
    for category in Category.objects.filter(is_active=True):
        for code, _ in settings.LANGUAGES:
            said = tokens(getattr(category, f"name_{code.replace('-', '_')}") or category.name)
            if len(said) == 1:
                whole.update(said)
            for word in said:
                found.setdefault(word, set()).add(frozenset(said))
    return {
        word: frozenset(shelves)
        for word, shelves in found.items()
        if word not in whole and not called.isdisjoint((word, *speller.related(word)))
    }


def _synonyms() -> dict[str, tuple[str, ...]]:
    return _stands_for(Synonym.objects.values_list("word", "means"))


def _stands_for(said_and_meant: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Folded word -> the words it stands for, as the index has them."""
    found: dict[str, list[str]] = {}
    for word, means in said_and_meant:
        for said in {plain(word), *tokens(word)} if len(tokens(word)) == 1 else {plain(word)}:
            found.setdefault(said, []).extend(tokens(means) or pairs(plain(means)))
    return {word: tuple(dict.fromkeys(means)) for word, means in found.items()}
