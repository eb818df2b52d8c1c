"""The catalogue as a Shopify product CSV, safe to open in a spreadsheet, and read back by our own import."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django.utils.translation import override
from django_scopes import scope
from djmoney.money import Money

from apps.merchants.markets import further_currencies
from apps.merchants.models import Merchant

from .models import CollectionPick, Media, Product
from .prices import Tag
from .products import absolute, chosen_values, load_for_cards
from .row_files import Echo
from .shopify import COLUMNS, price_columns

CHUNK = 200
LOWEST = "Lowest Price Of 30 Days"  # beside a reduction, for the eye; an import passes it over
DANGEROUS = re.compile(r"'*[=+\-@\t\r]")  # an apostrophe more where there is one, since reading takes one off


def safe_cell(value: object) -> str:
    """Text a spreadsheet will not run: what begins like a formula gets an apostrophe before it."""
    text = str(value)
    return f"'{text}" if DANGEROUS.match(text) else text


def export_catalog(merchant: Merchant) -> Iterator[str]:
    """The file, line by line, UTF-8 text; a few hundred products in memory at a time.

    Each further currency of the shop has its own columns at the end.
    """
    with scope(merchant=merchant):
        further = list(further_currencies(merchant))
    names = (*COLUMNS, LOWEST, *(name for code in further for name in (*price_columns(code), f"{LOWEST} {code}")))
    writer = csv.DictWriter(Echo(), fieldnames=names, restval="", lineterminator="\r\n")
    yield writer.writeheader()
    last = 0
    while True:
        with scope(merchant=merchant), override("en"):
            chunk = list(Product.objects.filter(pk__gt=last).order_by("pk")[:CHUNK])
            on_top = _collections(chunk)
            codes = [merchant.currency, *further]
            lines = [row for product in load_for_cards(chunk) for row in _rows(product, codes, on_top)]
        if not chunk:
            return
        last = chunk[-1].pk
        for row in lines:
            yield writer.writerow({name: safe_cell(value) for name, value in row.items()})


def _collections(products: list[Product]) -> dict[int, str]:
    """The name of the collection each was put on top of; the file has room for one. What rules choose they choose again."""
    picks = CollectionPick.objects.filter(product__in=products, kind=CollectionPick.Kind.PINNED)
    rows = picks.select_related("collection").order_by("-collection__position", "-collection__pk")
    return {pick.product_id: pick.collection.name for pick in rows}


def _rows(product: Any, currencies: Sequence[str], on_top: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    """What is sold in the shop's own currency, the first of these, with its prices in the others."""
    own, *further = currencies
    images = [medium for medium in product.pictures if medium.kind == Media.Kind.IMAGE]
    priced = [(variant, {tag.amount_currency: tag for tag in variant.all_prices}) for variant in product.sellable]
    sold = [(variant, tags) for variant, tags in priced if own in tags]
    options = {value.option.position: value.option for variant, _ in sold for value in chosen_values(variant)}
    places = sorted(options)[:3]
    for number, (pair, image) in enumerate(zip_longest(sold, images)):
        row: dict[str, Any] = {"Handle": product.slug}
        if number == 0:
            row |= {**_product_cells(product), "Collection": on_top.get(product.pk, "")}
            row |= {f"Option{i} Name": options[place].name for i, place in enumerate(places, start=1)}
            if not places:
                row |= {"Option1 Name": "Title"}
        if pair:
            variant, tags = pair
            row |= _variant_cells(variant, tags[own], places)
            row |= {name: cell for code in further if code in tags for name, cell in _further_cells(tags[code])}
        if image:
            address = image.source_url or (absolute(image.file.url) if image.file else "")
            row |= {"Image Src": address, "Image Position": number + 1, "Image Alt Text": image.alt}
        yield row


def _product_cells(product: Product) -> dict[str, Any]:
    return {
        "Title": product.title,
        "Body (HTML)": product.description,
        "Vendor": product.brand,
        "Type": product.product_type,
        "Tags": ", ".join(str(tag) for tag in product.tags),
        "Published": "true" if product.status == Product.Status.ACTIVE else "false",
        "Status": product.status,
        "Gift Card": str(product.comes_as == Product.ComesAs.GIFT_CARD).lower(),
        "Comes As": product.comes_as,
    }


def _variant_cells(variant: Any, price: Tag, places: list[int]) -> dict[str, Any]:
    by_place = {value.option.position: value.value for value in chosen_values(variant)}
    cells = {f"Option{number} Value": by_place.get(place, "") for number, place in enumerate(places, start=1)}
    if not places:
        cells = {"Option1 Value": "Default Title"}
    on_hand = sum(level.on_hand for level in variant.shelves)
    return {
        **cells,
        "Variant SKU": variant.sku,
        "Variant Grams": variant.weight_grams,
        "Variant Inventory Tracker": "shopify" if variant.is_tracked else "",
        "Variant Inventory Qty": on_hand if variant.is_tracked else "",
        "Variant Inventory Policy": "deny",
        "Variant Fulfillment Service": "manual",
        "Variant Price": _amount(price.listed),
        "Variant Compare At Price": _amount(price.listed_compare_at),
        LOWEST: _amount(price.lowest),
        "Variant Requires Shipping": str(variant.requires_shipping).lower(),
        "Variant Taxable": "true",
        "Variant Barcode": variant.barcode,
        "Variant Weight Unit": "g",
    }


def _further_cells(tag: Tag) -> Iterator[tuple[str, str]]:
    price, before = price_columns(tag.amount_currency)
    yield price, _amount(tag.listed)
    yield before, _amount(tag.listed_compare_at)
    yield f"{LOWEST} {tag.amount_currency}", _amount(tag.lowest)


def _amount(amount: Money | None) -> str:
    return f"{amount.amount.normalize():f}" if amount is not None else ""
