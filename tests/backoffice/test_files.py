"""What the desk is given as a picture: judged by its content, refused at the field."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_scopes import scope

from apps.catalog.models import Category, Media
from apps.merchants.models import Merchant
from tests.catalog.pictures import MP4, drawn

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NEITHER = (
    "This is neither a picture (JPEG, PNG, WebP, GIF) nor a video (MP4, WebM). Save it as one of these and try again."
)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def as_form(product: Any, upload: SimpleUploadedFile) -> dict[str, Any]:
    """The product's page with one new file."""
    form: dict[str, Any] = {"title_en": product.title, "slug": product.slug, "status": "active", "popularity": 0}
    form |= {"tags": "[]", "tax_category": product.tax_category, "comes_as": "goods"}
    for rows in ("variants", "media", "options", "relations", "digital"):
        form |= {f"{rows}-TOTAL_FORMS": 1 if rows == "media" else 0, f"{rows}-INITIAL_FORMS": 0}
    return form | {"media-0-file": upload, "media-0-position": 0, "media-0-product": product.pk}


@pytest.mark.parametrize("declared", ["image/png", "image/svg+xml"])
def test_a_drawing_that_can_run_is_refused_at_the_field(
    desk: Client, variant: Any, merchant: Merchant, declared: str
) -> None:
    upload = SimpleUploadedFile("mug.png", SVG, content_type=declared)
    answer = desk.post(f"/admin/catalog/product/{variant.product_id}/change/", as_form(variant.product, upload))
    media = next(rows for rows in answer.context["inline_admin_formsets"] if rows.formset.prefix == "media")
    assert media.formset.errors == [{"file": [NEITHER]}]
    with scope(merchant=merchant):
        assert Media.objects.count() == 0


def test_a_film_called_a_picture_is_kept_as_a_film(desk: Client, variant: Any, merchant: Merchant) -> None:
    upload = SimpleUploadedFile("mug.html", MP4, content_type="text/html")
    answer = desk.post(f"/admin/catalog/product/{variant.product_id}/change/", as_form(variant.product, upload))
    assert answer.status_code == 302
    with scope(merchant=merchant):
        assert [(row.file.name, row.kind) for row in Media.objects.all()] == [("products/mug.mp4", "video")]


def test_a_category_takes_a_picture_only(desk: Client, merchant: Merchant) -> None:
    form = {"name_en": "Mugs", "slug": "mugs", "position": 0, "is_active": "on"}
    refused = desk.post("/admin/catalog/category/add/", {**form, "image": SimpleUploadedFile("a.png", SVG)})
    assert refused.context["adminform"].form.errors == {
        "image": ["This is no JPEG, PNG, WebP or GIF picture. Save it as one of these and try again."]
    }
    taken = desk.post("/admin/catalog/category/add/", {**form, "image": SimpleUploadedFile("a.svg", drawn("PNG"))})
    assert taken.status_code == 302
    with scope(merchant=merchant):
        assert Category.objects.get().image.name == "categories/a.png"


@pytest.mark.parametrize(
    "content",
    [
        drawn("PNG"),
        SVG,
        b"PK\x03\x04" + b"\0" * 200,
        b"\0" * 500,
        b"Handle,Title,Variant Price\n\xff\xfe,\x00,1\n",
        MP4,
    ],
)
def test_what_is_no_table_is_told_so_and_nothing_is_kept(desk: Client, merchant: Merchant, content: bytes) -> None:
    answer = desk.post("/admin/catalog/product/import-csv/", {"file": SimpleUploadedFile("goods.csv", content)})
    assert (answer.status_code, 'name="kept"' in answer.content.decode()) == (200, False)
