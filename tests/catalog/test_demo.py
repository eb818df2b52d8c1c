"""The demo shop is full, translated and has pictures."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from django_scopes import scope
from PIL import Image

from apps.catalog.demo import PICTURES, demo_products, seed_catalog
from apps.catalog.demo_art import draw
from apps.catalog.models import Category, Media, Product, StockLevel, Variant
from apps.catalog.products import card_facts, find_variant, variant_label
from apps.catalog.search import Filters, browse, search

from .factories import make_merchant

pytestmark = pytest.mark.django_db


def test_the_demo_shop(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    merchant = make_merchant()
    seed_catalog(merchant)
    with scope(merchant=merchant):
        counts = (Product.objects.count(), Category.objects.count(), Media.objects.count(), Variant.objects.count())
        assert counts[:2] == (63, 6)
        assert counts[2] == 207
        assert min(product.media.count() for product in Product.objects.all()) == 2
        assert StockLevel.objects.filter(on_hand__gt=0, on_hand__lte=3).exists()
        for product in Product.objects.all():
            assert card_facts(product, currency="USD").image_url.endswith(".jpg")
            for code in ("en", "de", "es", "zh_hans"):
                assert getattr(product, f"title_{code}")
                assert getattr(product, f"description_{code}")
        values = Variant.objects.filter(product__comes_as="gift_card").order_by("prices__amount")
        euros = values.filter(prices__amount_currency="EUR").values_list("prices__amount", "is_tracked")
        assert [(int(amount), counted) for amount, counted in euros] == [(25, False), (50, False), (100, False)]
        page = search(merchant, "bleu shrit", filters=Filters(price_max=Decimal(60)))
        kinds = [product.product_type for product in page.products]
        assert (kinds[0], set(kinds), page.corrected) == ("Shirt", {"Shirt", "T-shirt"}, "blue shirt")
        assert search(merchant, "Leinenhemd").products[0].slug == "linen-shirt-arles"
        assert search(merchant, "亚麻衬衫").products[0].slug == "linen-shirt-arles"
        assert search(merchant, "taza").products[0].slug == "stoneware-mug-tide"
        assert browse(merchant, category="tea", limit=50).has_more is False
        shirt = Product.objects.get(slug="linen-shirt-arles")
        chosen = find_variant(shirt, {"colour": "blau", "size": "medium"})
        assert chosen is not None
        with override("de"):
            assert variant_label(chosen) == "Leinenhemd Arles · Blau · M"
    seed_catalog(merchant)
    with scope(merchant=merchant):
        assert (
            Product.objects.count(),
            Category.objects.count(),
            Media.objects.count(),
            Variant.objects.count(),
        ) == counts


def test_every_picture_is_there_and_small() -> None:
    names = {path.name for path in PICTURES.glob("*.jpg")}
    wanted = {f"{entry.slug}-{place + 1}.jpg" for entry in demo_products() for place in range(len(entry.painted))}
    assert names == wanted | {f"{entry.slug}-detail.jpg" for entry in demo_products()}
    assert sum(path.stat().st_size for path in PICTURES.glob("*.jpg")) < 6_000_000


def test_the_brush_still_paints() -> None:
    picture = draw("mug", "Sage")
    assert (picture.size, picture.mode) == ((800, 600), "RGB")
    assert isinstance(picture, Image.Image)
