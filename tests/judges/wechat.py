"""Judges calls to WeChat twice: built as wechatpy builds them, and within the limits its documents name.

It imports nothing of the product. What the documents say is in the table below, each line with its page.
"""

import re
from collections.abc import Callable
from typing import Any

from .prism import Unavailable

try:
    from wechatpy.client.api import WeChatMessage
except ImportError:
    WeChatMessage = None

GUIDE = "developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage"
TEMPLATES = "developers.weixin.qq.com/doc/service/guide/product/template_message"
NOTICES = "developers.weixin.qq.com/doc/service/guide/product/subscription_messages"
CODES = "developers.weixin.qq.com/doc/oplatform/developers/errCode"
# (what, where it is read, the most or the pattern); figures that no page of WeChat's own names are marked "?".
LIMITS: dict[str, tuple[str, Any]] = {
    "text in bytes": ("? wechatpy's issues; 45002 names no figure", 2048),
    "articles": (GUIDE, 1),
    "openid": ("wechatpy's own check of an openid", re.compile(r"[\w-]{28}")),
    "a field's name": (NOTICES, re.compile(r"(thing|character_string|letter|number|symbol|phrase|name|time|date|amount|phone_number|car_number|const)\d+|first|remark|keyword\d+")),
}  # fmt: skip
ROOM = {
    "thing": 20,
    "character_string": 32,
    "letter": 32,
    "number": 32,
    "symbol": 5,
    "phrase": 5,
    "name": 20,
    "phone_number": 17,
    "const": 20,
}  # NOTICES
SEND, TYPING = "cgi-bin/message/custom/send", "cgi-bin/message/custom/typing"
TEMPLATE, NOTICE = "cgi-bin/message/template/send", "cgi-bin/message/subscribe/bizsend"


class _Told:
    """A client that sends nothing and remembers what it was to send."""

    def post(self, url: str, **options: Any) -> dict[str, Any]:
        self.url, self.data = url, options["data"]
        return {}


def _as_wechatpy(build: Callable[[Any], Any]) -> tuple[str, dict[str, Any]]:
    if WeChatMessage is None:
        raise Unavailable("needs wechatpy 1.8.18 (pip install wechatpy[cryptography])")
    client = _Told()
    build(WeChatMessage(client))
    return f"cgi-bin/{client.url}", dict(client.data)


def complaints(path: str, body: dict[str, Any]) -> list[str]:
    """Why WeChat would refuse this call, or why wechatpy would not have made it; empty if neither."""
    found = limits(path, body)
    if found:
        return found
    built = _built(path, body)
    if built is None:
        return [f"wechatpy knows no {body.get('msgtype') or path}"]
    return [] if built == (path, body) else [f"wechatpy would send {built}"]


def _built(path: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    to, sort = body["touser"], body.get("msgtype")
    if path == SEND and sort == "text":
        return _as_wechatpy(lambda api: api.send_text(to, body["text"]["content"]))
    if path == SEND and sort == "image":
        return _as_wechatpy(lambda api: api.send_image(to, body["image"]["media_id"]))
    if path == SEND and sort == "news":
        return _as_wechatpy(lambda api: api.send_articles(to, body["news"]["articles"]))
    if path == TEMPLATE:
        return _as_wechatpy(lambda api: api.send_template(to, body["template_id"], body["data"]))
    return None


def limits(path: str, body: dict[str, Any]) -> list[str]:
    """What the documents refuse."""
    if not LIMITS["openid"][1].fullmatch(str(body.get("touser", ""))):
        return ["touser is no openid"]
    if path in (TEMPLATE, NOTICE):
        return [reason for name, field in body.get("data", {}).items() for reason in _field(name, field)]
    if path == TYPING:
        return [] if body.get("command") in ("Typing", "CancelTyping") else ["no such command"]
    if path != SEND:
        return [f"no such call: {path}"]
    sort = body.get("msgtype")
    if sort not in body or set(body) != {"touser", "msgtype", sort}:
        return [f"msgtype {sort!r} without its part, or with others"]
    part = body[sort]
    if sort == "text":
        return _text(part.get("content", ""))
    if sort == "news":
        return _articles(part.get("articles", []))
    return _menu(part) if sort == "msgmenu" else []


def _text(words: str) -> list[str]:
    return [] if 0 < len(words.strip().encode()) <= LIMITS["text in bytes"][1] else ["text is empty or too long"]


def _articles(articles: list[dict[str, Any]]) -> list[str]:
    if len(articles) != LIMITS["articles"][1]:
        return [f"{len(articles)} articles"]
    links = [articles[0].get(name, "") for name in ("url", "picurl")]
    if not articles[0].get("title") or not all(link.startswith(("http://", "https://")) for link in links):
        return ["an article needs a title, a picture and where it leads"]
    return []


def _menu(menu: dict[str, Any]) -> list[str]:
    entries = menu.get("list", [])
    if not entries or any(set(entry) != {"id", "content"} or not all(entry.values()) for entry in entries):
        return ["a menu is a list of ids and contents"]
    if set(menu) - {"head_content", "list", "tail_content"}:
        return ["unknown part of a menu"]
    return _text("".join([menu.get("head_content", ""), *(entry["content"] for entry in entries)]))


def _field(name: str, field: Any) -> list[str]:
    if not LIMITS["a field's name"][1].fullmatch(name):
        return [f"no field is called {name}"]
    value = field.get("value", "")
    room = ROOM.get(name.rstrip("0123456789"), 1000)
    return [] if 0 < len(value) <= room else [f"{name} holds {len(value)} characters"]
