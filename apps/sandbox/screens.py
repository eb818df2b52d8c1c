"""A thread as its app would show it: one shape for all phones, so that one page can draw them.

{"id", "rev", "at", "from": "shop"|"me"|"platform", "state", "text": runs, "header", "footer", "image", "file",
"album": [addresses], "rows": [[button…]], "list": {"button", "sections"}, "detail", "tapped", "note", "error"}
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import bubbles, formatting
from .accounts import Account, shop_url
from .store import Store

FROM = {"in": "shop", "out": "me", "note": "platform"}
TYPING_SECONDS = 5.0


def thread(store: Store, account: Account, *, shopper: str, rev: int = 0) -> dict[str, Any]:
    """What changed after `rev`, and the rev to ask from next time."""
    rows = bubbles.after(store, platform=account.kind, account=account.name, shopper=shopper, rev=rev)
    person = store.one(
        "select opted_out from shoppers where platform = ? and account = ? and external_id = ?",
        account.kind,
        account.name,
        shopper,
    )
    typing_since = store.setting(f"typing:{account.kind}:{account.name}:{shopper}", 0)
    last_in = max((row["at"] for row in rows if row["direction"] == "in"), default=0)
    return {
        "rev": max([rev, *(row["rev"] for row in rows)]),
        "messages": [screen(account, row) for row in rows],
        "typing": store.now() - typing_since < TYPING_SECONDS and typing_since > last_in,
        "opted_out": bool(person["opted_out"]) if person else False,
    }


def screen(account: Account, row: Any) -> dict[str, Any]:
    body = bubbles.body_of(row)
    shown = {"id": row["id"], "rev": row["rev"], "at": row["at"], "from": FROM[row["direction"]], "state": row["state"]}
    if row["direction"] == "in":
        return shown | DRAW[account.kind](account, body)
    shown["text"] = formatting.plain(body.get("text", ""))
    return shown | {key: body[key] for key in ("detail", "tapped") if body.get(key)}


def local(address: Any) -> str:
    """The shop's own pictures by path, so that they load whichever name the page was opened under."""
    text = str(address or "")
    base = shop_url()
    return text[len(base) :] or "/" if text.startswith(base + "/") else text


def _whatsapp(account: Account, body: dict[str, Any]) -> dict[str, Any]:
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
    if part["type"] == "cta_url":
        shown["rows"] = [[{"label": action["parameters"]["display_text"], "url": local(action["parameters"]["url"])}]]
    return shown


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


def _telegram(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    method = body.get("method", "sendMessage")
    mode = str(body.get("parse_mode") or "")
    shown: dict[str, Any] = {"text": formatting.telegram(str(body.get("text") or body.get("caption") or ""), mode)}
    if method == "deleted":
        return {"note": _("deleted")}
    if method == "sendPhoto":
        shown["image"] = local(body["photo"])
    if method == "sendMediaGroup":
        shown["album"] = [local(item["media"]) for item in body["media"] if item["type"] == "photo"]
        first: dict[str, Any] = next((item for item in body["media"] if item.get("caption")), {})
        shown["text"] = formatting.telegram(str(first.get("caption", "")), str(first.get("parse_mode") or ""))
    if method in ("sendVideo", "sendDocument", "sendAudio"):
        field = method.removeprefix("send").lower()
        shown["file"] = {"name": field, "url": local(body[field])}
    keyboard = (body.get("reply_markup") or {}).get("inline_keyboard", [])
    if keyboard:
        shown["rows"] = [
            [
                {
                    "label": button["text"],
                    **(
                        {"url": local(button["url"])} if "url" in button else {"value": button.get("callback_data", "")}
                    ),
                }
                for button in line
            ]
            for line in keyboard
        ]
    return shown


def _sms(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"text": formatting.plain(body.get("Body", ""))}
    if body.get("MediaUrl"):
        shown["album"] = [local(address) for address in body["MediaUrl"]]
    if (parts := body.get("segments", 1)) > 1:
        shown["detail"] = ngettext("%(count)d part", "%(count)d parts", parts) % {"count": parts}
    return shown


def _messenger(account: Account, body: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"text": formatting.plain(body.get("text", ""))}
    kind, payload = body.get("attachment", {}).get("type", ""), body.get("attachment", {}).get("payload", {})
    if kind == "image":
        shown["image"] = local(payload["url"])
    elif kind in ("video", "audio", "file"):
        shown["file"] = {"name": kind, "url": local(payload["url"])}
    elif kind == "template":
        shown |= _messenger_card(payload)
    replies = [{"label": reply["title"], "value": reply["payload"]} for reply in body.get("quick_replies", [])]
    if replies:
        shown["rows"] = [*shown.get("rows", []), *([reply] for reply in replies)]
    return shown


def _messenger_card(payload: dict[str, Any]) -> dict[str, Any]:
    """The words of a button template, or the first card of a row of them; ours have one."""
    card = payload.get("elements", [payload])[0]
    shown: dict[str, Any] = {"text": formatting.plain(card.get("text") or card.get("subtitle", ""))}
    if card.get("title"):
        shown["header"] = card["title"]
    if card.get("image_url"):
        shown["image"] = local(card["image_url"])
    shown["rows"] = [
        [
            {
                "label": button["title"],
                **({"url": local(button["url"])} if "url" in button else {"value": button["payload"]}),
            }
        ]
        for button in card.get("buttons", [])
    ]
    return shown


DRAW = {"whatsapp": _whatsapp, "messenger": _messenger, "telegram": _telegram, "sms": _sms}
