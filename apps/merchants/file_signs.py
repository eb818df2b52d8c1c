"""What the bytes of a picture or a film say it is, whatever it is called, and whether there is something else in it."""

import re

FORMATS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}
PHONES_JPEG = "MPO"  # what a JPEG is called that carries a second picture, of depth or a burst
MOST_PIXELS = 50_000_000  # of one picture, unpacked: a kilobyte of PNG can hold billions
# The beginnings of MP4's many writers; the same box also opens HEIC and AVIF, which are no films.
MP4_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9",
     b"mp41", b"mp42", b"mp71", b"avc1", b"M4V ", b"M4VP", b"MSNV", b"dash", b"f4v "}
)  # fmt: skip
EBML, DOC_TYPE = b"\x1a\x45\xdf\xa3", b"\x42\x82"
# What opens or ends another kind of file. A picture that is also a page or an archive is there to harm somebody.
RUNS = re.compile(rb"<script[\s>/]|<html[\s>]|<svg[\s>]|<!doctype\s|<iframe[\s>]|<\?php\s", re.IGNORECASE)
OPENS_PDF, ENDS_ARCHIVE = b"%PDF-", b"PK\x05\x06"
HEAD = 256  # bytes that tell a film
EDGE = 65_536  # bytes at each end of a film that are looked through


def film_of(head: bytes) -> str | None:
    """ "mp4" or "webm" by the first `HEAD` bytes; both boxes may as well hold sound alone."""
    if head[4:8] == b"ftyp" and head[8:12] in MP4_BRANDS:
        return "mp4"
    is_webm = head.startswith(EBML) and DOC_TYPE in head[:HEAD] and b"webm" in head[:HEAD]
    return "webm" if is_webm else None


def is_more(content: bytes, *, is_first: bool, is_last: bool) -> bool:
    """Whether these bytes, which may be a file's first or last, are also a page, a program, a PDF or an archive."""
    return (
        RUNS.search(content) is not None
        or (is_first and OPENS_PDF in content[:1024])
        or (is_last and ENDS_ARCHIVE in content[-EDGE:])
    )


def is_more_at_its_ends(content: bytes) -> bool:
    """The same of a whole film or sound, whose middle is only ever played."""
    if len(content) <= 2 * EDGE:
        return is_more(content, is_first=True, is_last=True)
    return is_more(content[:EDGE], is_first=True, is_last=False) or is_more(
        content[-EDGE:], is_first=False, is_last=True
    )


def is_more_than_pdf(content: bytes) -> bool:
    """A PDF may well speak of pages further down; at its beginning none opens, and no archive ends with it."""
    return RUNS.search(content[:1024]) is not None or ENDS_ARCHIVE in content[-EDGE:]
