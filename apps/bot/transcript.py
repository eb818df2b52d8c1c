"""A recorded conversation as a transcript test, with everything personal replaced."""

import re
from collections.abc import Iterable
from typing import Any

from apps.messaging.content import all_choices, from_json

from .models import Turn

STAND_INS = {"name": "Ana Lopez", "address": "Lindenstr. 12, 10969 Berlin", "phone": "+49 30 1234567"}
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_NUMBER = re.compile(r"\+?\d[\d ()/.-]{6,}\d")
_ORDER = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b", re.IGNORECASE)


def to_script(turns: Iterable[Turn], *, merchant: str) -> dict[str, Any]:
    """The turns as a transcript; what a shopper answered to a question about themselves becomes a stand-in."""
    steps: list[dict[str, Any]] = []
    locale, channel = "", ""
    for turn in turns:
        locale, channel = locale or turn.inputs["language"], channel or turn.inputs["channel"]
        for item in turn.inputs["inputs"]:
            if step := _step(item, turn):
                steps.append(step)
        if steps and turn.outputs:
            steps[-1]["expect"] = [_expected(content) for content in turn.outputs]
    return {"merchant": merchant, "locale": locale, "channels": [channel], "steps": steps, "end": {}}


def _step(item: dict[str, Any], turn: Turn) -> dict[str, Any] | None:
    if item["kind"] == "choice" and item.get("label"):
        return {"tap": scrub(item["label"])}
    if item["kind"] != "text":
        return None
    asked = _asked(turn.before)
    return {"shopper": STAND_INS[asked] if asked in STAND_INS and _answers(turn) else scrub(item["text"])}


def _asked(state: dict[str, Any]) -> str:
    """The slot the bot was waiting for; its step's name is the slot's."""
    stack = state.get("stack") or []
    step = str(stack[-1]["step"]) if stack else ""
    return {"same": "address", "town": "address", "comment": "address"}.get(step, step)


def _answers(turn: Turn) -> bool:
    return any(command["verb"] in ("answer_slot", "reask") for command in turn.commands)


def _expected(content: dict[str, Any]) -> dict[str, Any]:
    """The kind and its choices: words may be polished without breaking the test."""
    labels = [scrub(choice.label) for choice in all_choices(from_json(content))]
    return {"kind": content["kind"], **({"choices": labels} if labels else {})}


def scrub(text: str) -> str:
    """Mail addresses, long numbers and order numbers replaced."""
    return _NUMBER.sub(STAND_INS["phone"], _ORDER.sub("K7QM-2XPD", _EMAIL.sub("ana@example.org", text)))
