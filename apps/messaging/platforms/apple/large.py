"""Answers too large for a call: Apple keeps them as it keeps files, and afterwards reads out what they say.

register.apple.com: Large Interactive Messages, Receiving an Interactive Message.
"""

import zlib
from collections.abc import Mapping
from typing import Any

from apps.messaging import http
from apps.messaging.channel import ErrorClass, SendFailed
from apps.messaging.events import MediaRef
from apps.messaging.fetch import fetch_media

GZIP = b"\x1f\x8b"
MAX_BYTES = 2_000_000  # a list with all of its pictures
SECONDS = 5.0


def read_out(
    media: MediaRef, extension: str, config: Mapping[str, Any], *, base: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    """What the answer says. Raises `SendFailed`, and whatever fetching a file does."""
    found = fetch_media("apple", media, config, max_bytes=MAX_BYTES).content
    answer = _ask(found, extension, base, headers)
    if not answer.is_ok and found.startswith(GZIP):  # packed or not: Apple's pages do not say what is asked with
        answer = _ask(_unpacked(found), extension, base, headers)
    if not answer.is_ok or not answer.is_json:
        raise SendFailed(ErrorClass.BAD_REQUEST, f"decodePayload: HTTP {answer.status}", code=str(answer.status))
    return answer.body


def _ask(content: bytes, extension: str, base: str, headers: Mapping[str, str]) -> http.Answer:
    about = {**headers, "bid": extension, "Content-Type": "application/octet-stream"}
    return http.post(f"{base}/decodePayload", raw=content, headers=about, timeout=SECONDS)


def _unpacked(content: bytes) -> bytes:
    """Raises `SendFailed`."""
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        found = reader.decompress(content, MAX_BYTES + 1)
    except zlib.error as error:
        raise SendFailed(ErrorClass.BAD_REQUEST, "not readable as gzip") from error
    if len(found) > MAX_BYTES:
        raise SendFailed(ErrorClass.BAD_REQUEST, "unpacked too large")
    return found
