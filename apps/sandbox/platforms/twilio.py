"""Twilio Programmable Messaging: form-encoded sends, opt-outs kept by the carrier, signed callbacks."""

import base64
import hashlib
import hmac
import json
import re
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, urlencode

from .. import bubbles, courier, files, ledger, shoppers
from ..accounts import Account, find
from ..faults import Fault
from ..sms_text import segments
from ..store import Store
from ..wire import Answer, Call, new_id
from .base import Platform, Refused

BODY, MEDIA = 1600, 10
NUMBER = re.compile(r"\+[1-9]\d{6,14}")
RCS = "rcs:"  # before the names of both sides where a message goes by RCS
NO_RCS = 63003  # "Channel could not find To address", told afterwards
STATUS_OF = {20003: 401, 20404: 404, 20429: 429, 21610: 400}
MESSAGES = {
    20003: "Authenticate", 20404: "The requested resource was not found", 20429: "Too Many Requests",
    21211: "The 'To' number {to} is not a valid phone number.", 21212: "The 'From' number {sender} is not a valid phone number, shortcode, or alphanumeric sender ID.",
    21602: "Message body is required.", 21603: "A 'From' or 'MessagingServiceSid' is required to send a message.",
    21604: "A 'To' phone number is required.", 21606: "The From phone number {sender} is not a valid, SMS-capable inbound phone number or short code for your account.",
    21610: "Attempt to send to unsubscribed recipient", 21617: "The concatenated message body exceeds the 1600 character limit",
    21620: "Invalid media URL(s)", 21623: "Number of media files exceeds allowed limit", 21609: "The 'StatusCallback' URL {callback} is not a valid URL.",
}  # fmt: skip
STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
HELP_WORDS = frozenset({"HELP", "INFO"})


def error(code: int, *, recipient: str = "", **facts: str) -> Refused:
    status = STATUS_OF.get(code, 400)
    message = MESSAGES.get(code, "Bad request").format(**{"to": recipient, "sender": "", "callback": "", **facts})
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Refused(
        status,
        {"code": code, "message": message, "more_info": more, "status": status},
        code=str(code),
        recipient=recipient,
    )


def signature(token: str, url: str, values: dict[str, str]) -> str:
    """X-Twilio-Signature: base64 HMAC-SHA1 over the address and the sorted fields."""
    signed = url + "".join(key + values[key] for key in sorted(values))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def tell_shop(
    store: Store,
    account: Account,
    values: dict[str, str],
    *,
    url: str = "",
    lane: str = "",
    delay: float = 0.0,
    bubble: int = 0,
) -> None:
    url = url or account.webhook_url
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "x-twilio-signature": signature(str(account.config.get("auth_token", "")), url, values),
        "user-agent": "TwilioProxy/1.1",
    }
    courier.post(
        store, source=f"{account.kind}/{account.name}", url=url, headers=headers, body=urlencode(values).encode(), lane=lane,
        delay=delay, retries=courier.TWILIO_RETRIES, bubble=bubble,
    )  # fmt: skip


def hand_over(
    store: Store, account: Account, shopper: str, what: dict[str, str], *, sid: str, bubble: int,
    file: files.File | None = None, number: str = "",
) -> None:  # fmt: skip
    """What a shopper sent, by SMS or by RCS; a file is fetched with the account's own password."""
    before = RCS if account.kind == "rcs" else ""
    own = sender_of(account)
    account_sid, text = str(account.config.get("account_sid", "")), what.get("Body", "")
    values = {
        "ToCountry": "US", "SmsMessageSid": sid, "NumMedia": "0", "SmsSid": sid, "SmsStatus": "received", "Body": text,
        "To": own, "From": f"{before}{shopper}", "NumSegments": str(segments(text)), "MessageSid": sid,
        "AccountSid": account_sid, "ApiVersion": "2010-04-01", **what,
    }  # fmt: skip
    if file is not None:
        path = f"2010-04-01/Accounts/{account_sid}/Messages/{sid}/Media/ME{number}"
        values |= {"NumMedia": "1", "MediaUrl0": files.address(account, "twilio", path), "MediaContentType0": file.mime}
    told = {"sid": sid, "from": values["From"], "to": own, "body": text, "direction": "inbound", "status": "received"}
    ledger.record(
        store, platform="twilio", account=account.name, recipient=shopper, method="inbound", outcome="inbound", status=0,
        wire_id=sid, body=told,
    )  # fmt: skip
    tell_shop(store, account, values, lane=f"{account.kind}:{account.name}:{shopper}", bubble=bubble)


def sender_of(account: Account) -> str:
    """Who the shop is here: a number, or an agent."""
    if account.kind == "rcs":
        return RCS + str(account.config.get("agent_id", "")).removeprefix(RCS)
    return str(account.config.get("from_number", ""))


def tell_state(
    store: Store, account: Account, sent: dict[str, str], sid: str, state: str, *, code: str = "", delay: float = 0.0
) -> None:
    """What became of a message, only where its sender asked for it: `sent` is the form it came in."""
    url = sent.get("StatusCallback") or str(account.config.get("status_callback", ""))
    if not url:
        return
    told = {
        "AccountSid": str(account.config["account_sid"]), "ApiVersion": "2010-04-01", "From": sent.get("From", ""),
        "To": sent["To"], "MessageSid": sid, "MessageStatus": state, "SmsSid": sid, "SmsStatus": state,
        **({"ErrorCode": code} if code else {}),
    }  # fmt: skip
    tell_shop(store, account, told, url=url, delay=delay)


class Twilio(Platform):
    name, kind = "twilio", "sms"
    label = "SMS, RCS (Twilio)"

    def authenticate(self, store: Store, call: Call) -> Account:
        found = re.search(r"Accounts/([^/.]+)", call.path)
        account = _account_of(store, call, found.group(1)) if found else None
        scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(encoded).decode().partition(":")
        except ValueError:
            raise error(20003) from None
        is_known = account is not None and scheme.lower() == "basic" and user == account.config.get("account_sid")
        if (
            account is None
            or not is_known
            or not hmac.compare_digest(password, str(account.config.get("auth_token", "")))
        ):
            raise error(20003)
        return account

    def perform(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        path = call.path.strip("/")
        if call.method == "POST" and path.endswith("/Messages.json"):
            return self._send(store, call, account, fault)
        if call.method == "GET" and (found := re.search(r"/Messages/\w+/Media/ME(\d+)$", "/" + path)):
            if media := self.hand_out(store, found.group(1), account):
                return media
            raise error(20404)
        if call.method == "GET" and re.search(r"/Accounts/[^/]+\.json$", "/" + path):
            return Answer(200, self._account(account))
        if call.method == "GET" and path.endswith("/IncomingPhoneNumbers.json"):
            return Answer(200, self._numbers(store, account, call))
        if call.method == "GET" and path.endswith("/Messages.json"):
            return self._list(store, call, account)
        if call.method == "GET" and (found := re.search(r"/Messages/(\w+)\.json$", "/" + path)):
            rows = [row for row in self._sent(store, account) if row["wire_id"] == found.group(1)]
            if rows:
                return Answer(200, self._resource(account, rows[0]))
        raise error(20404)

    def _account(self, account: Account) -> dict[str, Any]:
        sid = str(account.config["account_sid"])
        return {
            "sid": sid, "friendly_name": account.title or "Demo Shop", "status": "active", "type": "Full",
            "owner_account_sid": sid, "uri": f"/2010-04-01/Accounts/{sid}.json",
        }  # fmt: skip

    def _numbers(self, store: Store, account: Account, call: Call) -> dict[str, Any]:
        """The one number there is, if it is the one asked for; Twilio looks for a part of it."""
        number = str(account.config.get("from_number", ""))
        wanted = call.query.get("PhoneNumber", "")
        url = store.setting(f"sms_url:{account.name}", account.webhook_url)
        found = {
            "phone_number": number,
            "sid": "PN" + "0" * 32,
            "sms_url": url,
            "sms_method": "POST",
            "capabilities": {"sms": True},
        }
        numbers = [found] if wanted.lstrip("+") in number else []
        return {"incoming_phone_numbers": numbers, "page": 0, "page_size": 50, "next_page_uri": None}

    def _send(self, store: Store, call: Call, account: Account, fault: Fault | None) -> Answer:
        pairs = parse_qsl(call.body.decode(errors="replace"), keep_blank_values=True)
        values = dict(pairs)
        media = [value for key, value in pairs if key == "MediaUrl"]
        recipient = values.get("To", "")
        self._check(store, account, values, media)
        sid = new_id("MM" if media else "SM", 32)
        self.accept(
            store, call, account, recipient=recipient, wire_id=sid, body={**values, "MediaUrl": media}, status=201
        )
        words = values.get("Body", "")
        shown: dict[str, Any] = {"Body": words, "MediaUrl": media, "segments": segments(words)}
        if account.kind == "rcs":
            shown = {"text": words, "pictures": media, "sent": {"StatusCallback": values.get("StatusCallback", "")}}
        bubble = bubbles.add(
            store, platform=account.kind, account=account.name, shopper=recipient.removeprefix(RCS), direction="in",
            wire_id=sid, state="accepted", body=shown,
        )  # fmt: skip
        self._callbacks(store, account, values, sid, bubble, fault)
        row = {"wire_id": sid, "recipient": recipient, "body": {**values, "MediaUrl": media}, "at": store.now()}
        return Answer(201, self._resource(account, row))

    def _check(self, store: Store, account: Account, values: dict[str, str], media: list[str]) -> None:
        """Raises `Refused` with Twilio's code."""
        to, sender = values.get("To", ""), values.get("From", "")
        if not to:
            raise error(21604)
        if not sender and not values.get("MessagingServiceSid"):
            raise error(21603, recipient=to)
        if not NUMBER.fullmatch(to.removeprefix(RCS)) or to.startswith(RCS) != (account.kind == "rcs"):
            raise error(21211, recipient=to)
        if sender and sender != sender_of(account):
            raise error(21606 if NUMBER.fullmatch(sender) else 21212, recipient=to, sender=sender)
        if not values.get("Body", "").strip() and not media:
            raise error(21602, recipient=to)
        if len(values.get("Body", "")) > BODY:
            raise error(21617, recipient=to)
        if len(media) > MEDIA:
            raise error(21623, recipient=to)
        if any(not re.match(r"https?://[^\s/]", address) for address in media):
            raise error(21620, recipient=to)
        if values.get("StatusCallback") and not re.match(r"https?://[^\s/]", values["StatusCallback"]):
            raise error(21609, recipient=to, callback=values["StatusCallback"])
        who = to.removeprefix(RCS)
        row = shoppers.know(store, platform=account.kind, account=account.name, external_id=who)
        if row["opted_out"]:
            raise error(21610, recipient=to)

    def _callbacks(
        self, store: Store, account: Account, values: dict[str, str], sid: str, bubble: int, fault: Fault | None
    ) -> None:
        """Status callbacks, only where the sender asked for them."""
        code = ""
        if fault is not None and fault.kind == "late_failure":
            code = str(int(fault.number("code", 30003)))
        elif account.kind == "rcs" and values["To"].removeprefix(RCS) in store.setting("rcs_off", []):
            code = str(NO_RCS)
        bubbles.change(store, bubble, state="failed" if code else "delivered")
        for place, state in enumerate(("sent", "undelivered") if code else ("sent", "delivered")):
            why = code if state == "undelivered" else ""
            tell_state(store, account, values, sid, state, code=why, delay=0.15 * (place + 1))

    def _sent(self, store: Store, account: Account) -> list[dict[str, Any]]:
        return ledger.calls(store, platform="twilio", account=account.name, limit=100_000)

    def _list(self, store: Store, call: Call, account: Account) -> Answer:
        """Newest first, both directions, filtered by To and From: what a reconciling shop reads."""
        rows = [self._resource(account, row) for row in self._sent(store, account)]
        rows += [
            json.loads(row["body"])
            for row in store.all(
                "select body from calls where platform = 'twilio' and account = ? and outcome = 'inbound'", account.name
            )
        ]
        wanted = {key.lower(): call.query[key] for key in ("To", "From") if call.query.get(key)}
        rows = [row for row in rows[::-1] if all(row[key] == value for key, value in wanted.items())]
        size = int(call.query.get("PageSize", 50))
        return Answer(200, {"messages": rows[:size], "page": 0, "page_size": size, "next_page_uri": None})

    def _resource(self, account: Account, row: dict[str, Any]) -> dict[str, Any]:
        sid, body, date = row["wire_id"], row["body"], formatdate(row["at"])
        account_sid = str(account.config["account_sid"])
        uri = f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}"
        return {
            "account_sid": account_sid, "api_version": "2010-04-01", "body": body.get("Body", ""), "date_created": date,
            "date_sent": None, "date_updated": date, "direction": "outbound-api", "error_code": None, "error_message": None,
            "from": body.get("From"), "messaging_service_sid": body.get("MessagingServiceSid"),
            "num_media": str(len(body.get("MediaUrl", []))), "num_segments": str(segments(body.get("Body", ""))),
            "price": None, "price_unit": "USD", "sid": sid, "status": "queued", "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": row["recipient"], "uri": f"{uri}.json",
        }  # fmt: skip

    def too_many(self) -> Refused:
        return error(20429)

    def sick(self) -> Refused:
        return Refused(500, {"code": 20500, "message": "Internal Server Error", "status": 500}, code="20500")

    def planned(self, fault: Fault) -> Refused:
        return error(int(fault.number("code", 21610)))


def _account_of(store: Store, call: Call, sid: str) -> Account | None:
    """One account of Twilio's may have a number and an agent: what is sent, or fetched, says which."""
    form = dict(parse_qsl(call.body.decode(errors="replace")))
    by_rcs = any(form.get(name, "").startswith(RCS) for name in ("From", "To"))
    accounts = [found for kind in ("sms", "rcs") if (found := find(store, kind, account_sid=sid))]
    wanted = [account for account in accounts if (account.kind == "rcs") == by_rcs]
    if media := re.search(r"/Media/ME(\d+)$", call.path):
        wanted = [account for account in accounts if files.kept(store, media.group(1), account=account)]
    return next(iter([*wanted, *accounts]), None)
