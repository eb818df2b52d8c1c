"""Meta's Send API as Messenger and Instagram have it: messages and typing come in; what a shopper says goes back."""

import hashlib
import hmac
import json
import re
from typing import Any, ClassVar

from .. import bubbles, courier, shoppers
from ..accounts import Account
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call, new_id
from .base import Platform, Refused
from .send_api_rules import Rules, problem

WINDOW_SECONDS = 24 * 3600
PERSON_SECONDS = 7 * 24 * 3600  # for what a human agent answers, where the app may say so
STATUS_OF = {2: 500, 190: 401, 613: 429, 1200: 500}


def error(
    code: int, words: str, *, recipient: str = "", subcode: int | None = None, status: int | None = None
) -> Refused:
    """Meta's error shape; its HTTP status follows from the code."""
    inner: dict[str, Any] = {
        "message": f"(#{code}) {words}",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": new_id("A", 22),
    }
    if subcode:
        inner["error_subcode"] = subcode
    return Refused(status or STATUS_OF.get(code, 400), {"error": inner}, code=str(code), recipient=recipient)


def sign(account: Account, body: bytes) -> dict[str, str]:
    digest = hmac.new(str(account.config.get("app_secret", "")).encode(), body, hashlib.sha256).hexdigest()
    return {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}


class SendApi(Platform):
    """`rules` are what it refuses; the rest says how the two name things."""

    rules: ClassVar[Rules]
    object: ClassVar[str] = "page"  # what a webhook is about
    own_id: ClassVar[str] = "page_id"  # the setting with the id that webhooks name the business by
    window_subcode: ClassVar[int] = 2018278
    window_status: ClassVar[int] = 400
    stranger_subcode: ClassVar[int] = 2018001

    def account_at(self, store: Store, name: str) -> Account | None:
        """Whose messages are sent at this path."""
        raise NotImplementedError

    def new_mid(self) -> str:
        raise NotImplementedError

    def tells_taken(self, store: Store, account: Account, recipient: str, mid: str, message: dict[str, Any]) -> None:
        """What the shop hears once its message is there."""

    def tell_shop(
        self, store: Store, account: Account, shopper: str, what: dict[str, Any], *, delay: float = 0.0, bubble: int = 0,
        is_ours: bool = False,
    ) -> None:  # fmt: skip
        """One thing about one shopper, in one entry, as Meta wraps it; what they say arrives in their order."""
        now, own = int(store.now() * 1000), str(account.config.get(self.own_id, ""))
        sides = ({"id": shopper}, {"id": own})
        sender, recipient = sides[::-1] if is_ours else sides
        item = {"sender": sender, "recipient": recipient, "timestamp": now, **what}
        entry = {"id": own, "time": now, "messaging": [item]}
        body = json.dumps({"object": self.object, "entry": [entry]}, ensure_ascii=False).encode()
        courier.post(
            store, source=f"{self.kind}/{account.name}", url=account.webhook_url, headers=sign(account, body), body=body,
            lane=f"{self.kind}:{account.name}:{shopper}" if bubble else "", delay=delay, bubble=bubble,
        )  # fmt: skip

    def _parts(self, call: Call) -> list[str]:
        return [part for part in call.path.split("/") if part and not re.fullmatch(r"v\d+\.\d+", part)]

    def authenticate(self, store: Store, call: Call) -> Account:
        parts = self._parts(call)
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
        account = self.account_at(store, parts[0]) if parts else None
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
        if wrong := problem(body, self.rules):
            raise error(100, wrong, recipient=recipient)
        self._check_recipient(store, account, recipient, is_person=body.get("tag") == "HUMAN_AGENT")
        if "sender_action" in body:
            if body["sender_action"] == "typing_on":
                store.set_setting(f"typing:{self.kind}:{account.name}:{recipient}", store.now())
            self.accept(store, call, account, recipient=recipient, wire_id="", body=body, outcome="info")
            return Answer(200, {"recipient_id": recipient})
        return self._take(store, call, account, recipient, body, fault)

    def _take(
        self, store: Store, call: Call, account: Account, recipient: str, body: dict[str, Any], fault: Fault | None
    ) -> Answer:
        mid = self.new_mid()
        self.accept(store, call, account, recipient=recipient, wire_id=mid, body=body)
        bubbles.add(
            store, platform=self.kind, account=account.name, shopper=recipient, direction="in", wire_id=mid,
            state="delivered", body=body["message"],
        )  # fmt: skip
        self.tells_taken(store, account, recipient, mid, body["message"])
        return Answer(200, {"recipient_id": recipient, "message_id": mid})

    def _check_recipient(self, store: Store, account: Account, recipient: str, *, is_person: bool) -> None:
        """Whoever never wrote has no thread here; after a day of silence it is closed, for people's answers after a week."""
        if is_person and account.config.get("human_agent") != "yes":
            raise error(100, "The app may not use the tag HUMAN_AGENT.", recipient=recipient)
        row = shoppers.find(store, platform=self.kind, account=account.name, external_id=recipient)
        if row is None or row["last_inbound_at"] is None:
            if store.setting("known_only", False):
                subcode = self.stranger_subcode
                raise error(100, "No matching user found.", recipient=recipient, subcode=subcode)
        elif store.now() - row["last_inbound_at"] >= (PERSON_SECONDS if is_person else WINDOW_SECONDS):
            words = "This message is sent outside of allowed window."
            subcode, status = self.window_subcode, self.window_status
            raise error(10, words, recipient=recipient, subcode=subcode, status=status)
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
