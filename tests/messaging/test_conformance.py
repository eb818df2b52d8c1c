"""Everything we send, held against the platforms' own specifications. Says loudly when a judge is not here."""

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.judges.platforms import GAPS, Unavailable, Verdicts, judge

GOLDEN = Path(__file__).parent / "golden"
KINDS = ("whatsapp", "telegram", "sms", "viber", "line", "wechat")


def judged(kind: str, wire: list[dict[str, Any]]) -> Verdicts:
    try:
        return judge(kind, wire)
    except Unavailable as missing:
        if os.environ.get("STRICT") == "1":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(f"NOT JUDGED: {missing}")


def recorded(kind: str) -> Iterator[dict[str, Any]]:
    for path in sorted((GOLDEN / kind).glob("*.json")):
        yield from json.loads(path.read_text())


@pytest.mark.parametrize("kind", KINDS)
def test_every_golden_message_is_taken_by_the_platform(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    verdicts = judged(kind, list(recorded(kind)))
    with capsys.disabled():
        print("\n" + verdicts.told(kind))
    assert verdicts.refused == []
    assert set(verdicts.gaps) <= {gap.name for gap in GAPS[kind]}


def body_of(kind: str, name: str, place: int = 0) -> dict[str, Any]:
    return copy.deepcopy(json.loads((GOLDEN / kind / f"{name}.en.json").read_text())[place])


GONE = object()
NOBODY = {"path": "v2/bot/message/push", "body": {"messages": [{"type": "text", "text": "hi"}]}}
# (kind, what is wrong, the golden call and its place, where in it, what stands there then)
OVER_LIMIT: list[tuple[str, str, str, int, tuple[Any, ...], Any]] = [
    ("whatsapp", "6 buttons", "ask", 0, ("body", "interactive", "action", "buttons"), lambda all_: all_ * 2),
    ("whatsapp", "a title of 30", "ask", 0, ("body", "interactive", "action", "buttons", 0, "reply", "title"), "x" * 30),
    ("whatsapp", "15 rows", "rate", 0, ("body", "interactive", "action", "sections", 0, "rows"), lambda all_: all_ * 3),
    ("whatsapp", "no product", "ask", 0, ("body", "messaging_product"), GONE),
    ("whatsapp", "unknown type", "text", 0, ("body", "type"), "telepathy"),
    ("sms", "no recipient", "text", 0, ("body", "To"), GONE),
    ("telegram", "65 bytes of data", "ask", 0, ("body", "reply_markup", "inline_keyboard", 0, 0, "callback_data"), "x" * 65),
    ("telegram", "4097 characters", "text", 0, ("body", "text"), "x" * 4097),
    ("telegram", "no chat", "text", 0, ("body", "chat_id"), GONE),
    ("telegram", "no such method", "text", 0, ("path",), "sendMesage"),
    ("telegram", "wrong type", "text", 0, ("body", "link_preview_options"), "no"),
    ("telegram", "caption of 1025", "browse", 0, ("body", "caption"), "x" * 1025),
    ("viber", "no words", "text", 0, ("body", "text"), GONE),
    ("viber", "no picture", "media", 0, ("body", "media"), GONE),
    ("viber", "no cards", "browse", 1, ("body", "rich_media"), GONE),
    ("viber", "unknown type", "text", 0, ("body", "type"), "telepathy"),
    ("viber", "a field nobody knows", "text", 0, ("body", "quick_replies"), []),
    ("line", "6 messages", "text", 0, ("body", "messages"), lambda all_: all_ * 6),
    ("line", "no messages", "text", 0, ("body", "messages"), []),
    ("line", "15 quick replies", "ask", 0, ("body", "messages", 0, "quickReply", "items"), lambda all_: all_ * 5),
    ("line", "no reply token", "text", 0, ("body", "replyToken"), GONE),
    ("wechat", "2049 bytes", "text", 0, ("body", "text", "content"), "字" * 683),
    ("wechat", "two articles", "browse", 0, ("body", "news", "articles"), lambda all_: all_ * 2),
    ("wechat", "no title", "browse", 0, ("body", "news", "articles", 0, "title"), ""),
    ("wechat", "a field nobody knows", "browse", 0, ("body", "news", "articles", 0, "colour"), "red"),
    ("wechat", "a menu of nothing", "ask", 0, ("body", "msgmenu", "list"), []),
    ("wechat", "an entry without id", "ask", 0, ("body", "msgmenu", "list", 0, "id"), ""),
    ("wechat", "no openid", "ask", 0, ("body", "touser"), "nobody"),
    ("wechat", "another call", "text", 0, ("path",), "cgi-bin/message/mass/send"),
]  # fmt: skip


def spoilt(kind: str, name: str, place: int, path: tuple[Any, ...], new: Any) -> dict[str, Any]:
    """The golden call with something else at `path`: nothing, a value, or what a function makes of what stands there."""
    call = body_of(kind, name, place)
    inner: Any = call
    for key in path[:-1]:
        inner = inner[key]
    if new is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new(inner[path[-1]]) if callable(new) else new
    return call


def test_the_judges_refuse_what_is_over_a_limit() -> None:
    """Or their yes would mean nothing."""
    calls = [(kind, what, spoilt(kind, *how)) for kind, what, *how in OVER_LIMIT]
    calls.append(("line", "a push to nobody", NOBODY))
    assert [(kind, what) for kind, what, call in calls if not judged(kind, [call]).refused] == []


def test_a_business_scoped_id_is_a_known_gap_and_the_rest_is_still_judged() -> None:
    call = body_of("whatsapp", "ask")
    del call["body"]["to"]
    call["body"]["recipient"] = "US.1349"
    bad = copy.deepcopy(call)
    bad["body"]["interactive"]["action"]["buttons"] *= 2
    verdicts = judged("whatsapp", [call, bad])
    assert dict(verdicts.gaps) == {"recipient": 1}
    assert [found for found, _ in verdicts.refused] == [bad]
