"""A picture is what its bytes say, and nothing that could run is kept."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.ImageFile import ImageFile

from apps.catalog import files
from apps.catalog.files import Kind, NotShowable, kind_of_file
from apps.catalog.models import Category, Media, Product
from apps.merchants.models import Merchant

from .factories import make_product
from .pictures import MP4, WEBM, bomb, drawn

PNG = drawn("PNG")
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
ZIP_END = b"PK\x05\x06" + b"\0" * 18
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def product(in_scope: Merchant) -> Product:
    return make_product(in_scope, "Mug")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, Kind("image", "png")),
        (drawn("JPEG"), Kind("image", "jpg")),
        (drawn("MPO", save_all=True, append_images=[Image.new("RGB", (8, 6))]), Kind("image", "jpg")),  # a phone's
        (drawn("WEBP"), Kind("image", "webp")),
        (drawn("GIF"), Kind("image", "gif")),
        (MP4, Kind("video", "mp4")),
        (WEBM, Kind("video", "webm")),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, kind: Kind) -> None:
    assert kind_of_file(ContentFile(content)) == kind


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SVG, files.FILE_WANTED),
        (HTML, files.FILE_WANTED),
        (b"GIF89a=1;alert(1)//", files.FILE_WANTED),
        (b"", files.FILE_WANTED),
        (b"\0" * 300, files.FILE_WANTED),
        (drawn("BMP"), files.FILE_WANTED),
        (drawn("TIFF"), files.FILE_WANTED),
        (HEIC, files.FILE_WANTED),
        (WEBM.replace(b"webm", b"matr"), files.FILE_WANTED),
        (bomb(), files.TOO_MANY_PIXELS),
        (bomb(8_000, 8_000), files.TOO_MANY_PIXELS),
        (bomb(60, 60), files.BROKEN),
        (PNG[:-20], files.BROKEN),
        (PNG + HTML, files.HIDES_SOMETHING),
        (PNG + b"<svg onload=alert(1)>", files.HIDES_SOMETHING),
        (drawn("JPEG", comment=b"<script>alert(1)</script>"), files.HIDES_SOMETHING),
        (drawn("GIF", comment=b"<?php system($_GET[0]);"), files.HIDES_SOMETHING),
        (drawn("JPEG", comment=b"%PDF-1.7"), files.HIDES_SOMETHING),
        (PNG + ZIP_END, files.HIDES_SOMETHING),
        (MP4 + b"\0" * 300_000 + HTML, files.HIDES_SOMETHING),
        (MP4 + HTML + b"\0" * 300_000, files.HIDES_SOMETHING),
        (PNG + b"\0" * files.LARGEST_IMAGE, files.IMAGE_TOO_LARGE),
    ],
)
def test_anything_else_is_refused_with_its_reason(content: bytes, words: str) -> None:
    with pytest.raises(NotShowable) as refused:
        kind_of_file(ContentFile(content))
    assert refused.value.messages == [str(words)]


def test_a_long_animation_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    from_one = drawn("GIF", save_all=True, append_images=[])
    assert kind_of_file(ContentFile(from_one)) == Kind("image", "gif")
    monkeypatch.setattr(files, "MOST_MOVING_PIXELS", 8 * 6 - 1)
    with pytest.raises(NotShowable, match="megapixels"):
        kind_of_file(ContentFile(from_one))


@pytest.mark.parametrize(
    ("name", "content", "kept"),
    [
        ("mug.html", PNG, "products/mug.png"),
        ("mug.php.jpg", PNG, "products/mug.png"),
        ("../../etc/Mein Becher.svg", drawn("JPEG"), "products/mein-becher.jpg"),
        (".htaccess", drawn("GIF"), "products/image.gif"),
        ("杯子.png", drawn("WEBP"), "products/image.webp"),
        ("mug.png", MP4, "products/mug.mp4"),
    ],
)
def test_it_is_kept_under_a_name_that_says_what_it_is(product: Product, name: str, content: bytes, kept: str) -> None:
    medium = Media(merchant=product.merchant, product=product, file=SimpleUploadedFile("x", content))
    medium.file.name = name
    medium.save()
    medium.refresh_from_db()
    assert (medium.file.name, medium.kind) == (kept, "video" if kept.endswith("mp4") else "image")


def test_a_file_that_replaces_another_is_read_though_only_the_file_is_saved(product: Product) -> None:
    medium = Media.objects.create(merchant=product.merchant, product=product, file=SimpleUploadedFile("a.png", PNG))
    medium.file = SimpleUploadedFile("b.png", MP4)
    medium.save(update_fields=["file"])
    medium.refresh_from_db()
    assert (medium.file.name, medium.kind) == ("products/b.mp4", "video")


def test_a_picture_is_unpacked_once(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked = []
    load = ImageFile.load
    monkeypatch.setattr(ImageFile, "load", lambda self: unpacked.append(self.format) or load(self))
    medium = Media(merchant=product.merchant, product=product, file=SimpleUploadedFile("a.jpg", drawn("JPEG")))
    medium.full_clean()
    medium.save()
    assert (medium.file.name, unpacked) == ("products/a.jpg", ["JPEG"])


def test_no_other_way_in_keeps_what_is_no_picture(product: Product, folder: Path) -> None:
    with pytest.raises(NotShowable):
        Media.objects.create(merchant=product.merchant, product=product, file=SimpleUploadedFile("mug.png", SVG))
    with pytest.raises(NotShowable):
        Category(merchant=product.merchant).image.save("mugs.png", ContentFile(MP4), save=False)
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert Media.objects.count() == 0


def test_a_category_has_a_picture_and_no_film(product: Product) -> None:
    category = Category(merchant=product.merchant, name="Mugs", slug="mugs", image=SimpleUploadedFile("a.png", MP4))
    with pytest.raises(Exception, match="no JPEG, PNG, WebP or GIF picture"):
        category.full_clean()
    category.image = SimpleUploadedFile("a.html", PNG)
    category.full_clean()
    category.save()
    assert Category.objects.get().image.name == "categories/a.png"
