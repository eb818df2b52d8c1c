"""What was filled into a form: `[{"question", "answers"}]`, all of it words, the same on every channel, in `data["answers"]`."""

import json
from typing import Any

from apps.merchants.storable import storable

from .reading import items, text

MOST_ANSWERS = 60
LONGEST_FORM = 20_000  # characters


def answer(question: str, said: list[str]) -> dict[str, Any]:
    """What was asked, "" where nobody knows, and all that was filled in or chosen."""
    return {"question": question, "answers": said}


def answers_in(written: str) -> list[dict[str, Any]]:
    """Of a form that comes as JSON in a text, from whoever drew it; what is none is one answer without a question."""
    written = written[:LONGEST_FORM]
    try:
        told = storable(json.loads(written))
    except (ValueError, RecursionError):
        told = written
    if not isinstance(told, dict):
        return _filled([answer("", [text(told)])])
    values = told["values"] if isinstance(told.get("values"), dict) else told  # an address has more beside them
    asked = {name: value for name, value in values.items() if name != "flow_token"}
    return _filled([answer(name, [text(one) for one in items(value) or [value]]) for name, value in asked.items()])


def _filled(answers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in answers if any(said.strip() for said in one["answers"])][:MOST_ANSWERS]
