"""Apple's messaging gateway: messages come in and are shown; what a shopper says or taps goes out. No receipts at all.

Files are put up encrypted and shown only once a message brought their key.
"""

import base64
import binascii
import gzip
import hmac
import json
import time
import uuid
from typing import Any

import jwt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .. import bubbles, courier, shoppers
from ..accounts import Account, all_accounts, find, own_url
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call, new_id
from .apple_rules import problem
from .base import Platform, Refused

TOKEN_LIVES = 3600
FILE, SHOWN = "apple_file", "apple_shown"  # as they were put up; as the shopper sees them
MOST_BYTES = 8_000_000
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
CAPABILITIES = "LIST,TIME,QUICK,AUTH,AUTH2,FORM"
KINDS_OF_ROOM = {"upload": FILE, "download": FILE, "shown": SHOWN}


def no(status: int, *, recipient: str = "") -> Refused:
    """Apple says a status and nothing more."""
    return Refused(status, {}, code=str(status), recipient=recipient)


def key_of(account: Account) -> bytes:
    secret = str(account.config.get("msp_secret", ""))
    return base64.urlsafe_b64decode(secret.replace("+", "-").replace("/", "_") + "=" * (-len(secret) % 4))


def tell_shop(
    store: Store, account: Account, shopper: str, kind: str, what: dict[str, Any], *, bubble: int = 0, name: str = ""
) -> None:
    """One message, gzipped, for us by its token; what a shopper does arrives in their order."""
    business, row = (
        str(account.config.get("business_id", "")),
        shoppers.find(store, platform="apple", account=account.name, external_id=shopper),
    )
    language = {"en": "en_GB", "zh-hans": "zh_CN"}.get(row["language"], row["language"]) if row else "en_GB"
    name = name or str(uuid.uuid4())
    message = {
        "v": 1, "id": name, "type": kind, "sourceId": shopper, "destinationId": business, "locale": language, **what,
    }  # fmt: skip
    token = jwt.encode(
        {"aud": account.config.get("msp_id"), "iat": int(time.time())}, key_of(account), algorithm="HS256"
    )
    headers = {
        "authorization": f"Bearer {token}", "id": name, "source-id": shopper, "destination-id": business,
        "capability-list": CAPABILITIES,
        "device-agent": "iPhone OS", "content-type": "application/json", "content-encoding": "gzip",
    }  # fmt: skip
    courier.post(
        store, source=f"apple/{account.name}", url=account.webhook_url.rstrip("/") + "/message", headers=headers,
        body=gzip.compress(json.dumps(message, ensure_ascii=False).encode()), lane=f"apple:{account.name}:{shopper}",
        bubble=bubble,
    )  # fmt: skip


class Apple(Platform):
    name = kind = "apple"
    label = "Apple Messages"

    def _parts(self, call: Call) -> list[str]:
        return [part for part in call.path.split("/") if part]

    def is_send(self, call: Call) -> bool:
        return call.method == "POST" and self._parts(call) == ["message"]

    def authenticate(self, store: Store, call: Call) -> Account:
        parts = self._parts(call)
        if len(parts) == 2 and parts[0] in KINDS_OF_ROOM:  # behind an address nobody can guess
            return self._owner(store, parts)
        scheme, _space, token = call.headers.get("authorization", "").partition(" ")
        account = find(store, "apple", business_id=call.headers.get("source-id", ""))
        if scheme != "Bearer" or not token:
            raise no(401)
        if account is None:
            raise no(404)
        try:
            claims = jwt.decode(
                token, key_of(account), algorithms=["HS256"], options={"verify_aud": False, "verify_iat": False}
            )
        except (jwt.InvalidTokenError, binascii.Error, ValueError):
            raise no(403) from None
        is_fresh = abs(time.time() - float(claims.get("iat") or 0)) <= TOKEN_LIVES
        if not is_fresh or not hmac.compare_digest(str(claims.get("iss")), str(account.config.get("msp_id") or "-")):
            raise no(403)
        return account

    def _owner(self, store: Store, parts: list[str]) -> Account:
        row = store.one("select account from objects where id = ? and kind = ?", parts[1], KINDS_OF_ROOM[parts[0]])
        account = next((one for one in all_accounts(store, "apple") if row and one.name == row["account"]), None)
        if account is None:
            raise no(404)
        return account

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        step = (call.method, *self._parts(call))
        if step == ("POST", "message"):
            return self._take(store, call, account, fault)
        if step == ("GET", "preUpload"):
            return self._make_room(store, call, account)
        if step == ("GET", "preDownload"):
            return self._lead_to_file(store, call)
        if len(step) == 3 and step[:2] == ("POST", "upload"):
            return self._fill_room(store, step[2], call.body)
        if len(step) == 3 and step[:2] in (("GET", "download"), ("GET", "shown")):
            return self._give(store, step[2])
        raise no(404)

    # --- messages ---------------------------------------------------------------------------------
    def _take(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        try:
            body = call.json()
        except ValueError:
            raise no(400) from None
        recipient = call.headers.get("destination-id", "")
        if problem(call.headers, body):
            raise no(400, recipient=recipient)
        self._check_recipient(store, account, recipient)
        if body["type"].startswith("typing"):
            return Answer(200, b"")
        if bubbles.by_wire_id(store, platform="apple", account=account.name, wire_id=body["id"]) is None:
            self.accept(store, call, account, recipient=recipient, wire_id=body["id"], body=_without_pictures(body))
            bubbles.add(
                store, platform="apple", account=account.name, shopper=recipient, direction="in", wire_id=body["id"],
                state="sent", body=self._as_shown(store, account, body),
            )  # fmt: skip
        return Answer(200, b"")

    def _check_recipient(self, store: Store, account: Account, recipient: str) -> None:
        """Whoever never wrote cannot be found, and whoever deleted the thread is gone."""
        row = shoppers.find(store, platform="apple", account=account.name, external_id=recipient)
        if row is None and store.setting("known_only", False):
            raise no(404, recipient=recipient)
        if row is not None and row["opted_out"]:
            raise no(410, recipient=recipient)

    def _as_shown(self, store: Store, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        """As the device has it: files opened with the key the message brought, pictures beside it."""
        shown = [self._opened(store, account, one) for one in body.get("attachments", [])]
        if body["type"] == "richLink":
            image = body["richLinkData"]["assets"]["image"]
            at = _keep(store, account, SHOWN, base64.b64decode(image["data"]), image["mimeType"])
            shown.append({"name": "", "mime": image["mimeType"], "at": at})
        return {**_without_pictures(body), "shown": shown}

    def _opened(self, store: Store, account: Account, told: dict[str, Any]) -> dict[str, str]:
        row = store.one("select data from objects where id = ? and kind = ?", told["url"].rpartition("/")[2], FILE)
        sealed = base64.b64decode(json.loads(row["data"])["content"]) if row else b""
        cipher = Cipher(algorithms.AES(bytes.fromhex(told["key"][2:])), modes.CTR(bytes(16))).decryptor()
        mime = told["mimeType"] if told["mimeType"] in PICTURES else "application/octet-stream"
        at = _keep(store, account, SHOWN, cipher.update(sealed) + cipher.finalize(), mime)
        return {"name": told["name"], "mime": mime, "at": at}

    # --- files ------------------------------------------------------------------------------------
    def _make_room(self, store: Store, call: Call, account: Account) -> Answer:
        told = call.headers.get("mmcs-size", "")
        if not told.isdigit() or not 0 < int(told) <= MOST_BYTES:
            raise no(400)
        room = _keep(store, account, FILE, b"", "application/octet-stream")
        base = f"{own_url()}/sandbox/api/apple"
        urls = {"upload-url": f"{base}/upload/{room}", "mmcs-url": f"{base}/mmcs/{room}", "mmcs-owner": f"owner-{room}"}
        return Answer(200, urls)

    def _fill_room(self, store: Store, room: str, content: bytes) -> Answer:
        if not 0 < len(content) <= MOST_BYTES:
            raise no(413)
        _write(store, room, content, "application/octet-stream")
        return Answer(200, {"singleFile": {"fileChecksum": _checksum(content), "size": len(content)}})

    def _lead_to_file(self, store: Store, call: Call) -> Answer:
        room = call.headers.get("mmcs-url", "").rpartition("/")[2]
        row = store.one("select data from objects where id = ? and kind = ?", room, FILE)
        if row is None:
            raise no(404)
        content = base64.b64decode(json.loads(row["data"])["content"])
        if call.headers.get("mmcs-owner") != f"owner-{room}" or call.headers.get("mmcs-signature") != _checksum(
            content
        ):
            raise no(400)
        return Answer(200, {"download-url": f"{own_url()}/sandbox/api/apple/download/{room}"})

    def _give(self, store: Store, room: str) -> Answer:
        row = store.one("select data from objects where id = ?", room)
        if row is None:
            raise no(404)
        data = json.loads(row["data"])
        return Answer(200, base64.b64decode(data["content"]), content_type=data["mime"])

    def too_many(self) -> Refused:
        return no(429)

    def sick(self) -> Refused:
        return no(500)

    def planned(self, fault: Fault) -> Refused:
        return no(int(fault.number("code", 400)))


def put_by_shopper(store: Store, account: Account, content: bytes, *, name: str, mime: str) -> dict[str, Any]:
    """A file as the shopper's device puts it up, and what their message tells of it."""
    key = bytes.fromhex(new_id("", 64))
    cipher = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    sealed = cipher.update(content) + cipher.finalize()
    room = _keep(store, account, FILE, sealed, "application/octet-stream")
    return {
        "name": name, "mimeType": mime, "size": str(len(sealed)), "key": "00" + key.hex(), "owner": f"owner-{room}",
        "url": f"{own_url()}/sandbox/api/apple/mmcs/{room}", "signature-base64": _checksum(sealed),
        "signature": base64.b64decode(_checksum(sealed)).hex(),
    }  # fmt: skip


def _checksum(content: bytes) -> str:
    return base64.b64encode(b"\x81" + uuid.uuid5(uuid.NAMESPACE_OID, content.hex()).bytes).decode()


def _keep(store: Store, account: Account, kind: str, content: bytes, mime: str) -> str:
    room = new_id("", 32)
    store.run(
        "insert into objects (id, account, kind, created, data) values (?, ?, ?, ?, ?)",
        room, account.name, kind, store.now(), "{}",
    )  # fmt: skip
    _write(store, room, content, mime)
    return room


def _write(store: Store, room: str, content: bytes, mime: str) -> None:
    data = json.dumps({"content": base64.b64encode(content).decode(), "mime": mime})
    store.run("update objects set data = ? where id = ?", data, room)


def _without_pictures(body: dict[str, Any]) -> dict[str, Any]:
    """For the book and the phone's memory: a picture is kept once, where it is shown."""
    if body["type"] != "richLink":
        return body
    return {**body, "richLinkData": {name: body["richLinkData"][name] for name in ("url", "title")}}
