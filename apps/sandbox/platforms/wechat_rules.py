"""What WeChat's customer service and template calls refuse, from its documents and its list of return codes.

`problem(path, call)` is the first thing wrong, as (code, words); (0, "") for a call that can be taken.
"""

import re
from typing import Any

TEXT = 2048  # bytes
ARTICLES = 1
Problem = tuple[int, str]
FINE: Problem = (0, "")
FIELDS = {"thing": 20, "character_string": 32, "letter": 32, "symbol": 5, "phrase": 5, "phone_number": 17, "name": 20}
COMMANDS = ("Typing", "CancelTyping")


def problem(path: str, call: dict[str, Any]) -> Problem:
    if not isinstance(call.get("touser"), str) or not call["touser"]:
        return 40003, "invalid openid"
    if path.endswith("custom/typing"):
        return FINE if call.get("command") in COMMANDS else (45072, "invalid command")
    if path.endswith(("template/send", "subscribe/bizsend")):
        return _template(call)
    sort = call.get("msgtype")
    judge = SORTS.get(sort) if isinstance(sort, str) else None
    if judge is None:
        return 40008, "invalid message type"
    part = call.get(str(sort))
    return judge(part) if isinstance(part, dict) else (44002, "empty post data")


def _words(value: Any, *, limit: int = TEXT) -> Problem:
    if not isinstance(value, str) or not value.strip():
        return 44004, "empty content"
    return FINE if len(value.encode()) <= limit else (45002, "content size out of limit")


def _text(part: dict[str, Any]) -> Problem:
    return _words(part.get("content"))


def _image(part: dict[str, Any]) -> Problem:
    """Whether it was ever uploaded, the platform knows."""
    return FINE if isinstance(part.get("media_id"), str) and part["media_id"] else (41006, "media_id missing")


def _menu(part: dict[str, Any]) -> Problem:
    entries = part.get("list")
    if not isinstance(entries, list) or not entries:
        return 40035, "invalid parameter: list"
    for entry in entries:
        if not isinstance(entry, dict) or set(entry) != {"id", "content"}:
            return 40035, "invalid parameter: an entry has an id and its content"
        if not all(isinstance(value, str) and value.strip() for value in entry.values()):
            return 40035, "invalid parameter: entry"
    ends = [part[name] for name in ("head_content", "tail_content") if name in part]
    if not all(isinstance(end, str) for end in ends):
        return 40035, "invalid parameter: head_content"
    return _words("".join([*ends, *(entry["content"] for entry in entries)]))


def _news(part: dict[str, Any]) -> Problem:
    articles = part.get("articles")
    if not isinstance(articles, list) or not articles:
        return 44003, "empty news data"
    if len(articles) > ARTICLES:
        return 45008, "article size out of limit"
    article = articles[0]
    if not isinstance(article, dict) or not isinstance(article.get("title"), str) or not article["title"]:
        return 40035, "invalid parameter: title"
    for name in ("url", "picurl"):
        if not re.match(r"https?://[^\s]+$", str(article.get(name, ""))):
            return 40035, f"invalid parameter: {name}"
    return FINE


SORTS = {"text": _text, "image": _image, "msgmenu": _menu, "news": _news}


def _template(call: dict[str, Any]) -> Problem:
    if not isinstance(call.get("template_id"), str) or not call["template_id"]:
        return 40037, "invalid template_id"
    data = call.get("data")
    if not isinstance(data, dict) or not data:
        return 47001, "data format error"
    for name, field in data.items():
        value = field.get("value") if isinstance(field, dict) else None
        if not isinstance(value, str) or not value:
            return 47003, f"argument invalid! data.{name}.value is empty"
        room = FIELDS.get(name.rstrip("0123456789"))
        if room is not None and len(value) > room:
            return 47003, f"argument invalid! data.{name}.value invalid"
    return FINE
