"""What is in a collection at this moment: one query, whose page costs the same however large the catalogue is.

What a collection is made of is kept in memory as long as the catalogue stays as it is; what it holds is not.
"""

from collections.abc import Collection as Several
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_, or_
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import BigIntegerField, Case, DecimalField, F, Func, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Extract

from apps.merchants import clock
from apps.merchants.models import Merchant

from .conditions import OneOf, cheapest
from .index import state_of
from .models import Collection, CollectionPick, CollectionRule, Product, Variant
from .prices import Ids
from .rules import RuleSpec, given, kind_of_value, met
from .words import plain

MOST_COUNTED = 1000
RULE = "rule_"
ORDER: dict[str, tuple[str, ...]] = {
    "": ("-popularity", "pk"),
    "newest": ("-created_at", "pk"),
    "cheaper": ("place", "-popularity", "pk"),
    "dearer": ("place", "-popularity", "pk"),
}
# Said of goods that are new, or reduced, whatever the shop calls its collection of them; folded.
COLLECTION_WORDS: dict[str, tuple[str, ...]] = {
    "new": (
        "new in", "new arrivals", "what's new", "whats new", "what is new", "anything new", "novelties",
        "neuheiten", "neu eingetroffen", "was gibt es neues", "was ist neu", "neues",
        "novedades", "lo nuevo", "que hay de nuevo", "recien llegado", "新品", "上新", "新到", "有什么新的",
    ),
    "reduced": (
        "sale", "on sale", "sales", "reduced", "special offers", "bargains",
        "angebote", "reduziert", "reduziertes", "sonderangebote", "schlussverkauf", "ausverkauf",
        "rebajas", "rebajado", "rebajados", "ofertas", "en oferta", "打折", "特价", "促销", "折扣商品",
    ),
}  # fmt: skip
# Said of presents; the collection is known by what stands in one of its names, whatever its rules are. Folded.
GIFT_NAMES = ("gift", "present for", "presents", "geschenk", "regal", "礼物", "送礼")
GIFT_WORDS = (
    "gifts", "a gift", "gift for", "gift idea", "gift ideas", "presents", "a present", "present for", "gift",
    "geschenke", "geschenk", "geschenk fur", "ein geschenk", "geschenkidee", "geschenkideen",
    "regalos", "regalo", "un regalo", "ideas para regalar", "para regalar", "礼物", "送礼", "礼品",
)  # fmt: skip
# What is said of a card or a wrapping, not of presents; folded.
NO_GIFTS = ("gift card", "gift cards", "gift voucher", "gift wrap", "gift wrapping", "tarjeta regalo", "tarjeta de regalo",
            "papel de regalo", "礼品卡")  # fmt: skip
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """What of a collection decides how the query is built; what is filled in comes from `told_of`."""

    match: str
    sort: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Gathered:
    """A collection as the query needs it, saved or only thought of. Products by primary key."""

    match: str = Collection.Match.ALL
    sort: str = ""
    rules: tuple[RuleSpec, ...] = ()
    pinned: tuple[int, ...] = ()
    left_out: tuple[int, ...] = ()
    collection: Collection | None = field(default=None, compare=False)

    @cached_property
    def shape(self) -> Shape:
        return Shape(self.match, self.sort, tuple(rule.field for rule in self.rules))

    @property
    def is_empty(self) -> bool:
        return not self.rules and not self.pinned


@dataclass(frozen=True)
class Known:
    """The collections of one shop that are switched on; do not change what you get."""

    by_slug: dict[str, Gathered]
    names: dict[str, str]  # "summer favourites", in any language, folded -> slug, shown or not


_kept: dict[tuple[str, int], tuple[tuple[int, str], Known]] = {}


def known_collections(merchant: Merchant) -> dict[str, Gathered]:
    """Those that are switched on, by slug and in the merchant's order. No query while nothing changes in the shop."""
    return _known(merchant).by_slug


def collection_names(merchant: Merchant) -> dict[str, str]:
    """What they are called, and what everybody calls one of new or of reduced goods alone -> slug."""
    return _known(merchant).names


def _known(merchant: Merchant) -> Known:
    place, state = (str(connection.settings_dict["NAME"]), merchant.pk), state_of(merchant)
    kept = _kept.get(place)
    if kept is None or kept[0] != state:
        found = gathered(Collection.objects.filter(is_active=True))
        kept = _kept[place] = (
            state,
            Known({one.collection.slug: one for one in found if one.collection}, _names(found)),
        )
    return kept[1]


def _names(found: list[Gathered]) -> dict[str, str]:
    said: dict[str, str] = {}
    saved = [(one.collection, {rule.field for rule in one.rules}) for one in found if one.collection]
    for collection, _fields in saved:
        for code, _language in settings.LANGUAGES:
            name = getattr(collection, f"name_{code.replace('-', '_')}") or collection.name
            said.setdefault(plain(name.strip()), collection.slug)
    for collection, fields in saved:
        for words in COLLECTION_WORDS.get(next(iter(fields)), ()) if len(fields) == 1 else ():
            said.setdefault(words, collection.slug)
    for slug in [slug for name, slug in said.items() if any(part in name for part in GIFT_NAMES)][:1]:
        for words in GIFT_WORDS:
            said.setdefault(words, slug)
    return said


def shown_collection(merchant: Merchant, slug: str) -> Gathered | None:
    """The one shoppers see under this name at this moment."""
    found = known_collections(merchant).get(slug)
    return found if found is not None and found.collection is not None and found.collection.is_shown else None


def gathered(collections: Iterable[Collection]) -> list[Gathered]:
    """With their rules and what was put in and left out by hand; three queries at most."""
    listed = list(collections)
    rules: dict[int, list[RuleSpec]] = {}
    picks: dict[tuple[int, str], list[int]] = {}
    if listed:
        for rule in CollectionRule.objects.filter(collection__in=listed):
            rules.setdefault(rule.collection_id, []).append(RuleSpec(rule.field, rule.value, rule.currency))
        for pick in CollectionPick.objects.filter(collection__in=listed):
            picks.setdefault((pick.collection_id, pick.kind), []).append(pick.product_id)
    return [
        Gathered(
            match=one.match,
            sort=one.sort,
            rules=tuple(rules.get(one.pk, ())),
            pinned=tuple(picks.get((one.pk, CollectionPick.Kind.PINNED), ())),
            left_out=tuple(picks.get((one.pk, CollectionPick.Kind.LEFT_OUT), ())),
            collection=one,
        )
        for one in listed
    ]


# --- the query -----------------------------------------------------------------------------------
def told_of(found: Gathered, merchant: Merchant) -> dict[str, Any]:
    """What is filled into the query at this moment, by the names `type_of` knows."""
    told = {
        f"{RULE}{place}_{name}": value
        for place, rule in enumerate(found.rules)
        for name, value in given(rule, merchant).items()
    }
    for name, ids in (("pinned", found.pinned), ("left_out", found.left_out)):
        if ids:
            told[name] = ",".join(map(str, ids))
    return told


def type_of(name: str) -> type:
    """The type of a value that `told_of` gave this name."""
    return kind_of_value(name.removeprefix(RULE).partition("_")[2]) if name.startswith(RULE) else str


def belonging(shape: Shape, told: Told) -> Q:
    """For queries over `Product`: whether it is in the collection, which has a rule or a product on top."""
    ways = [_by_rules(shape, told)] if shape.fields else []
    if "pinned" in told:
        ways.append(Q(OneOf("pk", told["pinned"])))
    return reduce(or_, ways) & _not_left_out(told)


def _by_rules(shape: Shape, told: Told) -> Q:
    asked = [met(name, _said(told, place)) for place, name in enumerate(shape.fields)]
    return reduce(or_ if shape.match == Collection.Match.ANY else and_, asked)


def _said(told: Told, place: int) -> dict[str, Any]:
    start = f"{RULE}{place}_"
    return {name.removeprefix(start): value for name, value in told.items() if name.startswith(start)}


def _not_left_out(told: Told) -> Q:
    return ~Q(OneOf("pk", told["left_out"])) if "left_out" in told else Q()


def in_its_order(products: QuerySet[Product], shape: Shape, told: Told, offset: int, limit: int) -> Any:
    """Primary keys of a page: what was put on top, then the rest in the collection's order.

    `told` has "currency" and "priced_at" where the order is by price, and "lists" where it is by a shopper's own. The two parts are cut before they are joined, so
    that an index gives the order of the second.
    """
    if "pinned" not in told:
        rest = _placed(products.filter(belonging(shape, told)), shape, told)
        return rest.values_list("pk", flat=True)[offset : offset + limit]
    columns = ("pk", "part", "place", "tie")
    products = products.rewrite(False)  # type: ignore[attr-defined]  # else the columns come in any order
    top = products.filter(OneOf("pk", told["pinned"]))
    top = top.annotate(part=Value(0), place=_place_on_top(told["pinned"]), tie=Value(0))
    if not shape.fields:
        return top.order_by("place", "pk").values_list("pk", flat=True)[offset : offset + limit]
    chosen = products.filter(_by_rules(shape, told) & _not_left_out(told) & ~Q(OneOf("pk", told["pinned"])))
    tie = F("popularity") * Value(-1) if shape.sort in ("cheaper", "dearer") else Value(0)
    rest = _placed(chosen, shape, told).annotate(part=Value(1), tie=tie).values_list(*columns)[: offset + limit]
    joined = top.values_list(*columns).union(rest, all=True)
    return joined.order_by("part", "place", "tie", "pk")[offset : offset + limit]


def _place_on_top(ids: str) -> Cast:
    found = Func(Ids(ids), F("pk"), function="array_position", output_field=BigIntegerField())
    return Cast(found, DecimalField(max_digits=30, decimal_places=6))


def _placed(products: QuerySet[Product], shape: Shape, told: Told) -> QuerySet[Product]:
    """In the collection's order, with `place` that says so as a number."""
    decimal: Any = DecimalField(max_digits=30, decimal_places=6)
    if shape.sort in ("cheaper", "dearer"):
        costs = cheapest(told["currency"], told["priced_at"], lists=told.get("lists", ""))
        place: Any = Cast(costs, decimal) if shape.sort == "cheaper" else Cast(costs, decimal) * Value(-1)
    elif shape.sort == "newest":
        place = Cast(Extract("created_at", "epoch"), decimal) * Value(-1)
    else:
        place = Cast(F("popularity") * Value(-1), decimal)
    return products.annotate(place=place).order_by(*ORDER[shape.sort])


# --- answers to others ---------------------------------------------------------------------------
def for_sale(merchant: Merchant) -> QuerySet[Product]:
    """What shoppers of the merchant can buy at all. In its scope."""
    variants = Variant.objects.filter(is_active=True, prices__amount_currency=merchant.currency)
    return Product.objects.filter(status=Product.Status.ACTIVE, pk__in=variants.values("product"))


def product_ids(merchant: Merchant, found: Gathered, *, offset: int = 0, limit: int) -> list[int]:
    """Products of a collection in its order, whether it is shown or only thought of. In the merchant's scope."""
    if found.is_empty:
        return []
    told = {**told_of(found, merchant), "currency": merchant.currency, "priced_at": clock.now()}
    rows = in_its_order(for_sale(merchant), found.shape, told, offset, limit)
    return [row if isinstance(row, int) else row[0] for row in rows]


def count_products(merchant: Merchant, found: Gathered) -> int:
    """How many are in it; `MOST_COUNTED` + 1 stands for any number above. In the merchant's scope."""
    if found.is_empty:
        return 0
    inside = for_sale(merchant).filter(belonging(found.shape, told_of(found, merchant)))
    return inside.order_by()[: MOST_COUNTED + 1].count()


def collections_of(merchant: Merchant, products: Several[int], collections: Several[int]) -> dict[int, frozenset[int]]:
    """Which of these collections (by key) each of these products is in; one query beside what is kept in memory.

    Nothing is in one that shoppers do not see now: switched off, not yet shown, or over. For what lies in a cart: a rule
    "in stock" counts as met, since the cart may hold the last piece.
    """
    known = [one for one in _shown_among(merchant, collections) if not one.is_empty]
    if not products or not known:
        return {}
    asked = {}
    for place, one in enumerate(known):
        rules = tuple(rule for rule in one.rules if rule.field != CollectionRule.Field.IN_STOCK)
        inside = Gathered(one.match, one.sort, rules, one.pinned, one.left_out)
        is_free = len(rules) < len(one.rules) and (one.match == Collection.Match.ANY or not rules)
        told = told_of(inside, merchant)
        inside_q = _not_left_out(told) if is_free else belonging(inside.shape, told)
        asked[f"in_{place}"] = Case(When(inside_q, then=Value(True)), default=Value(False)) if inside_q else Value(True)
    rows = Product.objects.filter(pk__in=list(products)).order_by().annotate(**asked).values_list("pk", *asked)
    return {
        pk: frozenset(one.collection.pk for one, is_in in zip(known, found, strict=True) if is_in and one.collection)
        for pk, *found in rows
    }


def _shown_among(merchant: Merchant, collections: Several[int]) -> list[Gathered]:
    found = known_collections(merchant).values()
    among = [one for one in found if one.collection is not None and one.collection.pk in collections]
    return [one for one in among if one.collection is not None and one.collection.is_shown]
