"""WhatsApp on a shopper's phone."""

from typing import Any

from django.utils.translation import gettext as _

from .. import bubbles, files, formatting
from ..accounts import Account
from ..files import Card, File, Place
from ..platforms import whatsapp
from ..store import Store
from .phone import FILES, NotPossible, Phone, card_shown, file_shown, local, new_bubble, person, place_shown

TEXT_LIMIT = 4096
TYPES = {"file": "document"}


class WhatsApp(Phone):
    kind = "whatsapp"
    label = "WhatsApp"
    place = 1
    can = FILES | {"sticker", "location", "contact", "react", "quote", "edit", "delete"}

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
        if reply_to:
            message = {**message, "context": {"from": str(account.config.get("number", "")), "id": reply_to}}
        bubble = new_bubble(store, account, shopper, wamid, shown)
        self._tell(store, account, shopper, message, wamid=wamid, bubble=bubble)
        return bubble

    def _tell(
        self, store: Store, account: Account, shopper: str, message: dict[str, Any], *, wamid: str = "", bubble: int = 0
    ) -> None:
        """One of the shopper's messages; of what is done with a message there is no bubble."""
        head = {"from": shopper, "id": wamid or whatsapp.new_wamid(shopper), "timestamp": str(int(store.now()))}
        contact = {"profile": {"name": person(store, account, shopper)["name"]}, "wa_id": shopper}
        value = {"contacts": [contact], "messages": [{**head, **message}]}
        whatsapp.tell_shop(store, account, value, lane=f"whatsapp:{account.name}:{shopper}", bubble=bubble)

    def sends_file(self, store: Store, account: Account, shopper: str, file: File, caption: str, reply_to: str) -> int:
        number, kind = files.keep(store, account, file), TYPES.get(file.sort, file.sort)
        part: dict[str, Any] = {"mime_type": file.mime, "sha256": file.sha256, "id": number}
        if file.sort == "audio":
            part |= {"mime_type": "audio/ogg; codecs=opus" if file.ending == "ogg" else file.mime, "voice": True}
        if file.sort == "file":
            part["filename"] = file.name
        if file.sort == "sticker":
            part["animated"] = False
        has_caption = caption and file.sort in ("image", "video", "file")
        said = {"type": kind, kind: {**part, **({"caption": caption} if has_caption else {})}}
        return self._send(store, account, shopper, said, file_shown(file, number, caption), reply_to)

    def sends_place(self, store: Store, account: Account, shopper: str, place: Place, reply_to: str) -> int:
        where = {"latitude": place.latitude, "longitude": place.longitude, "name": place.name, "address": place.address}
        said = {"type": "location", "location": where}
        return self._send(store, account, shopper, said, place_shown(place), reply_to)

    def sends_card(self, store: Store, account: Account, shopper: str, card: Card, reply_to: str) -> int:
        phone = {"phone": card.phone, "wa_id": card.phone.lstrip("+"), "type": "CELL"}
        name = {"first_name": card.name.split()[0], "formatted_name": card.name}
        said = {"type": "contacts", "contacts": [{"name": name, "phones": [phone]}]}
        return self._send(store, account, shopper, said, card_shown(card), reply_to)

    def reacts(self, store: Store, account: Account, shopper: str, row: Any, emoji: str) -> None:
        said = {"type": "reaction", "reaction": {"message_id": row["wire_id"], "emoji": emoji}}
        self._tell(store, account, shopper, said)

    def edits(self, store: Store, account: Account, shopper: str, row: Any, text: str) -> None:
        after = {"context": {"id": row["wire_id"]}, "type": "text", "text": {"body": text[:TEXT_LIMIT]}}
        edit = {"original_message_id": row["wire_id"], "message": after}
        self._tell(store, account, shopper, {"type": "edit", "edit": edit})

    def deletes(self, store: Store, account: Account, shopper: str, row: Any) -> None:
        self._tell(store, account, shopper, {"type": "revoke", "revoke": {"original_message_id": row["wire_id"]}})

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
