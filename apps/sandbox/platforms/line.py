"""LINE's Messaging API: replies under a token, pushes under a retry key, and nothing told about what became of them."""

import base64
import hashlib
import hmac
import json
import re
import uuid
from typing import Any

from .. import bubbles, courier, files, shoppers
from ..accounts import Account, find
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call, new_id
from .base import Platform, Refused
from .line_rules import problem

TOKEN_SECONDS = 60.0
RETRY_SECONDS = 24 * 3600.0
USER = re.compile(r"U[0-9a-f]{32}")
WORDS = {
    400: "The request body has 1 error(s)",
    401: "Authentication failed. Confirm that the access token in the authorization header is valid.",
    403: "Access to this API is not available for your account",
    429: "You have reached your monthly limit.",
}
INVALID_TO = "The property, 'to', in the request body is invalid (line: -, column: -)"


def error(status: int, words: str = "", *, recipient: str = "", details: list[dict[str, str]] | None = None) -> Refused:
    body: dict[str, Any] = {"message": words or WORDS.get(status, "Internal server error")}
    if details:
        body["details"] = details
    return Refused(
        status, body, code=str(status), recipient=recipient, headers={"x-line-request-id": str(uuid.uuid4())}
    )


def sign(account: Account, body: bytes) -> dict[str, str]:
    digest = hmac.new(str(account.config.get("channel_secret", "")).encode(), body, hashlib.sha256).digest()
    return {"content-type": "application/json; charset=utf-8", "x-line-signature": base64.b64encode(digest).decode()}


def next_id(store: Store) -> str:
    """Messages have long numbers."""
    number = int(store.setting("line_message_id", 0)) + 1
    store.set_setting("line_message_id", number)
    return str(461_230_966_842_000_000 + number)


def bot_id(account: Account) -> str:
    return "U" + hashlib.md5(account.name.encode(), usedforsecurity=False).hexdigest()


def tell_shop(
    store: Store, account: Account, shopper: str, what: dict[str, Any], *, has_token: bool = True, bubble: int = 0
) -> None:
    """One event of one person. What can be answered carries a token that is good for one call within a minute."""
    event: dict[str, Any] = {
        "mode": "active",
        "timestamp": int(store.now() * 1000),
        "source": {"type": "user", "userId": shopper},
        "webhookEventId": new_id("01J", 23).upper(),
        "deliveryContext": {"isRedelivery": False},
        **what,
    }
    if has_token:
        event["replyToken"] = new_id("", 32)
        told = {"shopper": shopper, "until": store.now() + TOKEN_SECONDS}
        store.set_setting(f"line_token:{account.name}:{event['replyToken']}", told)
    body = json.dumps({"destination": bot_id(account), "events": [event]}, ensure_ascii=False).encode()
    url = store.setting(f"line_webhook:{account.name}", None) or account.webhook_url
    courier.post(
        store, source=f"line/{account.name}", url=url, headers=sign(account, body), body=body,
        lane=f"line:{account.name}:{shopper}", bubble=bubble,
    )  # fmt: skip


class Line(Platform):
    name = kind = "line"
    label = "LINE"

    def authenticate(self, store: Store, call: Call) -> Account:
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
        account = find(store, "line", access_token=bearer) if bearer else None
        if account is None:
            raise error(401)
        return account

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        path = call.path.strip("/")
        if call.method == "GET" and (found := re.fullmatch(r"v2/bot/profile/(U[0-9a-f]{32})", path)):
            return self._profile(store, account, found[1])
        if call.method == "GET" and (found := re.fullmatch(r"v2/bot/message/(\d+)/content", path)):
            return self._content(store, account, found[1])
        if call.method == "GET" and path == "v2/bot/info":
            names = {
                "basicId": str(account.config.get("basic_id") or "@sandbox"),
                "displayName": account.title or "Shop",
            }
            return Answer(200, {"userId": bot_id(account), **names, "chatMode": "bot", "markAsReadMode": "auto"})
        if path == "v2/bot/channel/webhook/endpoint":
            return self._endpoint(store, call, account)
        perform = {
            "v2/bot/message/reply": self._reply,
            "v2/bot/message/push": self._push,
            "v2/bot/chat/loading/start": self._loading,
            "v2/bot/chat/markAsRead": self._mark_read,
        }.get(path)
        if perform is None or call.method != "POST":
            raise error(404, "Not found")
        try:
            body = call.json()
        except ValueError:
            raise error(400, "The request body could not be parsed as JSON (line: 1, column: 1)") from None
        if not isinstance(body, dict):
            raise error(400, "The request body could not be parsed as JSON (line: 1, column: 1)")
        return perform(store, call, account, body)

    def _content(self, store: Store, account: Account, number: str) -> Answer:
        """Of stickers LINE has no file for anybody."""
        file = files.kept(store, number, account=account)
        if file is None or file.sort == "sticker":
            raise error(404, "Not found")
        return Answer(200, file.content, content_type=file.mime)

    def _reply(self, store: Store, call: Call, account: Account, body: dict[str, Any]) -> Answer:
        if call.headers.get("x-line-retry-key"):
            raise error(400, "The retry key cannot be used with this API")
        name = f"line_token:{account.name}:{body.get('replyToken')}"
        token = store.setting(name, None)
        shopper = token["shopper"] if token else ""
        self._judge(body, shopper)
        if not token or token["until"] < store.now():
            raise error(400, "Invalid reply token", recipient=shopper)
        store.set_setting(name, None)
        return self._take(store, call, account, shopper, body)

    def _push(self, store: Store, call: Call, account: Account, body: dict[str, Any]) -> Answer:
        to = body.get("to")
        if not isinstance(to, str) or not USER.fullmatch(to):
            raise error(400, INVALID_TO)
        self._judge(body, to)
        key = call.headers.get("x-line-retry-key", "")
        if key and not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", key):
            raise error(400, "The retry key is invalid", recipient=to)
        taken = store.setting(f"line_retry:{account.name}:{key.lower()}", None) if key else None
        if taken and store.now() - taken["at"] < RETRY_SECONDS:
            again = error(409, "The retry key is already accepted", recipient=to)
            again.body["sentMessages"] = taken["sent"]
            again.headers["x-line-accepted-request-id"] = taken["request"]
            raise again
        self._check_recipient(store, account, to)
        quota, used = store.setting("line_quota", None), int(store.setting(f"line_pushed:{account.name}", 0))
        if quota is not None and used >= int(quota):
            raise error(429, recipient=to)
        store.set_setting(f"line_pushed:{account.name}", used + 1)
        answer = self._take(store, call, account, to, body)
        if key:
            kept = {"at": store.now(), "request": answer.headers["x-line-request-id"], **_sent(answer)}
            store.set_setting(f"line_retry:{account.name}:{key.lower()}", kept)
        return answer

    def _loading(self, store: Store, call: Call, account: Account, body: dict[str, Any]) -> Answer:
        shopper, seconds = body.get("chatId"), body.get("loadingSeconds", 20)
        if not isinstance(shopper, str) or not USER.fullmatch(shopper):
            raise error(400, details=[{"message": "The value is invalid", "property": "chatId"}])
        if seconds not in range(5, 61, 5):
            raise error(400, details=[{"message": "The value is invalid", "property": "loadingSeconds"}])
        store.set_setting(f"typing:line:{account.name}:{shopper}", store.now())
        self.accept(store, call, account, recipient=shopper, wire_id="", body=body, outcome="info", status=202)
        return Answer(202, {})

    def _endpoint(self, store: Store, call: Call, account: Account) -> Answer:
        """Where LINE calls; until it is told, the address the sandbox knows."""
        name = f"line_webhook:{account.name}"
        if call.method == "PUT":
            wanted = call.json().get("endpoint")
            if not isinstance(wanted, str) or not wanted.startswith(("https://", "http://127.0.0.1")):
                raise error(400, "Invalid webhook endpoint URL")
            store.set_setting(name, wanted)
            return Answer(200, {})
        return Answer(200, {"endpoint": store.setting(name, None) or account.webhook_url, "active": True})

    def _mark_read(self, store: Store, call: Call, account: Account, body: dict[str, Any]) -> Answer:
        message = store.setting(f"line_read:{account.name}:{body.get('markAsReadToken')}", None)
        row = (
            bubbles.by_wire_id(store, platform="line", account=account.name, wire_id=str(message)) if message else None
        )
        if row is None:
            raise error(400, "An invalid markAsReadToken is specified")
        bubbles.change(store, row["id"], state="read")
        self.accept(store, call, account, recipient=row["shopper"], wire_id="", body=body, outcome="info")
        return Answer(200, {})

    def _judge(self, body: dict[str, Any], recipient: str) -> None:
        if wrong := problem(body.get("messages")):
            name, words = wrong
            raise error(400, recipient=recipient, details=[{"message": words, "property": name}])

    def _check_recipient(self, store: Store, account: Account, to: str) -> None:
        """LINE tells apart only who exists; that somebody blocked the account is nobody's business."""
        row = shoppers.find(store, platform="line", account=account.name, external_id=to)
        if row is None and store.setting("known_only", False):
            raise error(400, "Failed to send messages", recipient=to)

    def _take(self, store: Store, call: Call, account: Account, shopper: str, body: dict[str, Any]) -> Answer:
        row = shoppers.find(store, platform="line", account=account.name, external_id=shopper)
        is_blocked = row is not None and row["opted_out"]
        sent = [{"id": next_id(store), "quoteToken": new_id("q", 20)} for _ in body["messages"]]
        self.accept(store, call, account, recipient=shopper, wire_id=sent[-1]["id"], body=body)
        for message, told in zip(body["messages"], sent, strict=True):
            for shown in _bubbles(message) if not is_blocked else ():
                bubbles.add(
                    store, platform="line", account=account.name, shopper=shopper, direction="in", wire_id=told["id"],
                    state="delivered", body=shown,
                )  # fmt: skip
        return Answer(200, {"sentMessages": sent}, {"x-line-request-id": str(uuid.uuid4())})

    def _profile(self, store: Store, account: Account, shopper: str) -> Answer:
        row = shoppers.find(store, platform="line", account=account.name, external_id=shopper)
        if row is None or row["opted_out"]:
            raise error(404, "Not found", recipient=shopper)
        return Answer(200, {"displayName": row["name"], "userId": shopper, "language": row["language"]})

    def too_many(self) -> Refused:
        return error(429, "The API rate limit has been exceeded. Try again later.")

    def sick(self) -> Refused:
        return error(500, "Internal server error")

    def planned(self, fault: Fault) -> Refused:
        return error(int(fault.number("status", 400)), str(fault.params.get("message", "")))


def _sent(answer: Answer) -> dict[str, Any]:
    return {"sent": answer.body["sentMessages"]}


def _bubbles(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The cards of a row one under the other, since the phone here has one column; choices stand below the last."""
    contents = message.get("contents", {})
    if message["type"] != "flex" or contents.get("type") != "carousel":
        return [message]
    cards = [{"type": "flex", "altText": message["altText"], "contents": bubble} for bubble in contents["contents"]]
    return [*cards[:-1], {**cards[-1], **({"quickReply": message["quickReply"]} if "quickReply" in message else {})}]
