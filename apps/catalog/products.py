"""What a shopper sees of a product, told in a constant number of queries however many there are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import F, OuterRef, Prefetch, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.db.models.query import prefetch_related_objects
from django.templatetags.static import static
from djmoney.money import Money

from apps.merchants import clock

from .kinds import canonical, kind_of
from .lists import FOR_EVERYONE, Terms
from .models import Media, Option, OptionValue, Product, StockHold, StockLevel, Variant
from .prices import Tag, priced_until, prices_now, with_prices
from .words import plain

DEFAULT_VALUE = "Default Title"  # Shopify's word for "comes in one kind only"


class NoPrice(Exception):
    """The variant is not sold in this currency."""

    def __init__(self, variant_id: int, currency: str) -> None:
        super().__init__(f"Variant {variant_id} has no price in {currency}.")
        self.variant_id = variant_id
        self.currency = currency


@dataclass(frozen=True)
class CardFacts:
    """A product card. `stock` is what is free in all its variants, None where nobody counts."""

    title: str
    price: Money
    compare_at: Money | None
    lowest: Money | None  # price of the last 30 days, where a reduction is announced
    price_from: bool  # other variants cost more
    stock: int | None
    image_url: str
    image_alt: str
    options: dict[str, list[str]]  # in the shopper's language and the merchant's order


@dataclass(frozen=True)
class Picture:
    kind: str  # "image" or "video"
    url: str
    alt: str


def with_kinds(path: str) -> Any:
    """Loads what the variants at the end of this path are called by, which `variant_label` then need not ask for."""
    values = OptionValue.objects.select_related("option").order_by("option__position", "position", "pk")
    return Prefetch(path, queryset=values, to_attr="chosen_values")


def load_for_cards(products: Iterable[Product], terms: Terms = FOR_EVERYONE) -> list[Product]:
    """The same products, priced on these terms, with everything a card, a label or a choice of variant needs; seven queries at most."""
    listed = list(products)
    lapsed = (
        StockHold.objects.filter(level=OuterRef("pk"), state=StockHold.State.ACTIVE, expires_at__lte=clock.now())
        .order_by()
        .values("level")
        .annotate(units=Sum("quantity"))
        .values("units")
    )
    levels = StockLevel.objects.annotate(
        free=F("on_hand") - F("allocated") - F("held") + Coalesce(Subquery(lapsed), Value(0))
    )
    variants = (
        Variant.objects.filter(is_active=True)
        .order_by("position", "pk")
        .prefetch_related(
            with_kinds("values"),
            Prefetch("stock_levels", queryset=levels, to_attr="shelves"),
        )
    )
    prefetch_related_objects(
        listed,
        Prefetch("variants", queryset=variants, to_attr="sellable"),
        Prefetch("media", queryset=Media.objects.order_by("position", "pk"), to_attr="pictures"),
    )
    with_prices((variant for product in listed for variant in sellable(product)), terms)
    for product in listed:
        product.priced_until = priced_until(sellable(product))  # type: ignore[attr-defined]
    return listed


def sellable(product: Product) -> list[Any]:
    """The active variants, each with `chosen_values`, `all_prices` and `shelves`, in the merchant's order."""
    if not hasattr(product, "sellable"):
        load_for_cards([product])
    variants: list[Any] = product.sellable  # type: ignore[attr-defined]
    return variants


def card_facts(product: Product, *, currency: str) -> CardFacts:
    """Raises `NoPrice` when no variant is sold in the currency."""
    priced = [(_price(variant, currency), variant) for variant in sellable(product)]
    sold = [(price, variant) for price, variant in priced if price is not None]
    if not sold:
        raise NoPrice(priced[0][1].pk if priced else 0, currency)
    cheapest = min((price for price, _ in sold), key=lambda price: price.amount)
    picture = next((picture for picture in gallery(product) if picture.kind == Media.Kind.IMAGE), placeholder(product))
    return CardFacts(
        title=product.title,
        price=cheapest.amount,
        compare_at=cheapest.compare_at if cheapest.is_reduced else None,
        lowest=cheapest.lowest if cheapest.is_reduced else None,
        price_from=any(price.amount != cheapest.amount for price, _ in sold),
        stock=_free(variant for _, variant in sold),
        image_url=picture.url,
        image_alt=picture.alt,
        options=options_of(product),
    )


def free_units(variant: Any) -> int | None:
    """Of a variant of `sellable`: how many can be sold now, None where nobody counts."""
    return _free([variant])


def gallery(product: Product) -> list[Picture]:
    """All pictures and videos, in order. A picture an import only named by address is left out until it is fetched."""
    sellable(product)
    media: list[Media] = product.pictures  # type: ignore[attr-defined]
    return [
        Picture(medium.kind, absolute(medium.file.url), medium.alt or product.title) for medium in media if medium.file
    ]


def picture_of(variant: Variant) -> Picture:
    """The variant's own picture, else that of another size in its colour, else the product's first."""
    product = variant.product
    alike = _in_its_colour(product, variant.pk)
    media: list[Media] = product.pictures  # type: ignore[attr-defined]
    images = [medium for medium in media if medium.kind == Media.Kind.IMAGE and medium.file]
    own = [medium for medium in images if medium.variant_id == variant.pk]
    for medium in own or [medium for medium in images if medium.variant_id in alike] or images:
        return Picture(medium.kind, absolute(medium.file.url), medium.alt or product.title)
    return placeholder(product)


def _in_its_colour(product: Product, variant: int) -> set[int]:
    """The product's variants that look as this one does: of the same colours, where it has one."""
    colours = {
        each.pk: {value.pk for value in each.chosen_values if value.option.kind == Option.Kind.COLOUR}
        for each in sellable(product)
    }
    mine = colours.get(variant)
    return {pk for pk, theirs in colours.items() if theirs == mine} if mine else set()


def placeholder(product: Product) -> Picture:
    return Picture(Media.Kind.IMAGE, absolute(static("catalog/placeholder.jpg")), product.title)


def absolute(url: str) -> str:
    """The address as platforms outside must see it."""
    return urljoin(settings.PUBLIC_URL + "/", url)


def variant_label(variant: Variant) -> str:
    """ "Linen shirt · M · blue": what stands in carts, orders and messages."""
    return " · ".join([variant.product.title, *(value.value for value in chosen_values(variant))])


def chosen_values(variant: Variant) -> list[Any]:
    """The variant's option values in the merchant's order, without Shopify's stand-in for none."""
    loaded = getattr(variant, "chosen_values", None)
    if loaded is None:
        loaded = variant.values.select_related("option").order_by("option__position", "position", "pk")
    return [value for value in loaded if value.value != DEFAULT_VALUE]


def options_of(product: Product) -> dict[str, list[str]]:
    """Option name -> values that some variant on sale has, in the current language."""
    found: dict[tuple[int, str], dict[tuple[int, int], str]] = {}
    for variant in sellable(product):
        for value in chosen_values(variant):
            option = found.setdefault((value.option.position, value.option.name), {})
            option[value.position, value.pk] = value.value
    return {name: [values[key] for key in sorted(values)] for (_, name), values in sorted(found.items())}


def matching_variants(product: Product, chosen: Mapping[str, str]) -> list[Variant]:
    """Variants on sale that have every chosen value.

    Keys are an option's name in any language or its kind ("colour", "size"); values are in any language, and
    "medium" means M. A key the product has no option for is passed over.
    """
    wanted = {plain(name): value for name, value in chosen.items() if value}
    return [variant for variant in sellable(product) if _has(variant, wanted)]


def find_variant(product: Product, chosen: Mapping[str, str]) -> Variant | None:
    """The one variant that has all the chosen values; None when there is none, or still a choice to make."""
    matching = matching_variants(product, chosen)
    return matching[0] if len(matching) == 1 else None


def price_of(variant: Variant, currency: str, terms: Terms = FOR_EVERYONE) -> Money:
    """Raises `NoPrice`."""
    return tag_of(variant, currency, terms).amount


def tag_of(variant: Variant, currency: str, terms: Terms = FOR_EVERYONE) -> Tag:
    """The price with all that is said of it, as it was loaded or else on these terms. Raises `NoPrice`."""
    price = _price(variant, currency, terms)
    if price is None:
        raise NoPrice(variant.pk, currency)
    return price


def _price(variant: Any, currency: str, terms: Terms = FOR_EVERYONE) -> Tag | None:
    prices = getattr(variant, "all_prices", None)
    if prices is None:
        prices = prices_now([variant.pk], terms)[variant.pk]
    return next((price for price in prices if price.amount_currency == currency), None)


def _free(variants: Iterable[Any]) -> int | None:
    total = 0
    for variant in variants:
        if not variant.is_tracked:
            return None
        total += sum(max(shelf.free, 0) for shelf in variant.shelves)
    return total


def _has(variant: Any, wanted: Mapping[str, str]) -> bool:
    for value in variant.chosen_values:
        asked = next((wanted[name] for name in _names(value.option) if name in wanted), None)
        if asked is not None and not _same(value, asked):
            return False
    return True


def _names(option: Option) -> list[str]:
    names = {plain(getattr(option, f"name_{code}") or "") for code in _languages()} - {""}
    kind = option.kind if option.kind != Option.Kind.OTHER else kind_of(option.name)
    return [kind, *sorted(names)]


def _same(value: OptionValue, asked: str) -> bool:
    spoken = {plain(getattr(value, f"value_{code}") or "") for code in _languages()} - {""}
    return plain(asked.strip()) in spoken or canonical(asked) in {canonical(word) for word in spoken}


def _languages() -> list[str]:
    return [code.replace("-", "_") for code, _ in settings.LANGUAGES]


def count_nothing(product: Product) -> None:
    """What is handed over in the chat never runs out, unless somebody has counted how much of it there is."""
    if product.comes_as != Product.ComesAs.GOODS:
        product.variants.filter(is_tracked=True, stock_levels=None).update(is_tracked=False)
