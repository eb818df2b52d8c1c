"""Viber: one bot's threads. Every answer is a 200 with a `status`; what shoppers say and see goes back signed."""

import hashlib
import hmac
import json
import secrets
from typing import Any

from .. import bubbles, courier, shoppers
from ..accounts import Account, find
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call
from .base import Platform, Refused
from .viber_rules import problem

WORDS = {
    1: "invalidUrl", 2: "invalidAuthToken", 3: "badData", 4: "missingData", 5: "receiverNotRegistered",
    6: "receiverNotSubscribed", 7: "publicAccountBlocked", 8: "publicAccountNotFound", 9: "publicAccountSuspended",
    10: "webhookNotSet", 11: "receiverNoSuitableDevice", 12: "tooManyRequests", 13: "apiVersionNotSupported",
    14: "incompatibleWithVersion", 15: "publicAccountNotAuthorized", 21: "unsupportedCountry", 23: "freeMessagesExceeded",
    24: "noBalance",
}  # fmt: skip
NOT_REGISTERED, NOT_SUBSCRIBED, TOO_MANY = 5, 6, 12
RETRIES = (1.0, 5.0, 30.0, 300.0, 1800.0)  # "several times for an hour"


def error(status: int, words: str = "", *, recipient: str = "", http_status: int = 200) -> Refused:
    """Viber's shape: a 200 that says no."""
    told = WORDS.get(status, "generalError")
    body = {"status": status, "status_message": f"{told}: {words}" if words else told, "chat_hostname": "SN-CHAT-05_"}
    return Refused(http_status, body, code=str(status), recipient=recipient)


def new_token() -> int:
    return 5_000_000_000_000_000_000 + secrets.randbelow(10**17)


def sign(account: Account, body: bytes) -> dict[str, str]:
    digest = hmac.new(str(account.config.get("auth_token", "")).encode(), body, hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-viber-content-signature": digest}


def tell_shop(
    store: Store,
    account: Account,
    what: dict[str, Any],
    *,
    shopper: str,
    token: int = 0,
    delay: float = 0.0,
    bubble: int = 0,
) -> None:
    """One call about one thing; what a shopper says arrives in their order."""
    head = {"timestamp": int(store.now() * 1000), "chat_hostname": "SN-CHAT-05_", "message_token": token or new_token()}
    body = json.dumps({**what, **head}, ensure_ascii=False).encode()
    courier.post(
        store, source=f"viber/{account.name}", url=account.webhook_url, headers=sign(account, body), body=body,
        lane=f"viber:{account.name}:{shopper}" if bubble else "", delay=delay, bubble=bubble, retries=RETRIES,
    )  # fmt: skip


def person_of(row: Any) -> dict[str, Any]:
    language = {"zh-hans": "zh-Hans"}.get(row["language"], row["language"])
    return {
        "id": row["external_id"], "name": row["name"], "avatar": "https://media-direct.cdn.viber.com/avatar.jpg",
        "language": language, "country": {"de": "DE", "es": "ES", "zh-Hans": "CN"}.get(language, "GB"), "api_version": 10,
    }  # fmt: skip


class Viber(Platform):
    name = kind = "viber"
    label = "Viber"
    shelf = "1/"  # as below dl-media.viber.com

    def authenticate(self, store: Store, call: Call) -> Account:
        token = call.headers.get("x-viber-auth-token", "")
        account = find(store, "viber", auth_token=token) if token else None
        if account is None:
            raise error(2)
        return account

    def is_send(self, call: Call) -> bool:
        return call.path.strip("/").rsplit("/", 1)[-1] == "send_message"

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        method = call.path.strip("/").rsplit("/", 1)[-1]
        if call.method != "POST" or method not in ("send_message", "get_account_info", "set_webhook"):
            raise error(3, f"no such method: {call.path}")
        try:
            body = call.json()
        except ValueError:
            raise error(3, "no JSON") from None
        if not isinstance(body, dict):
            raise error(3, "no object")
        if method == "get_account_info":
            return self._about(store, account)
        if method == "set_webhook":
            return self._set_webhook(store, account, body)
        recipient = str(body.get("receiver") or "")
        if wrong := problem(body):
            raise error(*wrong, recipient=recipient)
        self._check_receiver(store, account, recipient)
        return self._take(store, call, account, body, fault)

    def _about(self, store: Store, account: Account) -> Answer:
        set_to = store.setting(f"viber_webhook:{account.name}", {"url": account.webhook_url, "events": []})
        told = {
            "status": 0,
            "status_message": "ok",
            "name": account.title or "Demo Shop",
            "uri": account.config.get("chat_uri", ""),
        }
        return Answer(200, {**told, "webhook": set_to["url"], "event_types": set_to["events"]})

    def _set_webhook(self, store: Store, account: Account, body: dict[str, Any]) -> Answer:
        """Kept and told back; calls go on to the address the sandbox knows."""
        url = str(body.get("url") or "")
        if not url.startswith("http"):
            raise error(1)
        store.set_setting(f"viber_webhook:{account.name}", {"url": url, "events": body.get("event_types", [])})
        return Answer(200, {"status": 0, "status_message": "ok", "event_types": body.get("event_types", [])})

    def _check_receiver(self, store: Store, account: Account, recipient: str) -> None:
        """Whoever has written is a subscriber until they leave; who only opened the thread may get one message."""
        row = shoppers.find(store, platform="viber", account=account.name, external_id=recipient)
        if row is None:
            if store.setting("known_only", False):
                raise error(NOT_REGISTERED, recipient=recipient)
            return
        if row["opted_out"]:
            raise error(NOT_SUBSCRIBED, recipient=recipient)
        welcome = f"viber_welcome:{account.name}:{recipient}"
        if row["last_inbound_at"] is None and store.setting(welcome, None) is not None:
            if not store.setting(welcome, 0):
                raise error(NOT_SUBSCRIBED, recipient=recipient)
            store.set_setting(welcome, 0)

    def _take(self, store: Store, call: Call, account: Account, body: dict[str, Any], fault: Fault | None) -> Answer:
        token, recipient = new_token(), str(body["receiver"])
        self.accept(store, call, account, recipient=recipient, wire_id=str(token), body=body)
        self._put_keyboards_away(store, account, recipient)
        bubble = bubbles.add(
            store, platform="viber", account=account.name, shopper=recipient, direction="in", wire_id=str(token),
            state="sent", body=body,
        )  # fmt: skip
        if fault is not None and fault.kind == "late_failure":
            bubbles.change(store, bubble, state="failed")
            news = {
                "event": "failed",
                "user_id": recipient,
                "desc": str(fault.params.get("desc", "failure description")),
            }
            tell_shop(store, account, news, shopper=recipient, token=token, delay=0.2)
        else:
            bubbles.change(store, bubble, state="delivered")
            if "delivered" in store.setting("receipts", ["sent", "delivered"]):
                news = {"event": "delivered", "user_id": recipient}
                tell_shop(store, account, news, shopper=recipient, token=token, delay=0.3)
        answer = {"status": 0, "status_message": "ok", "message_token": token, "chat_hostname": "SN-CHAT-05_"}
        return Answer(200, {**answer, "billing_status": 1})

    def _put_keyboards_away(self, store: Store, account: Account, recipient: str) -> None:
        """The app shows the latest message's keyboard, or none."""
        rows = store.all(
            "select * from bubbles where platform = 'viber' and account = ? and shopper = ? and direction = 'in'"
            " and body like '%\"keyboard\"%'",
            account.name, recipient,
        )  # fmt: skip
        for row in rows:
            body = bubbles.body_of(row)
            if body.pop("keyboard", None):
                bubbles.change(store, row["id"], body=body)

    def refusal_for(self, fault: Fault) -> Refused | None:
        if fault.kind == "rate_limit":
            refused = error(TOO_MANY)
            if "retry_after" in fault.params:
                refused.status = 429
                refused.headers["Retry-After"] = str(int(fault.number("retry_after", 1)))
            return refused
        if fault.kind == "server_error":
            return error(100, http_status=int(fault.number("status", 500)))
        if fault.kind in ("error", "error_in_200"):
            return error(int(fault.number("code", 3)), "A planned fault of the sandbox.")
        return None
