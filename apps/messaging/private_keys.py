"""Private keys as people paste them: with their line ends, as JSON writes these, or all in one line."""

import base64
import binascii
import re

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

ARMOUR = re.compile(r"-----(BEGIN|END) (RSA )?PRIVATE KEY-----")


def rsa_key(written: str) -> RSAPrivateKey:
    """The RSA key in this PEM text. Raises `ValueError` for anything else, without repeating any of it."""
    inside = ARMOUR.sub("", written.replace("\\n", "\n"))
    try:
        key = load_der_private_key(base64.b64decode("".join(inside.split()), validate=True), password=None)
    except (binascii.Error, ValueError, TypeError):
        raise ValueError("not a private key") from None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key
