"""What Meta's channels share: the signature, the handshake, the way to send, and the meaning of error codes."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from apps.messaging import findings, http
from apps.messaging.channel import (
    Channel,
    ErrorClass,
    Forged,
    NotConfigured,
    PlatformTemplate,
    SendFailed,
    TemplateDraft,
    WebhookReply,
    WebhookRequest,
)
from apps.messaging.findings import Finding
from apps.messaging.reading import header_bytes, items, mapping, text, whole

API_BASE = "https://graph.facebook.com/v23.0"

# Meta's codes in our words (developers.facebook.com "Error codes"; docs/channels.md). What is not here is judged by status.
CODES: dict[int, ErrorClass] = {
    **dict.fromkeys((1, 2, 1200, 131000, 131016, 133016, 133004, 131057), ErrorClass.RETRY),
    **dict.fromkeys((4, 613, 80002, 80006, 80007, 130429, 131056), ErrorClass.RETRY_AFTER),
    131047: ErrorClass.WINDOW_CLOSED,
    **dict.fromkeys((131050, 551), ErrorClass.OPTED_OUT),
    **dict.fromkeys((131026, 130472, 131049, 131021), ErrorClass.UNREACHABLE),
    **dict.fromkeys((0, 3, 10, 190, *range(200, 300), 131005), ErrorClass.AUTH),
    **dict.fromkeys((368, 2022, 131031, 131048, 132015, 132016), ErrorClass.POLICY),
    **dict.fromkeys((100, 131008, 131009, 131051, 131052, 131053), ErrorClass.BAD_REQUEST),
    **dict.fromkeys((*range(132000, 132015), 131062), ErrorClass.BAD_REQUEST),
}
# What the inboxes' codes mean more exactly: most of these come with 10 ("no permission"), and tell nothing of our token.
# https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes
SUBCODES: dict[int, ErrorClass] = {
    **dict.fromkeys((2018278, 2018065, 2534022), ErrorClass.WINDOW_CLOSED),
    **dict.fromkeys((2018001, 2534014, 2018108), ErrorClass.UNREACHABLE),  # no such user, or none who takes messages
    **dict.fromkeys((2018300, 2534037), ErrorClass.UNREACHABLE),  # another app has the thread now
    1545041: ErrorClass.OPTED_OUT,
    2018321: ErrorClass.RETRY,  # Messenger's own questions are being answered
    **dict.fromkeys((1893063, 2534029), ErrorClass.POLICY),
}
NO_SUCH_NODE = 33  # subcode: it does not exist, or this token may not see it
PAIR_PAUSE = 6.0  # seconds between two messages to one shopper once a burst is used up


def verify_signature(request: WebhookRequest, app_secret: str) -> None:
    """HMAC-SHA256 over the raw body. Raises `NotConfigured`, `Forged`."""
    if not app_secret:
        raise NotConfigured("app_secret is missing")
    given = header_bytes(request.headers, "x-hub-signature-256")
    expected = b"sha256=" + hmac.new(app_secret.encode(), request.body, hashlib.sha256).hexdigest().encode()
    if not hmac.compare_digest(given, expected):
        raise Forged("X-Hub-Signature-256 does not match")


def answer_handshake(request: WebhookRequest, verify_token: str) -> WebhookReply:
    """Echo the challenge to whoever knows our token, as plain text. Raises `NotConfigured`, `Forged`."""
    if not verify_token:
        raise NotConfigured("verify_token is missing")
    given = request.query.get("hub.verify_token", "").encode("utf-8", "surrogateescape")
    if request.query.get("hub.mode") != "subscribe" or not hmac.compare_digest(given, verify_token.encode()):
        raise Forged("hub.verify_token does not match")
    return WebhookReply(body=request.query.get("hub.challenge", "").encode("utf-8", "replace"))


def classify(code: int | None, status: int, *, subcode: int | None = None) -> ErrorClass:
    for told in (subcode, code):
        if told is not None and told in SUBCODES:
            return SUBCODES[told]
    if code is not None and code in CODES:
        return CODES[code]
    # With an error of its own the Graph says that the call failed, and which to repeat (developers.facebook.com/docs/
    # graph-api/guides/error-handling); it knows no name by which a call of ours would be known again.
    return http.meaning_of(status, is_repeatable=code is not None)


def classify_body(status: int, body: Mapping[str, Any]) -> ErrorClass:
    error = mapping(body.get("error"))
    return classify(whole(error.get("code")), status, subcode=whole(error.get("error_subcode")))


def send(
    path: str, body: Mapping[str, Any], config: Mapping[str, Any], *, timeout: float, base: str = API_BASE
) -> http.Answer:
    """One call to the Graph at `base`, unless the settings name another. Raises `SendFailed`."""
    return _taken(http.post(_url(path, config, base), json_body=body, headers=_bearer(config), timeout=timeout))


def read(path: str, config: Mapping[str, Any], *, timeout: float = 10.0, base: str = API_BASE) -> dict[str, Any]:
    """A node or list of the Graph. Raises `SendFailed`, with UNREACHABLE where there is no such node for us."""
    answer = http.get(_url(path, config, base), headers=_bearer(config), timeout=timeout)
    error = mapping(answer.body.get("error"))
    if whole(error.get("error_subcode")) == NO_SUCH_NODE:
        said = text(mapping(error.get("error_data")).get("details")) or text(error.get("message"))
        raise SendFailed(ErrorClass.UNREACHABLE, said[:300], code="100")
    with http.saying_nothing():
        return _taken(answer).body


def _url(path: str, config: Mapping[str, Any], base: str) -> str:
    return f"{str(config.get('api_base') or base).rstrip('/')}/{path}"


def _bearer(config: Mapping[str, Any]) -> dict[str, str]:
    token = config.get("access_token")
    if not token:
        raise SendFailed(ErrorClass.AUTH, "access_token is missing")
    return {"Authorization": f"Bearer {token}"}


def _taken(answer: http.Answer) -> http.Answer:
    if answer.is_ok and answer.is_json:
        return answer
    if answer.is_ok:
        raise SendFailed(ErrorClass.AMBIGUOUS, "the answer was cut")
    error = mapping(answer.body.get("error"))
    code = whole(error.get("code"))
    pause = answer.retry_after or (PAIR_PAUSE if code == 131056 else None)
    detail = text(mapping(error.get("error_data")).get("details")) or text(error.get("message"))
    raise SendFailed(
        classify_body(answer.status, answer.body),
        (detail or f"HTTP {answer.status}")[:300],
        retry_after=pause,
        code=str(code if code is not None else answer.status),
    )


# Meta's states of a wording in our words (Template.State). The webhook's `event` and the list's `status` share them.
TEMPLATE_STATES = {
    "APPROVED": "approved",
    "PENDING": "submitted",
    "IN_APPEAL": "submitted",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "FLAGGED": "approved",  # it may still be sent; Meta warns that it will be paused
    **dict.fromkeys(("REINSTATED", "UNARCHIVED", "UNLOCKED"), "approved"),
    **dict.fromkeys(("DISABLED", "LIMIT_EXCEEDED", "PENDING_DELETION", "DELETED", "ARCHIVED"), "disabled"),
}
TEMPLATE_PAGE = 100
MOST_PAGES = 20


def read_templates(owner: str, config: Mapping[str, Any]) -> list[PlatformTemplate]:
    """All wordings of a WhatsApp business account or page, page by page. Raises `SendFailed`."""
    found: list[PlatformTemplate] = []
    after = ""
    for _page in range(MOST_PAGES):
        fields = "id,name,language,status,category,components,rejected_reason"
        query = f"fields={fields}&limit={TEMPLATE_PAGE}" + (f"&after={quote(after)}" if after else "")
        body = read(f"{owner}/message_templates?{query}", config)
        found += [one for item in items(body.get("data")) if (one := read_template(mapping(item))) is not None]
        paging = mapping(body.get("paging"))
        after = text(mapping(paging.get("cursors")).get("after"))
        if not after or not paging.get("next"):
            break
    return found


def read_template(item: Mapping[str, Any]) -> PlatformTemplate | None:
    """One wording of the list; None for what has no name or no state we know."""
    name, state = text(item.get("name")), TEMPLATE_STATES.get(text(item.get("status")).upper())
    if not name or state is None:
        return None
    parts = [mapping(part) for part in items(item.get("components"))]
    body = next((text(part.get("text")) for part in parts if text(part.get("type")).upper() == "BODY"), "")
    return PlatformTemplate(
        external_id=text(item.get("id")),
        name=name,
        language=text(item.get("language")),
        state=state,
        body=body,
        category=text(item.get("category")).lower(),
        reason=reason_in_words(item.get("rejected_reason")),
        has_more=any(_needs_filling(part) for part in parts),
    )


def reason_in_words(reason: Any) -> str:
    """ "INVALID_FORMAT" as Meta writes it, made readable; "NONE" says nothing."""
    said = text(reason)
    return "" if said.upper() in ("", "NONE") else said.replace("_", " ").lower()[:200]


def _needs_filling(part: Mapping[str, Any]) -> bool:
    """Whether a part of a wording other than its body wants something of us with each message."""
    kind = text(part.get("type")).upper()
    if kind == "HEADER":
        return text(part.get("format")).upper() != "TEXT" or "{{" in text(part.get("text"))
    if kind == "BUTTONS":
        return any("{{" in text(mapping(button).get("url")) for button in items(part.get("buttons")))
    return kind not in ("BODY", "FOOTER")


def submit(owner: str, draft: TemplateDraft, config: Mapping[str, Any]) -> PlatformTemplate:
    """Hand in a wording of one body. Raises `SendFailed`."""
    component: dict[str, Any] = {"type": "BODY", "text": draft.body}
    if draft.samples:
        component["example"] = {"body_text": [list(draft.samples)]}
    body = {
        "name": draft.name,
        "language": draft.language,
        "category": draft.category.upper(),
        "components": [component],
    }
    answer = send(f"{owner}/message_templates", body, config, timeout=20)
    return PlatformTemplate(
        external_id=text(answer.body.get("id")),
        name=draft.name,
        language=draft.language,
        state=TEMPLATE_STATES.get(text(answer.body.get("status")).upper(), "submitted"),
        body=draft.body,
        category=text(answer.body.get("category")).lower() or draft.category,
    )


def template_body(name: str, language: str, values: tuple[str, ...]) -> dict[str, Any]:
    """The part of a message that says an approved wording with these values."""
    body: dict[str, Any] = {"name": name, "language": {"code": language}}
    if values:
        parameters = [{"type": "text", "text": clean_value(value)} for value in values]
        body["components"] = [{"type": "body", "parameters": parameters}]
    return body


def clean_value(value: str) -> str:
    """Template variables may hold no line breaks, tabs or long runs of spaces, and may not be empty."""
    return re.sub(r"\s+", " ", value).strip() or "–"


class GraphChannel(Channel):
    """A channel behind Meta's one webhook: signed with the app's secret, opened with our own word."""

    signing_config = ("app_secret",)
    desk = "https://developers.facebook.com/apps/"

    def probe(self, config: Mapping[str, Any], *, address: str) -> list[Finding]:
        me = read("me?fields=id,name", config)
        return [findings.ok("connected", name=text(me.get("name")) or text(me.get("id")))]

    def verify(self, request: WebhookRequest, config: Mapping[str, Any]) -> None:
        verify_signature(request, str(config.get("app_secret") or ""))

    def handshake(self, request: WebhookRequest, config: Mapping[str, Any]) -> WebhookReply:
        return answer_handshake(request, str(config.get("verify_token") or ""))

    def classify_error(self, status: int, body: Mapping[str, Any]) -> ErrorClass:
        return classify_body(status, body)
