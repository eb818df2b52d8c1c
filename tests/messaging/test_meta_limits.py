"""Every golden message of Messenger and Instagram against a table of Meta's limits: nobody outside judges these two.

Written from developers.facebook.com (Send API reference, Generic Template, Button Template, Quick Replies; Instagram Messaging:
Send API, Generic Template, Quick Replies), without a look at the adapters. An address is checked for its start alone.
"""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

GOLDEN = Path(__file__).parent / "golden"


def words(most: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": most}


def whole(needed: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": needed, "properties": properties, "additionalProperties": False}


URL = {"type": "string", "pattern": "^https://", "maxLength": 2000}
POSTBACK = whole(["type", "title", "payload"], type={"const": "postback"}, title=words(20), payload=words(1000))
WEB_URL = whole(["type", "title", "url"], type={"const": "web_url"}, title=words(20), url=URL)
BUTTONS = {"type": "array", "minItems": 1, "maxItems": 3, "items": {"oneOf": [POSTBACK, WEB_URL]}}
ELEMENT = whole(["title", "image_url"], title=words(80), subtitle=words(80), image_url=URL, buttons=BUTTONS)
GENERIC = whole(
    ["template_type", "elements"],
    template_type={"const": "generic"},
    elements={"type": "array", "minItems": 1, "maxItems": 10, "items": ELEMENT},
)
BUTTON = whole(
    ["template_type", "text", "buttons"], template_type={"const": "button"}, text=words(640), buttons=BUTTONS
)
FILE = whole(
    ["type", "payload"],
    type={"enum": ["image", "video", "audio", "file"]},
    payload=whole(["url"], url=URL, is_reusable={"type": "boolean"}),
)
QUICK = whole(
    ["content_type", "title", "payload"], content_type={"const": "text"}, title=words(20), payload=words(1000)
)
QUICK_REPLIES = {"type": "array", "minItems": 1, "maxItems": 13, "items": QUICK}


def template(*payloads: dict[str, Any]) -> dict[str, Any]:
    return whole(["type", "payload"], type={"const": "template"}, payload={"oneOf": list(payloads)})


MESSAGES: dict[str, list[dict[str, Any]]] = {
    "messenger": [
        whole(["text"], text=words(2000), quick_replies=QUICK_REPLIES),
        whole(["attachment"], attachment={"oneOf": [FILE, template(GENERIC, BUTTON)]}, quick_replies=QUICK_REPLIES),
    ],
    "instagram": [
        whole(["text"], text=words(1000), quick_replies=QUICK_REPLIES),
        whole(["attachment"], attachment={"oneOf": [FILE, template(GENERIC, BUTTON)]}),
    ],
}
RECIPIENT = whole(["id"], id={"type": "string", "pattern": "^[0-9]+$"})


def complaints(kind: str, body: dict[str, Any]) -> list[str]:
    """What the table says against this call; nothing against one that may be sent."""
    said = whole(
        ["recipient", "message", "messaging_type"],
        recipient=RECIPIENT, message={"oneOf": MESSAGES[kind]}, messaging_type={"const": "RESPONSE"},
    )  # fmt: skip
    action = whole(["recipient", "sender_action"], recipient=RECIPIENT, sender_action={"const": "typing_on"})
    found = [
        error.message[:200] for error in jsonschema.Draft202012Validator({"oneOf": [said, action]}).iter_errors(body)
    ]
    if kind == "instagram" and len(body.get("message", {}).get("text", "").encode()) > 1000:
        found.append("more than 1000 bytes")
    return found


def recorded(kind: str) -> list[tuple[str, dict[str, Any]]]:
    files = sorted((GOLDEN / kind).glob("*.json"))
    return [(path.name, wire["body"]) for path in files for wire in json.loads(path.read_text())]


@pytest.mark.parametrize("kind", list(MESSAGES))
def test_every_golden_message_is_within_the_table(kind: str) -> None:
    found = recorded(kind)
    assert len(found) >= 84
    assert [(name, complaints(kind, body)) for name, body in found if complaints(kind, body)] == []


def first(kind: str, name: str, place: int = 0) -> dict[str, Any]:
    return copy.deepcopy(json.loads((GOLDEN / kind / f"{name}.en.json").read_text())[place]["body"])


def over_limit() -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, what is wrong, the call): the table must refuse each, or its yes means nothing."""
    found = []
    for kind in MESSAGES:
        ask, row = first(kind, "ask"), first(kind, "browse", 0 if kind == "instagram" else 1)
        elements = row["message"]["attachment"]["payload"]["elements"]
        replies, text, title = (copy.deepcopy(ask) for _ in range(3))
        replies["message"]["quick_replies"] *= 5
        text["message"]["text"] = "衬" * 334 if kind == "instagram" else "x" * 2001
        title["message"]["quick_replies"][0]["title"] = "x" * 21
        many, wide, keys, phone = (copy.deepcopy(row) for _ in range(4))
        many["message"]["attachment"]["payload"]["elements"] = elements * 3
        wide["message"]["attachment"]["payload"]["elements"][0]["subtitle"] = "x" * 81
        keys["message"]["attachment"]["payload"]["elements"][0]["buttons"] *= 2
        phone["message"]["attachment"]["payload"]["elements"][0]["buttons"][0]["type"] = "phone_number"
        whom = copy.deepcopy(ask)
        del whom["recipient"]
        cases = {
            "15 quick replies": replies, "too long a text": text, "a title of 21": title, "15 cards": many,
            "a subtitle of 81": wide, "4 buttons": keys, "a button that calls": phone, "to nobody": whom,
        }  # fmt: skip
        found += [(kind, what, call) for what, call in cases.items()]
    below = first("instagram", "browse")
    below["message"]["quick_replies"] = first("instagram", "ask")["message"]["quick_replies"]
    return [*found, ("instagram", "quick replies below cards", below)]


def test_the_table_refuses_what_is_over_a_limit() -> None:
    cases = over_limit()
    assert len(cases) == 17
    assert [(kind, what) for kind, what, call in cases if not complaints(kind, call)] == []
