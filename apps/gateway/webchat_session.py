"""Who sits behind a web chat: a signed token of ours, or an id the merchant's own site vouches for."""

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from typing import Any

from django.core import signing

from apps.merchants.models import ChannelAccount

SALT = "webchat.session"
LIFETIME = 180 * 24 * 3600  # seconds; renewed with every visit
COOKIE = "chatshop_chat_{slug}"
MAX_TOKEN = 600


@dataclass(frozen=True, slots=True)
class Visitor:
    """`external_id` is the identity on the web chat account: "anon:<random>" or "user:<the merchant's id>"."""

    external_id: str
    is_new: bool = False
    name: str = ""


class IdentityRefused(Exception):
    """Somebody claims to be a customer of the merchant's site without the merchant's signature."""


def issue_token(account: ChannelAccount, visitor: Visitor) -> str:
    return signing.dumps({"a": account.pk, "u": visitor.external_id}, salt=SALT, compress=False)


def visitor_of(account: ChannelAccount, token: Any) -> Visitor | None:
    """The visitor a token names on this account; `None` for anything forged, foreign, old or not a token."""
    if not isinstance(token, str) or not token or len(token) > MAX_TOKEN:
        return None
    try:
        claims = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return None
    if claims.get("a") != account.pk or not isinstance(claims.get("u"), str):
        return None
    return Visitor(claims["u"])


def new_visitor() -> Visitor:
    return Visitor(f"anon:{uuid.uuid4().hex}", is_new=True)


def identified(account: ChannelAccount, claim: Any) -> Visitor:
    """The merchant's own customer: `{"id", "hash"}` with hash = HMAC-SHA256(identity_secret, id) in hex.

    Raises `IdentityRefused` when the hash is missing, blank or wrong, or the account has no secret.
    """
    secret = str(account.config.get("identity_secret") or "")
    known_as, given = (claim.get("id"), claim.get("hash")) if isinstance(claim, dict) else (None, None)
    if not secret or not isinstance(known_as, str) or not isinstance(given, str) or not known_as or not given:
        raise IdentityRefused
    expected = hmac.new(secret.encode(), known_as.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.lower().encode("utf-8", "replace")):
        raise IdentityRefused
    name = claim.get("name")
    return Visitor(f"user:{known_as}"[:255], name=name[:120] if isinstance(name, str) else "")
