"""What a stranger's file is, and what is left of it: its bytes say so and nothing else does."""

import io

import pytest
from PIL import Image

from apps.conversations.files import safe_name
from apps.conversations.harmless import SIDE, Unwanted, harmless
from tests.gateway import files


def why_not(content: bytes, told: str = "image") -> str:
    with pytest.raises(Unwanted) as refused:
        harmless(content, told=told)
    return str(refused.value.reason)


def test_attack_54_where_a_picture_was_taken_is_not_kept() -> None:
    sent = files.from_a_place()
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(files.GPS)  # it was there
    kept = harmless(sent)
    assert (kept.medium, kept.mime, kept.extension) == ("image", "image/jpeg", "jpg")
    again = Image.open(io.BytesIO(kept.content))
    assert (dict(again.getexif()), "comment" in again.info, again.size) == ({}, False, (8, 6))
    assert b"Exif" not in kept.content


def test_a_picture_taken_sideways_is_kept_upright() -> None:
    assert Image.open(io.BytesIO(harmless(files.from_a_place(orientation=6)).content)).size == (6, 8)


@pytest.mark.parametrize("more", [files.archive(), files.PAGE, files.PDF])
def test_attack_54_of_a_picture_that_is_also_something_else_the_picture_is_kept(more: bytes) -> None:
    kept = harmless(files.picture() + more)
    assert (kept.mime, more[:8] in kept.content) == ("image/jpeg", False)
    kept = harmless(files.from_a_place() + more)
    assert b"<script" not in kept.content


def test_attack_54_a_profile_or_a_text_that_carries_a_page_is_not_written_along() -> None:
    for kind in ("PNG", "WEBP"):
        sent = files.picture(kind, mode="RGBA", icc_profile=files.PAGE * 9)
        assert b"<script" not in harmless(sent).content
    assert b"<script" in files.picture("WEBP", mode="RGBA", icc_profile=files.PAGE * 9)


@pytest.mark.parametrize("size", [(50_000, 50_000), (10_000, 10_000)])
def test_attack_54_a_picture_of_billions_of_pixels_is_not_unpacked(size: tuple[int, int]) -> None:
    bomb = files.claims_to_be(*size)
    assert (len(bomb) < 100, why_not(bomb)) == (True, "pixels")


def test_a_picture_larger_than_a_screen_is_made_smaller() -> None:
    kept = harmless(files.picture(size=(SIDE + 1000, 100)))
    assert Image.open(io.BytesIO(kept.content)).width == SIDE


def test_what_can_be_seen_through_stays_so() -> None:
    kept = harmless(files.picture("PNG", mode="RGBA"))
    assert (kept.mime, Image.open(io.BytesIO(kept.content)).mode) == ("image/png", "RGBA")


@pytest.mark.parametrize(
    "content",
    [
        files.EICAR,
        files.archive(),
        files.PAGE,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"MZ" + bytes(200),
        b"\x7fELF" + bytes(200),
        b"\xff\xfe<\x00s\x00c\x00r\x00i\x00p\x00t\x00",
        b"\x00\x00\x00\x18ftypheic" + bytes(50),
        files.MP4 + files.PAGE,
        files.OGG + files.archive(),
        files.PDF + files.archive(),
        b"plain words",
        b"",
    ],
)
def test_attack_54_what_is_on_no_list_is_refused(content: bytes) -> None:
    """No scanner looks for harm: EICAR is refused because it is none of the few kinds that are kept."""
    assert [why_not(content, told) for told in ("image", "audio", "file")] == ["kind"] * 3


def test_a_picture_that_cannot_be_opened_says_so() -> None:
    assert why_not(files.picture()[:60]) == "broken"


@pytest.mark.parametrize(
    ("content", "told", "kind"),
    [
        (files.OGG, "audio", ("audio", "audio/ogg", "ogg")),
        (b"ID3\x04" + bytes(40), "file", ("audio", "audio/mpeg", "mp3")),
        (b"\xff\xfb\x90\x00" + bytes(40), "audio", ("audio", "audio/mpeg", "mp3")),
        (b"\xff\xf1\x50\x80" + bytes(40), "audio", ("audio", "audio/aac", "aac")),
        (b"#!AMR\n" + bytes(40), "audio", ("audio", "audio/amr", "amr")),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40), "audio", ("audio", "audio/wav", "wav")),
        (files.MP4, "video", ("video", "video/mp4", "mp4")),
        (files.MP4, "audio", ("audio", "audio/mp4", "m4a")),
        (b"\x00\x00\x00\x14ftypqt  " + bytes(40), "video", ("video", "video/quicktime", "mov")),
        (b"\x1a\x45\xdf\xa3\x9fB\x82\x84webm" + bytes(40), "audio", ("audio", "audio/webm", "webm")),
        (files.PDF, "file", ("file", "application/pdf", "pdf")),
    ],
)
def test_sound_films_and_pdf_are_kept_as_they_are(content: bytes, told: str, kind: tuple[str, str, str]) -> None:
    kept = harmless(content, told=told)
    assert (kept.medium, kept.mime, kept.extension, kept.content) == (*kind, content)


@pytest.mark.parametrize(
    ("told", "extension", "name"),
    [
        ("../../etc/passwd", "", "passwd"),
        ("..\\..\\boot.ini", "pdf", "boot.pdf"),
        ("invoice.pdf.exe", "pdf", "invoice.pdf.pdf"),
        ("photo\u202egpj.exe", "jpg", "photogpj.jpg"),
        ("a\r\nSet-Cookie: x.png", "png", "aSet-Cookie: x.png"),
        ("....", "png", ""),
        ("", "png", ""),
        ("Rechnung März.pdf", "pdf", "Rechnung März.pdf"),
        ("x" * 300 + ".pdf", "pdf", "x" * 120 + ".pdf"),
    ],
)
def test_attack_54_a_name_leads_nowhere_and_says_what_the_file_is(told: str, extension: str, name: str) -> None:
    assert safe_name(told, extension) == name
