"""Files at Apple's: encrypted with a key of their own before they go up, and after they come down.

AES-256 in counter mode from a counter of zero; the key is used once and travels in the message, as hex behind "00"
(register.apple.com: Encrypting an Attachment, Downloading and Decrypting the Attachment).
"""

import base64
import binascii
import io
import os
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from PIL import Image, ImageDraw, UnidentifiedImageError

from apps.merchants.outside import exchange
from apps.merchants.reach import PrivateAddress
from apps.messaging import http
from apps.messaging.channel import ErrorClass, SendFailed
from apps.messaging.events import MediaRef
from apps.messaging.fetch import Place, Refused, check
from apps.messaging.reading import mapping, text

KEY_BYTES, COUNTER_BYTES = 32, 16
KEY_PREFIX = "00"
HOSTS = (".icloud.com", ".icloud-content.com", ".apple.com")  # where Apple lets files be put and fetched
MAX_OURS = 5_000_000  # bytes of a file of the shop's that we pass on
MAX_PICTURE = 200_000  # bytes of a picture inside a message, as PNG
SIDE = 240  # pixels of the square that Apple shows a link's picture in
MOST_PIXELS = 40_000_000
SECONDS = 3.0  # for each of the three steps before a message with a file: with it they stay within one lease


def encrypted(content: bytes) -> tuple[bytes, str]:
    """(what is put up, the key as a message tells it)."""
    key = os.urandom(KEY_BYTES)
    return _through(content, key), KEY_PREFIX + key.hex().upper()


def decrypted(content: bytes, told_key: str) -> bytes:
    """Raises `ValueError` for a key that is none."""
    if not told_key.startswith(KEY_PREFIX):
        raise ValueError("a key begins with 00")
    try:
        key = binascii.unhexlify(told_key.removeprefix(KEY_PREFIX))
    except (binascii.Error, ValueError) as error:
        raise ValueError("a key is hex") from error
    if len(key) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return _through(content, key)


def _through(content: bytes, key: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CTR(bytes(COUNTER_BYTES))).encryptor()
    return cipher.update(content) + cipher.finalize()


# --- theirs ---------------------------------------------------------------------------------------
def secrets_of(media: MediaRef) -> dict[str, str]:
    """What asks for this file and opens it: owner, signature, key."""
    return dict(parse_qsl(urlsplit(media.url).fragment))


def opened(media: MediaRef, content: bytes) -> bytes:
    """A downloaded file as it was sent. Raises `ValueError`: Apple tells how long it is, and a key that opens it."""
    if media.size is not None and media.size != len(content):
        raise ValueError(f"{len(content)} bytes instead of {media.size}")
    return decrypted(content, secrets_of(media).get("key", ""))


def address_of(media: MediaRef, *, base: str, headers: Mapping[str, str]) -> str:
    """Where this file can be fetched from now. Raises `SendFailed`."""
    told = secrets_of(media)
    asked = {
        **headers,
        "MMCS-Url": media.url.partition("#")[0],
        "MMCS-Signature": as_base64(told.get("signature", "")),
        "MMCS-Owner": told.get("owner", ""),
    }
    answer = http.get(f"{base}/preDownload", headers=asked, timeout=SECONDS)
    where = text(answer.body.get("download-url"))
    if not answer.is_ok or not where:
        raise SendFailed(ErrorClass.BAD_REQUEST, f"preDownload: HTTP {answer.status}", code=str(answer.status))
    return where


def as_base64(signature: str) -> str:
    """A file's checksum, which Apple tells as hex or as Base64 and is asked with as Base64."""
    try:
        return base64.b64encode(binascii.unhexlify(signature)).decode()
    except (binascii.Error, ValueError):
        return signature


# --- ours -----------------------------------------------------------------------------------------
def own_file(url: str) -> tuple[bytes, str]:
    """(content, media type) of a file the shop shows. Raises `SendFailed`."""
    try:
        reply = exchange("GET", url, timeout=SECONDS, headers={"Accept": "*/*"}, max_bytes=MAX_OURS + 1)
    except (httpx2.HTTPError, httpx2.InvalidURL, PrivateAddress, OSError) as error:
        raise SendFailed(ErrorClass.BAD_REQUEST, f"our file is not there: {type(error).__name__}") from error
    if reply.status != 200 or not 0 < len(reply.content) <= MAX_OURS:
        raise SendFailed(ErrorClass.BAD_REQUEST, f"our file is not there: HTTP {reply.status}")
    return reply.content, reply.headers.get("content-type", "").partition(";")[0].strip().lower()


def put_up(content: bytes, *, base: str, headers: Mapping[str, str], timeout: float) -> dict[str, Any]:
    """The file in Apple's store: what an attachment tells of it. Doing so twice harms nobody. Raises `SendFailed`."""
    sealed, key = encrypted(content)
    timeout = min(timeout, SECONDS)
    answer = http.get(f"{base}/preUpload", headers={**headers, "MMCS-Size": str(len(sealed))}, timeout=timeout)
    where = text(answer.body.get("upload-url"))
    if not answer.is_ok or not where:
        raise _not_up(answer, "preUpload")
    _check_place(where, base)
    with http.saying_nothing():
        done = http.post(where, raw=sealed, timeout=timeout)
    checksum = text(mapping(done.body.get("singleFile")).get("fileChecksum"))
    if not done.is_ok or not checksum:
        raise _not_up(done, "upload")
    return {
        "url": text(answer.body.get("mmcs-url")),
        "owner": text(answer.body.get("mmcs-owner")),
        "signature-base64": checksum,
        "size": str(len(sealed)),
        "key": key,
    }


def _check_place(url: str, base: str) -> Place:
    try:
        return check(url, hosts=HOSTS, trusted_base=base)
    except Refused as error:
        raise SendFailed(ErrorClass.BAD_REQUEST, f"no place for a file: {error}") from error


def _not_up(answer: http.Answer, step: str) -> SendFailed:
    kind = meaning_of(answer.status) if not answer.is_ok else ErrorClass.RETRY
    return SendFailed(kind, f"{step}: HTTP {answer.status}", retry_after=answer.retry_after, code=str(answer.status))


def meaning_of(status: int) -> ErrorClass:
    """Apple answers with a status and nothing else (register.apple.com: Common Specifications, Response Codes)."""
    if status in MEANINGS:
        return MEANINGS[status]
    return ErrorClass.RETRY if status >= 500 else ErrorClass.BAD_REQUEST


MEANINGS = {
    401: ErrorClass.AUTH,
    403: ErrorClass.AUTH,
    404: ErrorClass.UNREACHABLE,
    408: ErrorClass.RETRY,
    410: ErrorClass.OPTED_OUT,
    429: ErrorClass.RETRY_AFTER,
}


# --- pictures inside a message --------------------------------------------------------------------
def picture(url: str) -> bytes:
    """The picture as a PNG that fits into a message; a plain sign where there is none or it cannot be had."""
    if not url:
        return link_sign()
    try:
        return as_small_png(own_file(url)[0])
    except (SendFailed, ValueError):
        return link_sign()


def as_small_png(content: bytes) -> bytes:
    """Raises `ValueError` for what is no picture, or too large a one to unpack."""
    try:
        with Image.open(io.BytesIO(content)) as found:
            if found.width * found.height > MOST_PIXELS:
                raise ValueError("too many pixels")
            found.thumbnail((SIDE, SIDE))
            small = _on_white(found)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"no picture: {type(error).__name__}") from error
    for colours in (0, 256, 64, 16):
        written = _png(small.quantize(colours) if colours else small)
        if len(written) <= MAX_PICTURE:
            return written
    raise ValueError("too large a picture")


def _on_white(picture: Image.Image) -> Image.Image:
    """What is see-through would come out black."""
    seen = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert("RGB")


def _png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


@cache
def link_sign() -> bytes:
    """An arrow leading out of a frame: Apple wants a picture with every link."""
    sign = Image.new("RGB", (SIDE, SIDE), "#f4f1ec")
    draw = ImageDraw.Draw(sign)
    draw.line([(150, 70), (70, 70), (70, 170), (170, 170), (170, 110)], fill="#8a4b2a", width=10)
    draw.line([(110, 130), (185, 55)], fill="#8a4b2a", width=10)
    draw.line([(140, 55), (185, 55), (185, 100)], fill="#8a4b2a", width=10)
    return _png(sign)
