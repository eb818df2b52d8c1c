"""What QQ refuses of a bot's message, from bot.q.qq.com (API v2: send.md, msg-btn.md, rich-media.md, error codes).

`problem(call, …)` names the first thing wrong as (code, words); None for a call that can be sent.
"""

import re
from typing import Any
from urllib.parse import urlsplit

TEXT = 4000  # generous: the documents name no figure, so nobody may rely on more
ROWS, IN_A_ROW, LABEL = 5, 5, 30
WORDS, MARKDOWN, MEDIA = 0, 2, 7
EMPTY, BODY, NOT_ALLOWED, NO_MARKDOWN, NO_BUTTONS, TOO_LONG = 50006, 12002, 304003, 304036, 304037, 40054007
ADDRESS = re.compile(r"https?://[!-~]+")
NAKED = re.compile(r"(?<![\w.@/-])((?:[a-z0-9-]+\.)+(?:com|net|org|cn|shop|io)(?:/[!-~]*)?)", re.IGNORECASE)
Problem = tuple[int, str] | None


def problem(call: dict[str, Any], *, has_keyboards: bool, hosts: set[str], is_strict: bool) -> Problem:
    """`hosts` are the names registered for messages; strict looks for addresses without a scheme, too."""
    kind = call.get("msg_type")
    if kind not in (WORDS, MARKDOWN, MEDIA):
        return BODY, "msg_type"
    if not isinstance(call.get("msg_seq", 1), int) or call.get("msg_seq", 1) < 1:
        return BODY, "msg_seq"
    if kind == MARKDOWN and not has_keyboards:
        return NO_MARKDOWN, "没有 markdown 模板的权限"
    if "keyboard" in call and (not has_keyboards or kind != MARKDOWN):
        return NO_BUTTONS, "没有发消息按钮组件的权限"
    words = (call.get("markdown") or {}).get("content") if kind == MARKDOWN else call.get("content")
    if not isinstance(words, str) or not words or (kind != MEDIA and not words.strip()):
        return EMPTY, "消息为空"
    if len(words) > TEXT:
        return TOO_LONG, "消息过长"
    if kind == MEDIA and not (isinstance(call.get("media"), dict) and call["media"].get("file_info")):
        return BODY, "media.file_info"
    return _addresses(words, hosts, is_strict=is_strict) or _keyboard(call.get("keyboard"), hosts)


def _addresses(words: str, hosts: set[str], *, is_strict: bool) -> Problem:
    for found in ADDRESS.findall(words):
        if not _is_registered(found, hosts):
            return NOT_ALLOWED, "url 未报备"
    naked = NAKED.findall(ADDRESS.sub(" ", words)) if is_strict else []
    return (NOT_ALLOWED, "url 未报备") if any(not _is_registered("//" + one, hosts) for one in naked) else None


def _is_registered(address: str, hosts: set[str]) -> bool:
    host = (urlsplit(address).hostname or "").lower()
    return any(host == name or host.endswith("." + name) for name in hosts)


def _keyboard(keyboard: Any, hosts: set[str]) -> Problem:
    if keyboard is None:
        return None
    rows = ((keyboard if isinstance(keyboard, dict) else {}).get("content") or {}).get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= ROWS:
        return BODY, f"keyboard has 1 to {ROWS} rows"
    ids: list[str] = []
    for row in rows:
        buttons = row.get("buttons") if isinstance(row, dict) else None
        if not isinstance(buttons, list) or not 1 <= len(buttons) <= IN_A_ROW:
            return BODY, f"a row has 1 to {IN_A_ROW} buttons"
        for button in buttons:
            if found := _button(button, hosts):
                return found
            ids.append(str(button.get("id")))
    return (BODY, "ids of buttons differ") if len(set(ids)) < len(ids) else None


def _button(button: Any, hosts: set[str]) -> Problem:
    if not isinstance(button, dict):
        return BODY, "button"
    shown, action = button.get("render_data") or {}, button.get("action") or {}
    for name in ("label", "visited_label"):
        if not isinstance(shown.get(name), str) or not 0 < len(shown[name]) <= LABEL:
            return BODY, f"render_data.{name}"
    if action.get("type") not in (0, 1, 2) or not isinstance(action.get("data"), str) or not action["data"]:
        return BODY, "action"
    if (action.get("permission") or {}).get("type") not in (0, 1, 2, 3) or "unsupport_tips" not in action:
        return BODY, "action.permission"
    is_foreign = action["type"] == 0 and not _is_registered(action["data"], hosts)
    return (NOT_ALLOWED, "url 未报备") if is_foreign else None
