"""WhatsApp Cloud API: messages, read marks, media, and status webhooks back."""

import base64
import hashlib
import hmac
import json
import re
import secrets
from typing import Any

from .. import bubbles, courier, files, shoppers
from ..accounts import Account, find
from ..faults import Fault
from ..store import Store
from ..wire import Answer, Call, new_id
from . import meta_templates
from .base import Platform, Refused
from .meta_templates import Templates
from .whatsapp_rules import MEDIA_TYPES, problem, unfetchable

WINDOW_SECONDS = 24 * 3600
TITLES = {
    0: "AuthException", 4: "Application request limit reached", 100: "Invalid parameter", 190: "Invalid OAuth access token.",
    130429: "Rate limit hit", 131000: "Something went wrong", 131008: "Required parameter is missing",
    131009: "Parameter value is not valid", 131016: "Service unavailable", 131026: "Message undeliverable",
    131047: "Re-engagement message", 131049: "This message was not delivered to maintain healthy ecosystem engagement.",
    131050: "User has stopped marketing messages", 131051: "Unsupported message type",
    131056: "(Business Account, Consumer Account) pair rate limit hit", 132001: "Template name does not exist in the translation",
    132000: "Number of parameters does not match the expected number of params", 132015: "Template is Paused",
    131053: "Media upload error", 132018: "There is an issue with the parameters in your template",
}  # fmt: skip
NOT_FETCHED = 131053
STATUS_OF = {4: 429, 190: 401, 130429: 429, 131000: 500, 131016: 503, 131056: 429, 132001: 404}


def error(code: int, details: str, *, recipient: str = "", subcode: int | None = None) -> Refused:
    """Meta's error shape; its HTTP status follows from the code."""
    inner: dict[str, Any] = {
        "message": f"(#{code}) {TITLES.get(code, 'Error')}",
        "type": "OAuthException",
        "code": code,
        "error_data": {"messaging_product": "whatsapp", "details": details},
        "fbtrace_id": new_id("A", 22),
    }
    if subcode:
        inner["error_subcode"] = subcode
    return Refused(STATUS_OF.get(code, 400), {"error": inner}, code=str(code), recipient=recipient)


def new_wamid(recipient: str) -> str:
    return "wamid." + base64.b64encode(b"\x1d\x0b" + recipient.encode() + secrets.token_bytes(16)).decode()


def sign(account: Account, body: bytes) -> dict[str, str]:
    digest = hmac.new(str(account.config.get("app_secret", "")).encode(), body, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/json",
        "x-hub-signature-256": f"sha256={digest}",
        "user-agent": "facebookexternalua",
    }


def envelope(account: Account, value: dict[str, Any]) -> bytes:
    """One change in one entry, as Meta wraps it."""
    metadata = {
        "display_phone_number": str(account.config.get("number", "15550783881")),
        "phone_number_id": str(account.config.get("phone_number_id", "")),
    }
    change = {"value": {"messaging_product": "whatsapp", "metadata": metadata, **value}, "field": "messages"}
    entry = {"id": business_of(account), "changes": [change]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}, ensure_ascii=False).encode()


def business_of(account: Account) -> str:
    return str(account.config.get("business_account_id") or "102290129340398")


def tell_shop(
    store: Store, account: Account, value: dict[str, Any], *, lane: str = "", delay: float = 0.0, bubble: int = 0
) -> None:
    body = envelope(account, value)
    courier.post(
        store, source=f"whatsapp/{account.name}", url=account.webhook_url, headers=sign(account, body), body=body,
        lane=lane, delay=delay, bubble=bubble,
    )  # fmt: skip


def tell_status(
    store: Store,
    account: Account,
    wamid: str,
    recipient: str,
    state: str,
    *,
    delay: float = 0.0,
    code: int | None = None,
) -> None:
    """One receipt, signed. `code` is why it failed."""
    status: dict[str, Any] = {
        "id": wamid,
        "status": state,
        "timestamp": str(int(store.now())),
        "recipient_id": recipient,
    }
    if code is not None:
        title = TITLES.get(code, "Error")
        status["errors"] = [{"code": code, "title": title, "message": title, "error_data": {"details": title}}]
    tell_shop(store, account, {"statuses": [status]}, delay=delay)


class WhatsApp(Platform):
    name = kind = "whatsapp"
    label = "WhatsApp"

    def authenticate(self, store: Store, call: Call) -> Account:
        parts = self._parts(call)
        bearer = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
        if parts[1:] == ["message_templates"]:
            return self._of_business(store, parts[0], bearer)
        is_file = parts[:1] == ["media"] and call.method == "GET"
        account = find(store, "whatsapp", phone_number_id=parts[0]) if len(parts) > 1 else None
        account = account or find(store, "whatsapp", access_token=bearer)
        if (
            not bearer
            or account is None
            or not hmac.compare_digest(bearer, str(account.config.get("access_token", "")))
        ):
            raise error(190, "The access token could not be decrypted or has expired.")
        if len(parts) > 1 and not is_file and parts[0] != str(account.config.get("phone_number_id")):
            raise error(100, f"Unsupported post request. Object with ID '{parts[0]}' does not exist.", subcode=33)
        return account

    def _of_business(self, store: Store, business: str, bearer: str) -> Account:
        account = find(store, "whatsapp", access_token=bearer) if bearer else None
        if account is None:
            raise error(190, "The access token could not be decrypted or has expired.")
        if business != business_of(account):
            raise error(100, f"Unsupported request. Object with ID '{business}' does not exist.", subcode=33)
        return account

    def _parts(self, call: Call) -> list[str]:
        return [part for part in call.path.split("/") if part and not re.fullmatch(r"v\d+\.\d+", part)]

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        parts = self._parts(call)
        if parts[1:] == ["message_templates"]:
            return self._templates(store, call, account)
        if call.method == "GET" and parts == [str(account.config.get("phone_number_id"))]:
            return self._phone(account, call)
        if call.method == "GET" and len(parts) == 1:
            return self._media(store, account, parts[0])
        if call.method == "GET" and parts[0] == "media":
            return self.hand_out(store, parts[1], account) or Answer(404, b"", content_type="text/plain")
        if call.method != "POST" or parts[1:] != ["messages"]:
            raise error(100, f"Unsupported {call.method.lower()} request to /{call.path}.", subcode=33)
        try:
            message = call.json()
        except ValueError:
            raise error(100, "The request body is not valid JSON.") from None
        if not isinstance(message, dict):
            raise error(100, "The request body must be an object.")
        if "status" in message:
            return self._read_mark(store, call, account, message)
        return self._send(store, call, account, message, fault)

    def _phone(self, account: Account, call: Call) -> Answer:
        """The business phone as its owner sees it, with the fields that were asked for."""
        known = {
            "verified_name": account.title or "Demo Shop",
            "display_phone_number": str(account.config.get("number", "15550783881")),
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
            "webhook_configuration": {"application": account.webhook_url},
        }
        wanted = call.query.get("fields", "verified_name,display_phone_number,quality_rating").split(",")
        return Answer(
            200, {**{key: known[key] for key in wanted if key in known}, "id": account.config["phone_number_id"]}
        )

    def _templates(self, store: Store, call: Call, account: Account) -> Answer:
        """Wordings of the business account: GET lists them, POST hands one in."""
        mine = Templates(store, account, owner=business_of(account), sign=sign)
        if call.method == "GET":
            return mine.listed(call)
        try:
            draft = call.json()
        except ValueError:
            raise error(100, "The request body is not valid JSON.") from None
        if not isinstance(draft, dict):
            raise error(100, "The request body must be an object.")
        if wrong := meta_templates.problem(draft):
            raise error(100, wrong[0], subcode=wrong[1])
        if mine.is_taken(draft["name"], draft["language"]):
            raise error(100, "There is already content in this language for this template.", subcode=2388024)
        self.accept(store, call, account, recipient="", wire_id="", body=draft, outcome="info")
        return mine.handed_in(draft)

    def _check_template(self, store: Store, account: Account, wording: dict[str, Any], recipient: str) -> None:
        """One that was handed in here is sent only once it is approved, and with a value for each of its places."""
        mine = Templates(store, account, owner=business_of(account), sign=sign)
        name, code = str(wording["name"]), str(wording["language"]["code"])
        if not mine.find(name):
            names = account.config.get("templates")
            if isinstance(names, list | dict) and name not in names:
                raise error(132001, f"template name ({name}) does not exist", recipient=recipient)
            return
        there = mine.find(name, code)
        if not there or there[0]["status"] in ("PENDING", "REJECTED"):
            raise error(132001, f"template name ({name}) does not exist in {code}", recipient=recipient)
        body = next(part["text"] for part in there[0]["components"] if str(part["type"]).upper() == "BODY")
        given = sum(len(part.get("parameters", [])) for part in wording.get("components", []))
        if given != (wanted := len(meta_templates.places_in(body))):
            details = (
                f"body: number of localizable_params ({given}) does not match the expected number of params ({wanted})"
            )
            raise error(132000, details, recipient=recipient)

    def _media(self, store: Store, account: Account, media_id: str) -> Answer:
        """Where a file a shopper sent can be fetched (the address needs the token, as Meta's does)."""
        file = files.kept(store, media_id, account=account)
        if file is None:
            raise error(100, f"Object with ID '{media_id}' does not exist.", subcode=33)
        return Answer(200, {
            "messaging_product": "whatsapp", "url": files.address(account, "whatsapp", f"media/{media_id}"),
            "mime_type": file.mime, "sha256": hashlib.sha256(file.content).hexdigest(), "file_size": len(file.content),
            "id": media_id,
        })  # fmt: skip

    def _read_mark(self, store: Store, call: Call, account: Account, message: dict[str, Any]) -> Answer:
        if message["status"] != "read" or not message.get("message_id"):
            raise error(100, "The parameter message_id is required.")
        row = bubbles.by_wire_id(store, platform="whatsapp", account=account.name, wire_id=message["message_id"])
        if row is not None:
            bubbles.seen_by_shop(
                store, platform="whatsapp", account=account.name, shopper=row["shopper"], until=row["id"]
            )
            if message.get("typing_indicator"):
                store.set_setting(f"typing:whatsapp:{account.name}:{row['shopper']}", store.now())
        self.accept(
            store, call, account, recipient=row["shopper"] if row else "", wire_id="", body=message, outcome="info"
        )
        return Answer(200, {"success": True})

    def _send(self, store: Store, call: Call, account: Account, message: dict[str, Any], fault: Fault | None) -> Answer:
        raw = str(message.get("to") or message.get("recipient") or "")
        recipient = raw if message.get("recipient") and not message.get("to") else re.sub(r"\D", "", raw)
        if wrong := problem(message):
            raise error(wrong[0], wrong[1], recipient=recipient)
        if not recipient:
            raise error(131009, "Recipient phone number is not valid.", recipient=recipient)
        self._check_uploaded(store, account, message, recipient)
        self._check_recipient(store, account, message, recipient)
        wamid = new_wamid(recipient)
        self.accept(store, call, account, recipient=recipient, wire_id=wamid, body=message)
        bubble = bubbles.add(
            store, platform="whatsapp", account=account.name, shopper=recipient, direction="in", wire_id=wamid,
            state="accepted", body=message,
        )  # fmt: skip
        self._statuses(store, account, wamid, recipient, bubble, fault, is_broken=bool(unfetchable(message)))
        sent: dict[str, Any] = {"id": wamid}
        if message.get("type") == "template":
            sent["message_status"] = "accepted"
        contact = {"input": raw, "wa_id": recipient}
        return Answer(200, {"messaging_product": "whatsapp", "contacts": [contact], "messages": [sent]})

    def _check_uploaded(self, store: Store, account: Account, message: dict[str, Any], recipient: str) -> None:
        """A file may be named by its number only if it is there."""
        kind = str(message.get("type", "text"))
        part = message.get(kind)
        number = str(part.get("id", "")) if kind in MEDIA_TYPES and isinstance(part, dict) else ""
        if number and files.kept(store, number, account=account) is None:
            details = f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID"
            raise error(100, details, recipient=recipient)

    def _check_recipient(self, store: Store, account: Account, message: dict[str, Any], recipient: str) -> None:
        """The 24-hour window and the pace to one person."""
        row = shoppers.find(store, platform="whatsapp", account=account.name, external_id=recipient)
        is_template = message.get("type") == "template"
        if row is None or row["last_inbound_at"] is None:
            # With `known_only` off, somebody else may have carried this shopper's words to the shop.
            is_open = not store.setting("known_only", False)
        else:
            is_open = store.now() - row["last_inbound_at"] < WINDOW_SECONDS
        if not is_open and not is_template:
            details = "Message failed to send because more than 24 hours have passed since the customer last replied to this number."
            raise error(131047, details, recipient=recipient)
        if is_template:
            self._check_template(store, account, message["template"], recipient)
        row = row or shoppers.know(store, platform="whatsapp", account=account.name, external_id=recipient)
        if row["opted_out"]:
            raise error(131050, "The user does not want to receive messages of this business.", recipient=recipient)
        if store.setting("pair_rate", True) and not shoppers.take_token(store, row):
            raise error(
                131056,
                "Too many messages sent to the same phone number in a short period of time.",
                recipient=recipient,
            )

    def _statuses(
        self,
        store: Store,
        account: Account,
        wamid: str,
        recipient: str,
        bubble: int,
        fault: Fault | None,
        *,
        is_broken: bool = False,
    ) -> None:
        """Receipts follow by webhook: sent and delivered at once, read when the phone shows it."""
        code = int(fault.number("code", 131026)) if fault is not None and fault.kind == "late_failure" else 0
        if code or is_broken:
            bubbles.change(store, bubble, state="failed")
            tell_status(store, account, wamid, recipient, "failed", delay=0.2, code=code or NOT_FETCHED)
            return
        wanted = store.setting("receipts", ["sent", "delivered"])
        for place, state in enumerate(wanted):
            tell_status(store, account, wamid, recipient, state, delay=0.15 * (place + 1))
        bubbles.change(store, bubble, state="delivered")

    def too_many(self) -> Refused:
        return error(130429, "Cloud API message throughput has been reached.")

    def sick(self) -> Refused:
        return error(131000, "Message failed to send due to an unknown error.")

    def planned(self, fault: Fault) -> Refused:
        return error(int(fault.number("code", 131026)), "A planned fault of the sandbox.")
