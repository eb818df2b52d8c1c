"""Checks Telegram calls against the machine-read Bot API: method, required fields, types; lengths by PTB's constants.

Written from the specification's shape alone; it imports nothing of the product.
"""

import json
from pathlib import Path
from typing import Any

from telegram.constants import InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit, MediaGroupLimit, MessageLimit

PLAIN = {"String": str, "Boolean": bool, "True": bool, "Float": (int, float)}
FORMS = {"InputFile"}  # bytes in a form; in JSON a file is a string
MAX_ROW = 8  # buttons in a row that clients show; the documents name no number


class BotApi:
    def __init__(self, path: Path) -> None:
        data = json.loads(path.read_text())
        self.methods: dict[str, Any] = data["methods"]
        self.types: dict[str, Any] = data["types"]

    def complaints(self, method: str, body: dict[str, Any]) -> list[str]:
        """Why Telegram would refuse this call; empty if it would not."""
        if method not in self.methods:
            return [f"no method {method!r}"]
        found = self._fields(method, self.methods[method].get("fields", []), body)
        return found + _lengths(method, body)

    def _fields(self, where: str, fields: list[dict[str, Any]], value: dict[str, Any]) -> list[str]:
        known = {field["name"]: field for field in fields}
        found = [f"{where}: unknown field {name!r}" for name in value if name not in known]
        found += [
            f"{where}: {name!r} is missing" for name, field in known.items() if field["required"] and name not in value
        ]
        for name, item in value.items():
            if name in known and not any(self._is(kind, item) for kind in known[name]["types"]):
                reasons = [reason for kind in known[name]["types"] for reason in self._why(kind, item)]
                found.append(f"{where}.{name}: not {' or '.join(known[name]['types'])} {reasons[:3]}")
        return found

    def _is(self, kind: str, value: Any) -> bool:
        return not self._why(kind, value)

    def _why(self, kind: str, value: Any) -> list[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return ["no list"]
            return [reason for item in value for reason in self._why(kind.removeprefix("Array of "), item)]
        if kind == "Integer":
            return [] if isinstance(value, int) and not isinstance(value, bool) else ["no integer"]
        if kind in PLAIN:
            return [] if isinstance(value, PLAIN[kind]) else [f"no {kind}"]
        if kind in FORMS:
            return ["no file"]
        described = self.types.get(kind)
        if described is None:
            return [f"unknown type {kind}"]
        if described.get("subtypes"):
            options = [self._why(subtype, value) for subtype in described["subtypes"]]
            return [] if any(not reasons for reasons in options) else min(options, key=len)
        return self._fields(kind, described.get("fields", []), value) if isinstance(value, dict) else [f"no {kind}"]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _lengths(method: str, body: dict[str, Any]) -> list[str]:
    found = []
    if method == "sendMessage" and not 0 < _units(str(body.get("text", "")).strip()) <= MessageLimit.MAX_TEXT_LENGTH:
        found.append("text is empty or too long")
    if _units(str(body.get("caption", ""))) > MessageLimit.CAPTION_LENGTH:
        found.append("caption is too long")
    if method == "sendMediaGroup":
        count = len(body.get("media", []))
        if not MediaGroupLimit.MIN_MEDIA_LENGTH <= count <= MediaGroupLimit.MAX_MEDIA_LENGTH:
            found.append(f"{count} media in a group")
    markup = body.get("reply_markup", {})
    rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    buttons = [button for row in rows for button in row]
    if len(buttons) > InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER or any(len(row) > MAX_ROW for row in rows):
        found.append("too many buttons")
    for button in buttons:
        found += _button(button)
    return found


def _button(button: dict[str, Any]) -> list[str]:
    found = []
    actions = set(button) - {"text", "style", "icon_custom_emoji_id"}
    if len(actions) != 1:
        found.append(f"a button does exactly one thing, not {sorted(actions)}")
    data = button.get("callback_data")
    least, most = InlineKeyboardButtonLimit.MIN_CALLBACK_DATA, InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
    if data is not None and not least <= len(str(data).encode()) <= most:
        found.append(f"callback_data of {len(str(data).encode())} bytes")
    if not str(button.get("text", "")).strip():
        found.append("a button without text")
    return found
