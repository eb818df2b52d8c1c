"""SMS and MMS by Vonage: both of its inbound webhooks (Messages API and SMS API), sending by the Messages API."""

from collections.abc import Mapping
from typing import Any

from apps.messaging.channel import ErrorClass, MediaRequest, Recipient, Sent, WebhookReply, WebhookRequest
from apps.messaging.contacts import sort_of
from apps.messaging.events import ChannelEvent, EventKind, MediaRef, Receipt
from apps.messaging.findings import Finding
from apps.messaging.platforms import vonage, vonage_desk
from apps.messaging.reading import entry_token, fingerprint, ignored, kept, mapping, one_by_one, read_json, text, whole

MAX_PARTS = 60  # a text of so many is none that a phone sends
# The SMS API's own delivery reports, for what other programs of the shop send there.
SMS_API_RECEIPTS = {
    **dict.fromkeys(("accepted", "buffered"), Receipt.SENT),
    "delivered": Receipt.DELIVERED,
    **dict.fromkeys(("expired", "failed", "rejected"), Receipt.FAILED),
}
UNKNOWN = "unknown"  # how it went only the code beside it tells
# Why an SMS did not arrive, where that is more than that it did not: api.support.vonage.com/hc/en-us/articles/204014733
DELIVERY_ERRORS = {6: ErrorClass.POLICY, 9: ErrorClass.OPTED_OUT, 10: ErrorClass.BAD_REQUEST}


class Vonage:
    is_form = False

    def missing(self, config: Mapping[str, Any]) -> list[str]:
        return vonage.missing(config)

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        vonage.verify(request, config)

    def parse(self, request: WebhookRequest, config: Mapping[str, Any]) -> list[ChannelEvent]:
        is_json = request.body.lstrip()[:1] in (b"{", b"[")
        data = read_json(request.body) if is_json else vonage.read_fields(request.body)
        own = vonage.digits(str(config.get("from_number") or ""))
        return one_by_one([data], lambda item: _event(item, own))

    def acknowledge(self, request: WebhookRequest) -> WebhookReply:
        return WebhookReply()

    def address(self, body: Mapping[str, Any], to: Recipient, config: Mapping[str, Any], key: str) -> dict[str, Any]:
        who = {"to": vonage.digits(to.external_id), "from": vonage.digits(str(config.get("from_number") or ""))}
        said: dict[str, Any] = {"channel": "sms", "message_type": "text", "text": body["text"]}
        if body.get("picture"):
            picture = {"url": body["picture"], **({"caption": body["text"]} if body["text"] else {})}
            said = {"channel": "mms", "message_type": "image", "image": picture}
        call = {**who, **said, "webhook_version": "v1"}
        if key:
            call["client_ref"] = key
        if callback := str(config.get("status_callback") or ""):
            call["webhook_url"] = callback
        return call

    def path(self, config: Mapping[str, Any]) -> str:
        return vonage.PATH

    def send(self, path: str, body: Mapping[str, Any], config: Mapping[str, Any], timeout: float) -> Sent:
        return vonage.send(path, body, config, timeout)

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return vonage.classify(status, body)

    def probe(self, config: Mapping[str, Any], address: str) -> list[Finding]:
        return vonage_desk.probe(config, address)

    def media_request(self, media: MediaRef, config: Mapping[str, Any]) -> MediaRequest:
        return vonage.media_request(media, config)


def _event(data: dict[str, Any], own: str) -> list[ChannelEvent]:
    if "msisdn" in data or "messageId" in data:
        return _sms_api(data, own)
    if "status" in data:
        return [vonage.status_event(data)]
    base = vonage.envelope(data)
    if refused := _not_ours(data, base["external_user_id"], vonage.number_of(data.get("to")), own):
        return [refused]
    content = mapping(mapping(data.get("message")).get("content")) or data
    kind = text(content.get("message_type")) or text(content.get("type"))
    if kind == "text":
        return _words(text(content.get("text")), base)
    media, words = vonage.files_of(content, kind)
    if media:
        return [ChannelEvent(kind=EventKind.MESSAGE, **base, text=words, media=media, **sort_of(media))]
    return [ChannelEvent(kind=EventKind.MESSAGE, **base, type="unsupported", text=words, data=kept(data))]


def _not_ours(data: dict[str, Any], who: str, to: str, own: str) -> ChannelEvent | None:
    if not who:
        return ignored(data, reason="no sender")
    if own and vonage.digits(who) == own:
        return ignored(data, reason="from our own number")
    if own and to and vonage.digits(to) != own:
        return ignored(data, reason="another number's")
    return None


def _words(said: str, base: dict[str, Any]) -> list[ChannelEvent]:
    token = entry_token(said)
    message = ChannelEvent(kind=EventKind.MESSAGE, **base, type="text", text="Hi" if token else said)
    if not token:
        return [message]
    told = {**base, "external_event_id": f"{base['external_event_id']}:referral"}
    return [ChannelEvent(kind=EventKind.REFERRAL, **told, data={"source": "link", "ref": token}), message]


def _sms_api(data: dict[str, Any], own: str) -> list[ChannelEvent]:
    """The older API. It hands a long SMS over in parts, in any order; `data` says which part this is of how many, and
    the inbox makes one message of them."""
    if "status" in data:
        return [_report(data)]
    who, to = vonage.number_of(data.get("msisdn")), vonage.number_of(data.get("to"))
    if refused := _not_ours(data, who, to, own):
        return [refused]
    base: dict[str, Any] = {
        "external_event_id": text(data.get("messageId")) or fingerprint(data),
        "external_user_id": who,
        "occurred_at": vonage.moment(text(data.get("message-timestamp")).replace(" ", "T")),
        "thread_key": who,
        "aliases": {"phone": who} if who.startswith("+") else {},
    }
    if text(data.get("type")) == "binary":
        return [ChannelEvent(kind=EventKind.MESSAGE, **base, type="unsupported", data=kept(data))]
    part, total = whole(data.get("concat-part")), whole(data.get("concat-total"))
    ref, said = text(data.get("concat-ref")), text(data.get("text"))
    is_part = text(data.get("concat")).lower() == "true" or data.get("concat") is True
    if not is_part or part is None or total is None or not 1 <= part <= total <= MAX_PARTS or total == 1:
        return _words(said, base)
    told = {"part": part, "parts": total, "parts_ref": ref}
    return [ChannelEvent(kind=EventKind.MESSAGE, **base, type="text", text=said, data=told)]


def _report(data: dict[str, Any]) -> ChannelEvent:
    word, target, who = text(data.get("status")), text(data.get("messageId")), vonage.number_of(data.get("msisdn"))
    receipt, code = SMS_API_RECEIPTS.get(word), whole(data.get("err-code"))
    if word == UNKNOWN and not code:
        return ignored(data, reason="nobody knows whether it arrived", user=who)
    receipt = Receipt.FAILED if word == UNKNOWN else receipt
    if receipt is None or not target:
        return ignored(data, reason="status not understood", user=who)
    told: dict[str, Any] = {"key": key} if (key := text(data.get("client-ref"))[:512]) else {}
    if code:
        told["errors"] = [{"code": code}]
    return ChannelEvent(
        kind=EventKind.STATUS,
        external_event_id=f"{target}:{word}",
        external_user_id=who,
        occurred_at=vonage.moment(text(data.get("message-timestamp")).replace(" ", "T")),
        thread_key=who,
        target=target,
        receipt=str(receipt),
        error_class=str(DELIVERY_ERRORS.get(code or 0, ErrorClass.UNREACHABLE)) if receipt is Receipt.FAILED else "",
        data={"is_anyones": True, **told},
    )
