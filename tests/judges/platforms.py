"""Would the platform take it? Every outbound call, held against the platform's own specification.

`judge(kind, wire)` takes calls as captured: `{"path": …, "body": {…}, "is_form": bool}`. It knows nothing of how we
render. A refusal counts as a known gap only if `GAPS` names it: things the platform documents elsewhere and its
file is too old for.
"""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from . import wechat
from .prism import Prism, Unavailable
from .telegram import BotApi
from .viber import complaints as viber_complaints

__all__ = ["GAPS", "Unavailable", "Verdicts", "judge", "specs_folder"]

SPECS = {
    "whatsapp": "meta_wa_v23.yaml",
    "sms": "twilio_v2010.json",
    "telegram": "telegram-api.json",
    "line": "line-messaging.yml",
}


@dataclass(frozen=True)
class Gap:
    """Something a platform takes although its file does not say so. `matches` must recognise nothing else."""

    name: str
    why: str
    matches: Callable[[dict[str, Any]], bool]
    mended: Callable[[dict[str, Any]], dict[str, Any]]  # the nearest body the file should take


def _interactive(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda body: body.get("type") == "interactive" and body["interactive"].get("type") == kind


def _as_button(body: dict[str, Any]) -> dict[str, Any]:
    """The same frame (recipient, header, body) around the one interactive form the file knows best."""
    buttons = [{"type": "reply", "reply": {"id": "x", "title": "x"}}]
    return {**body, "interactive": {**body["interactive"], "type": "button", "action": {"buttons": buttons}}}


def _to_phone(body: dict[str, Any]) -> dict[str, Any]:
    return {**{key: value for key, value in body.items() if key != "recipient"}, "to": "16505551234"}


def _menu_as_text(body: dict[str, Any]) -> dict[str, Any]:
    """The same words with nothing to tap."""
    menu = body["msgmenu"]
    said = "\n".join([menu.get("head_content", ""), *(entry["content"] for entry in menu["list"])])
    return {"touser": body["touser"], "msgtype": "text", "text": {"content": said}}


def _as_text(body: dict[str, Any]) -> dict[str, Any]:
    head = {"messaging_product": body.get("messaging_product"), "recipient_type": "individual", "to": "16505551234"}
    return {**head, "type": "text", "text": {"body": body.get("message_id") or ""}}


GAPS: dict[str, list[Gap]] = {
    "whatsapp": [
        Gap(
            "recipient",
            "business-scoped user ids (April 2026) are younger than the file (November 2025)",
            lambda body: "recipient" in body and "to" not in body,
            _to_phone,
        ),
        Gap(
            "cta_url",
            "link buttons are on Meta's page 'Interactive Call-to-Action URL Button Messages', not in the file's enum",
            _interactive("cta_url"),
            _as_button,
        ),
        Gap(
            "location_request_message",
            "on Meta's page 'Location Request Messages', not in the file's enum",
            _interactive("location_request_message"),
            _as_button,
        ),
        Gap(
            "order_details",
            "on Meta's pages 'Payments API'; the file has it as an example and refuses its own example",
            _interactive("order_details"),
            _as_button,
        ),
        Gap(
            "order_status",
            "as order_details",
            _interactive("order_status"),
            _as_button,
        ),
        Gap(
            "typing_indicator",
            "the file has it as an example and refuses its own example",
            lambda body: set(body) == {"messaging_product", "message_id", "status", "typing_indicator"},
            _as_text,
        ),
    ],
    "sms": [],
    "telegram": [],
    "viber": [],
    "line": [],
    "wechat": [
        Gap(
            "msgmenu",
            "on WeChat's page 'Send customer service messages'; wechatpy 1.8.18 is older",
            lambda body: body.get("msgtype") == "msgmenu" and bool(body["msgmenu"].get("list")),
            _menu_as_text,
        ),
        Gap(
            "typing",
            "on WeChat's page 'Set typing status'; wechatpy 1.8.18 is older",
            lambda body: set(body) == {"touser", "command"} and body["command"] == "Typing",
            lambda body: {"touser": body["touser"], "msgtype": "text", "text": {"content": body["command"]}},
        ),
    ],
}


@dataclass
class Verdicts:
    accepted: Counter[str] = field(default_factory=Counter)  # by what the message is
    refused: list[tuple[dict[str, Any], list[str]]] = field(default_factory=list)  # the call and the reasons
    gaps: Counter[str] = field(default_factory=Counter)  # by the gap's name

    def told(self, kind: str) -> str:
        accepted = ", ".join(f"{name} {count}" for name, count in sorted(self.accepted.items()))
        gaps = ", ".join(f"{name} {count}" for name, count in sorted(self.gaps.items())) or "none"
        total = sum(self.accepted.values())
        return f"{kind}: accepted {total} ({accepted}); known gaps: {gaps}; refused {len(self.refused)}"


def specs_folder() -> Path:
    """Where the platforms' files are. Raises `Unavailable`."""
    default = Path(__file__).resolve().parents[2].parent / "shared" / "channels" / "specs"
    folder = Path(os.environ.get("CHANNEL_SPECS") or default)
    missing = [name for name in SPECS.values() if not (folder / name).is_file()]
    if missing:
        raise Unavailable(f"needs the platforms' specifications (CHANNEL_SPECS={folder}): {', '.join(missing)} missing")
    return folder


def judge(kind: str, wire: list[dict[str, Any]]) -> Verdicts:
    """Every call judged. Web chat is ours and has no outside judge. Raises `Unavailable`, `KeyError`."""
    verdicts = Verdicts()
    for call in wire:
        if kind == "wechat":  # the token in its address is nobody's business here
            call = {**call, "path": call["path"].lstrip("/").partition("?")[0]}
        reasons = _complaints(kind, call)
        gap = next((gap for gap in GAPS[kind] if gap.matches(call["body"])), None)
        if reasons and gap is not None and not _is_wrong_anyway(kind, call):
            path = wechat.SEND if kind == "wechat" else call["path"]
            reasons = _complaints(kind, {**call, "path": path, "body": _mend(kind, call["body"])})
            if not reasons:
                verdicts.gaps[gap.name] += 1
                continue
        if reasons:
            verdicts.refused.append((call, reasons))
        else:
            verdicts.accepted[_name(kind, call)] += 1
    return verdicts


def _is_wrong_anyway(kind: str, call: dict[str, Any]) -> bool:
    """A limit stands whatever the other judge has not heard of."""
    return kind == "wechat" and bool(wechat.limits(call["path"], call["body"]))


def _mend(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    for gap in GAPS[kind]:
        if gap.matches(body):
            body = gap.mended(body)
    return body


def _complaints(kind: str, call: dict[str, Any]) -> list[str]:
    if kind == "viber":
        return viber_complaints(call["body"])
    if kind == "telegram":
        return _bot_api().complaints(call["path"].rsplit("/", 1)[-1], call["body"])
    if kind == "wechat":
        return wechat.complaints(call["path"], call["body"])
    prefix = "v23.0/" if kind == "whatsapp" and not call["path"].lstrip("/").startswith("v2") else ""
    path = prefix + call["path"].lstrip("/")
    return _prism(SPECS[kind]).complaints(path, call["body"], is_form=kind == "sms")


def _name(kind: str, call: dict[str, Any]) -> str:
    if kind == "whatsapp":
        body = call["body"]
        return body["interactive"]["type"] if body.get("type") == "interactive" else str(body.get("type", "read"))
    if kind == "viber":
        return str(call["body"]["type"])
    if kind == "line":
        return "+".join(str(message.get("type")) for message in call["body"].get("messages", [])) or "loading"
    return str(call["body"].get("msgtype") or call["path"].rsplit("/", 1)[-1])


@cache
def _prism(name: str) -> Prism:
    return Prism(specs_folder() / name)


@cache
def _bot_api() -> BotApi:
    return BotApi(specs_folder() / SPECS["telegram"])
