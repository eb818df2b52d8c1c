"""What Vonage's Messages API refuses of an SMS, an MMS or a message by RCS, parameter by parameter.

developer.vonage.com/en/api/messages; what RCS shows is judged by Google's own rules, to whom it is handed on.
"""

import re
from collections.abc import Iterator
from typing import Any

from . import rbm_rules
from .media_types import is_one_of
from .vonage_rcs import content_of

TEXT, CAPTION, CLIENT_REF, SENDER, AGENT = 3200, 3000, 100, 11, 100
NUMBER = re.compile(r"[1-9]\d{6,14}")
ADDRESS = re.compile(r"https?://[^\s/]\S*")
FORMS = {
    "sms": ("text",), "mms": ("text", "image", "vcard", "audio", "video", "file", "content"),
    "rcs": ("text", "image", "video", "file", "card", "carousel", "custom"),
}  # fmt: skip
TTL = {"sms": (20, 604_800), "mms": (300, 259_200), "rcs": (20, 259_200)}
PICTURES = ("jpg", "jpeg", "png", "gif")
MISSING, INVALID = "is required", "invalid value"


def problems(call: dict[str, Any]) -> list[dict[str, str]]:
    """`invalid_parameters` of the refusal; [] where there is nothing to refuse."""
    return [{"name": name, "reason": reason} for name, reason in _found(call)]


def _found(call: dict[str, Any]) -> Iterator[tuple[str, str]]:
    channel, form = call.get("channel"), call.get("message_type")
    if channel not in FORMS:
        yield "channel", INVALID if channel else MISSING
    elif form not in FORMS[channel]:
        yield "message_type", INVALID if form else MISSING
    to, sender = call.get("to"), call.get("from")
    if not _is_number(to):
        yield "to", INVALID if to else MISSING
    is_agent = channel == "rcs" and isinstance(sender, str) and 0 < len(sender) <= AGENT
    if not is_agent and not _is_number(sender) and not _is_sender_name(sender):
        yield "from", INVALID if sender else MISSING
    yield from _about_rcs(call) if channel == "rcs" else _about_words(call)
    yield from _about_the_rest(call)


def _about_rcs(call: dict[str, Any]) -> Iterator[tuple[str, str]]:
    form = str(call.get("message_type"))
    if form not in FORMS["rcs"]:
        return
    if not call.get(form):
        yield form, MISSING
        return
    try:
        content = content_of(call)
    except (KeyError, TypeError, AttributeError):
        yield form, INVALID
        return
    if wrong := rbm_rules.problem({"contentMessage": content}):
        yield form, wrong


def _about_words(call: dict[str, Any]) -> Iterator[tuple[str, str]]:
    form = call.get("message_type")
    if form == "text":
        words = call.get("text")
        if not isinstance(words, str) or not 0 < len(words) <= TEXT:
            yield "text", INVALID if words else MISSING
    elif form == "image":
        picture = call.get("image")
        if not isinstance(picture, dict) or not _is_address(picture.get("url")):
            yield "image.url", INVALID if picture else MISSING
        elif not is_one_of(picture["url"], PICTURES):
            yield "image.url", INVALID
        elif not 0 < len(str(picture.get("caption", "x"))) <= CAPTION:
            yield "image.caption", INVALID


def _about_the_rest(call: dict[str, Any]) -> Iterator[tuple[str, str]]:
    least, most = TTL.get(str(call.get("channel")), TTL["sms"])
    ttl = call.get("ttl", least)
    if isinstance(ttl, bool) or not isinstance(ttl, int) or not least <= ttl <= most:
        yield "ttl", INVALID
    if len(str(call.get("client_ref", ""))) > CLIENT_REF:
        yield "client_ref", INVALID
    if "webhook_url" in call and not _is_address(call["webhook_url"]):
        yield "webhook_url", INVALID
    if call.get("webhook_version", "v1") not in ("v0.1", "v1"):
        yield "webhook_version", INVALID


def _is_number(value: Any) -> bool:
    """International, without a plus."""
    return isinstance(value, str) and NUMBER.fullmatch(value) is not None


def _is_sender_name(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= SENDER and not value.startswith("+")


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and ADDRESS.fullmatch(value) is not None
