"""SMS by Twilio: form webhooks signed over the public address, Messages.json to send."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from twilio.request_validator import RequestValidator

from apps.merchants import clock
from apps.merchants.storable import storable
from apps.messaging import findings, http
from apps.messaging.channel import (
    ErrorClass,
    Forged,
    Malformed,
    MediaRequest,
    NotConfigured,
    Recipient,
    SendFailed,
    Sent,
    WebhookReply,
    WebhookRequest,
)
from apps.messaging.events import ChannelEvent, EventKind, MediaRef, Receipt
from apps.messaging.findings import Finding
from apps.messaging.reading import fingerprint, ignored, items, mapping, text, whole

from .twilio_events import RCS, bare_names, inbound_events, with_rich_parts

API_BASE = "https://api.twilio.com"
EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
MAX_FIELDS = 200

RECEIPTS = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending"), Receipt.ACCEPTED),
    "sent": Receipt.SENT,
    "delivered": Receipt.DELIVERED,
    "read": Receipt.READ,
    "undelivered": Receipt.FAILED,
    "failed": Receipt.FAILED,
    "canceled": Receipt.FAILED,
}
CODES: dict[int, ErrorClass] = {
    **dict.fromkeys((20429, 14107, 30022), ErrorClass.RETRY_AFTER),
    **dict.fromkeys((20500, 20503, 30001, 30008), ErrorClass.RETRY),
    21610: ErrorClass.OPTED_OUT,
    **dict.fromkeys((21211, 21614, 30003, 30004, 30005, 30006, 21612, 21408, 63003, 63036), ErrorClass.UNREACHABLE),
    **dict.fromkeys((20003, 20403, 20404, 21606, 21660, 30002), ErrorClass.AUTH),
    **dict.fromkeys((30007, 30034, 30032), ErrorClass.POLICY),
    **dict.fromkeys((21602, 21604, 21617, 21619), ErrorClass.BAD_REQUEST),
}


class _Form(dict[str, list[str]]):
    """A form as Twilio's validator reads it: every value of a name counts."""

    def getall(self, name: str) -> list[str]:
        return self[name]


class Twilio:
    is_form = True

    def missing(self, config: Mapping[str, Any]) -> list[str]:
        return [name for name in ("account_sid", "auth_token") if not config.get(name)]

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        """Twilio's own validator over the public address and the form. Raises `Forged`, `NotConfigured`."""
        token, account = str(config.get("auth_token") or ""), str(config.get("account_sid") or "")
        if not token or not account:
            raise NotConfigured("auth_token or account_sid is missing")
        signature = request.headers.get("x-twilio-signature", "")
        try:
            covered = _covered(request)
            is_genuine = RequestValidator(token).validate(request.url, covered, signature)
        except (Malformed, ValueError, UnicodeError) as error:
            raise Forged(f"nothing a signature could cover: {error}") from error
        if not signature or not is_genuine:
            raise Forged("X-Twilio-Signature does not match")
        if isinstance(covered, _Form) and _first(covered, "AccountSid") != account:
            raise Forged("another account's webhook")

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        if is_json(request.body):
            return [
                ignored({"size": len(request.body)}, reason="an event of the account", key=fingerprint(request.body))
            ]
        form, channel = bare_names(read_fields(request.body))
        if channel not in ("", RCS):
            return [ignored(form, reason="another channel's")]
        if is_status(form):
            return [status_event(form, request.query.get("key", ""))]
        own = str(config.get("from_number") or "")
        if own and _phone(form.get("From", "")) == _phone(own):
            return [ignored(form, reason="from our own number")]
        # A service answers from its pool, which may hold a sender of RCS: twilio.com/docs/rcs/send-an-rcs-message
        is_service = bool(form.get("MessagingServiceSid") or (channel and config.get("messaging_service_sid")))
        if own and form.get("To") and not is_service and _phone(form["To"]) != _phone(own):
            return [ignored(form, reason="another number's")]
        events = inbound_events(form)
        return with_rich_parts(form, events) if channel else events

    def acknowledge(self, request: WebhookRequest) -> WebhookReply:
        return WebhookReply(body=EMPTY_TWIML, content_type="text/xml; charset=utf-8")

    def address(self, body: Mapping[str, Any], to: Recipient, config: Mapping[str, Any], key: str) -> dict[str, Any]:
        sender: dict[str, Any] = {"From": config.get("from_number", "")}
        if config.get("messaging_service_sid"):
            sender = {"MessagingServiceSid": config["messaging_service_sid"]}
        form = {"To": to.external_id, **sender, "Body": body["text"]}
        if body.get("picture"):
            form["MediaUrl"] = body["picture"]
        if callback := str(config.get("status_callback") or ""):
            joiner = "&" if urlsplit(callback).query else "?"
            form["StatusCallback"] = f"{callback}{joiner}key={quote(key)}" if key else callback
        return form

    def path(self, config: Mapping[str, Any]) -> str:
        return f"2010-04-01/Accounts/{config.get('account_sid', '')}/Messages.json"

    def send(self, path: str, body: Mapping[str, Any], config: Mapping[str, Any], timeout: float) -> Sent:
        account, token = str(config.get("account_sid") or ""), str(config.get("auth_token") or "")
        if not account or not token:
            raise SendFailed(ErrorClass.AUTH, "account_sid or auth_token is missing")
        base = str(config.get("api_base") or API_BASE).rstrip("/")
        answer = http.post(f"{base}/{path}", form=body, auth=(account, token), timeout=timeout)
        sid = text(answer.body.get("sid"))
        if answer.is_ok and sid:
            return Sent(sid, answer.body)
        if answer.is_ok:
            raise SendFailed(ErrorClass.AMBIGUOUS, "accepted without a sid")
        raise SendFailed(
            self.classify_error(answer.status, answer.body),
            (text(answer.body.get("message")) or f"HTTP {answer.status}")[:300],
            retry_after=answer.retry_after,
            code=text(answer.body.get("code")) or str(answer.status),
        )

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return _classify(whole(body.get("code")), status)

    def probe(self, config: Mapping[str, Any], address: str) -> list[Finding]:
        """https://www.twilio.com/docs/iam/api/account, https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource"""
        account = self._read(".json", config)
        found = [findings.ok("connected", name=text(account.get("friendly_name")) or text(account.get("sid")))]
        if (status := text(account.get("status"))) not in ("", "active"):
            found.append(findings.wrong("not_active", said=status))
        if text(account.get("type")) == "Trial":
            found.append(findings.warning("on_trial"))
        number = str(config.get("from_number") or "")
        listed = self._read(f"/IncomingPhoneNumbers.json?PhoneNumber={quote(number, safe='')}", config)
        numbers = [mapping(each) for each in items(listed.get("incoming_phone_numbers"))]
        ours = next((each for each in numbers if _phone(text(each.get("phone_number"))) == _phone(number)), None)
        if ours is None:
            return [*found, findings.wrong("unknown_there", said=number)]
        return [*found, _webhook(ours, config, address)]

    def _read(self, path: str, config: Mapping[str, Any]) -> dict[str, Any]:
        """A resource of the account. Raises `SendFailed`."""
        account, token = str(config.get("account_sid") or ""), str(config.get("auth_token") or "")
        base = str(config.get("api_base") or API_BASE).rstrip("/")
        url = f"{base}/2010-04-01/Accounts/{quote(account, safe='')}{path}"
        with http.saying_nothing():
            answer = http.get(url, auth=(account, token), timeout=10)
            if answer.is_ok and answer.is_json:
                return answer.body
            said = text(answer.body.get("message")) or f"HTTP {answer.status}"
            raise SendFailed(self.classify_error(answer.status, answer.body), said[:300])

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        """Twilio answers with a redirect to its file store; the fetcher takes that one hop without our password."""
        credentials = f"{config['account_sid']}:{config['auth_token']}".encode()
        return MediaRequest(media.url, {"Authorization": http.basic(credentials)})


def read_form(body: bytes) -> _Form:
    """Raises `Malformed`."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace")
    except ValueError as error:
        raise Malformed(f"no form: {error}") from error
    form = _Form()
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return form


def read_fields(body: bytes) -> dict[str, str]:
    """The first value of each name, as it may be stored. Raises `Malformed`."""
    form: dict[str, str] = storable({name: values[0] for name, values in read_form(body).items()})
    return form


def is_json(body: bytes) -> bool:
    """Twilio tells messages in forms; JSON is of what else an account can have told."""
    return body.lstrip()[:1] in (b"{", b"[")


def is_status(form: Mapping[str, str]) -> bool:
    return bool(form.get("MessageStatus")) or form.get("SmsStatus", "received") not in ("received", "receiving")


def _covered(request: WebhookRequest) -> "_Form | str":
    """What a signature covers beside the address: the fields of a form; of JSON its checksum, which the address has
    (twilio.com/docs/usage/security#validating-requests). Raises `Malformed`."""
    if is_json(request.body):
        if "bodySHA256" not in request.query:
            raise Malformed("JSON without its checksum")
        return request.body.decode()
    return read_form(request.body)


def _webhook(number: Mapping[str, Any], config: Mapping[str, Any], address: str) -> Finding:
    """Where a number's messages go; with a messaging service that is the service's own form, which this one only defers to."""
    there = text(number.get("sms_url"))
    if config.get("messaging_service_sid") and there.rstrip("/") != address.rstrip("/"):
        return findings.ok("unchecked")
    return findings.webhook(there, ours=address)


def _first(form: _Form, name: str) -> str:
    return form[name][0] if form.get(name) else ""


def _phone(number: str) -> str:
    return re.sub(r"\D", "", number)


def _classify(code: int | None, status: int) -> ErrorClass:
    if code is not None and code in CODES:
        return CODES[code]
    # A code of its own is an exception instead of a message (twilio.com/docs/usage/twilios-response); a message has no
    # name of ours there.
    return http.meaning_of(status, is_repeatable=code is not None)


def status_event(form: dict[str, str], key: str) -> ChannelEvent:
    word = form.get("MessageStatus") or form.get("SmsStatus", "")
    sid, who = form.get("MessageSid") or form.get("SmsSid", ""), form.get("To", "")
    receipt = RECEIPTS.get(word)
    if receipt is None or not sid:
        return ignored(form, reason="status not understood", user=who)
    code = whole(form.get("ErrorCode"))
    data: dict[str, Any] = {"errors": [{"code": code, "title": form.get("ErrorMessage", "")}]} if code else {}
    if key:
        data["key"] = key[:512]
    return ChannelEvent(
        kind=EventKind.STATUS,
        external_event_id=f"{sid}:{word}",
        external_user_id=who,
        occurred_at=clock.now(),
        thread_key=who,
        target=sid,
        receipt=str(receipt),
        error_class=str(_classify(code, 400)) if receipt is Receipt.FAILED else "",
        data=data,
    )
