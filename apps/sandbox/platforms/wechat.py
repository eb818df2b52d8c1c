"""WeChat: an official account. Its calls bring a token in the address; what a shopper does goes back as XML."""

import base64
import hashlib
import hmac
import os
import re
import secrets
import time
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .. import bubbles, courier, files, shoppers
from ..accounts import Account, all_accounts, find
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call, new_id
from .base import Platform, Refused
from .wechat_rules import problem

TOKEN = "cgi-bin/stable_token"  # noqa: S105 - a path
TOKEN_SECONDS = 7200
SEND, TYPING = "cgi-bin/message/custom/send", "cgi-bin/message/custom/typing"
TEMPLATES = ("cgi-bin/message/template/send", "cgi-bin/message/subscribe/bizsend")
UPLOAD, FILE, SCENE = "cgi-bin/media/upload", "cgi-bin/media/get", "cgi-bin/qrcode/create"
# Bytes and endings of what is put up: developers.weixin.qq.com, "Add temporary media"
UPLOADED = {
    "image": (10 * 1024 * 1024, ("bmp", "png", "jpeg", "jpg", "gif")), "voice": (2 * 1024 * 1024, ("amr", "mp3")),
    "video": (10 * 1024 * 1024, ("mp4",)), "thumb": (64 * 1024, ("jpg", "jpeg")),
}  # fmt: skip
# How many answers may follow, and for how many seconds: of words, and of anything else a shopper does.
SAID, DONE = (5, 48 * 3600.0), (3, 60.0)
RETRIES = (5.0, 5.0)


def error(code: int, words: str, *, recipient: str = "", status: int = 200) -> Refused:
    """WeChat says no inside of 200."""
    answer = {"errcode": code, "errmsg": f"{words} rid: {new_id('', 8)}-{new_id('', 8)}"}
    return Refused(status, answer, code=str(code), recipient=recipient)


# --- to the shop ----------------------------------------------------------------------------------
def _field(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_field(*item) for item in value.items())}</{name}>"
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    return f"<{name}><![CDATA[{str(value).replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"


def as_xml(fields: dict[str, Any]) -> bytes:
    return f"<xml>{''.join(_field(*item) for item in fields.items())}</xml>".encode()


def _sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - as WeChat signs


def sealed(account: Account, message: bytes) -> str:
    """In safe mode: noise, length, message, app id, filled up to 32 bytes, AES-256-CBC."""
    key = base64.b64decode(f"{account.config['encoding_aes_key']}=")
    content = os.urandom(16) + len(message).to_bytes(4) + message + str(account.config["app_id"]).encode()
    filler = padding.PKCS7(256).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    filled = filler.update(content) + filler.finalize()
    return base64.b64encode(encryptor.update(filled) + encryptor.finalize()).decode()


def signed(account: Account, fields: dict[str, Any]) -> tuple[str, bytes]:
    """(the query, the body) of a call to the shop."""
    token, stamp, nonce = str(account.config.get("token", "")), str(int(time.time())), str(secrets.randbelow(10**10))
    query = {"signature": _sha1(token, stamp, nonce), "timestamp": stamp, "nonce": nonce}
    query["openid"] = str(fields.get("FromUserName", ""))
    if not account.config.get("encoding_aes_key"):
        return urlencode(query), as_xml(fields)
    closed = sealed(account, as_xml(fields))
    query |= {"encrypt_type": "aes", "msg_signature": _sha1(token, stamp, nonce, closed)}
    return urlencode(query), as_xml({"ToUserName": own_name(account), "Encrypt": closed})


def own_name(account: Account) -> str:
    return str(account.config.get("original_id") or "gh_7f083739789a")


def tell_shop(
    store: Store, account: Account, shopper: str, what: dict[str, Any], *, delay: float = 0.0, bubble: int = 0
) -> None:
    """One message or event of one shopper; what they say arrives in their order."""
    head = {"ToUserName": own_name(account), "FromUserName": shopper, "CreateTime": int(store.now())}
    query, body = signed(account, {**head, **what})
    courier.post(
        store, source=f"wechat/{account.name}", url=f"{account.webhook_url}?{query}", headers={"content-type": "text/xml"},
        body=body, lane=f"wechat:{account.name}:{shopper}" if bubble else "", delay=delay, retries=RETRIES, bubble=bubble,
    )  # fmt: skip


def new_message_id() -> str:
    return str(24_000_000_000_000_000 + secrets.randbelow(10**15))


def allow(store: Store, account: Account, shopper: str, *, said: bool) -> None:
    """The shopper did something: so many answers may follow. Words and other doings are counted apart."""
    count, seconds = SAID if said else DONE
    store.set_setting(_quota(account, shopper, said=said), {"left": count, "until": store.now() + seconds})


def _quota(account: Account, shopper: str, *, said: bool) -> str:
    return f"wechat:{account.name}:{shopper}:{'said' if said else 'done'}"


# --- what the shop calls --------------------------------------------------------------------------
class WeChat(Platform):
    name = kind = "wechat"
    label = "WeChat"

    shelf = "mmbiz/"

    def is_send(self, call: Call) -> bool:
        return super().is_send(call) and call.path != TOKEN

    def method_name(self, call: Call) -> str:
        return call.path.removeprefix("cgi-bin/")

    def authenticate(self, store: Store, call: Call) -> Account:
        if call.path == TOKEN:
            return self._who_asks(store, call)
        given = call.query.get("access_token", "")
        if not given:
            raise error(41001, "access_token missing")
        for account in all_accounts(store, "wechat"):
            until = given.partition("_")[0]
            if until.isdigit() and hmac.compare_digest(given, self._token(store, account, int(until))):
                if int(until) <= store.now():
                    raise error(42001, "access_token expired")
                return account
        raise error(40001, "invalid credential, access_token is invalid or not latest")

    def _who_asks(self, store: Store, call: Call) -> Account:
        asked = _json(call)
        account = find(store, "wechat", app_id=str(asked.get("appid", "")))
        if account is None:
            raise error(40013, "invalid appid")
        if not hmac.compare_digest(str(asked.get("secret", "")), str(account.config.get("app_secret") or "-")):
            raise error(40125, "invalid appsecret")
        if asked.get("grant_type") != "client_credential":
            raise error(40002, "invalid grant_type")
        return account

    def _token(self, store: Store, account: Account, until: int) -> str:
        """The same for everybody who asks within its time; none of an earlier edition is good any more."""
        edition = store.setting(f"wechat:{account.name}:edition", 0)
        secret = str(account.config.get("app_secret", "")).encode()
        return f"{until}_{hmac.new(secret, f'{until}:{edition}'.encode(), hashlib.sha256).hexdigest()}"

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        if call.path == TOKEN:
            until = (int(store.now()) // TOKEN_SECONDS + 1) * TOKEN_SECONDS
            lasts = until - int(store.now())
            return Answer(200, {"access_token": self._token(store, account, until), "expires_in": lasts})
        if call.path == FILE:
            return self._file(store, call, account)
        if call.method != "POST":
            raise error(43002, "require POST method")
        if call.path == UPLOAD:
            return self._keep(store, call, account)
        if call.path == SCENE:
            return self._code(_json(call))
        if call.path in (SEND, TYPING, *TEMPLATES):
            return self._take(store, call, account, fault)
        raise error(40066, "invalid url", status=404)

    def _file(self, store: Store, call: Call, account: Account) -> Answer:
        """A file for three days; of a film only where it lies."""
        if call.method != "GET":
            raise error(43001, "require GET method")
        number = call.query.get("media_id", "")
        file = files.kept(store, number, account=account)
        if file is None:
            raise error(40007, "invalid media_id")
        if file.sort == "video":
            return Answer(200, {"video_url": files.address(account, "wechat", f"{self.shelf}{number}")})
        return Answer(200, file.content, content_type=file.mime)

    def _take(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        body = _json(call)
        recipient = str(body.get("touser") or "")
        code, words = problem(call.path, body)
        if code:
            raise error(code, words, recipient=recipient)
        self._check_person(store, account, recipient)
        known = account.config.get("templates")
        if call.path in TEMPLATES and isinstance(known, list | dict) and body["template_id"] not in known:
            raise error(40037, "invalid template_id", recipient=recipient)
        if call.path == TYPING:
            store.set_setting(f"typing:wechat:{account.name}:{recipient}", store.now())
            self.accept(store, call, account, recipient=recipient, wire_id="", body=body, outcome="info")
            return Answer(200, {"errcode": 0, "errmsg": "ok"})
        media_id = body.get("image", {}).get("media_id", "")
        if media_id and not store.setting(f"wechat:{account.name}:{media_id}", False):
            raise error(40007, "invalid media_id", recipient=recipient)
        if call.path == SEND:
            self._count(store, account, recipient)
        sent = new_message_id()
        self.accept(store, call, account, recipient=recipient, wire_id=sent, body=body)
        bubbles.add(
            store, platform="wechat", account=account.name, shopper=recipient, direction="in", wire_id=sent,
            state="delivered", body=body,
        )  # fmt: skip
        if call.path in TEMPLATES and "delivered" in store.setting("receipts", ["sent", "delivered"]):
            self._tell_outcome(store, account, recipient, call.path, sent, fault)
        return Answer(200, {"errcode": 0, "errmsg": "ok", "msgid": int(sent)})

    def _tell_outcome(
        self, store: Store, account: Account, shopper: str, path: str, sent: str, fault: Fault | None
    ) -> None:
        """Of template messages alone; some seconds later in truth."""
        has_failed = fault is not None and fault.kind == "late_failure"
        if path == TEMPLATES[0]:
            status = "failed:user block" if has_failed else "success"
            what: dict[str, Any] = {"Event": "TEMPLATESENDJOBFINISH", "MsgID": int(sent), "Status": status}
        else:
            item = {
                "TemplateId": "notice",
                "MsgID": sent,
                "ErrorCode": "1001" if has_failed else "0",
                "ErrorStatus": "failed" if has_failed else "success",
            }
            what = {"Event": "subscribe_msg_sent_event", "SubscribeMsgSentEvent": {"List": item}}
        tell_shop(store, account, shopper, {"MsgType": "event", **what}, delay=0.3)

    def _check_person(self, store: Store, account: Account, recipient: str) -> None:
        row = shoppers.find(store, platform="wechat", account=account.name, external_id=recipient)
        if row is None and store.setting("known_only", False):
            raise error(40003, "invalid openid", recipient=recipient)
        if row is not None and row["opted_out"]:
            raise error(43004, "require subscribe", recipient=recipient)

    def _count(self, store: Store, account: Account, recipient: str) -> None:
        """One of the answers that may follow; those with the shorter time go first. Strangers are the tests' own."""
        if shoppers.find(store, platform="wechat", account=account.name, external_id=recipient) is None:
            return
        was_counted = False
        for said in (False, True):
            name = _quota(account, recipient, said=said)
            quota = store.setting(name, {"left": 0, "until": 0})
            if quota["until"] <= store.now():
                continue
            was_counted = True
            if quota["left"] > 0:
                store.set_setting(name, {**quota, "left": quota["left"] - 1})
                return
        if was_counted:
            raise error(45047, "out of response count limit", recipient=recipient)
        raise error(45015, "response out of time limit or subscription is canceled", recipient=recipient)

    def _keep(self, store: Store, call: Call, account: Account) -> Answer:
        if call.query.get("type") not in ("image", "voice", "video", "thumb"):
            raise error(40004, "invalid media type")
        if (
            not call.headers.get("content-type", "").startswith("multipart/form-data")
            or b'name="media"' not in call.body
        ):
            raise error(41005, "media data missing")
        sort = call.query["type"]
        named = re.search(rb'name="media"; filename="([^"]*)"', call.body)
        if named and named[1].decode(errors="replace").rpartition(".")[2].lower() not in UPLOADED[sort][1]:
            raise error(40005, "invalid file type")
        if len(call.body) > UPLOADED[sort][0]:
            raise error(45001, "media size out of limit")
        media_id = new_id("m", 60)
        store.set_setting(f"wechat:{account.name}:{media_id}", True)
        self.accept(store, call, account, recipient="", wire_id="", body={"media_id": media_id}, outcome="info")
        return Answer(200, {"type": "image", "media_id": media_id, "created_at": int(store.now())})

    def _code(self, asked: dict[str, Any]) -> Answer:
        scene = asked.get("action_info", {}).get("scene", {}).get("scene_str", "")
        if asked.get("action_name") != "QR_LIMIT_STR_SCENE" or not 1 <= len(str(scene)) <= 64:
            raise error(40053, "invalid action info")
        return Answer(200, {"ticket": new_id("gQ", 60), "url": f"http://weixin.qq.com/q/{new_id('02', 20)}"})

    def refusal_for(self, fault: Fault) -> Refused | None:
        if fault.kind == "rate_limit":
            return error(45011, "api minute-quota reach limit, must slower, retry next minute")
        if fault.kind == "server_error":
            return error(-1, "system error", status=int(fault.number("status", 500)))
        if fault.kind in ("error", "error_in_200"):
            return error(int(fault.number("code", -1)), "a planned fault of the sandbox")
        return None


def _json(call: Call) -> dict[str, Any]:
    try:
        body = call.json()
    except ValueError:
        raise error(47001, "data format error") from None
    if not isinstance(body, dict):
        raise error(47001, "data format error")
    return body
