"""What Apple takes, as a table with the place each line was read in; written without the adapter.

No specification of Apple's can be run, so this table is the judge: `broken(call)` names every limit a call breaks.
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

REST = "register.apple.com/resources/messages/msp-rest-api"
NOTICE = "Webex Connect changelog, 'Apple Messages for Business compliance updates', in force since 21 August 2026"
TUTORIAL = "register.apple.com/resources/messages/msp-api-tutorial, samples of 2025"
EXTENSION = re.compile(
    r"com\.apple\.messages\.MSMessageExtensionBalloonPlugin:0{10}:com\.apple\.icloud\.apps\.messages\.business\.extension"
)
DRAWN_KEYS = {"title", "subtitle", "summaryText", "identifier"}


@dataclass(frozen=True)
class Limit:
    what: str
    source: str
    holds: Callable[[dict[str, Any]], bool]


def _data(body: dict[str, Any]) -> dict[str, Any]:
    return dict(body.get("interactiveData", {}).get("data", {}))


def _drawn(value: Any, key: str = "") -> list[str]:
    """Every string Apple draws itself."""
    if isinstance(value, dict):
        return [text for name, inner in value.items() for text in _drawn(inner, name)]
    if isinstance(value, list):
        return [text for inner in value for text in _drawn(inner, key)]
    return [value] if key in DRAWN_KEYS else []


def _strings(body: dict[str, Any]) -> list[str]:
    return _drawn({name: body.get(name, {}) for name in ("interactiveData", "richLinkData")})


def _rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for section in _data(body).get("listPicker", {}).get("sections", []) for row in section["items"]]


def _is_uuid(value: str) -> bool:
    return (
        re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None and uuid.UUID(value) is not None
    )


def _items(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [*_data(body).get("quick-reply", {}).get("items", []), *_rows(body)]


TABLE = (
    Limit("version 1", f"{REST}/common-specs", lambda body: body.get("v") == 1),
    Limit("a UUID for an id", f"{REST}/common-specs", lambda body: _is_uuid(str(body.get("id")))),
    Limit("from whom and to whom", f"{REST}/common-specs", lambda body: bool(body.get("sourceId") and body.get("destinationId"))),
    Limit("a type a business may send", f"{REST}/messages-sent", lambda body: body.get("type") in ("text", "interactive", "richLink")),
    Limit("a text has a body", f"{REST}/type-text", lambda body: body["type"] != "text" or bool(body.get("body", "").strip())),
    Limit("3000 characters of text", "infobip.com/docs/apple-messages-for-business/message-types", lambda body: len(body.get("body", "").encode("utf-16-le")) // 2 <= 3000),
    Limit("a place in the text for each file", TUTORIAL, lambda body: body.get("body", "").count("\ufffc") == len(body.get("attachments", []))),
    Limit("Apple's own extension", f"{REST}/type-interactive", lambda body: body["type"] != "interactive" or EXTENSION.fullmatch(body["interactiveData"]["bid"]) is not None),
    Limit("a request named by a UUID", f"{REST}/type-interactive", lambda body: body["type"] != "interactive" or _is_uuid(_data(body)["requestIdentifier"])),
    Limit("2 to 5 quick replies", f"{REST}: Quick Reply Message", lambda body: "quick-reply" not in _data(body) or 2 <= len(_data(body)["quick-reply"]["items"]) <= 5),
    Limit("a list has rows", f"{REST}: List Picker Message", lambda body: "listPicker" not in _data(body) or bool(_rows(body))),
    Limit("a list has its two bubbles", f"{REST}/type-interactive", lambda body: "listPicker" not in _data(body) or all(body["interactiveData"].get(name, {}).get("title") for name in ("receivedMessage", "replyMessage"))),
    Limit("what is picked differs", f"{REST}/type-interactive", lambda body: len({row["identifier"] for row in _items(body)}) == len(_items(body))),
    Limit("200 characters of what Apple draws", NOTICE, lambda body: all(0 < len(text.encode("utf-16-le")) // 2 <= 200 for text in _strings(body))),
    Limit("printable is what Apple draws", NOTICE, lambda body: all(text.isprintable() for text in _strings(body))),
    Limit("a rich link leads somewhere", f"{REST}/type-richlink", lambda body: body["type"] != "richLink" or body["richLinkData"]["url"].startswith("https://")),
    Limit("a rich link has a picture", f"{REST}/type-richlink", lambda body: body["type"] != "richLink" or "image" in body["richLinkData"]["assets"]),
)  # fmt: skip


def broken(body: dict[str, Any]) -> list[str]:
    """What of the table this call breaks; a body that cannot be read breaks all."""
    return [limit.what for limit in TABLE if not _held(limit, body)]


def _held(limit: Limit, body: dict[str, Any]) -> bool:
    try:
        return limit.holds(body)
    except (KeyError, TypeError, AttributeError):
        return False
