"""Files that strangers send, made here: none of them was found anywhere."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
GPS, LATITUDE, SOUTH = 0x8825, 2, 1
ORIENTATION = 0x0112
PAGE = b"<html><script>alert(1)</script></html>"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
OGG = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead" + bytes(400)
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42" + bytes(200)


def picture(kind: str = "JPEG", size: tuple[int, int] = (8, 6), mode: str = "RGB", **saved: Any) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, "teal").save(written, kind, **saved)
    return written.getvalue()


def from_a_place(orientation: int = 1) -> bytes:
    """A phone's picture that tells where and how it was held."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif.get_ifd(GPS).update({SOUTH: "N", LATITUDE: (52.0, 31.0, 12.0)})
    return picture(exif=exif.tobytes(), comment=PAGE)


def claims_to_be(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose head tells of so many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(b"\0")) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def archive() -> bytes:
    """The end of a ZIP, which readers of archives look for."""
    return b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)
