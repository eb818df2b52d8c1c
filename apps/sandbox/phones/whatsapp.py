"""WhatsApp on a shopper's phone."""

from typing import Any

from django.utils.translation import gettext as _

from .. import bubbles, formatting
from ..accounts import Account
from ..platforms import whatsapp
from ..store import Store
from .phone import NotPossible, Phone, local, new_bubble, person

TEXT_LIMIT = 4096


class WhatsApp(Phone):
    kind = "whatsapp"
    label = "WhatsApp"
    place = 1

    def line(self, account: Account) -> str:
        number = account.config.get("number")
        return " · ".join((_("Business account"), *((f"+{number}",) if number else ())))

    def says(self, store: Store, account: Account, shopper: str, text: str, reply_to: str) -> int:
        message: dict[str, Any] = {"type": "text", "text": {"body": text[:TEXT_LIMIT]}}
        return self._send(store, account, shopper, message, {"text": text}, reply_to)

    def _send(
        self,
        store: Store,
        account: Account,
        shopper: str,
        message: dict[str, Any],
        shown: dict[str, Any],
        reply_to: str,
    ) -> int:
        wamid = whatsapp.new_wamid(shopper)
        row = person(store, account, shopper)
        whole = {"from": shopper, "id": wamid, "timestamp": str(int(store.now())), **message}
        if reply_to:
            whole["context"] = {"from": str(account.config.get("number", "")), "id": reply_to}
        bubble = new_bubble(store, account, shopper, wamid, shown)
        contact = {"profile": {"name": row["name"]}, "wa_id": shopper}
        lane = f"whatsapp:{account.name}:{shopper}"
        whatsapp.tell_shop(store, account, {"contacts": [contact], "messages": [whole]}, lane=lane, bubble=bubble)
        return bubble

    def taps(self, store: Store, account: Account, shopper: str, row: Any, value: str) -> int:
        body = bubbles.body_of(row)
        action = body.get("interactive", {}).get("action", {})
        for button in action.get("buttons", []):
            if button["reply"]["id"] == value:
                picked = {"type": "button_reply", "button_reply": button["reply"]}
                shown = {"text": button["reply"]["title"], "tapped": True}
                return self._send(
                    store, account, shopper, {"type": "interactive", "interactive": picked}, shown, row["wire_id"]
                )
        for section in action.get("sections", []):
            for item in section.get("rows", []):
                if item["id"] == value:
                    picked = {"type": "list_reply", "list_reply": item}
                    shown = {"text": item["title"], "detail": item.get("description", ""), "tapped": True}
                    return self._send(
                        store, account, shopper, {"type": "interactive", "interactive": picked}, shown, row["wire_id"]
                    )
        for component in body.get("template", {}).get("components", []):
            for parameter in component.get("parameters", []):
                if parameter.get("payload") == value:
                    message = {"type": "button", "button": {"payload": value, "text": value}}
                    return self._send(store, account, shopper, message, {"text": value, "tapped": True}, row["wire_id"])
        raise NotPossible(_("This message has no such button."))

    def reads(self, store: Store, account: Account, shopper: str, rows: list[Any]) -> None:
        for row in rows:
            whatsapp.tell_status(store, account, row["wire_id"], shopper, "read", delay=0.3)

    def draw(self, account: Account, body: dict[str, Any]) -> dict[str, Any]:
        kind = body.get("type", "text")
        if kind == "text":
            return {"text": formatting.whatsapp(body["text"]["body"])}
        if kind == "interactive":
            return _interactive(body["interactive"])
        if kind == "template":
            return _template(account, body["template"])
        if kind in ("image", "sticker"):
            return {"image": local(body[kind].get("link")), "text": formatting.whatsapp(body[kind].get("caption", ""))}
        if kind in ("video", "audio", "document"):
            name = body[kind].get("filename") or kind
            return {
                "file": {"name": name, "url": local(body[kind].get("link"))},
                "text": formatting.whatsapp(body[kind].get("caption", "")),
            }
        if kind == "reaction":
            return {"note": _("reacted %(emoji)s") % {"emoji": body["reaction"].get("emoji", "")}}
        return {"note": f"[{kind}]"}


def _interactive(part: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"text": formatting.whatsapp(part["body"]["text"])}
    header = part.get("header") or {}
    if header.get("type") == "text":
        shown["header"] = header["text"]
    elif header.get("type") == "image":
        shown["image"] = local(header["image"].get("link"))
    if part.get("footer"):
        shown["footer"] = part["footer"]["text"]
    action = part["action"]
    if part["type"] == "button":
        shown["rows"] = [
            [{"label": button["reply"]["title"], "value": button["reply"]["id"]}] for button in action["buttons"]
        ]
    if part["type"] == "list":
        sections = [
            {
                "title": section.get("title", ""),
                "rows": [
                    {"label": row["title"], "detail": row.get("description", ""), "value": row["id"]}
                    for row in section["rows"]
                ],
            }
            for section in action["sections"]
        ]
        shown["list"] = {"button": action["button"], "sections": sections}
    if part["type"] == "order_details":
        shown |= _bill(action["parameters"])
    if part["type"] == "order_status":
        shown["footer"] = action["parameters"]["order"]["status"]
    if part["type"] == "cta_url":
        shown["rows"] = [[{"label": action["parameters"]["display_text"], "url": local(action["parameters"]["url"])}]]
    return shown


def _bill(parameters: dict[str, Any]) -> dict[str, Any]:
    """WhatsApp's card: what is in it, the sum, and a button that opens the shop's payment page."""
    order = parameters["order"]
    told = [f"{item['quantity']} × {item['name']}" for item in order["items"]]
    total = f"{parameters['currency']} {parameters['total_amount']['value'] / 100:.2f}"
    url = local(parameters["payment_settings"][0]["payment_link"]["uri"])
    pay = {"label": _("Pay %(amount)s") % {"amount": total}, "url": url}
    return {"header": " · ".join(told), "footer": total, "rows": [[pay]]}


def _template(account: Account, part: dict[str, Any]) -> dict[str, Any]:
    """The approved wording where the account's config has it ("templates": {name: text}), else name and values."""
    values = [
        str(parameter.get("text", parameter.get("payload", "")))
        for component in part.get("components", [])
        if component.get("type", "").lower() == "body"
        for parameter in component.get("parameters", [])
    ]
    known = account.config.get("templates")
    wording = known.get(part["name"], "") if isinstance(known, dict) else ""
    text = str(wording or " · ".join(values) or part["name"])
    for place, value in enumerate(values, start=1):
        text = text.replace(f"{{{{{place}}}}}", value)
    footer = _("Template: %(name)s (%(language)s)") % {"name": part["name"], "language": part["language"]["code"]}
    return {"text": formatting.whatsapp(text), "footer": footer}
