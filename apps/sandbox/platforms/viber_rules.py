"""What Viber's send_message refuses, from developers.viber.com (REST Bot API, Keyboards).

`problem(call)` names the first thing wrong as (status, words); None for a call that can be sent.
"""

import json
from typing import Any

from .media_types import is_one_of

TEXT, CAPTION, ADDRESS, SENDER, TRACKING, ALTERNATIVE = 7000, 768, 2000, 28, 4096, 7000
KEY_TEXT, FILE_NAME = 250, 256
CALL_BYTES = 30 * 1024
COLUMNS, KEY_ROWS, KEYBOARD_ROWS, CARD_ROWS, CARDS = 6, 2, 24, 7, 6
BAD, MISSING, TOO_NEW = 3, 4, 14
NEWEST = 10  # the newest version of the API that any app speaks
TYPES = ("text", "picture", "video", "file", "location", "contact", "sticker", "url", "rich_media")
ACTIONS = ("reply", "open-url", "location-picker", "share-phone", "none")
NEEDS_VERSION = {"location-picker": 3, "share-phone": 3}
TAKEN = {"picture": ("jpg", "jpeg", "png", "gif"), "video": ("mp4", "m4v", "3gp", "mov")}
SIZES = {"video": 26 * 1024 * 1024, "file": 50 * 1024 * 1024}
Problem = tuple[int, str] | None


def problem(call: dict[str, Any]) -> Problem:
    if len(json.dumps(call, ensure_ascii=False).encode()) > CALL_BYTES:
        return BAD, "request is larger than 30 kB"
    if not isinstance(call.get("receiver"), str) or not call["receiver"]:
        return MISSING, "receiver"
    name = (call.get("sender") or {}).get("name") if isinstance(call.get("sender"), dict) else None
    if not isinstance(name, str) or not name.strip():
        return MISSING, "sender.name"
    if len(name) > SENDER:
        return BAD, f"sender.name is longer than {SENDER}"
    if not isinstance(call.get("tracking_data", ""), str) or len(call.get("tracking_data", "")) > TRACKING:
        return BAD, "tracking_data"
    version = call.get("min_api_version", 1)
    if not isinstance(version, int) or not 1 <= version <= NEWEST:
        return TOO_NEW, "min_api_version"
    return _typed(call) or _keyboard(call, version)


def _typed(call: dict[str, Any]) -> Problem:
    kind = call.get("type")
    if kind not in TYPES:
        return MISSING if kind is None else BAD, "type"
    if kind == "text":
        return _written(call.get("text"), "text", TEXT)
    if kind == "rich_media":
        return _carousel(call)
    if kind in ("picture", "video", "file", "url"):
        return _file(call, kind)
    needed = {"location": "location", "contact": "contact", "sticker": "sticker_id"}[str(kind)]
    return None if call.get(needed) else (MISSING, needed)


def _written(value: Any, name: str, limit: int, *, may_be_empty: bool = False) -> Problem:
    if not isinstance(value, str) or (not value.strip() and not may_be_empty):
        return MISSING, name
    return (BAD, f"{name} is longer than {limit}") if len(value) > limit else None


def _file(call: dict[str, Any], kind: str) -> Problem:
    address = call.get("media")
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        return MISSING if address is None else 1, "media"
    if len(address) > ADDRESS:
        return BAD, f"media is longer than {ADDRESS}"
    if kind == "picture":
        if not is_one_of(address, TAKEN["picture"]):
            return BAD, "picture of this format"
        return _written(call.get("text"), "text", CAPTION, may_be_empty=True)
    if kind in ("video", "file") and not isinstance(call.get("size"), int):
        return MISSING, "size"
    if call.get("size", 0) > SIZES.get(kind, call.get("size", 0)):
        return BAD, f"{kind} is too large"
    if kind in TAKEN and not is_one_of(address, TAKEN[kind]):
        return BAD, f"{kind} of this format"
    return _written(call.get("file_name"), "file_name", FILE_NAME) if kind == "file" else None


def _keyboard(call: dict[str, Any], version: int) -> Problem:
    keyboard = call.get("keyboard")
    if keyboard is None:
        return None
    if not isinstance(keyboard, dict) or keyboard.get("Type", "keyboard") != "keyboard":
        return BAD, "keyboard"
    keys = keyboard.get("Buttons")
    if not isinstance(keys, list) or not keys:
        return MISSING, "keyboard.Buttons"
    for key in keys:
        if found := _key(key, rows=KEY_ROWS, version=version):
            return found
    cells = sum(key.get("Columns", COLUMNS) * key.get("Rows", 1) for key in keys)
    return (BAD, "keyboard has too many rows") if cells > COLUMNS * KEYBOARD_ROWS else None


def _carousel(call: dict[str, Any]) -> Problem:
    rich = call.get("rich_media")
    if not isinstance(rich, dict) or rich.get("Type") != "rich_media":
        return MISSING, "rich_media"
    version = call.get("min_api_version", 1)
    if version < 2:
        return TOO_NEW, "rich_media needs min_api_version 2"
    if "alt_text" in call and (found := _written(call["alt_text"], "alt_text", ALTERNATIVE)):
        return found
    columns, rows = rich.get("ButtonsGroupColumns", COLUMNS), rich.get("ButtonsGroupRows", CARD_ROWS)
    if not (isinstance(columns, int) and 1 <= columns <= COLUMNS and isinstance(rows, int) and 1 <= rows <= CARD_ROWS):
        return BAD, "rich_media.ButtonsGroupColumns or ButtonsGroupRows"
    keys = rich.get("Buttons")
    if not isinstance(keys, list) or not keys:
        return MISSING, "rich_media.Buttons"
    for key in keys:
        if found := _key(key, rows=rows, version=version):
            return found
    cells = sum(key.get("Columns", columns) * key.get("Rows", 1) for key in keys)
    if cells % (columns * rows):
        return BAD, "rich_media has a card that is not full"
    return (BAD, f"rich_media has more than {CARDS} cards") if cells > CARDS * columns * rows else None


def _key(key: Any, *, rows: int, version: int) -> Problem:
    if not isinstance(key, dict):
        return BAD, "Buttons"
    if not 1 <= key.get("Columns", COLUMNS) <= COLUMNS or not 1 <= key.get("Rows", 1) <= rows:
        return BAD, "Columns or Rows"
    action = key.get("ActionType", "reply")
    if action not in ACTIONS:
        return BAD, "ActionType"
    if version < NEEDS_VERSION.get(action, 1):
        return TOO_NEW, f"{action} needs min_api_version {NEEDS_VERSION[action]}"
    if not isinstance(key.get("ActionBody"), str) or not key["ActionBody"]:
        return MISSING, "ActionBody"
    if action == "open-url" and not key["ActionBody"].startswith(("https://", "http://")):
        return 1, "ActionBody"
    if not any(key.get(name) for name in ("Text", "Image", "BgMedia", "BgColor")):
        return MISSING, "Text"
    return _written(key.get("Text", "x"), "Text", KEY_TEXT)
