"""Vonage for SMS, MMS and RCS: sends by the Messages API, and what its desk says of applications and numbers."""

import base64
import hmac
import time
import uuid
from typing import Any
from urllib.parse import unquote

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .. import bubbles, files, shoppers
from ..accounts import Account, find
from ..faults import Fault
from ..sms_text import segments
from ..store import Store
from ..wire import Answer, Call, new_id
from .base import Platform, Refused
from .vonage_rcs import content_of
from .vonage_rules import problems
from .vonage_webhooks import stamp, tell_shop

SEND, MEDIA = "v1/messages", "v3/media/"
ERRORS = "https://developer.vonage.com/api-errors"
# developer.vonage.com/en/api-errors, developer.vonage.com/en/api-errors/messages
GENERIC: dict[int, tuple[str, str, str]] = {
    401: ("unauthorized", "Unauthorized", "You did not provide correct credentials."),
    402: ("low-balance", "Low balance", "This request could not be performed due to your account balance being low."),
    403: ("forbidden", "Forbidden", "Your account does not have permission to perform this action."),
    404: ("not-found", "Not Found", "The requested resource does not exist, or you do not have access to it."),
    429: ("throttled", "Rate Limit Hit", "Please wait, then retry your request"),
    500: ("internal-error", "Internal error", "There was an error processing your request in the Platform."),
}
INVALID, ILLEGAL_SENDER, UNREACHABLE = 1150, 1120, 1260
UNSAID_LIFE = 900  # seconds a token lives that names no end
TITLES = {
    1000: "Throttled", 1010: "Missing params", 1020: "Invalid params", 1050: "Number barred", 1120: "Illegal Sender Address",
    1150: "Invalid params", 1160: "Non White-listed Destination", 1260: "Destination unreachable",
}  # fmt: skip


def error(status: int, *, recipient: str = "") -> Refused:
    """What all of Vonage's APIs say alike."""
    name, title, detail = GENERIC[status]
    body = {"type": f"{ERRORS}#{name}", "title": title, "detail": detail, "instance": new_id("", 32)}
    return Refused(status, body, code=str(status), recipient=recipient)


def about(code: int, detail: str) -> dict[str, Any]:
    """The Messages API's own shape, in answers and in news."""
    return {"type": f"{ERRORS}/messages#{code}", "title": str(code), "detail": detail, "instance": new_id("", 32)}


def refusal(code: int, *, recipient: str = "", wrong: list[dict[str, str]] | None = None) -> Refused:
    title = TITLES.get(code, "Rejected")
    body = {**about(code, "The value of one or more parameters is invalid." if wrong else title), "title": title}
    return Refused(
        422, {**body, **({"invalid_parameters": wrong} if wrong else {})}, code=str(code), recipient=recipient
    )


class Vonage(Platform):
    name, kind = "vonage", "sms"
    label = "SMS, RCS (Vonage)"

    def is_send(self, call: Call) -> bool:
        return call.method == "POST" and call.path.strip("/") == SEND

    def authenticate(self, store: Store, call: Call) -> Account:
        """A token of the application, for messages only; or the account's key and secret, for everything."""
        scheme, _, shown = call.headers.get("authorization", "").partition(" ")
        account = None
        if scheme.lower() == "basic":
            account = _of_secret(store, call, shown)
        elif scheme.lower() == "bearer" and call.path.strip("/").startswith((SEND, MEDIA)):
            account = _of_token(store, call, shown)
        if account is None:
            raise error(401)
        return account

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        path = unquote(call.path).strip("/")
        if self.is_send(call):
            return self._send(store, call, account, fault)
        if call.method == "GET" and path.startswith(MEDIA):
            if found := self.hand_out(store, path.removeprefix(MEDIA), account):
                return found
            raise error(404)
        if call.method == "GET" and path == f"v2/applications/{account.config.get('application_id') or '-'}":
            return Answer(200, _application(account))
        if call.method == "GET" and path == "account/numbers":
            return Answer(200, _numbers(account, call.query.get("pattern", "")))
        raise error(404)

    def _send(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        try:
            said = call.json()
        except ValueError:
            said = None
        said = said if isinstance(said, dict) else {}
        recipient = str(said.get("to", ""))
        if wrong := problems(said):
            raise refusal(INVALID, recipient=recipient, wrong=wrong)
        name = str(uuid.uuid4())
        self.accept(store, call, account, recipient=recipient, wire_id=name, body=said, status=202)
        who = f"+{recipient}"
        shoppers.know(store, platform=account.kind, account=account.name, external_id=who)
        shown = {**content_of(said), "sent": _asked(said)} if account.kind == "rcs" else _as_sms(said)
        bubble = bubbles.add(
            store, platform=account.kind, account=account.name, shopper=who, direction="in", wire_id=name,
            state="accepted", body=shown,
        )  # fmt: skip
        self._news(store, account, said, name, bubble, fault)
        return Answer(202, {"message_uuid": name})

    def _news(
        self, store: Store, account: Account, said: dict[str, Any], name: str, bubble: int, fault: Fault | None
    ) -> None:
        """What becomes of it, told to where the message or else the application says."""
        wrong: dict[str, Any] = {}
        states = ["submitted", "delivered"]
        if _is_foreign(account, str(said["from"])):
            states, wrong = ["rejected"], about(ILLEGAL_SENDER, "Illegal Sender Address - rejected")
        elif account.kind == "rcs" and f"+{said['to']}" in store.setting("rcs_off", []):
            states, wrong = ["submitted", "undeliverable"], about(UNREACHABLE, TITLES[UNREACHABLE])
        elif fault is not None and fault.kind == "late_failure":
            code = int(fault.number("code", 1260))
            states, wrong = ["submitted", "undeliverable"], about(code, TITLES.get(code, "Undeliverable"))
        bubbles.change(store, bubble, state="failed" if wrong else "delivered")
        wanted = store.setting("receipts", ["sent", "delivered"])
        for place, state in enumerate(states):
            is_last = place == len(states) - 1
            if not (is_last and wrong) and ("delivered" if is_last else "sent") not in wanted:
                continue
            told = {
                **state_of(store, _asked(said), name, state),
                **({"error": wrong} if is_last and wrong else {}),
                **({"sms": {"count_total": str(segments(str(said.get("text", ""))))}} if state == "submitted" else {}),
            }  # fmt: skip
            tell_shop(store, account, told, url=str(said.get("webhook_url", "")), delay=0.15 * (place + 1))

    def too_many(self) -> Refused:
        return error(429)

    def sick(self) -> Refused:
        return error(500)

    def planned(self, fault: Fault) -> Refused:
        code = int(fault.number("code", INVALID))
        return error(code) if code in GENERIC else refusal(code)


def state_of(store: Store, sent: dict[str, str], name: str, state: str) -> dict[str, Any]:
    """News of a message; `sent` is what its call asked for (`_asked`)."""
    named = {"client_ref": sent["client_ref"]} if sent.get("client_ref") else {}
    head = {"message_uuid": name, "to": sent["to"], "from": sent["from"], "timestamp": stamp(store.now())}
    return {**head, "status": state, "channel": sent["channel"], **named}


def _asked(said: dict[str, Any]) -> dict[str, str]:
    names = ("to", "from", "channel", "client_ref", "webhook_url")
    return {name: str(said[name]) for name in names if said.get(name)}


def _as_sms(said: dict[str, Any]) -> dict[str, Any]:
    picture = said.get("image", {})
    words = str(said.get("text") or picture.get("caption") or "")
    return {"Body": words, "MediaUrl": [picture["url"]] if picture else [], "segments": segments(words)}


def _is_foreign(account: Account, sender: str) -> bool:
    """Somebody else's number, or another agent."""
    if account.kind == "rcs":
        return sender != str(account.config.get("agent_id", ""))
    return sender.isdigit() and sender != str(account.config.get("from_number", "")).lstrip("+")


def _account_of(store: Store, call: Call, **wanted: str) -> Account | None:
    """One account of Vonage's may have a number and an agent: what is sent, or fetched, says which."""
    found = [one for kind in ("sms", "rcs") if (one := find(store, kind, provider="vonage", **wanted))]
    path = call.path.strip("/")
    if path.startswith(MEDIA):
        found = [one for one in found if files.kept(store, path.removeprefix(MEDIA), account=one)] or found
    elif path == SEND:
        by_rcs = b'"rcs"' in call.body
        found = [one for one in found if (one.kind == "rcs") == by_rcs] or found
    return next(iter(found), None)


def _of_secret(store: Store, call: Call, encoded: str) -> Account | None:
    try:
        key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    account = _account_of(store, call, api_key=key) if key else None
    known = str(account.config.get("api_secret", "")) if account else ""
    return account if known and hmac.compare_digest(secret.encode(), known.encode()) else None


def _of_token(store: Store, call: Call, token: str) -> Account | None:
    """Whose application signed it; the half of its key that Vonage keeps is worked out of ours."""
    try:
        claimed = jwt.decode(token, options={"verify_signature": False})
        account = _account_of(store, call, application_id=str(claimed.get("application_id") or "-"))
        if account is None:
            return None
        key: Any = load_pem_private_key(str(account.config.get("private_key", "")).encode(), password=None)
        needed: Any = {"require": ["iat", "jti"], "verify_iat": False}
        claims = jwt.decode(token, key.public_key(), algorithms=["RS256"], options=needed)
        is_over = "exp" not in claims and time.time() > float(claims["iat"]) + UNSAID_LIFE
    except (ValueError, TypeError, jwt.PyJWTError):
        return None
    return None if is_over else account


def _application(account: Account) -> dict[str, Any]:
    """https://developer.vonage.com/en/api/application.v2"""
    hook = {"address": account.webhook_url, "http_method": "POST"}
    messages = {"webhooks": {"inbound_url": hook, "status_url": hook}, "version": "v1"}
    return {
        "id": account.config["application_id"], "name": account.title or "Demo Shop", "capabilities": {"messages": messages},
        "keys": {"public_key": ""}, "privacy": {"improve_ai": False},
    }  # fmt: skip


def _numbers(account: Account, pattern: str) -> dict[str, Any]:
    """https://developer.vonage.com/en/api/numbers: one number, linked to the application, or to an address by itself."""
    number = str(account.config.get("from_number", "")).lstrip("+")
    if pattern not in number:
        return {"count": 0, "numbers": []}
    shown: dict[str, Any] = {"country": "US", "msisdn": number, "type": "mobile-lvn", "features": ["SMS", "VOICE"]}
    if account.config.get("application_id"):
        linked = {"messagesCallbackType": "app", "messagesCallbackValue": account.config["application_id"]}
    else:
        linked = {"moHttpUrl": account.webhook_url}
    return {"count": 1, "numbers": [{**shown, **linked}]}
