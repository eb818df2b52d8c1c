"""Messenger: a page's inbox. Messages and typing come in; what a shopper says, deliveries and reads go back."""

import hashlib
import hmac
import json
import re
from typing import Any

from .. import bubbles, courier, shoppers
from ..accounts import Account, find
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call, new_id
from .base import Platform, Refused
from .messenger_rules import problem

WINDOW_SECONDS = 24 * 3600
STATUS_OF = {2: 500, 190: 401, 613: 429, 1200: 500}


def error(code: int, words: str, *, recipient: str = "", subcode: int | None = None) -> Refused:
    """Meta's error shape; its HTTP status follows from the code."""
    inner: dict[str, Any] = {
        "message": f"(#{code}) {words}",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": new_id("A", 22),
    }
    if subcode:
        inner["error_subcode"] = subcode
    return Refused(STATUS_OF.get(code, 400), {"error": inner}, code=str(code), recipient=recipient)


def new_mid() -> str:
    return new_id("m_", 40)


def sign(account: Account, body: bytes) -> dict[str, str]:
    digest = hmac.new(str(account.config.get("app_secret", "")).encode(), body, hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}


def tell_shop(
    store: Store, account: Account, shopper: str, what: dict[str, Any], *, delay: float = 0.0, bubble: int = 0
) -> None:
    """One thing about one shopper, in one entry, as Meta wraps it; what they say arrives in their order."""
    now, page = int(store.now() * 1000), str(account.config.get("page_id", ""))
    item = {"sender": {"id": shopper}, "recipient": {"id": page}, "timestamp": now, **what}
    entry = {"id": page, "time": now, "messaging": [item]}
    body = json.dumps({"object": "page", "entry": [entry]}, ensure_ascii=False).encode()
    courier.post(
        store, source=f"messenger/{account.name}", url=account.webhook_url, headers=sign(account, body), body=body,
        lane=f"messenger:{account.name}:{shopper}" if bubble else "", delay=delay, bubble=bubble,
    )  # fmt: skip


class Messenger(Platform):
    name = kind = "messenger"
    label = "Messenger"

    def _parts(self, call: Call) -> list[str]:
        return [part for part in call.path.split("/") if part and not re.fullmatch(r"v\d+\.\d+", part)]

    def authenticate(self, store: Store, call: Call) -> Account:
        parts = self._parts(call)
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
        account = find(store, "messenger", page_id=parts[0]) if parts else None
        if account is None or not hmac.compare_digest(bearer, str(account.config.get("access_token") or "-")):
            raise error(190, "Invalid OAuth access token.")
        return account

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        if call.method != "POST" or self._parts(call)[1:] != ["messages"]:
            raise error(100, f"Unsupported {call.method.lower()} request.", subcode=33)
        try:
            body = call.json()
        except ValueError:
            raise error(100, "The request body is not valid JSON.") from None
        if not isinstance(body, dict):
            raise error(100, "The request body must be an object.")
        recipient = str((body.get("recipient") or {}).get("id", "")) if isinstance(body.get("recipient"), dict) else ""
        if wrong := problem(body):
            raise error(100, wrong, recipient=recipient)
        self._check_recipient(store, account, recipient)
        if "sender_action" in body:
            if body["sender_action"] == "typing_on":
                store.set_setting(f"typing:messenger:{account.name}:{recipient}", store.now())
            self.accept(store, call, account, recipient=recipient, wire_id="", body=body, outcome="info")
            return Answer(200, {"recipient_id": recipient})
        return self._take(store, call, account, recipient, body, fault)

    def _take(
        self, store: Store, call: Call, account: Account, recipient: str, body: dict[str, Any], fault: Fault | None
    ) -> Answer:
        mid = new_mid()
        self.accept(store, call, account, recipient=recipient, wire_id=mid, body=body)
        bubbles.add(
            store, platform="messenger", account=account.name, shopper=recipient, direction="in", wire_id=mid,
            state="delivered", body=body["message"],
        )  # fmt: skip
        if "delivered" in store.setting("receipts", ["sent", "delivered"]):
            news = {"mids": [mid], "watermark": int(store.now() * 1000)}
            tell_shop(store, account, recipient, {"delivery": news}, delay=0.3)
        return Answer(200, {"recipient_id": recipient, "message_id": mid})

    def _check_recipient(self, store: Store, account: Account, recipient: str) -> None:
        """Whoever never wrote has no thread with the page, and after a day of silence it is closed."""
        row = shoppers.find(store, platform="messenger", account=account.name, external_id=recipient)
        if row is None or row["last_inbound_at"] is None:
            if store.setting("known_only", False):
                raise error(100, "No matching user found.", recipient=recipient, subcode=2018001)
        elif store.now() - row["last_inbound_at"] >= WINDOW_SECONDS:
            words = "This message is sent outside of allowed window."
            raise error(10, words, recipient=recipient, subcode=2018278)
        if row is not None and row["opted_out"]:
            raise error(551, "This person isn't available right now.", recipient=recipient, subcode=1545041)

    def refusal_for(self, fault: Fault) -> Refused | None:
        if fault.kind == "rate_limit":
            refused = error(613, "Calls to this api have exceeded the rate limit.")
            if "retry_after" in fault.params:
                refused.headers["Retry-After"] = str(int(fault.number("retry_after", 1)))
            return refused
        if fault.kind == "server_error":
            refused = error(1200, "Temporary send message failure. Please try again later.")
            refused.status = int(fault.number("status", 500))
            return refused
        if fault.kind in ("error", "error_in_200"):
            subcode = int(fault.number("subcode", 0)) or None
            refused = error(int(fault.number("code", 100)), "A planned fault of the sandbox.", subcode=subcode)
            refused.status = 200 if fault.kind == "error_in_200" else refused.status
            return refused
        return None
