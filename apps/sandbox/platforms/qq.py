"""QQ: bots that answer and never begin. Tokens are lent; each message may be answered five times within an hour."""

import hashlib
import hmac
import json
import re
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .. import bubbles, courier, shoppers
from ..accounts import Account, find
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call, new_id
from .base import Platform, Refused
from .media_types import is_one_of
from .qq_rules import problem

REPLIES, REPLY_SECONDS, TOKEN_SECONDS, GRACE = 5, 3600, 7200, 60
NO_TOKEN, WRONG_TOKEN, WRONG_SECRET, BODY, NOT_FOUND = 11241, 11243, 100016, 12002, 11264
UNASKED, EXPIRED, REPEATED, NOT_A_FRIEND, TOO_MANY, FETCH_FAILED = 40034102, 40034128, 40054005, 40054004, 22009, 304082
TOKEN_PATH = "app/getAppAccessToken"  # noqa: S105 - a path
# bot.q.qq.com, "rich-media": pictures png or jpg, films mp4, voices silk (and what it turns into it)
UPLOADED = {1: ("png", "jpg", "jpeg"), 2: ("mp4",), 3: ("mp3", "wav", "amr", "m4a")}
RETRIES = (1.0, 5.0, 30.0, 120.0)


def error(code: int, words: str, *, recipient: str = "", status: int = 400) -> Refused:
    body = {"message": words, "code": code, "err_code": code, "trace_id": new_id("", 32)}
    return Refused(status, body, code=str(code), recipient=recipient)


def sign(account: Account, body: bytes, at: float) -> dict[str, str]:
    """Ed25519 over time and body; the key is made of the bot's secret, repeated to 32 bytes."""
    seed = str(account.config.get("app_secret") or "-").encode()
    while len(seed) < 32:
        seed += seed
    stamp = str(int(at))
    made = Ed25519PrivateKey.from_private_bytes(seed[:32]).sign(stamp.encode() + body)
    return {
        "content-type": "application/json", "user-agent": "QQBot-Callback", "x-bot-appid": str(account.config.get("app_id", "")),
        "x-signature-timestamp": stamp, "x-signature-ed25519": made.hex(), "x-signature-method": "Ed25519",
    }  # fmt: skip


def tell_shop(
    store: Store, account: Account, name: str, event: dict[str, Any], *, shopper: str, bubble: int = 0
) -> str:
    """One envelope; its id, by which some events may be answered."""
    number = int(store.setting("qq_sequence", 0)) + 1
    store.set_setting("qq_sequence", number)
    envelope = f"{name}:{new_id('', 24)}"
    store.set_setting(f"qq_event:{account.name}:{envelope}", store.now())
    body = json.dumps({"id": envelope, "op": 0, "s": number, "t": name, "d": event}, ensure_ascii=False).encode()
    courier.post(
        store, source=f"qq/{account.name}", url=account.webhook_url, headers=sign(account, body, store.now()), body=body,
        lane=f"qq:{account.name}:{shopper}" if bubble else "", retries=RETRIES, bubble=bubble,
    )  # fmt: skip
    return envelope


def new_message_id() -> str:
    return f"ROBOT1.0_{new_id('', 40)}!"


def index_of(message_id: str) -> str:
    """The name by which a message may be quoted, which is another than the one it is answered by."""
    return "REFIDX_" + hashlib.sha256(message_id.encode()).hexdigest()[:16]


class QQ(Platform):
    name = kind = "qq"
    label = "QQ"
    shelf = "download/"

    def authenticate(self, store: Store, call: Call) -> Account:
        if call.path.strip("/") == TOKEN_PATH:
            return self._by_secret(store, call)
        token = call.headers.get("authorization", "").removeprefix("QQBot ").strip()
        if not token:
            raise error(NO_TOKEN, "参数中缺少 token", status=401)
        account = find(store, "qq", name=token.partition(".")[0])
        slots = range(int((store.now() - GRACE) // TOKEN_SECONDS), int((store.now() + GRACE) // TOKEN_SECONDS) + 1)
        if account is None or token not in {_token(account, slot) for slot in slots}:
            raise error(WRONG_TOKEN, "校验 token 未通过", status=401)
        return account

    def _by_secret(self, store: Store, call: Call) -> Account:
        values = _object(call)
        account = find(store, "qq", app_id=str(values.get("appId", "")))
        secret = str(account.config.get("app_secret") or "-") if account else "-"
        if account is None or not hmac.compare_digest(secret.encode(), str(values.get("clientSecret", "")).encode()):
            raise error(WRONG_SECRET, "invalid appid or secret", status=200)
        return account

    def is_send(self, call: Call) -> bool:
        return call.method == "POST" and call.path.strip("/").endswith("/messages")

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        path = call.path.strip("/")
        if path == TOKEN_PATH:
            return self._lend(store, account)
        if found := re.fullmatch(r"interactions/([^/]+)", path):
            return self._acknowledged(store, call, account, found[1])
        found = re.fullmatch(r"v2/users/([^/]+)/(messages|files)", path) if call.method == "POST" else None
        if found:
            act = self._messages if found[2] == "messages" else self._files
            return act(store, call, account, found[1], fault)
        raise error(NOT_FOUND, "no such interface", status=404)

    def _lend(self, store: Store, account: Account) -> Answer:
        """The same token until it is about to end; nothing is kept of it, so that a fresh start knows it as well."""
        slot = int((store.now() + GRACE) // TOKEN_SECONDS)
        seconds = int((slot + 1) * TOKEN_SECONDS - store.now())
        return Answer(200, {"access_token": _token(account, slot), "expires_in": str(seconds)})

    def _acknowledged(self, store: Store, call: Call, account: Account, interaction: str) -> Answer:
        if call.method != "PUT" or not isinstance(_object(call).get("code"), int):
            raise error(BODY, "code")
        store.set_setting(f"qq_tap:{account.name}:{interaction}", "acknowledged")
        self.accept(store, call, account, recipient="", wire_id=interaction, body=_object(call), outcome="info")
        return Answer(200, {})

    def _files(self, store: Store, call: Call, account: Account, openid: str, fault: Fault | None) -> Answer:
        values = _object(call)
        if values.get("file_type") not in (1, 2, 3) or not isinstance(values.get("srv_send_msg"), bool):
            raise error(BODY, "file_type or srv_send_msg", recipient=openid)
        if values["srv_send_msg"]:
            raise error(UNASKED, "主动消息失败, 无权限", recipient=openid)
        address = str(values.get("url") or "")
        is_fetched = address.startswith(("https://", "http://")) and not address.endswith(".missing")
        if not is_fetched or not is_one_of(address, UPLOADED[values["file_type"]]):
            raise error(FETCH_FAILED, "upload media info fail", recipient=openid)
        info = new_id("file_", 40)
        store.set_setting(f"qq_file:{info}", address)
        self.accept(store, call, account, recipient=openid, wire_id=info, body=values, outcome="info")
        return Answer(200, {"file_uuid": new_id("", 32), "file_info": info, "ttl": 604800})

    def _messages(self, store: Store, call: Call, account: Account, openid: str, fault: Fault | None) -> Answer:
        body = _object(call)
        hosts = {name for name in re.split(r"[\s,]+", str(account.config.get("links") or "").lower()) if name}
        granted = account.config.get("keyboards") == "custom"
        strict = bool(account.config.get("finds_naked_addresses"))
        if wrong := problem(body, has_keyboards=granted, hosts=hosts, is_strict=strict):
            raise error(*wrong, recipient=openid)
        address = store.setting(f"qq_file:{(body.get('media') or {}).get('file_info', '')}", None)
        if "media" in body and address is None:
            raise error(BODY, "file_info is unknown", recipient=openid)
        self._check_answer(store, account, openid, body)
        wire_id = new_message_id()
        self.accept(store, call, account, recipient=openid, wire_id=wire_id, body=body)
        bubbles.add(
            store, platform="qq", account=account.name, shopper=openid, direction="in", wire_id=wire_id, state="delivered",
            body={**body, "picture": address} if address else body,
        )  # fmt: skip
        named = {"ext_info": {"ref_idx": index_of(wire_id)}}
        return Answer(200, {"id": wire_id, "timestamp": int(store.now()), **named})

    def _check_answer(self, store: Store, account: Account, openid: str, body: dict[str, Any]) -> None:
        """It names what it answers, that is not an hour old, nor answered five times, nor with this very answer."""
        row = shoppers.find(store, platform="qq", account=account.name, external_id=openid)
        if row is not None and row["opted_out"]:
            raise error(NOT_A_FRIEND, "用户不是机器人好友", recipient=openid)
        named = str(body.get("msg_id") or body.get("event_id") or "")
        if not named:
            raise error(UNASKED, "主动消息失败, 无权限", recipient=openid)
        at = self._moment_of(store, account, body)
        if (at is None and store.setting("known_only", False)) or (at or store.now()) + REPLY_SECONDS <= store.now():
            raise error(EXPIRED, "被动消息已过期", recipient=openid)
        place = f"qq_answers:{account.name}:{named}"
        given = list(store.setting(place, []))
        number = body.get("msg_seq", 1)
        if number in given:
            raise error(REPEATED, "消息被去重，请检查请求msgseq", recipient=openid)
        if len(given) >= REPLIES:
            raise error(EXPIRED, "被动消息回复超过限制", recipient=openid)
        store.set_setting(place, [*given, number])

    def _moment_of(self, store: Store, account: Account, body: dict[str, Any]) -> float | None:
        if event := body.get("event_id"):
            return float(found) if (found := store.setting(f"qq_event:{account.name}:{event}", None)) else None
        row = bubbles.by_wire_id(store, platform="qq", account=account.name, wire_id=str(body.get("msg_id")))
        return float(row["at"]) if row is not None else None

    def too_many(self) -> Refused:
        return error(TOO_MANY, "msg limit exceed", status=429)

    def sick(self) -> Refused:
        return error(50001, "system error", status=500)

    def planned(self, fault: Fault) -> Refused:
        return error(int(fault.number("code", BODY)), "A planned fault of the sandbox.", status=400)


def _token(account: Account, slot: int) -> str:
    key = str(account.config.get("app_secret") or "-").encode()
    return f"{account.name}.{slot}.{hmac.new(key, f'{account.name}.{slot}'.encode(), hashlib.sha256).hexdigest()[:32]}"


def _object(call: Call) -> dict[str, Any]:
    try:
        read = call.json()
    except ValueError:
        raise error(BODY, "请求体错误") from None
    if not isinstance(read, dict):
        raise error(BODY, "请求体错误")
    return read
