"""Finding products by the shopper's own words, in any of the shop's languages, misspelt or cut off.

One indexed query on stored words (never a scan), ordered by popularity and ranked among the most popular
candidates only; one more when no product has all the words. The rest are the cards' own queries.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django_scopes import scope

from apps.merchants import clock
from apps.merchants.models import Merchant

from .cards import products_for_cards
from .lexicon import Lexicon, lexicon
from .models import Category, Option, Price, Product, StockHold, StockLevel, Variant
from .words import asked_words, is_cjk, pairs, plain, tokens

CANDIDATES = 200
LARGEST_PAGE = 50
SLUG = re.compile(r"[-\w]{1,80}", re.ASCII)
WEIGHTS = [0.05, 0.3, 0.5, 1.0]  # D, C, B, A


@dataclass(frozen=True)
class Filters:
    """What a product must be. Colour and size in any language; prices in the merchant's currency."""

    category: str | None = None  # slug
    price_max: Decimal | None = None
    price_min: Decimal | None = None
    colour: str | None = None
    size: str | None = None
    in_stock: bool = False


@dataclass(frozen=True)
class Page:
    """Products ready for `card_facts`; `corrected` is what was searched instead of a misspelling, else empty."""

    products: list[Product]
    has_more: bool
    offset: int
    corrected: str = ""


def search(
    merchant: Merchant,
    text: str,
    *,
    language: str = "",
    filters: Filters | None = None,
    offset: int = 0,
    limit: int = 8,
) -> Page:
    """Products that have all the words, or if there are none, some of them. Without a word it is `browse`.

    `language` is the shopper's; words of every language of the shop are found whichever it is.
    """
    asked = asked_words(text)
    if not asked:
        return browse(merchant, filters=filters, offset=offset, limit=limit) if not text.strip() else _nothing(offset)
    with scope(merchant=merchant):
        known = lexicon(merchant)
        question = _question(asked, known)
        sold = _sold(merchant, filters, known)
        closest = " | ".join(question.closest)
        page = _page(merchant, sold, " & ".join(question.groups), offset, limit, closest)
        if not page.products and len(question.groups) > 1 and not _has_any(sold, question):
            page = _page(merchant, sold, " | ".join(question.groups), offset, limit, closest)
    corrected = " ".join(question.said) if question.is_corrected else ""
    return Page(page.products, page.has_more, page.offset, corrected)


def browse(
    merchant: Merchant,
    *,
    category: str | None = None,
    offset: int = 0,
    limit: int = 8,
    filters: Filters | None = None,
) -> Page:
    """Everything on sale, most popular first."""
    with scope(merchant=merchant):
        sold = _sold(merchant, filters, lexicon(merchant))
        if category:
            sold = sold.filter(_in_category(category))
        return _page(merchant, sold, "", offset, limit)


# --- the question --------------------------------------------------------------------------------
@dataclass(frozen=True)
class Question:
    """`groups` are tsquery literals, one per word; `said` are the words after repair.

    `closest` holds the literals of what was said itself, without relatives and synonyms: the best match says it so.
    """

    groups: list[str]
    closest: list[str]
    said: list[str]
    is_corrected: bool


def _question(asked: list[str], known: Lexicon) -> Question:
    groups: list[str] = []
    closest: list[str] = []
    said: list[str] = []
    for place, word in enumerate(asked):
        if is_cjk(word):
            groups.extend(_cjk_groups(word, known))
            closest.extend(_literals(pairs(word)))
            said.append(word)
            continue
        variants, repaired = _variants(word, known, is_last=place == len(asked) - 1)
        groups.append(_any_of(variants))
        closest.append(variants[0])
        said.append(repaired or word)
    return Question(groups, closest, said, said != asked)


def _cjk_groups(run: str, known: Lexicon) -> list[str]:
    """Pairs of a run that the catalogue knows; those across a border of words are nobody's word."""
    meant = known.synonyms.get(run, ())
    if len(run) == 1:
        return [_any_of([f"'{run}':*", *_literals(meant)])]
    asked = pairs(run)
    in_use = [pair for pair in asked if pair in known.words] or asked
    if meant:
        return [_any_of([f"({' & '.join(_literals(in_use))})", *_literals(meant)])]
    return _literals(in_use)


def _variants(word: str, known: Lexicon, *, is_last: bool) -> tuple[list[str], str]:
    """(literals any of which will do, what the word was repaired to or "")."""
    related = known.speller.related(word)
    meant = [other for means in known.synonyms.get(word, ()) for other in (means, *known.speller.related(means))]
    if related or meant:
        return _literals([word, *related, *meant]), ""
    if len(word) > 1 and is_last and known.speller.completes(word):
        return [f"'{word}':*"], ""
    repairs = known.speller.repaired(word)
    if repairs:
        return _literals([other for repair in repairs for other in (repair, *known.speller.related(repair))]), repairs[
            0
        ]
    if len(word) > 2 and known.speller.completes(word):
        return [f"'{word}':*"], ""
    return _literals([word]), ""


def _literals(words: Any) -> list[str]:
    """Lexemes in quotes. Words are letters and digits only (`words.RUNS`), so there is nothing to escape."""
    return [f"'{word}'" for word in dict.fromkeys(words)]


def _any_of(literals: list[str]) -> str:
    return f"({' | '.join(dict.fromkeys(literals))})"


def _has_any(sold: QuerySet[Product], question: Question) -> bool:
    """Whether the first page of the strict question had something, so that a later, empty one is just the end."""
    return sold.filter(search_vector=WordQuery(" & ".join(question.groups))).order_by().exists()


class WordQuery(SearchQuery):
    """A tsquery literal taken as it is: PostgreSQL's parser would read our words its own way."""

    template = "%(expressions)s::tsquery"

    def __init__(self, literal: str) -> None:
        super().__init__(literal, search_type="raw")

    def as_sql(self, compiler: Any, connection: Any, function: Any = None, template: Any = None) -> Any:  # type: ignore[override]
        return super().as_sql(compiler, connection, function, self.template)


# --- the answer ----------------------------------------------------------------------------------
def _page(
    merchant: Merchant, sold: QuerySet[Product], question: str, offset: int, limit: int, closest: str = ""
) -> Page:
    """A page of what matches; within each block of the most popular candidates the best match comes first."""
    offset = max(offset, 0)
    limit = max(1, min(limit, LARGEST_PAGE))
    popular = sold.order_by("-popularity", "pk")
    if not question:
        ids = list(popular.values_list("pk", flat=True)[offset : offset + limit + 1])
        return _cards(merchant, ids, offset, limit)
    query = WordQuery(question)
    block = offset - offset % CANDIDATES
    # A statement of its own: as a subquery, PostgreSQL may run it once per product while it knows no statistics.
    candidates = list(popular.filter(search_vector=query).values_list("pk", flat=True)[block : block + CANDIDATES + 1])
    if len(candidates) < 2:
        return _cards(merchant, candidates[offset - block :], offset, limit)
    ranked = list(
        Product.objects.filter(pk__in=candidates)
        .order_by(SearchRank(F("search_vector"), WordQuery(closest), weights=WEIGHTS).desc(), "-popularity", "pk")
        .values_list("pk", flat=True)
    )
    return _cards(merchant, ranked[offset - block :], offset, limit)


def _cards(merchant: Merchant, ids: list[int], offset: int, limit: int) -> Page:
    shown = ids[:limit]
    return Page(products_for_cards(merchant, shown), len(ids) > limit, offset)


def _nothing(offset: int) -> Page:
    return Page([], False, offset)


# --- what may be shown ---------------------------------------------------------------------------
def _sold(merchant: Merchant, filters: Filters | None, known: Lexicon) -> QuerySet[Product]:
    """Products on sale with a variant that is all the filters ask, in the merchant's currency."""
    filters = filters or Filters()
    prices = Price.objects.filter(variant=OuterRef("pk"), amount_currency=merchant.currency)
    if filters.price_min is not None:
        prices = prices.filter(amount__gte=filters.price_min)
    if filters.price_max is not None:
        prices = prices.filter(amount__lte=filters.price_max)
    variants = Variant.objects.filter(Exists(prices), product=OuterRef("pk"), is_active=True)
    products: QuerySet[Product] = Product.objects.filter(status=Product.Status.ACTIVE)
    if filters.colour:
        keys = known.colour_keys(filters.colour)
        variants, products = _with_value(variants, products, Option.Kind.COLOUR, keys, filters.colour)
    if filters.size:
        keys = known.size_keys(filters.size)
        variants, products = _with_value(variants, products, Option.Kind.SIZE, keys, filters.size)
    if filters.in_stock:
        variants = variants.filter(Q(is_tracked=False) | Exists(_free_levels()))
    products = products.filter(Exists(variants))
    return products.filter(_in_category(filters.category)) if filters.category else products


def _with_value(
    variants: QuerySet[Variant], products: QuerySet[Product], kind: str, keys: list[str], said: str
) -> tuple[QuerySet[Variant], QuerySet[Product]]:
    """Variants with the value; a product that has no such option at all passes if its title says it."""
    chosen = Variant.values.through.objects.filter(variant=OuterRef("pk"), optionvalue__option__kind=kind)
    named = chosen.annotate(key=Lower("optionvalue__value_en")).filter(key__in=keys)
    words = [other for word in [plain(said), *keys] for other in tokens(word)]
    if not words:
        return variants.none(), products
    in_title = WordQuery(" | ".join(f"'{word}':A" for word in dict.fromkeys(words)))
    titled = Product.objects.filter(pk=OuterRef("product"), search_vector=in_title)
    in_words = WordQuery(" | ".join(f"'{word}':AC" for word in dict.fromkeys(words)))
    return (
        variants.filter(Exists(named) | (~Exists(chosen) & Exists(titled))),
        products.filter(search_vector=in_words),
    )


def _free_levels() -> QuerySet[StockLevel]:
    lapsed = StockHold.objects.filter(level=OuterRef("pk"), state=StockHold.State.ACTIVE, expires_at__lte=clock.now())
    return StockLevel.objects.filter(Q(on_hand__gt=F("allocated") + F("held")) | Exists(lapsed), variant=OuterRef("pk"))


def _in_category(slug: str) -> Q:
    if not SLUG.fullmatch(slug):
        return Q(pk__in=[])
    inside = Category.objects.filter(Q(slug=slug) | Q(parent__slug=slug), is_active=True)
    return Q(pk__in=Product.categories.through.objects.filter(category__in=inside).values("product"))
