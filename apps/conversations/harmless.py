"""What is kept of a stranger's file: its bytes say what it is, whatever it is called and whoever says what it is.

Pictures are drawn anew, so that nothing stays of a place, of a page or of an archive that came along in them. Sound, films
and PDF are kept as they are: they are only ever played or saved. Everything else is refused; there is no list of harms.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageOps

from apps.merchants.file_signs import (
    FORMATS,
    HEAD,
    MOST_PIXELS,
    OPENS_PDF,
    PHONES_JPEG,
    film_of,
    is_more_at_its_ends,
    is_more_than_pdf,
)
from apps.messaging.fetch import MAX_BYTES

from .models import Attachment

Reason = Attachment.Reason

SIDE = 3000  # pixels; larger pictures are made smaller
QUALITY = 88
SOUND = {b"M4A ", b"M4B "}
OLD_FILMS = {b"qt  ": ("video/quicktime", "mov"), b"3gp4": ("video/3gpp", "3gp"), b"3gp5": ("video/3gpp", "3gp")}
STARTS = {
    b"OggS": ("audio", "audio/ogg", "ogg"),
    b"ID3": ("audio", "audio/mpeg", "mp3"),
    b"#!AMR": ("audio", "audio/amr", "amr"),
    OPENS_PDF: ("file", "application/pdf", "pdf"),
}
PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8")


class Unwanted(Exception):
    """Not kept; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Harmless:
    """A file to be kept. `medium` is image, video, audio or file."""

    content: bytes
    medium: str
    mime: str
    extension: str


def harmless(content: bytes, *, told: str = "") -> Harmless:
    """The file as it may be kept; `told` ("audio") decides where the same box holds sound or film. Raises `Unwanted`."""
    found = looked_at(content, told=told)
    return _drawn_anew(content) if found.medium == "image" else found


def looked_at(content: bytes, *, told: str = "") -> Harmless:
    """What it is, as it came, without unpacking a picture: quick, and what is refused here never comes in.
    Raises `Unwanted`."""
    if len(content) > MAX_BYTES:
        raise Unwanted(Reason.TOO_LARGE)
    if content.startswith(PICTURES) or (content.startswith(b"RIFF") and content[8:12] == b"WEBP"):
        with _opened(content) as picture:
            extension = FORMATS["JPEG" if picture.format == PHONES_JPEG else str(picture.format)]
        return Harmless(content, "image", f"image/{extension.replace('jpg', 'jpeg')}", extension)
    kind = _start(content) or _box(content, told) or _frames(content)
    if kind is None or _is_more(content, kind[2]):
        raise Unwanted(Reason.KIND)
    return Harmless(content, *kind)


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    """A picture of which only the head was read. Raises `Unwanted`, also for what goes wrong with it meanwhile."""
    try:
        with Image.open(io.BytesIO(content), formats=list(FORMATS)) as found:
            if found.width * found.height > MOST_PIXELS:
                raise Unwanted(Reason.PIXELS)
            yield found
    except Unwanted:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unwanted(Reason.PIXELS) from error
    except Exception as error:  # the readers of formats raise whatever the bytes make them raise
        raise Unwanted(Reason.BROKEN) from error


def _drawn_anew(content: bytes) -> Harmless:
    """The first picture in it, upright, and nothing else. What can be seen through stays so."""
    with _opened(content) as found:
        found.draft("RGB", (SIDE, SIDE))
        upright = ImageOps.exif_transpose(found)
        is_seen_through = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
        drawn = upright.convert("RGBA" if is_seen_through else "RGB")
    drawn.thumbnail((SIDE, SIDE))
    drawn.info.clear()  # comments and profiles would be written along
    written = io.BytesIO()
    drawn.save(written, "PNG" if is_seen_through else "JPEG", quality=QUALITY)
    kind = ("image/png", "png") if is_seen_through else ("image/jpeg", "jpg")
    return Harmless(written.getvalue(), "image", *kind)


def _start(content: bytes) -> tuple[str, str, str] | None:
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return "audio", "audio/wav", "wav"
    return next((kind for start, kind in STARTS.items() if content.startswith(start)), None)


def _box(content: bytes, told: str) -> tuple[str, str, str] | None:
    """MP4 and its relatives, and WebM: the same box for sound and film."""
    brand, film = content[8:12] if content[4:8] == b"ftyp" else b"", film_of(content[:HEAD])
    if brand in SOUND or (film == "mp4" and told == "audio"):
        return "audio", "audio/mp4", "m4a"
    if film == "webm" and told == "audio":
        return "audio", "audio/webm", "webm"
    if brand in OLD_FILMS:
        return "video", *OLD_FILMS[brand]
    return ("video", f"video/{film}", film) if film else None


def _frames(content: bytes) -> tuple[str, str, str] | None:
    """Sound without a box: its frames begin with eleven or twelve bits of one."""
    first, second = (content[0], content[1]) if len(content) > 1 else (0, 0)
    if first == 0xFF and second & 0xF6 == 0xF0:
        return "audio", "audio/aac", "aac"
    return ("audio", "audio/mpeg", "mp3") if first == 0xFF and second & 0xE6 == 0xE2 else None


def _is_more(content: bytes, extension: str) -> bool:
    return is_more_than_pdf(content) if extension == "pdf" else is_more_at_its_ends(content)
