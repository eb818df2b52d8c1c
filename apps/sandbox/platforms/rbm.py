"""Google's RCS for Business: a service account asks for a token, an agent sends, phones answer by signed events."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import re
import uuid
from typing import Any
from urllib.parse import parse_qs, unquote

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from .. import bubbles, courier, shoppers
from ..accounts import Account, all_accounts
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call, new_id
from .base import Platform, Refused
from .rbm_rules import problem

NUMBER = re.compile(r"\+[1-9]\d{6,14}")
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/rcsbusinessmessaging"
STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
}  # fmt: skip
FEATURES = ["RICHCARD_STANDALONE", "RICHCARD_CAROUSEL", "ACTION_OPEN_URL", "ACTION_DIAL", "ACTION_SHARE_LOCATION"]


def error(status: int, words: str, *, recipient: str = "") -> Refused:
    """Google's error shape."""
    named = STATUS.get(status, "UNKNOWN")
    body = {"error": {"code": status, "message": words, "status": named}}
    return Refused(status, body, code=named, recipient=recipient)


def tell_shop(
    store: Store, account: Account, what: dict[str, Any], *, lane: str = "", delay: float = 0.0, bubble: int = 0
) -> None:
    """One event, packed and signed as Pub/Sub pushes it."""
    told = {"eventId": str(uuid.uuid4()), "agentId": str(account.config.get("agent_id", "")), **what}
    inner = json.dumps(told, ensure_ascii=False).encode()
    token = str(account.config.get("client_token", "")).encode()
    body = json.dumps(
        {
            "message": {"data": base64.b64encode(inner).decode(), "messageId": new_id("", 16)},
            "subscription": "projects/rbm/subscriptions/sandbox",
        }
    ).encode()
    signature = base64.b64encode(hmac.new(token, inner, hashlib.sha512).digest()).decode()
    courier.post(
        store, source=f"rcs/{account.name}", url=account.webhook_url, body=body, lane=lane, delay=delay, bubble=bubble,
        headers={"content-type": "application/json", "x-goog-signature": signature},
    )  # fmt: skip


def stamp(seconds: float) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _agents(store: Store) -> list[Account]:
    """Those whose messages Google itself carries."""
    return [one for one in all_accounts(store, "rcs") if (one.config.get("provider") or "google") == "google"]


class Rbm(Platform):
    name, kind = "rbm", "rcs"
    label = "RCS (Google)"
    shelf = "copper/"

    def is_send(self, call: Call) -> bool:
        return super().is_send(call) and "/agentMessages" in call.path

    def authenticate(self, store: Store, call: Call) -> Account:
        if call.path.strip("/") == "token":
            return self._of_assertion(store, call)
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
        agent = str(call.query.get("agentId", ""))
        account = next((one for one in _agents(store) if one.config.get("agent_id") == agent), None) if agent else None
        lent = [] if account is None else store.setting(f"tokens:rcs:{account.name}", [])
        if account is None or not any(hmac.compare_digest(bearer, one) for one in lent):
            raise error(401, "Request had invalid authentication credentials.")
        return account

    def _of_assertion(self, store: Store, call: Call) -> Account:
        """Whose service account signed this request for a token."""
        form = {name: values[0] for name, values in parse_qs(call.body.decode(errors="replace")).items()}
        if form.get("grant_type") != GRANT:
            raise Refused(400, {"error": "unsupported_grant_type"})
        for account in _agents(store):
            try:
                key = load_pem_private_key(str(account.config.get("private_key", "")).encode(), password=None)
                shown: Any = key.public_key()
                said = form.get("assertion", "")
                claims = jwt.decode(said, shown, ["RS256"], audience=AUDIENCE, options={"verify_iat": False})
            except (ValueError, jwt.PyJWTError):
                continue
            if claims.get("iss") == account.config.get("client_email") and claims.get("scope") == SCOPE:
                return account
        raise Refused(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        path = unquote(call.path).strip("/")
        if path == "token" and call.method == "POST":
            return self._lend(store, account)
        found = re.fullmatch(r"v1/phones/([^/]+)/(agentMessages|agentEvents|capabilities)", path)
        if found is None:
            raise error(404, "Method not found.")
        phone, what = found.groups()
        if not NUMBER.fullmatch(phone):
            raise error(400, "The phone number is not in E.164 format.", recipient=phone)
        self._check_reach(store, account, phone)
        if what == "capabilities" and call.method == "GET":
            return Answer(200, {"name": f"phones/{phone}/capabilities", "features": FEATURES})
        if call.method != "POST":
            raise error(404, "Method not found.", recipient=phone)
        return (
            self._event(store, call, account, phone)
            if what == "agentEvents"
            else self._send(store, call, account, phone, fault)
        )

    def _lend(self, store: Store, account: Account) -> Answer:
        name = f"tokens:rcs:{account.name}"
        token = new_id("ya29.", 40)
        store.set_setting(name, [*store.setting(name, [])[-9:], token])
        return Answer(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    def _check_reach(self, store: Store, account: Account, phone: str) -> None:
        """Numbers without RCS are set by whoever plays (`rcs_off`)."""
        if phone in store.setting("rcs_off", []):
            raise error(404, "Requested entity was not found.", recipient=phone)
        shoppers.know(store, platform="rcs", account=account.name, external_id=phone)

    def _event(self, store: Store, call: Call, account: Account, phone: str) -> Answer:
        body = self._json(call)
        if body.get("eventType") not in ("IS_TYPING", "READ") or not call.query.get("eventId"):
            raise error(400, "eventType or eventId is wrong.", recipient=phone)
        if body["eventType"] == "IS_TYPING":
            store.set_setting(f"typing:rcs:{account.name}:{phone}", store.now())
        else:
            bubbles.seen_by_shop(store, platform="rcs", account=account.name, shopper=phone)
        self.accept(store, call, account, recipient=phone, wire_id="", body=body, outcome="info")
        return Answer(200, {"name": f"phones/{phone}/agentEvents/{call.query['eventId']}", **body})

    def _send(self, store: Store, call: Call, account: Account, phone: str, fault: Fault | None) -> Answer:
        body, name = self._json(call), str(call.query.get("messageId", ""))
        if not name:
            raise error(400, "messageId is required.", recipient=phone)
        if wrong := problem(body):
            raise error(400, wrong, recipient=phone)
        known = "select 1 from calls where platform = 'rbm' and account = ? and wire_id = ? and outcome = 'accepted'"
        if store.one(known, account.name, name):
            raise error(409, "Requested entity already exists.", recipient=phone)
        self.accept(store, call, account, recipient=phone, wire_id=name, body=body)
        is_failing = fault is not None and fault.kind == "late_failure"
        bubbles.add(
            store, platform="rcs", account=account.name, shopper=phone, direction="in", wire_id=name,
            state="failed" if is_failing else "delivered", body=body["contentMessage"],
        )  # fmt: skip
        at = stamp(store.now())
        if is_failing:
            expired = {"phoneNumber": phone, "messageId": name, "eventType": "TTL_EXPIRATION_REVOKED", "sendTime": at}
            tell_shop(store, account, expired, delay=0.3)
        elif "delivered" in store.setting("receipts", ["sent", "delivered"]):
            told = {"senderPhoneNumber": phone, "messageId": name, "eventType": "DELIVERED", "sendTime": at}
            tell_shop(store, account, told, delay=0.3)
        return Answer(200, {"name": f"phones/{phone}/agentMessages/{name}", "sendTime": at, **body})

    def _json(self, call: Call) -> dict[str, Any]:
        try:
            body = call.json()
        except ValueError:
            raise error(400, "Invalid JSON payload received.") from None
        if not isinstance(body, dict):
            raise error(400, "Invalid JSON payload received.")
        return body

    def too_many(self) -> Refused:
        return error(429, "Quota exceeded.")

    def sick(self) -> Refused:
        return error(500, "Internal error encountered.")

    def planned(self, fault: Fault) -> Refused:
        return error(int(fault.number("code", 404)), "A planned fault of the sandbox.")
