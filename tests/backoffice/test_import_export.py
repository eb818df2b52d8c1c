"""The desk's import shows everything before it writes anything."""

import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_scopes import scope

from apps.catalog.models import Product
from apps.merchants.models import Merchant
from tests import factories

GOOD = b"""Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price
mug,Mug,Title,Default Title,MUG-1,3,12.50
"""
BAD = GOOD.replace(b"12.50", b"cheap")


def upload(desk: Client, content: bytes) -> Any:
    return desk.post("/admin/catalog/product/import-csv/", {"file": SimpleUploadedFile("goods.csv", content)})


def products(merchant: Merchant) -> list[str]:
    with scope(merchant=merchant):
        return list(Product.objects.values_list("title", flat=True))


def test_a_file_is_previewed_then_applied(desk: Client, merchant: Merchant) -> None:
    factories.location(merchant)
    preview = upload(desk, GOOD)
    assert "1 rows read: 1 products are new, 0 are updated, with 1 variants." in preview.content.decode()
    assert products(merchant) == []
    token = re.search(r'name="kept" value="([^"]+)"', preview.content.decode())
    assert token is not None
    desk.post("/admin/catalog/product/import-csv/", {"kept": token[1]})
    assert products(merchant) == ["Mug"]


def test_a_wrong_row_is_named_and_nothing_is_written(desk: Client, merchant: Merchant) -> None:
    factories.location(merchant)
    answer = upload(desk, BAD).content.decode()
    assert ["1 row needs another look" in answer, "<td" in answer, 'name="kept"' in answer] == [True, True, False]
    assert products(merchant) == []


def test_the_kept_file_of_another_shop_is_out_of_reach(
    desk: Client, merchant: Merchant, other_merchant: Merchant
) -> None:
    factories.location(merchant)
    token = re.search(r'name="kept" value="([^"]+)"', upload(desk, GOOD).content.decode())
    assert token is not None
    stranger = Client()
    stranger.force_login(
        factories.staff(other_merchant, "manager"), backend="django.contrib.auth.backends.ModelBackend"
    )
    stranger.post("/admin/catalog/product/import-csv/", {"kept": token[1]})
    stranger.post("/admin/catalog/product/import-csv/", {"kept": f"../{merchant.pk}/{token[1]}"})
    assert (products(merchant), products(other_merchant)) == ([], [])


def test_the_export_is_what_the_import_reads(desk: Client, merchant: Merchant) -> None:
    factories.location(merchant)
    token = re.search(r'name="kept" value="([^"]+)"', upload(desk, GOOD).content.decode())
    assert token is not None
    desk.post("/admin/catalog/product/import-csv/", {"kept": token[1]})
    answer: Any = desk.get("/admin/catalog/product/export-csv/")
    exported = b"".join(answer.streaming_content)
    assert exported.splitlines()[1].split(b",")[:2] == [b"mug", b"Mug"]
    assert "0 products are new, 1 are updated" in upload(desk, exported).content.decode()
