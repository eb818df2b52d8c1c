"""The desk's import shows everything before it writes anything."""

import csv
import io
import re
import zipfile
from typing import Any

import pytest
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


HEAD = b"Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price\n"
WORKBOOK = io.BytesIO()
with zipfile.ZipFile(WORKBOOK, "w", zipfile.ZIP_DEFLATED) as packed:
    packed.writestr("xl/worksheets/sheet1.xml", b"\0" * 20_000_000)


@pytest.mark.parametrize(
    "content",
    [
        HEAD + b"mug,=cmd|' /C calc'!A0,M-1,1,5\n",
        HEAD + b'mug,"=HYPERLINK(""http://x"")",M-1,1,5\n',
        HEAD + b"mug,@SUM(A1),M-1,1,5\n",
        HEAD + b"mug,Mug,M-1,1,=1+4\n",
        HEAD + b"mug,Mug,M-1,1,5\ncup,Cup,M-1,1,5\n",
        HEAD + b"mug,Mug,M-1,1,5\ncup,Cup,C-1,-1,5\n",
        HEAD + b"mug,Mug,M-1,1,5\ncup,Gr\xf6\xdfe,C-1,1,5\n",
        HEAD + b"mug,Mug,M-1,1,5\n" + b"cup,Cup,,x,5\n" * 5_000,
        HEAD + b"mug,Mug,M-1,1,5\n" + b"a" * 3_000_000,
        WORKBOOK.getvalue(),
        b"\x1f\x8b\x08\0" + b"\0" * 100,
        b"",
    ],
    ids=["formula", "link", "sum", "price", "one SKU twice", "fewer than none", "no UTF-8", "many wrong rows", "a line without end",
         "bomb in a workbook", "gzip", "nothing"],
)  # fmt: skip
def test_attack_51_a_file_that_is_wrong_anywhere_brings_nothing(
    desk: Client, merchant: Merchant, content: bytes
) -> None:
    """Told row by row, in a page that is not as large as the file."""
    factories.location(merchant)
    answer = upload(desk, content)
    assert (answer.status_code, 'name="kept"' in answer.content.decode()) == (200, False)
    assert (len(answer.content) < 1_000_000, products(merchant)) == (True, [])


def test_attack_51_what_looks_like_a_formula_within_a_text_is_text_all_the_way(
    desk: Client, merchant: Merchant
) -> None:
    factories.location(merchant)
    said = "=HYPERLINK(1)"
    file = (
        f"Handle,Title,Body (HTML),Variant SKU,Variant Inventory Qty,Variant Price\nmug,Mug,'{said},M-1,1,5\n".encode()
    )
    token = re.search(r'name="kept" value="([^"]+)"', upload(desk, file).content.decode())
    assert token is not None
    desk.post("/admin/catalog/product/import-csv/", {"kept": token[1]})
    with scope(merchant=merchant):
        assert Product.objects.get().description == said
    answer: Any = desk.get("/admin/catalog/product/export-csv/")
    (row,) = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode()))
    assert row["Body (HTML)"] == f"'{said}"


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
