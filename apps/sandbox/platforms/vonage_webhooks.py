"""What Vonage tells the shop: by the Messages API as JSON with a signed token, by the older SMS API as a signed form."""

import datetime as dt
import hashlib
import hmac
import json
import secrets
import time
import uuid
from typing import Any
from urllib.parse import urlencode

import jwt

from .. import courier
from ..accounts import Account
from ..files import File, address
from ..sms_text import is_gsm7, parts
from ..store import Store
from ..wire import new_id

RETRIES = (1.0, 5.0, 30.0, 300.0, 3600.0)  # "will keep resending it for the next 24 hours"


def stamp(seconds: float) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def bearer(account: Account, body: bytes) -> str:
    """https://developer.vonage.com/en/getting-started/concepts/webhooks: HS256 with the signature secret, and what the
    body hashes to among its claims."""
    claims = {
        "iat": int(time.time()), "jti": str(uuid.uuid4()), "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(), "api_key": str(account.config.get("api_key", "")),
        "application_id": str(account.config.get("application_id", "")),
    }  # fmt: skip
    return jwt.encode(claims, str(account.config.get("signature_secret", "")), algorithm="HS256")


def signature(fields: dict[str, str], secret: str, method: str) -> str:
    """https://developer.vonage.com/en/getting-started/concepts/signing-messages: in each value "&" and "=" count as "_"."""
    covered = "".join(f"&{name}={fields[name].replace('&', '_').replace('=', '_')}" for name in sorted(fields))
    if method == "md5hash":
        return hashlib.md5((covered + secret).encode()).hexdigest()  # noqa: S324 - Vonage's default
    return hmac.new(secret.encode(), covered.encode(), method).hexdigest()


def tell_shop(
    store: Store,
    account: Account,
    what: dict[str, Any],
    *,
    url: str = "",
    lane: str = "",
    delay: float = 0.0,
    bubble: int = 0,
) -> None:
    body = json.dumps(what, ensure_ascii=False).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {bearer(account, body)}"}
    courier.post(
        store, source=f"{account.kind}/{account.name}", url=url or account.webhook_url, headers=headers, body=body, lane=lane,
        delay=delay, retries=RETRIES, bubble=bubble,
    )  # fmt: skip


def hand_over(store: Store, account: Account, shopper: str, text: str, *, bubble: int, name: str) -> None:
    """What a shopper sent. An account that says how the SMS API signs has its number there."""
    by = _by_sms_api if account.config.get("signature_method") else _by_messages_api
    by(store, account, shopper.lstrip("+"), text, bubble=bubble, name=name)


def hand_over_rcs(
    store: Store, account: Account, shopper: str, what: dict[str, Any], *, bubble: int, name: str
) -> None:
    """By RCS: whatever it is, by the Messages API."""
    told = {
        "channel": "rcs", "message_uuid": name, "to": str(account.config.get("agent_id", "")), "from": shopper.lstrip("+"),
        "timestamp": stamp(store.now()), **what,
    }  # fmt: skip
    tell_shop(store, account, told, lane=f"rcs:{account.name}:{shopper}", bubble=bubble)


def hand_over_mms(
    store: Store, account: Account, shopper: str, file: File, number: str, text: str, *, bubble: int, name: str
) -> None:
    """A file out of the phone, told as an MMS; its address asks who calls."""
    kind = "vcard" if file.mime == "text/vcard" else file.sort
    part = {"url": address(account, "vonage", f"v3/media/{number}"), "name": file.name}
    told = {
        "channel": "mms", "message_uuid": name, "to": _own(account), "from": shopper.lstrip("+"),
        "timestamp": stamp(store.now()), "message_type": kind, kind: {**part, **({"caption": text} if text else {})},
    }  # fmt: skip
    tell_shop(store, account, told, lane=f"sms:{account.name}:{shopper.lstrip('+')}", bubble=bubble)


def _own(account: Account) -> str:
    return str(account.config.get("from_number", "")).lstrip("+")


def _by_messages_api(store: Store, account: Account, who: str, text: str, *, bubble: int, name: str) -> None:
    """Whole, however many SMS it was."""
    sms = {"num_messages": str(len(parts(text))), "keyword": text.split()[0].upper()}
    told = {
        "channel": "sms", "message_uuid": name, "to": _own(account), "from": who, "timestamp": stamp(store.now()),
        "message_type": "text", "text": text, "sms": sms, "origin": {"network_code": "23415"},
    }  # fmt: skip
    tell_shop(store, account, told, lane=f"sms:{account.name}:{who}", bubble=bubble)


def _by_sms_api(store: Store, account: Account, who: str, text: str, *, bubble: int, name: str) -> None:
    """In the parts the phone cut it into, the last one first: no order is promised."""
    found = parts(text)
    whole = {
        "msisdn": who, "to": _own(account), "type": "text" if is_gsm7(text) else "unicode",
        "keyword": text.split()[0].upper(), "message-timestamp": stamp(store.now()).replace("T", " ").rstrip("Z"),
    }  # fmt: skip
    ref = str(secrets.randbelow(256))
    for place, words in reversed(list(enumerate(found, start=1))):
        cut = {"concat": "true", "concat-ref": ref, "concat-total": str(len(found)), "concat-part": str(place)}
        told = {**whole, "text": words, **(cut if len(found) > 1 else {})}
        _tell_signed(store, account, told, name=name if place == 1 else new_id("0A", 16), bubble=bubble * (place == 1))


def _tell_signed(store: Store, account: Account, fields: dict[str, str], *, name: str, bubble: int) -> None:
    told = {**fields, "messageId": name, "timestamp": str(int(time.time())), "nonce": str(uuid.uuid4())}
    secret, method = str(account.config.get("signature_secret", "")), str(account.config["signature_method"])
    body = urlencode({**told, "sig": signature(told, secret, method)}).encode()
    courier.post(
        store, source=f"sms/{account.name}", url=account.webhook_url, body=body, lane=f"sms:{account.name}:{told['msisdn']}",
        headers={"content-type": "application/x-www-form-urlencoded"}, retries=RETRIES, bubble=bubble,
    )  # fmt: skip
