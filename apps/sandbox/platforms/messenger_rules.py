"""What Messenger's Send API refuses, from its reference (Graph v23.0).

`problem(call)` names the first thing wrong in words; "" for a call that can be sent.
"""

from typing import Any

TEXT, BUTTON_TEXT, LABEL, PAYLOAD, LINE, LINK = 2000, 640, 20, 1000, 80, 2000
QUICK_REPLIES, BUTTONS, ELEMENTS = 13, 3, 10
MEDIA_TYPES = ("image", "video", "audio", "file")
MESSAGING_TYPES = ("RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY")
ACTIONS = ("typing_on", "typing_off", "mark_seen")


def problem(call: dict[str, Any]) -> str:
    recipient = call.get("recipient")
    if not isinstance(recipient, dict) or not str(recipient.get("id") or "").isdigit():
        return "The parameter recipient is required."
    if "sender_action" in call:
        if "message" in call:
            return "sender_action must be sent in a request of its own."
        return "" if call["sender_action"] in ACTIONS else f"sender_action must be one of {', '.join(ACTIONS)}."
    if call.get("messaging_type") not in MESSAGING_TYPES:
        return f"messaging_type must be one of {', '.join(MESSAGING_TYPES)}."
    message = call.get("message")
    if not isinstance(message, dict):
        return "The parameter message is required."
    if call["messaging_type"] == "UTILITY":
        wording = message.get("template")
        is_whole = isinstance(wording, dict) and wording.get("name") and isinstance(wording.get("language"), dict)
        return "" if is_whole else "A utility message has a template with a name and a language."
    has_text, has_attachment = "text" in message, "attachment" in message
    if has_text == has_attachment:
        return "A message has either text or an attachment."
    found = _string(message["text"], "message[text]", TEXT) if has_text else _attachment(message["attachment"])
    return found or _quick_replies(message.get("quick_replies", []))


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
