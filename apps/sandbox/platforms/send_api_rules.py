"""What Meta's Send API refuses, from its references for Messenger and for Instagram (Graph v23.0).

`problem(call, rules)` names the first thing wrong in words; "" for a call that can be sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .media_types import ENDINGS, is_one_of

PICTURES = ("jpg", "jpeg", "png", "gif")

BUTTON_TEXT, LABEL, PAYLOAD, LINE, LINK = 640, 20, 1000, 80, 2000
QUICK_REPLIES, BUTTONS, ELEMENTS = 13, 3, 10
MEDIA_TYPES = ("image", "video", "audio", "file")
MESSAGING_TYPES = ("RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY")
ACTIONS = ("typing_on", "typing_off", "mark_seen")


@dataclass(frozen=True, slots=True)
class Rules:
    """Where the two differ. `text` in characters, or in bytes of UTF-8 where `is_bytes`."""

    text: int
    is_bytes: bool
    must_say_why: bool  # messaging_type has to be there
    tags: tuple[str, ...]
    has_replies_on_cards: bool  # quick replies below a template or a file
    has_utility: bool  # approved wordings
    endings: Mapping[str, tuple[str, ...]]  # of the files it takes; a sort that is not named takes any


MESSENGER = Rules(
    2000, is_bytes=False, must_say_why=True, tags=("HUMAN_AGENT",), has_replies_on_cards=True, has_utility=True,
    endings={"image": (*PICTURES, "webp"), "video": ENDINGS["video"], "audio": (*ENDINGS["audio"], "mp4")},
)  # fmt: skip
INSTAGRAM = Rules(
    1000, is_bytes=True, must_say_why=False, tags=("HUMAN_AGENT",), has_replies_on_cards=False, has_utility=False,
    endings={
        "image": PICTURES, "video": ("mp4", "ogg", "avi", "mov", "webm"), "audio": ("aac", "m4a", "wav", "mp4"), "file": ("pdf",)
    },
)  # fmt: skip


def problem(call: dict[str, Any], rules: Rules) -> str:
    recipient = call.get("recipient")
    if not isinstance(recipient, dict) or not str(recipient.get("id") or "").isdigit():
        return "The parameter recipient is required."
    if "sender_action" in call:
        if "message" in call:
            return "sender_action must be sent in a request of its own."
        return "" if call["sender_action"] in ACTIONS else f"sender_action must be one of {', '.join(ACTIONS)}."
    message = call.get("message")
    if found := _reason(call, rules):
        return found
    if not isinstance(message, dict):
        return "The parameter message is required."
    if call.get("messaging_type") == "UTILITY":
        wording = message.get("template")
        is_whole = isinstance(wording, dict) and wording.get("name") and isinstance(wording.get("language"), dict)
        return "" if is_whole else "A utility message has a template with a name and a language."
    has_text, has_attachment = "text" in message, "attachment" in message
    if has_text == has_attachment:
        return "A message has either text or an attachment."
    if has_attachment and "quick_replies" in message and not rules.has_replies_on_cards:
        return "quick_replies are only supported with text."
    found = _text(message["text"], rules) if has_text else _attachment(message["attachment"])
    return found or _quick_replies(message.get("quick_replies", []))


def unfetchable(call: dict[str, Any], rules: Rules) -> bool:
    """Whether the file in it is of a sort that Meta does not take."""
    attachment = (call.get("message") or {}).get("attachment") or {}
    endings = rules.endings.get(str(attachment.get("type")))
    return endings is not None and not is_one_of((attachment.get("payload") or {}).get("url", ""), endings)


def _reason(call: dict[str, Any], rules: Rules) -> str:
    """Why the message is sent: an answer, or with a tag that says what else."""
    kind = call.get("messaging_type")
    if kind is None and not rules.must_say_why:
        return "" if "tag" not in call else "A tag needs the messaging_type MESSAGE_TAG."
    if kind not in MESSAGING_TYPES or (kind == "UTILITY" and not rules.has_utility):
        return f"messaging_type must be one of {', '.join(MESSAGING_TYPES)}."
    if kind == "MESSAGE_TAG" and call.get("tag") not in rules.tags:
        return f"tag must be one of {', '.join(rules.tags)}."
    return ""


def _text(value: Any, rules: Rules) -> str:
    found = _string(value, "message[text]", 10**6 if rules.is_bytes else rules.text)
    if not found and rules.is_bytes and len(value.encode()) > rules.text:
        return f"Length of param message[text] must be less than or equal to {rules.text} bytes."
    return found


def _string(value: Any, name: str, limit: int) -> str:
    if not isinstance(value, str) or not value.strip():
        return f"{name} must be a non-empty string."
    return f"Length of param {name} must be less than or equal to {limit}." if len(value) > limit else ""


def _address(value: Any, name: str) -> str:
    found = _string(value, name, LINK)
    if found:
        return found
    return "" if value.startswith(("https://", "http://")) else f"{name} must be a web address."


def _attachment(attachment: Any) -> str:
    if not isinstance(attachment, dict) or not isinstance(attachment.get("payload"), dict):
        return "message[attachment][payload] is required."
    kind, payload = attachment.get("type"), attachment["payload"]
    if kind in MEDIA_TYPES:
        return _address(payload.get("url"), "message[attachment][payload][url]")
    if kind != "template":
        return f"message[attachment][type] must be one of {', '.join(MEDIA_TYPES)}, template."
    if payload.get("template_type") == "button":
        return _string(payload.get("text"), "text of a button template", BUTTON_TEXT) or _buttons(
            payload.get("buttons"), least=1
        )
    if payload.get("template_type") == "generic":
        return _elements(payload.get("elements"))
    return "template_type is unknown."


def _elements(elements: Any) -> str:
    if not isinstance(elements, list) or not 1 <= len(elements) <= ELEMENTS:
        return f"A generic template has 1 to {ELEMENTS} elements."
    for element in elements:
        if not isinstance(element, dict):
            return "An element must be an object."
        if found := _string(element.get("title"), "title of an element", LINE):
            return found
        if not any(element.get(name) for name in ("subtitle", "image_url", "buttons")):
            return "An element needs more than its title."
        if "subtitle" in element and (found := _string(element["subtitle"], "subtitle of an element", LINE)):
            return found
        if "image_url" in element and (found := _address(element["image_url"], "image_url of an element")):
            return found
        if found := _buttons(element.get("buttons", []), least=0):
            return found
    return ""


def _buttons(buttons: Any, *, least: int) -> str:
    if not isinstance(buttons, list) or not least <= len(buttons) <= BUTTONS:
        return f"There are {least} to {BUTTONS} buttons."
    for button in buttons:
        if not isinstance(button, dict) or button.get("type") not in ("postback", "web_url"):
            return "type of a button must be postback or web_url."
        if found := _string(button.get("title"), "title of a button", LABEL):
            return found
        if button["type"] == "postback" and (found := _string(button.get("payload"), "payload of a button", PAYLOAD)):
            return found
        if button["type"] == "web_url" and (found := _address(button.get("url"), "url of a button")):
            return found
    return ""


def _quick_replies(replies: Any) -> str:
    if not isinstance(replies, list) or len(replies) > QUICK_REPLIES:
        return f"There are at most {QUICK_REPLIES} quick replies."
    for reply in replies:
        if not isinstance(reply, dict) or reply.get("content_type") not in ("text", "user_phone_number", "user_email"):
            return "content_type of a quick reply is unknown."
        if reply["content_type"] != "text":
            continue
        found = _string(reply.get("title"), "title of a quick reply", LABEL) or _string(
            reply.get("payload"), "payload of a quick reply", PAYLOAD
        )
        if found:
            return found
    return ""
