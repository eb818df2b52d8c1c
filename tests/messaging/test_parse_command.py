"""`manage.py parse_webhook`: whatever is well-formed ends with 0, and a kind without webhooks has none."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.messaging.channel import all_channels


def parsed(kind: str, path: Path) -> list[object]:
    out = io.StringIO()
    call_command("parse_webhook", kind, str(path), as_json=True, stdout=out)
    found: list[object] = json.loads(out.getvalue())
    return found


@pytest.mark.parametrize("body", ["[]", "[1, 2]", '"words"', "7", "null"])
@pytest.mark.parametrize("kind", sorted(all_channels()))
def test_json_that_is_no_object_tells_nothing(kind: str, body: str, tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    path.write_text(body)
    assert parsed(kind, path) == []


def test_the_web_chat_has_no_webhooks(tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    path.write_text('{"text": "hi"}')
    assert parsed("webchat", path) == []


def test_what_is_not_well_formed_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    path.write_text('{"text": ')
    with pytest.raises(CommandError):
        parsed("telegram", path)
