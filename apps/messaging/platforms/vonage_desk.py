"""What Vonage says of an account when asked: whether it takes our access data, and where a number's messages go."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from apps.messaging import findings, http
from apps.messaging.channel import ErrorClass, SendFailed
from apps.messaging.findings import Finding
from apps.messaging.reading import items, mapping, text

from .vonage import API_BASE, PATH, authorization, classify, digits

REST_BASE = "https://rest.nexmo.com"
THEIRS = (".nexmo.com", ".vonage.com")
TIMEOUT = 10.0


def probe(config: Mapping[str, Any], address: str) -> list[Finding]:
    """The desk opens to the account's key and secret alone, a token of the application only sends. Raises `SendFailed`."""
    has_secret = bool(config.get("api_key") and config.get("api_secret"))
    named = str(config.get("application_id") or config.get("api_key") or "")
    found = [findings.ok("connected", name=named), *_knock(config)]
    return [*found, _webhook(config, address) if has_secret else findings.ok("unchecked")]


def _knock(config: Mapping[str, Any]) -> list[Finding]:
    """By the call that sends, for nothing that reads takes an application's token: an empty message is none, and Vonage
    looks at who calls, then at their credit, before it refuses what is missing. Raises `SendFailed`."""
    url = f"{str(config.get('api_base') or API_BASE).rstrip('/')}/{PATH}"
    answer = http.post(url, json_body={}, headers={"Authorization": authorization(config)}, timeout=TIMEOUT)
    if answer.status == 402:
        return [findings.wrong("not_active", said=_said(answer))]
    if answer.status not in (400, 422):
        raise SendFailed(classify(answer.status, answer.body), _said(answer))
    return []


def _webhook(config: Mapping[str, Any], address: str) -> Finding:
    """developer.vonage.com/en/api/numbers, developer.vonage.com/en/api/application.v2. Raises `SendFailed`."""
    number = digits(str(config.get("from_number") or ""))
    listed = _read(config, REST_BASE, f"account/numbers?{urlencode({'pattern': number})}")
    ours = next((each for each in map(mapping, items(listed.get("numbers"))) if text(each.get("msisdn")) == number), {})
    if not ours:
        return findings.wrong("unknown_there", said=number)
    application = text(ours.get("app_id")) or text(ours.get("messagesCallbackValue"))
    if application:
        return findings.webhook(_inbound_url(config, application), ours=address)
    # Without either its messages go where the account's settings say, which no call only reads.
    there = text(ours.get("moHttpUrl"))
    return findings.webhook(there, ours=address) if there else findings.ok("unchecked")


def _inbound_url(config: Mapping[str, Any], application: str) -> str:
    found = _read(config, API_BASE, f"v2/applications/{quote(application, safe='')}")
    messages = mapping(mapping(found.get("capabilities")).get("messages"))
    return text(mapping(mapping(messages.get("webhooks")).get("inbound_url")).get("address"))


def _read(config: Mapping[str, Any], host: str, path: str) -> dict[str, Any]:
    auth = (str(config["api_key"]), str(config["api_secret"]))
    answer = http.get(f"{_desk(config, host)}/{path}", auth=auth, timeout=TIMEOUT)
    if answer.is_ok and answer.is_json:
        return answer.body
    raise SendFailed(ErrorClass.UNREACHABLE if answer.status == 404 else classify(answer.status, {}), _said(answer))


def _desk(config: Mapping[str, Any], host: str) -> str:
    """A region of Vonage's sends and has no desk; a proxy or an emulator stands for all of its hosts."""
    own = str(config.get("api_base") or "").rstrip("/")
    return host if not own or (urlsplit(own).hostname or "").endswith(THEIRS) else own


def _said(answer: http.Answer) -> str:
    """Problems in Vonage's words; its older pages call them by "error-code-label"."""
    told = (text(answer.body.get(name)) for name in ("detail", "title", "error-code-label"))
    return next((said[:300] for said in told if said), f"HTTP {answer.status}")
