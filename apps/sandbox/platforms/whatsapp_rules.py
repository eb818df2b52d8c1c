"""What the WhatsApp Cloud API refuses, from Meta's OpenAPI (v23.0) and message documentation.

`problem(message)` names the first thing wrong as (code, details); None for a sendable message.
"""

import re
from typing import Any

from .media_types import is_one_of

TEXT, BODY, HEADER, FOOTER, CAPTION = 4096, 1024, 60, 60, 1024
BUTTONS, BUTTON_TITLE, BUTTON_ID = 3, 20, 256
ROWS, SECTIONS, SECTION_TITLE, ROW_TITLE, ROW_DESCRIPTION, ROW_ID, OPENER = 10, 10, 24, 24, 72, 200, 20
LINK_LABEL, LINK = 20, 2000
MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
CAPTIONED = ("image", "video", "document")
TYPES = ("text", "interactive", "template", "reaction", "location", "contacts", *MEDIA_TYPES)
MISSING, WRONG, UNSUPPORTED = 131008, 131009, 131051
REFERENCE = r"[A-Za-z0-9_.-]{1,35}"
STATUSES = ("pending", "processing", "partially_shipped", "shipped", "completed", "canceled")
Problem = tuple[int, str]
# https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media: found out only when it is fetched
FETCHED = {
    "image": ("jpg", "jpeg", "png"), "video": ("mp4", "3gp"), "sticker": ("webp",),
    "audio": ("aac", "amr", "mp3", "m4a", "mp4", "ogg", "opus"),
}  # fmt: skip


def problem(message: dict[str, Any]) -> Problem | None:
    if message.get("messaging_product") != "whatsapp":
        return 100, "The parameter messaging_product is required."
    if not message.get("to") and not message.get("recipient"):
        return 100, "The parameter to is required."
    if message.get("recipient_type", "individual") not in ("individual", "group"):
        return 100, "recipient_type must be one of {individual, group}"
    kind = message.get("type", "text")
    if kind not in TYPES:
        return 100, f"Param type must be one of {{{', '.join(kind.upper() for kind in TYPES)}}} - got {kind!r}."
    part = message.get(kind)
    if kind == "contacts":
        return None if isinstance(part, list) and part else _missing("contacts")
    if not isinstance(part, dict):
        return _missing(kind)
    if len(str(message.get("biz_opaque_callback_data", ""))) > 512:
        return _long("biz_opaque_callback_data", 512)
    return CHECKS[kind](part, kind)


def unfetchable(message: dict[str, Any]) -> str:
    """The sort of file in this message that WhatsApp will not take, or ""; told afterwards, by a failed status."""
    kind = str(message.get("type", "text"))
    header = message.get("interactive", {}).get("header") or {}
    parts = {kind: message.get(kind), str(header.get("type")): header.get(str(header.get("type")))}
    for sort, endings in FETCHED.items():
        part = parts.get(sort)
        if isinstance(part, dict) and not is_one_of(part.get("link", ""), endings):
            return sort
    return ""


def _missing(name: str) -> Problem:
    return MISSING, f"The parameter {name} is required."


def _long(name: str, limit: int) -> Problem:
    return WRONG, f"{name} length should be at most {limit} characters."


def _string(part: dict[str, Any], key: str, limit: int, *, label: str = "", required: bool = True) -> Problem | None:
    """A string of 1 to `limit` characters."""
    label, value = label or key, part.get(key)
    if value is None and not required:
        return None
    if value is None:
        return _missing(label)
    if not isinstance(value, str):
        return 100, f"Param {label} must be a string."
    if not value.strip():
        return WRONG, f"{label} cannot be empty."
    return _long(label, limit) if len(value) > limit else None


def _text(part: dict[str, Any], kind: str) -> Problem | None:
    return _string(part, "body", TEXT, label="text.body")


def _media(part: dict[str, Any], kind: str) -> Problem | None:
    if bool(part.get("id")) == bool(part.get("link")):
        return 100, f"Exactly one of {kind}.id and {kind}.link must be given."
    if part.get("link") and not is_web_address(part["link"]):
        return WRONG, f"{kind}.link must be a URL."
    if "caption" in part and kind not in CAPTIONED:
        return 100, f"Unexpected key caption on param {kind}."
    return _string(part, "caption", CAPTION, label=f"{kind}.caption", required=False)


def _location(part: dict[str, Any], kind: str) -> Problem | None:
    if "latitude" not in part or "longitude" not in part:
        return _missing("location.latitude")
    return None


def _reaction(part: dict[str, Any], kind: str) -> Problem | None:
    return None if part.get("message_id") else _missing("reaction.message_id")


def _template(part: dict[str, Any], kind: str) -> Problem | None:
    if found := _string(part, "name", 512, label="template.name"):
        return found
    language = part.get("language")
    if not isinstance(language, dict) or not language.get("code"):
        return _missing("template.language.code")
    for component in part.get("components", []):
        if component.get("type", "").lower() not in ("header", "body", "button", "footer", "carousel"):
            return 132018, "There is an issue with the parameters in your template."
        for parameter in component.get("parameters", []):
            if parameter.get("type") == "text" and not str(parameter.get("text", "")).strip():
                return 132018, "A template parameter of type text cannot be empty."
            if re.search(r"[\n\t]| {5,}", str(parameter.get("text", ""))):
                return 132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces."
    return None


def _interactive(part: dict[str, Any], kind: str) -> Problem | None:
    shape = part.get("type")
    if shape not in INTERACTIVE:
        return 100, f"Param interactive.type must be one of {{{', '.join(INTERACTIVE)}}}."
    body, action = part.get("body"), part.get("action")
    if not isinstance(body, dict):
        return _missing("interactive.body.text")
    if found := _string(body, "text", BODY, label="interactive.body.text"):
        return found
    if not isinstance(action, dict):
        return _missing("interactive.action")
    return _header(part, shape) or _footer(part) or INTERACTIVE[shape](action)


def _header(part: dict[str, Any], shape: str) -> Problem | None:
    header = part.get("header")
    if header is None:
        return None
    kind = header.get("type")
    allowed = ("text",) if shape == "list" else ("text", "image", "video", "document")
    if kind not in allowed:
        return WRONG, f"interactive.header.type must be one of {{{', '.join(allowed)}}}."
    if kind == "text":
        return _string(header, "text", HEADER, label="interactive.header.text")
    return _media(header[kind], kind) if isinstance(header.get(kind), dict) else _missing(f"interactive.header.{kind}")


def _footer(part: dict[str, Any]) -> Problem | None:
    footer = part.get("footer")
    return None if footer is None else _string(footer, "text", FOOTER, label="interactive.footer.text")


def _buttons(action: dict[str, Any]) -> Problem | None:
    buttons = action.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= BUTTONS:
        return WRONG, f"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {BUTTONS}"
    for button in buttons:
        reply = button.get("reply")
        if button.get("type") != "reply" or not isinstance(reply, dict):
            return 100, "Param interactive.action.buttons.type must be one of {reply}."
        if found := _string(reply, "id", BUTTON_ID, label="Button id") or _string(
            reply, "title", BUTTON_TITLE, label="Button title"
        ):
            return found
        if reply["id"] != reply["id"].strip():
            return WRONG, "Button id cannot have leading or trailing spaces."
    return _twice([button["reply"]["id"] for button in buttons], "id") or _twice(
        [button["reply"]["title"] for button in buttons], "title"
    )


def _twice(values: list[str], name: str) -> Problem | None:
    return None if len(set(values)) == len(values) else (WRONG, f"Duplicated {name} in buttons or rows.")


def _list(action: dict[str, Any]) -> Problem | None:
    sections = action.get("sections")
    if found := _string(action, "button", OPENER, label="interactive.action.button"):
        return found
    if not isinstance(sections, list) or not 1 <= len(sections) <= SECTIONS:
        return WRONG, f"Invalid sections count. Min allowed: 1, Max allowed: {SECTIONS}"
    rows = [row for section in sections for row in section.get("rows", [])]
    if any(not section.get("rows") for section in sections) or len(rows) > ROWS:
        return WRONG, f"Total row count exceed max allowed count: {ROWS}"
    for section in sections:
        if found := _string(section, "title", SECTION_TITLE, label="Section title", required=len(sections) > 1):
            return found
    for row in rows:
        found = (
            _string(row, "id", ROW_ID, label="Row id")
            or _string(row, "title", ROW_TITLE, label="Row title")
            or _string(row, "description", ROW_DESCRIPTION, label="Row description", required=False)
        )
        if found:
            return found
    return _twice([row["id"] for row in rows], "id")


def _link(action: dict[str, Any]) -> Problem | None:
    parameters = action.get("parameters")
    if action.get("name") != "cta_url" or not isinstance(parameters, dict):
        return 100, "Param interactive.action.name must be one of {cta_url}."
    if found := _string(parameters, "display_text", LINK_LABEL) or _string(parameters, "url", LINK):
        return found
    return None if is_web_address(parameters["url"]) else (WRONG, "Button URL is not valid.")


def _ask_location(action: dict[str, Any]) -> Problem | None:
    return (
        None
        if action.get("name") == "send_location"
        else (100, "Param interactive.action.name must be one of {send_location}.")
    )


def is_web_address(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"https?://[^\s/]+\S*", value) is not None


def _bill(action: dict[str, Any]) -> Problem | None:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/payments/payments-br/orders/"""
    parameters = action.get("parameters")
    if action.get("name") != "review_and_pay" or not isinstance(parameters, dict):
        return 100, "Param interactive.action.name must be one of {review_and_pay}."
    if not re.fullmatch(REFERENCE, str(parameters.get("reference_id") or "")):
        return WRONG, "reference_id must be 1 to 35 of [A-Za-z0-9_.-]."
    if parameters.get("currency") != "BRL" or parameters.get("payment_type") != "br":
        return WRONG, "This business can ask for payments in BRL only."
    settings = parameters.get("payment_settings")
    link = settings[0].get("payment_link", {}).get("uri") if isinstance(settings, list) and settings else None
    if not is_web_address(link):
        return _missing("payment_settings")
    return _sums(parameters)


def _sums(parameters: dict[str, Any]) -> Problem | None:
    order = parameters.get("order") or {}
    items = order.get("items") or []
    if order.get("status") != "pending" or not items:
        return _missing("order.items")
    values = [
        parameters.get("total_amount"),
        order.get("subtotal"),
        order.get("tax"),
        *(one.get("amount") for one in items),
    ]
    if any(
        not isinstance(one, dict) or one.get("offset") != 100 or type(one.get("value")) is not int for one in values
    ):
        return WRONG, "Amounts have a whole value and the offset 100."
    total, subtotal, tax = (one["value"] for one in values[:3])
    if subtotal != sum(one["amount"]["value"] * one["quantity"] for one in items):
        return WRONG, "order.subtotal is not the sum of its items."
    shipping, discount = (order.get(name, {}).get("value", 0) for name in ("shipping", "discount"))
    return (
        None if total == subtotal + tax + shipping - discount else (WRONG, "total_amount is not what its parts make.")
    )


def _bill_news(action: dict[str, Any]) -> Problem | None:
    parameters = action.get("parameters") or {}
    if action.get("name") != "review_order" or not re.fullmatch(REFERENCE, str(parameters.get("reference_id") or "")):
        return WRONG, "reference_id must be that of an order_details message."
    if (parameters.get("order") or {}).get("status") not in STATUSES:
        return WRONG, f"order.status must be one of {{{', '.join(STATUSES)}}}."
    return None


INTERACTIVE = {
    "button": _buttons,
    "list": _list,
    "cta_url": _link,
    "location_request_message": _ask_location,
    "order_details": _bill,
    "order_status": _bill_news,
}
CHECKS = {
    "text": _text, "interactive": _interactive, "template": _template, "reaction": _reaction, "location": _location,
    **dict.fromkeys(MEDIA_TYPES, _media),
}  # fmt: skip
