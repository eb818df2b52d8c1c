"""What LINE's Messaging API refuses, from its reference and its OpenAPI file.

`problem(messages)` names the first thing wrong as (property, words); None for messages that can be sent. Labels, titles and
the words of templates are counted in letters as people see them, all other text in UTF-16 units ("Character counting").
"""

import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

MESSAGES, QUICK_REPLIES = 5, 13
TEXT, ALT = 5000, 1500
LABEL, FLEX_LABEL, DATA, DISPLAYED, LINK, PICTURE_LINK = 20, 40, 300, 300, 1000, 2000
TITLE, BUTTONS_TEXT, BUTTONS_SHORT, CONFIRM_TEXT, COLUMN_TEXT, COLUMN_SHORT = 40, 160, 60, 240, 120, 60
BUTTONS, COLUMNS, COLUMN_BUTTONS = 4, 10, 3
BUBBLES, BUBBLE_BYTES, CAROUSEL_BYTES = 12, 30_000, 50_000
SIZES = ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
ASPECT = re.compile(r"[1-9][0-9]{0,4}:[1-9][0-9]{0,4}")
EMPTY, REQUIRED, INVALID = "May not be empty", "Must be specified", "The value is invalid"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})

Problem = tuple[str, str] | None


def units(value: str) -> int:
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def letters(value: str) -> int:
    """Roughly: a mark, a joined emoji or a variation belongs to the letter before it."""
    joined = re.sub(r".\u200d(?=.)", "", value, flags=re.DOTALL)
    return sum(1 for char in joined if not unicodedata.combining(char) and char not in "\ufe0e\ufe0f\u200d")


def problem(messages: Any) -> Problem:
    if not isinstance(messages, list) or not messages:
        return "messages", EMPTY
    if len(messages) > MESSAGES:
        return "messages", f"Size must be between 1 and {MESSAGES}"
    for place, message in enumerate(messages):
        if found := _message(message):
            name, words = found
            return f"messages[{place}]" + (f".{name}" if name else ""), words
    return None


def _message(message: Any) -> Problem:
    if not isinstance(message, dict):
        return "", INVALID
    read = READERS.get(str(message.get("type")))
    if read is None:
        return "type", f"Must be one of the following values: {list(READERS)}"
    return read(message) or _quick_replies(message)


def _string(value: Any, name: str, limit: int, *, count: Callable[[str], int] = units) -> Problem:
    if not isinstance(value, str) or not value.strip():
        return name, EMPTY
    return (name, f"Length must be between 1 and {limit}") if count(value) > limit else None


def _address(value: Any, name: str, limit: int, *schemes: str) -> Problem:
    """Pictures must come by https. The sandbox's shop stands on this very machine, where there are no certificates."""
    if found := _string(value, name, limit):
        return found
    try:
        parts = urlsplit(value)
    except ValueError:
        return name, "Must be a valid URL"
    is_here = parts.scheme == "http" and parts.hostname in LOOPBACK
    return None if (parts.scheme in schemes and len(value) > len(parts.scheme) + 3) or is_here else (name, INVALID)


def _text(message: dict[str, Any]) -> Problem:
    return _string(message.get("text"), "text", TEXT)


def _picture(message: dict[str, Any]) -> Problem:
    return _address(message.get("originalContentUrl"), "originalContentUrl", PICTURE_LINK, "https") or _address(
        message.get("previewImageUrl"), "previewImageUrl", PICTURE_LINK, "https"
    )


def _audio(message: dict[str, Any]) -> Problem:
    if not isinstance(message.get("duration"), int) or message["duration"] <= 0:
        return "duration", REQUIRED
    return _address(message.get("originalContentUrl"), "originalContentUrl", PICTURE_LINK, "https")


def _place(message: dict[str, Any]) -> Problem:
    for name in ("latitude", "longitude"):
        if not isinstance(message.get(name), int | float):
            return name, REQUIRED
    return _string(message.get("title"), "title", 100) or _string(message.get("address"), "address", 100)


def _sticker(message: dict[str, Any]) -> Problem:
    return _string(message.get("packageId"), "packageId", 20) or _string(message.get("stickerId"), "stickerId", 20)


def _quick_replies(message: dict[str, Any]) -> Problem:
    if "quickReply" not in message:
        return None
    found = message["quickReply"].get("items") if isinstance(message["quickReply"], dict) else None
    if not isinstance(found, list) or not 1 <= len(found) <= QUICK_REPLIES:
        return "quickReply.items", f"Size must be between 1 and {QUICK_REPLIES}"
    for place, item in enumerate(found):
        where = f"quickReply.items[{place}]"
        if not isinstance(item, dict) or item.get("type") != "action":
            return f"{where}.type", INVALID
        if wrong := _action(item.get("action"), f"{where}.action", LABEL):
            return wrong
    return None


def _action(action: Any, where: str, label: int) -> Problem:
    if not isinstance(action, dict):
        return where, REQUIRED
    if wrong := _string(action.get("label"), f"{where}.label", label, count=letters):
        return wrong
    match action.get("type"):
        case "postback":
            shown = action.get("displayText")
            return _string(action.get("data"), f"{where}.data", DATA) or (
                _string(shown, f"{where}.displayText", DISPLAYED, count=letters) if shown is not None else None
            )
        case "message":
            return _string(action.get("text"), f"{where}.text", DISPLAYED, count=letters)
        case "uri":
            return _address(action.get("uri"), f"{where}.uri", LINK, "https", "http", "line", "tel")
        case "location" | "camera" | "cameraRoll":
            return None if where.startswith("quickReply") else (f"{where}.type", "Only in quick replies")
        case "datetimepicker":
            return _string(action.get("data"), f"{where}.data", DATA)
        case "clipboard":
            return _string(action.get("clipboardText"), f"{where}.clipboardText", 1000)
        case _:
            return f"{where}.type", INVALID


def _actions(actions: Any, where: str, most: int, least: int = 1) -> Problem:
    if not isinstance(actions, list) or not least <= len(actions) <= most:
        return where, f"Size must be between {least} and {most}"
    for place, action in enumerate(actions):
        if wrong := _action(action, f"{where}[{place}]", LABEL):
            return wrong
    return None


def _template(message: dict[str, Any]) -> Problem:
    if wrong := _string(message.get("altText"), "altText", ALT):
        return wrong
    template = message.get("template")
    if not isinstance(template, dict):
        return "template", REQUIRED
    match template.get("type"):
        case "buttons":
            return _panel(template, "template", BUTTONS, BUTTONS_TEXT, BUTTONS_SHORT)
        case "confirm":
            return _string(template.get("text"), "template.text", CONFIRM_TEXT, count=letters) or _actions(
                template.get("actions"), "template.actions", 2, 2
            )
        case "carousel":
            return _columns(template.get("columns"))
        case _:
            return "template.type", INVALID


def _panel(panel: dict[str, Any], where: str, buttons: int, long: int, short: int) -> Problem:
    room = short if panel.get("title") or panel.get("thumbnailImageUrl") else long
    wrong = _string(panel.get("text"), f"{where}.text", room, count=letters)
    if not wrong and "title" in panel:
        wrong = _string(panel["title"], f"{where}.title", TITLE, count=letters)
    if not wrong and "thumbnailImageUrl" in panel:
        wrong = _address(panel["thumbnailImageUrl"], f"{where}.thumbnailImageUrl", PICTURE_LINK, "https")
    return wrong or _actions(panel.get("actions"), f"{where}.actions", buttons)


def _columns(columns: Any) -> Problem:
    where = "template.columns"
    if not isinstance(columns, list) or not 1 <= len(columns) <= COLUMNS:
        return where, f"Size must be between 1 and {COLUMNS}"
    if any(not isinstance(column, dict) for column in columns):
        return where, INVALID
    if len({len(column.get("actions") or ()) for column in columns}) > 1:
        return where, "All columns must have the same number of actions"
    for place, column in enumerate(columns):
        if wrong := _panel(column, f"{where}[{place}]", COLUMN_BUTTONS, COLUMN_TEXT, COLUMN_SHORT):
            return wrong
    return None


def _flex(message: dict[str, Any]) -> Problem:
    if wrong := _string(message.get("altText"), "altText", ALT):
        return wrong
    contents = message.get("contents")
    if not isinstance(contents, dict):
        return "contents", REQUIRED
    if contents.get("type") == "bubble":
        return _bubble(contents, "contents")
    if contents.get("type") != "carousel":
        return "contents.type", INVALID
    bubbles = contents.get("contents")
    if not isinstance(bubbles, list) or not 1 <= len(bubbles) <= BUBBLES:
        return "contents.contents", f"Size must be between 1 and {BUBBLES}"
    if _bytes(contents) > CAROUSEL_BYTES:
        return "contents", f"Must be at most {CAROUSEL_BYTES} bytes"
    for place, bubble in enumerate(bubbles):
        if wrong := _bubble(bubble, f"contents.contents[{place}]"):
            return wrong
    return None


def _bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _bubble(bubble: Any, where: str) -> Problem:
    if not isinstance(bubble, dict) or bubble.get("type") != "bubble":
        return where, INVALID
    if unknown := set(bubble) - {"type", "size", "direction", "header", "hero", "body", "footer", "styles", "action"}:
        return f"{where}.{sorted(unknown)[0]}", "Unknown field"
    if _bytes(bubble) > BUBBLE_BYTES:
        return where, f"Must be at most {BUBBLE_BYTES} bytes"
    if bubble.get("size", "mega") not in SIZES:
        return f"{where}.size", INVALID
    blocks = [name for name in ("header", "hero", "body", "footer") if name in bubble]
    if not blocks:
        return where, "At least one block must be specified"
    for name in blocks:
        if name != "hero" and (not isinstance(bubble[name], dict) or bubble[name].get("type") != "box"):
            return f"{where}.{name}", INVALID
        if wrong := _component(bubble[name], f"{where}.{name}"):
            return wrong
    return None


def _component(part: Any, where: str) -> Problem:
    if not isinstance(part, dict):
        return where, INVALID
    match part.get("type"):
        case "box":
            if part.get("layout") not in ("vertical", "horizontal", "baseline"):
                return f"{where}.layout", INVALID
            inside = part.get("contents")
            if not isinstance(inside, list):
                return f"{where}.contents", REQUIRED
            return next(
                (wrong for n, one in enumerate(inside) if (wrong := _component(one, f"{where}.contents[{n}]"))), None
            )
        case "text":
            return None if part.get("contents") else _string(part.get("text"), f"{where}.text", TEXT)
        case "image":
            if "aspectRatio" in part and not ASPECT.fullmatch(str(part["aspectRatio"])):
                return f"{where}.aspectRatio", INVALID
            return _address(part.get("url"), f"{where}.url", PICTURE_LINK, "https")
        case "button":
            if part.get("style", "link") not in ("primary", "secondary", "link"):
                return f"{where}.style", INVALID
            return _action(part.get("action"), f"{where}.action", FLEX_LABEL)
        case "separator" | "filler":
            return None
        case _:
            return f"{where}.type", INVALID


READERS: dict[str, Callable[[dict[str, Any]], Problem]] = {
    "text": _text,
    "image": _picture,
    "video": _picture,
    "audio": _audio,
    "location": _place,
    "sticker": _sticker,
    "template": _template,
    "flex": _flex,
}
