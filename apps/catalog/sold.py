"""What is on sale and is all that was asked, most popular first: one query for each kind of question, prepared once.

A kind of question is which filters it has and how many words they need; the words themselves are filled in.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from apps.merchants import clock
from apps.merchants.models import Merchant
from apps.merchants.prepared import Prepared
from apps.merchants.statements import fetch, one

from .collected import Shape, belonging, in_its_order, shown_collection, told_of, type_of
from .conditions import OneOf, WordQuery, called, cheapest, free_levels, on_shelves
from .index import while_unchanged
from .lexicon import Lexicon
from .lists import FOR_EVERYONE, Terms
from .models import Category, Option, Price, Product, Variant
from .prices import amount_now
from .words import asked_words, plain, tokens

MANY = 1_000  # variants at a price; so many more are too many to look at each
FIRST = 600  # of these that are looked at for the cheapest; the others are room for plans
DEAREST = Decimal(10) ** 15
AT_THESE_PRICES = """
(SELECT p.variant_id FROM catalog_price p
 WHERE p.merchant_id = %(merchant)s AND p.amount_currency = %(currency)s
   AND p.amount BETWEEN %(least)s AND %(most)s LIMIT %(many)s)
UNION ALL
(SELECT n.variant_id FROM catalog_priceplan n
 WHERE n.merchant_id = %(merchant)s AND n.amount_currency = %(currency)s AND n.cancelled_at IS NULL
   AND n.starts_at <= %(now)s AND (n.ends_at IS NULL OR n.ends_at > %(now)s)
   AND n.amount BETWEEN %(least)s AND %(most)s LIMIT %(many)s)
"""
TYPES = {
    "price_min": Decimal,
    "price_max": Decimal,
    "costs_least": Decimal,
    "costs_most": Decimal,
    "now": dt.datetime,
    "priced_at": dt.datetime,
}  # everything else is text, but for what a collection's rules say
# The price at which the first by price end, exclusive.
END_OF_FIRST = """
SELECT amount FROM catalog_price WHERE merchant_id = %s AND amount_currency = %s ORDER BY amount OFFSET %s LIMIT 1
"""
END_OF_LAST = """
SELECT amount FROM catalog_price WHERE merchant_id = %s AND amount_currency = %s ORDER BY amount DESC OFFSET %s LIMIT 1
"""
FINEST = Decimal("0.001")  # of an amount, as the columns have them
Wishes = dict[str, Any]


@dataclass(frozen=True)
class Filters:
    """What a product must be. Colour and size in any language; prices in the currency of the terms, as the shopper pays them."""

    category: str | None = None  # slug
    collection: str | None = None  # slug of one that is shown
    price_max: Decimal | None = None
    price_min: Decimal | None = None
    colour: str | None = None
    size: str | None = None
    in_stock: bool = False
    without: str = ""  # words it must not be called or described with; of a colour: not in that one
    sort: str = ""  # "cheaper" or "dearer" first; else by popularity


def sold_ids(
    merchant: Merchant,
    filters: Filters,
    known: Lexicon,
    *,
    category: str | None = None,
    words: str = "",
    names: str = "",
    share: float = 1.0,
    offset: int = 0,
    limit: int,
    terms: Terms = FOR_EVERYONE,
    priced: "Priced | None" = None,
    among: Sequence[int] | None = None,
    is_bare: bool = False,
) -> list[int]:
    """Products by popularity. `words` is a tsquery literal, `names` another that has to hold of their names alone;
    `category` a second one beside the filters'. `share` is about how much of what is on sale has the words.

    `among` are all that come into question, where it is given. Prices are those of a shopper with these `terms`; `priced` spares several looks at one shelf the same question. What belongs to a collection is the same for everyone.

    `is_bare`: by the words alone, whether any of it can be bought or not; whoever asks so has to ask again.

    Call in the merchant's scope; one query, none when a wish cannot be met by anything.
    """
    wishes = {} if is_bare else _wishes(merchant, filters, known, terms, category)
    if wishes is None:
        return []
    if words:
        wishes["words"] = words
    if names:
        wishes["names"] = names
    few = (priced or Priced(merchant, filters, terms)).among
    if among is not None:
        costing_so = None if few is None else set(few.split(","))
        few = ",".join(key for key in map(str, among) if costing_so is None or key in costing_so)
    if few is not None:
        if not few:
            return []
        wishes["among"] = few
    shape = None
    if filters.collection:
        shelf = shown_collection(merchant, filters.collection)
        if shelf is None or shelf.is_empty:
            return []
        shape = shelf.shape
        wishes |= told_of(shelf, merchant)
        if shape.sort in ("cheaper", "dearer"):
            wishes["priced_at"] = clock.now()
    if "priced_at" in wishes and terms.lists:
        wishes["lists"] = ",".join(map(str, terms.lists))
    share *= _share(filters, known)
    if filters.sort and few is None and shape is None:
        first = _first_by_price(merchant, filters.sort, terms)
        if first is not None:
            found = _question(tuple(wishes | first), filters.sort, offset, limit, False).ids(**wishes, **first)
            if len(found) == limit:
                return found
    is_rare = share**2 * max(known.products, 1) < offset + limit
    return _question(tuple(wishes), filters.sort, offset, limit, is_rare, shape, is_bare).ids(**wishes)


def _first_by_price(merchant: Merchant, sort: str, terms: Terms) -> Wishes | None:
    """What is looked at first for what is cheapest (or dearest): the products of the first prices, and what
    they have to cost so that nothing else can come before them. Of all products, every price would have to be reckoned.

    None where the first do not differ in price, and where price lists count.
    """
    if terms.lists:
        return None
    currency, is_dearer = terms.paid_in(merchant), sort == "dearer"
    end = while_unchanged(
        merchant,
        f"{sort} {currency}",
        lambda: one(END_OF_LAST if is_dearer else END_OF_FIRST, [merchant.pk, currency, FIRST]),
    )
    if end is None:  # there are not so many: all of them are quickly reckoned
        return None
    least = end[0] + FINEST if is_dearer else None
    most = None if is_dearer else end[0] - FINEST
    if most is not None and most < 0:
        return None
    few = _at_these_prices(merchant, Filters(price_min=least, price_max=most), terms)
    if not few:
        return None
    return {"among": few, "costs_most" if most is not None else "costs_least": most if most is not None else least}


def _shelves(merchant: Merchant) -> dict[str, str]:
    """A category's slug -> the keys of it and of those right below it, as `on_shelves` wants them.

    PostgreSQL cannot know how full the category of a slug is; of a key it does.
    """

    def ask() -> dict[str, str]:
        found: dict[str, list[str]] = {}
        for pk, slug, above in Category.objects.filter(is_active=True).values_list("pk", "slug", "parent__slug"):
            for name in {slug, above} - {None}:
                found.setdefault(name, []).append(str(pk))
        return {slug: ",".join(keys) for slug, keys in found.items()}

    return while_unchanged(merchant, "shelves", ask)


@dataclass
class Priced:
    """What may cost as much as is wished, asked once for all looks of one search."""

    merchant: Merchant
    filters: Filters
    terms: Terms

    @cached_property
    def among(self) -> str | None:
        return _at_these_prices(self.merchant, self.filters, self.terms)


def _at_these_prices(merchant: Merchant, filters: Filters, terms: Terms) -> str | None:
    """The products that may cost so, where these are few: else going through the most popular finds enough. None for
    many, and where price lists count: what they make of a price stands in no index."""
    least, most = filters.price_min, filters.price_max
    if (least is None and most is None) or terms.lists:
        return None
    asked = {"merchant": merchant.pk, "currency": terms.paid_in(merchant), "now": clock.now(), "many": MANY + 1}
    asked |= {"least": least or Decimal(0), "most": DEAREST if most is None else most}
    variants = [pk for (pk,) in fetch(AT_THESE_PRICES, asked)]
    if len(variants) > MANY:
        return None
    products = Variant.objects.filter(pk__in=variants).order_by().values_list("product", flat=True).distinct()
    return ",".join(map(str, products))


def _share(filters: Filters, known: Lexicon) -> float:
    """About how much of what is on sale is said to be of this colour and size: 0 to 1."""
    share = 1.0
    for said, keys in ((filters.colour, known.colour_keys), (filters.size, known.size_keys)):
        if said:
            share *= known.share({other for word in (plain(said), *keys(said)) for other in tokens(word)})
    return share


def _wishes(merchant: Merchant, filters: Filters, known: Lexicon, terms: Terms, category: str | None) -> Wishes | None:
    """What is filled into the query, under the names its shape is known by; None for what nothing can be."""
    wishes: Wishes = {"currency": terms.paid_in(merchant)}
    if filters.price_min is not None:
        wishes["price_min"] = filters.price_min
    if filters.price_max is not None:
        wishes["price_max"] = filters.price_max
    if filters.price_min is not None or filters.price_max is not None or filters.sort:
        wishes["priced_at"] = clock.now()
    for kind, said, keys in (("colour", filters.colour, known.colour_keys), ("size", filters.size, known.size_keys)):
        if not said:
            continue
        meant = keys(said)
        found = list(dict.fromkeys(other for word in [plain(said), *meant] for other in tokens(word)))
        if not found:
            return None
        wishes |= {f"{kind}_key_{place}": key for place, key in enumerate(meant)}
        wishes[f"{kind}_titled"] = " | ".join(f"'{word}':A" for word in found)
        wishes[f"{kind}_told"] = " | ".join(f"'{word}':AC" for word in found)
    wishes |= _refused(filters.without, known)
    for name, slug in (("category", filters.category), ("category_too", category)):
        if slug:
            if not (shelves := _shelves(merchant).get(slug)):
                return None
            wishes[name] = shelves
    if filters.in_stock:
        wishes["now"] = clock.now()
    return wishes


def _refused(without: str, known: Lexicon) -> Wishes:
    """Colours by what the variants come in, anything else by the product's words."""
    refused: Wishes = {}
    literals: list[str] = []
    for word in asked_words(without):
        if word in known.colours:
            keys = known.colour_keys(word)
            refused |= {f"refused_colour_{len(refused) + place}": key for place, key in enumerate(keys)}
        elif named := known.named(word):
            literals.append(named)
    if literals:
        refused["without"] = " | ".join(literals)
    return refused


@lru_cache(maxsize=512)
def _question(
    names: tuple[str, ...],
    sort: str,
    offset: int,
    limit: int,
    is_rare: bool,
    shape: Shape | None = None,
    is_bare: bool = False,
) -> Prepared[Product]:
    """What hardly anything is, is found by its words and then put in order; what much is, by going through the most
    popular until there are enough. PostgreSQL cannot know which of the two it is: it would guess, and scan it all."""

    def build(**wishes: Any) -> Any:
        products = _told_so(_on_sale(), wishes) if is_bare else _sold(wishes)
        if shape is not None and not sort:
            return in_its_order(products, shape, wishes, offset, limit)
        if shape is not None:
            products = products.filter(belonging(shape, wishes))
        if sort:
            costs = F("costs").desc() if sort == "dearer" else F("costs").asc()
            products = products.annotate(
                costs=cheapest(wishes["currency"], wishes["priced_at"], lists=wishes.get("lists", ""))
            ).order_by(costs, "-popularity", "pk")
            if "costs_most" in wishes:
                products = products.filter(costs__lte=wishes["costs_most"])
            if "costs_least" in wishes:
                products = products.filter(costs__gte=wishes["costs_least"])
        elif is_rare:
            products = products.order_by((F("popularity") + 0).desc(), "pk")  # no index has this order
        else:
            products = products.order_by("-popularity", "pk")
        return products.values_list("pk", flat=True)[offset : offset + limit]

    return Prepared(build, **{name: TYPES.get(name) or type_of(name) for name in names})


def _sold(wishes: Wishes) -> QuerySet[Product]:
    """Products on sale with a variant that is all the wishes ask."""
    prices = Price.objects.filter(variant=OuterRef("pk"), amount_currency=wishes["currency"])
    if "priced_at" in wishes:
        prices = prices.annotate(costs=amount_now(wishes["currency"], wishes["priced_at"], wishes.get("lists", "")))
    if "price_min" in wishes:
        prices = prices.filter(costs__gte=wishes["price_min"])
    if "price_max" in wishes:
        prices = prices.filter(costs__lte=wishes["price_max"])
    variants = Variant.objects.filter(Exists(prices), product=OuterRef("pk"), is_active=True)
    products = _on_sale()
    for kind in (Option.Kind.COLOUR, Option.Kind.SIZE):
        if f"{kind}_titled" in wishes:
            variants, products = _with_value(variants, products, kind, wishes)
    if refused := [value for name, value in wishes.items() if name.startswith("refused_colour_")]:
        chosen = Variant.values.through.objects.filter(variant=OuterRef("pk"), optionvalue__option__kind="colour")
        variants = variants.filter(~Exists(chosen.annotate(key=Lower("optionvalue__value_en")).filter(key__in=refused)))
    if "without" in wishes:
        products = products.filter(~Q(search_vector=WordQuery(wishes["without"])))
    if "now" in wishes:
        variants = variants.filter(Q(is_tracked=False) | Exists(free_levels(wishes["now"])))
    products = products.filter(Exists(variants))
    for name in ("category", "category_too"):
        if name in wishes:
            products = products.filter(on_shelves(wishes[name]))
    if "among" in wishes:
        products = products.filter(OneOf("pk", wishes["among"]))
    return _told_so(products, wishes)


def _on_sale() -> QuerySet[Product]:
    on_sale: QuerySet[Product] = Product.objects.filter(status=Product.Status.ACTIVE)
    return on_sale


def _told_so(products: QuerySet[Product], wishes: Wishes) -> QuerySet[Product]:
    """What is called or described in these words."""
    if "names" in wishes:
        products = products.filter(called(wishes["names"]))
    return products.filter(search_vector=WordQuery(wishes["words"])) if "words" in wishes else products


def _with_value(
    variants: QuerySet[Variant], products: QuerySet[Product], kind: str, wishes: Wishes
) -> tuple[QuerySet[Variant], QuerySet[Product]]:
    """Variants with the value; a product that has no such option at all passes if its title says it."""
    keys = [value for name, value in wishes.items() if name.startswith(f"{kind}_key_")]
    chosen = Variant.values.through.objects.filter(variant=OuterRef("pk"), optionvalue__option__kind=kind)
    named = chosen.annotate(key=Lower("optionvalue__value_en")).filter(key__in=keys)
    titled = Product.objects.filter(pk=OuterRef("product"), search_vector=WordQuery(wishes[f"{kind}_titled"]))
    return (
        variants.filter(Exists(named) | (~Exists(chosen) & Exists(titled))),
        products.filter(search_vector=WordQuery(wishes[f"{kind}_told"])),
    )
