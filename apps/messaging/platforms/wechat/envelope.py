"""What WeChat's calls come in: XML, signed in the address, and in safe mode sealed with AES.

Rules: developers.weixin.qq.com, "Access guide" (signature) and "Message encryption and decryption" (EncodingAESKey).
"""

import base64
import binascii
import hashlib
import hmac
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from apps.messaging.channel import Forged, Malformed, NotConfigured

MAX_XML = 100_000  # bytes; the longest message is a text of a few thousand
MAX_DEPTH = 8
MAX_ELEMENTS = 500
MAX_MARKS = 5_000  # "<" in all of it, those of a shopper's words too: reading what is nested deep takes long
KEY_LETTERS = 43  # of an EncodingAESKey: 32 bytes in base64 without its "="
BLOCK = 32  # bytes to which WeChat fills up, twice the cipher's own
RANDOM, LENGTH = 16, 4  # bytes before the message: noise, then how long it is

Fields = dict[str, Any]


def read_xml(body: bytes) -> Fields:
    """What stands between `<xml>` and `</xml>`: texts by name, further elements as dicts, repeated ones as lists.

    Only UTF-8, whatever the first line says of itself; no document types, so no entities. Raises `Malformed`.
    """
    if len(body) > MAX_XML or body.count(b"<") > MAX_MARKS:
        raise Malformed("more XML than WeChat sends")
    try:
        root = fromstring(body.decode("utf-8"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Malformed(f"not readable as XML: {type(error).__name__}") from error
    _measure(root)
    found = _told(root)
    if not isinstance(found, dict):
        raise Malformed("no fields in this XML")
    return found


def _measure(root: Element) -> None:
    """Level by level, so that no depth of theirs is a depth of ours. Raises `Malformed`."""
    level, count = [root], 0
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_ELEMENTS:
            raise Malformed("too many elements")
        level = [child for element in level for child in element]
        if not level:
            return
    raise Malformed("nested too deep")


def _told(element: Element) -> Fields | str:
    if not len(element):
        return (element.text or "").strip()
    fields: Fields = {}
    for child in element:
        value = _told(child)
        before = fields.get(child.tag)
        if before is None:
            fields[child.tag] = value
        else:
            fields[child.tag] = [*(before if isinstance(before, list) else [before]), value]
    return fields


def signature_of(*parts: str) -> str:
    """SHA-1 over the sorted parts; which ones, says the mode."""
    joined = b"".join(part.encode("utf-8", "surrogateescape") for part in sorted(parts))
    return hashlib.sha1(joined).hexdigest()  # noqa: S324 - WeChat's choice, and the token in it is secret


def is_signed(given: str, *parts: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), signature_of(*parts).encode())


def unsealed(sealed: str, *, key: str, app_id: str) -> bytes:
    """The message in the envelope: 16 random bytes, its length, itself, the account's app id, filled up to 32 bytes.

    Call it only for what is signed. Raises `NotConfigured`, `Forged`.
    """
    secret = _secret(key)
    try:
        raw = base64.b64decode(sealed, validate=True)
        decryptor = Cipher(AES(secret), CBC(secret[:16])).decryptor()
        padded = decryptor.update(raw) + decryptor.finalize()
    except (binascii.Error, ValueError) as error:
        raise Forged("the envelope does not open") from error
    fill = padded[-1] if padded else 0
    if not 1 <= fill <= BLOCK or len(padded) < RANDOM + LENGTH + fill:
        raise Forged("the envelope does not open")
    content = padded[RANDOM:-fill]
    size = int.from_bytes(content[:LENGTH])
    message, owner = content[LENGTH : LENGTH + size], content[LENGTH + size :]
    if len(message) != size or not hmac.compare_digest(owner, app_id.encode()):
        raise Forged("the envelope is for another account")
    return message


def _secret(key: str) -> bytes:
    try:
        secret = base64.b64decode(f"{key}=", validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(key) != KEY_LETTERS or len(secret) != BLOCK:
        raise NotConfigured("encoding_aes_key is not the 43 letters WeChat shows")
    return secret
