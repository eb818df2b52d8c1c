"""Signed JSON web tokens (RFC 7519) of platforms that share one secret with us: HS256 and nothing else."""

import base64
import binascii
import math
from collections.abc import Mapping
from typing import Any

import jwt

from apps.merchants import clock

from .channel import Forged

ALGORITHM = "HS256"
LEEWAY = 300  # seconds that two clocks may differ
UNTIMED = {f"verify_{name}": False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}


def key_from(secret: str) -> bytes:
    """The key in a secret handed out as Base64, in either alphabet and with or without its padding. Raises `ValueError`."""
    plain = secret.strip().replace("+", "-").replace("/", "_").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(f"not Base64: {error}") from error


def signed(claims: Mapping[str, Any], key: bytes) -> str:
    """These claims as a token."""
    return jwt.encode(dict(claims), key, algorithm=ALGORITHM)


def checked(
    token: bytes | str, key: bytes, *, audience: str = "", issuer: str = "", lives: float | None = None
) -> dict[str, Any]:
    """The claims of a token that is signed with `key`, for `audience`, by `issuer`, in time.

    The algorithm is ours to choose, whatever the token's head says; signatures are compared in constant time. With
    `lives` the token must say when it was made and be no older than so many seconds. `exp` and `nbf` hold where they are
    told. Raises `Forged`; an empty key opens nothing.
    """
    if not key:
        raise Forged("no key")
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=[ALGORITHM], options=UNTIMED)  # type: ignore[arg-type]
    except (jwt.InvalidTokenError, UnicodeError, ValueError) as error:
        raise Forged(f"the token is not ours: {type(error).__name__}") from error
    if audience and not _is_for(claims.get("aud"), audience):
        raise Forged("the token is for somebody else")
    if issuer and claims.get("iss") != issuer:
        raise Forged("the token is from somebody else")
    _check_times(claims, lives)
    return claims


def _is_for(told: Any, audience: str) -> bool:
    return told == audience or (isinstance(told, list) and audience in told)


def _check_times(claims: Mapping[str, Any], lives: float | None) -> None:
    now = clock.now().timestamp()
    made, begins, ends = (_seconds(claims, name) for name in ("iat", "nbf", "exp"))
    if ends is not None and now > ends + LEEWAY:
        raise Forged("the token is over")
    if any(moment is not None and moment > now + LEEWAY for moment in (made, begins)):
        raise Forged("the token is of the future")
    if lives is not None and (made is None or now - made > lives):
        raise Forged("the token is old")


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    """Raises `Forged` where it is there and no number."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Forged(f"{name} is no time")
    return float(value)
