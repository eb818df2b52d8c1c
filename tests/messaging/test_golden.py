"""What each channel sends for each thing the shop can say. `UPDATE_GOLDEN=1` writes the files anew: read the diff."""

import json
import os
from pathlib import Path

import pytest

from apps.messaging.channel import Recipient, channel_for

from .examples import ACCOUNTS, EXAMPLES, LANGUAGES, SHOPPERS, all_examples, example

GOLDEN = Path(__file__).parent / "golden"
KINDS = tuple(ACCOUNTS)
pytestmark = pytest.mark.usefixtures("thirteenth")


def wire_of(kind: str, name: str, language: str) -> list[dict[str, object]]:
    """Every wire message, addressed as the platform gets it."""
    channel = channel_for(kind)
    to = Recipient(SHOPPERS[kind], reply_to="wamid.last")
    calls = [
        channel.address(wire, to, ACCOUNTS[kind], key="message-1:0")
        for wire in channel.render(example(name, language), language=language)
    ]
    wire = [{"path": call.path, "is_form": call.is_form, "body": call.body, "text": call.text} for call in calls]
    return json.loads(json.dumps(wire))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "language"), all_examples())
def test_wire_messages_are_as_recorded(kind: str, name: str, language: str) -> None:
    path = GOLDEN / kind / f"{name}.{language}.json"
    wire = wire_of(kind, name, language)
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(wire, ensure_ascii=False, indent=1) + "\n")
    assert wire == json.loads(path.read_text())


def test_no_golden_file_is_left_over() -> None:
    expected = {f"{kind}/{name}.{language}.json" for kind in KINDS for name in EXAMPLES for language in LANGUAGES}
    assert {str(path.relative_to(GOLDEN)) for path in GOLDEN.rglob("*.json")} == expected
