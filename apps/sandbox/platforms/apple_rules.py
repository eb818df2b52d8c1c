"""What Apple's messaging gateway refuses, from register.apple.com (MSP REST API) and its notice of August 2026.

`problem(headers, body)` names the first thing wrong in words; "" for a message that can be delivered.
"""

import base64
import binascii
import re
import uuid
from collections.abc import Mapping
from typing import Any

TYPES = ("text", "interactive", "richLink", "typing_start", "typing_end")
TEXT, DRAWN, PICTURE = 10_000, 200, 200_000
QUICK_REPLIES = range(2, 6)
MOST_ROWS = 200
EXTENSION = (
    "com.apple.messages.MSMessageExtensionBalloonPlugin:0000000000:com.apple.icloud.apps.messages.business.extension"
)
PNG = b"\x89PNG\r\n\x1a\n"
ATTACHMENT = ("name", "mimeType", "size", "signature-base64", "url", "owner", "key")


def problem(headers: Mapping[str, str], body: Any) -> str:
    if not isinstance(body, dict) or body.get("v") != 1:
        return "v must be 1"
    for header, field in (("id", "id"), ("source-id", "sourceId"), ("destination-id", "destinationId")):
        if not headers.get(header) or headers[header] != body.get(field):
            return f"{field} is missing or is not what the header says"
    if not _is_uuid(headers["id"]):
        return "id must be a UUID"
    if headers.get("auto-reply", "false") not in ("true", "false"):
        return "auto-reply must be true or false"
    kind = body.get("type")
    if kind not in TYPES:
        return "type cannot be sent by a business"
    judge = {"text": _text, "interactive": _interactive, "richLink": _rich_link}.get(str(kind))
    return judge(body) if judge else ""


def _is_uuid(value: str) -> bool:
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def _text(body: dict[str, Any]) -> str:
    words = body.get("body")
    if not isinstance(words, str) or not words.strip() or len(words) > TEXT:
        return "body is required"
    attachments = body.get("attachments", [])
    if not isinstance(attachments, list):
        return "attachments must be a list"
    for found in attachments:
        if not isinstance(found, dict) or not all(
            isinstance(found.get(name), str) and found[name] for name in ATTACHMENT
        ):
            return "an attachment lacks a field"
        if not found["size"].isdigit() or not re.fullmatch(r"00[0-9A-Fa-f]{64}", found["key"]):
            return "size is digits, key is hex behind 00"
    return ""


def _drawn(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        return f"{name} is required"
    if len(value) > DRAWN or not value.isprintable():
        return f"{name} must be printable and at most {DRAWN} characters"
    return ""


def _rich_link(body: dict[str, Any]) -> str:
    data = body.get("richLinkData")
    if not isinstance(data, dict) or not str(data.get("url", "")).startswith(("https://", "http://")):
        return "url of a rich link must be a web address"
    image = (data.get("assets") or {}).get("image")
    return _drawn(data.get("title"), "title of a rich link") or _picture(image)


def _picture(image: Any) -> str:
    if not isinstance(image, dict) or image.get("mimeType") != "image/png":
        return "the picture of a rich link must be a PNG"
    try:
        content = base64.b64decode(str(image.get("data", "")), validate=True)
    except binascii.Error:
        return "data of a picture must be Base64"
    return "" if content.startswith(PNG) and len(content) <= PICTURE else "a picture is a PNG of at most 200 kB"


def _interactive(body: dict[str, Any]) -> str:
    whole = body.get("interactiveData")
    if not isinstance(whole, dict) or whole.get("bid") != EXTENSION or not isinstance(whole.get("data"), dict):
        return "interactiveData needs bid and data"
    data = whole["data"]
    if data.get("version") != "1.0" or not data.get("requestIdentifier"):
        return "data needs version and requestIdentifier"
    if isinstance(data.get("quick-reply"), dict):
        return _quick_reply(data["quick-reply"])
    if isinstance(data.get("listPicker"), dict):
        return _bubbles(whole) or _list_picker(data["listPicker"])
    return "data has nothing to show"


def _bubbles(whole: dict[str, Any]) -> str:
    for name in ("receivedMessage", "replyMessage"):
        bubble = whole.get(name)
        if not isinstance(bubble, dict) or bubble.get("style") not in ("icon", "small", "large"):
            return f"{name} is required"
        if found := _drawn(bubble.get("title"), f"title of {name}"):
            return found
        if "subtitle" in bubble and (found := _drawn(bubble["subtitle"], f"subtitle of {name}")):
            return found
    return ""


def _quick_reply(part: dict[str, Any]) -> str:
    items = part.get("items")
    if not isinstance(items, list) or len(items) not in QUICK_REPLIES:
        return "there are 2 to 5 quick replies"
    return _drawn(part.get("summaryText"), "summaryText") or _rows(items)


def _list_picker(part: dict[str, Any]) -> str:
    sections = part.get("sections")
    if not isinstance(sections, list) or not sections:
        return "a list has sections"
    rows = []
    for section in sections:
        if not isinstance(section, dict) or not isinstance(section.get("items"), list) or not section["items"]:
            return "a section has items"
        if found := _drawn(section.get("title"), "title of a section"):
            return found
        rows += section["items"]
    return _rows(rows) if len(rows) <= MOST_ROWS else "too many rows"


def _rows(rows: list[Any]) -> str:
    names = [row.get("identifier") for row in rows if isinstance(row, dict)]
    if len(names) != len(rows) or len(set(map(str, names))) != len(rows):
        return "every item has an identifier of its own"
    for row in rows:
        found = _drawn(row["identifier"], "identifier") or _drawn(row.get("title"), "title of an item")
        if "subtitle" in row:
            found = found or _drawn(row["subtitle"], "subtitle of an item")
        if found:
            return found
    return ""
