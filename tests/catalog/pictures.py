"""Small true pictures and films for tests."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08mdat"
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm\x42\x87\x81\x04"


def drawn(form: str, size: tuple[int, int] = (8, 6), **wishes: Any) -> bytes:
    """A picture in the form Pillow calls so ("PNG", "JPEG", …)."""
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **wishes)
    return out.getvalue()


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of a few bytes that says it has billions of pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


def named(name: str) -> bytes:
    """What a file of this name should hold."""
    forms = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP", "gif": "GIF"}
    ending = name.rpartition(".")[2]
    return {"mp4": MP4, "webm": WEBM}.get(ending) or drawn(forms[ending])
