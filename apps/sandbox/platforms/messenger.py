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
from . import meta_templates
from .base import Platform, Refused
from .messenger_rules import problem
from .meta_templates import Templates

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
        is_me = parts[:1] == ["me"]
        wanted = {"access_token": bearer} if is_me else {"page_id": parts[0]} if parts else {}
        account = find(store, "messenger", **wanted) if bearer and wanted else None
        if account is None or not hmac.compare_digest(bearer, str(account.config.get("access_token") or "-")):
            raise error(190, "Invalid OAuth access token.")
        return account

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        parts = self._parts(call)
        if call.method == "GET" and len(parts) == 1:
            return Answer(200, {"id": str(account.config["page_id"]), "name": account.title or "Demo Shop"})
        if parts[1:] == ["subscribed_apps"]:
            return self._subscriptions(store, call, account)
        if parts[1:] == ["message_templates"]:
            return self._templates(store, call, account)
        if call.method != "POST" or parts[1:] != ["messages"]:
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
        is_utility = body.get("messaging_type") == "UTILITY"
        if is_utility:
            self._check_utility(store, account, (body.get("message") or {}).get("template"), recipient)
        self._check_recipient(store, account, recipient, is_utility=is_utility)
        if "sender_action" in body:
            if body["sender_action"] == "typing_on":
                store.set_setting(f"typing:messenger:{account.name}:{recipient}", store.now())
            self.accept(store, call, account, recipient=recipient, wire_id="", body=body, outcome="info")
            return Answer(200, {"recipient_id": recipient})
        return self._take(store, call, account, recipient, body, fault)

    def _subscriptions(self, store: Store, call: Call, account: Account) -> Answer:
        """What the page tells our app. A page that was never asked tells it everything, as a shop set up before does."""
        key = f"subscribed:{account.name}"
        if call.method == "POST":
            try:
                asked = call.json()
            except ValueError:
                raise error(100, "The request body is not valid JSON.") from None
            fields = asked.get("subscribed_fields") if isinstance(asked, dict) else None
            names = fields.split(",") if isinstance(fields, str) else fields
            if not names:
                raise error(100, "Param subscribed_fields is required.")
            store.set_setting(key, [str(name) for name in names])
            return Answer(200, {"success": True})
        if call.method == "DELETE":
            store.set_setting(key, [])
            return Answer(200, {"success": True})
        told = store.setting(key, ["messages", "messaging_postbacks", "message_deliveries", "message_reads"])
        app = {"id": str(account.config.get("app_id", "")), "name": "chatshop", "subscribed_fields": told}
        return Answer(200, {"data": [app] if told else []})

    def _templates(self, store: Store, call: Call, account: Account) -> Answer:
        """Utility messages of the page: GET lists them, POST hands one in."""
        mine = Templates(store, account, owner=str(account.config["page_id"]), sign=sign)
        if call.method == "GET":
            return mine.listed(call)
        try:
            draft = call.json()
        except ValueError:
            raise error(100, "The request body is not valid JSON.") from None
        if not isinstance(draft, dict):
            raise error(100, "The request body must be an object.")
        if draft.get("category") != "UTILITY":
            raise error(100, "Param category must be one of {UTILITY}.")
        if wrong := meta_templates.problem(draft):
            raise error(100, wrong[0], subcode=wrong[1])
        if mine.is_taken(draft["name"], draft["language"]):
            raise error(100, "There is already content in this language for this template.", subcode=2388024)
        return mine.handed_in(draft)

    def _check_utility(self, store: Store, account: Account, wording: Any, recipient: str) -> None:
        """Only an approved wording goes out when the day is over, with a value for each of its places."""
        mine = Templates(store, account, owner=str(account.config["page_id"]), sign=sign)
        name = str(wording.get("name", "")) if isinstance(wording, dict) else ""
        code = str((wording.get("language") or {}).get("code", "")) if isinstance(wording, dict) else ""
        there = mine.find(name, code)
        if not there or there[0]["status"] != "APPROVED":
            raise error(
                100, f"Template {name} does not exist or is not approved.", recipient=recipient, subcode=2018385
            )
        body = next(part["text"] for part in there[0]["components"] if str(part["type"]).upper() == "BODY")
        given = sum(
            len(part.get("parameters", [])) for part in wording.get("components", []) if part.get("type") == "body"
        )
        if given != len(meta_templates.places_in(body)):
            raise error(100, "The number of parameters does not match the template.", recipient=recipient)

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

    def _check_recipient(self, store: Store, account: Account, recipient: str, *, is_utility: bool) -> None:
        """Whoever never wrote has no thread with the page, and after a day of silence it is closed."""
        row = shoppers.find(store, platform="messenger", account=account.name, external_id=recipient)
        if row is None or row["last_inbound_at"] is None:
            if store.setting("known_only", False):
                raise error(100, "No matching user found.", recipient=recipient, subcode=2018001)
        elif store.now() - row["last_inbound_at"] >= WINDOW_SECONDS and not is_utility:
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
