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
KINDS = ("whatsapp", "telegram", "sms", "viber", "line")


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


def over_limit() -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, what is wrong, the call): the judges must refuse each, or their yes means nothing."""
    buttons = body_of("whatsapp", "ask")
    buttons["body"]["interactive"]["action"]["buttons"] *= 2
    title = body_of("whatsapp", "ask")
    title["body"]["interactive"]["action"]["buttons"][0]["reply"]["title"] = "x" * 30
    rows = body_of("whatsapp", "rate")
    rows["body"]["interactive"]["action"]["sections"][0]["rows"] *= 3
    product = body_of("whatsapp", "ask")
    del product["body"]["messaging_product"]
    unknown = body_of("whatsapp", "text")
    unknown["body"]["type"] = "telepathy"
    nobody = body_of("sms", "text")
    del nobody["body"]["To"]
    payload = body_of("telegram", "ask")
    payload["body"]["reply_markup"]["inline_keyboard"][0][0]["callback_data"] = "x" * 65
    long = body_of("telegram", "text")
    long["body"]["text"] = "x" * 4097
    chat = body_of("telegram", "text")
    del chat["body"]["chat_id"]
    method = body_of("telegram", "text")
    method["path"] = "sendMesage"
    typed = body_of("telegram", "text")
    typed["body"]["link_preview_options"] = "no"
    caption = body_of("telegram", "browse")
    caption["body"]["caption"] = "x" * 1025
    wordless = body_of("viber", "text")
    del wordless["body"]["text"]
    faceless = body_of("viber", "media")
    del faceless["body"]["media"]
    cardless = body_of("viber", "browse", 1)
    del cardless["body"]["rich_media"]
    unheard = body_of("viber", "text")
    unheard["body"]["type"] = "telepathy"
    extra = body_of("viber", "text")
    extra["body"]["quick_replies"] = []
    six = body_of("line", "text")
    six["body"]["messages"] *= 6
    none = body_of("line", "text")
    none["body"]["messages"] = []
    replies = body_of("line", "ask")
    replies["body"]["messages"][0]["quickReply"]["items"] *= 5
    token = body_of("line", "text")
    del token["body"]["replyToken"]
    push = {"path": "v2/bot/message/push", "body": {"messages": six["body"]["messages"][:1]}}
    return [
        ("viber", "no words", wordless),
        ("viber", "no picture", faceless),
        ("viber", "no cards", cardless),
        ("viber", "unknown type", unheard),
        ("viber", "a field nobody knows", extra),
        ("line", "6 messages", six),
        ("line", "no messages", none),
        ("line", "15 quick replies", replies),
        ("line", "no reply token", token),
        ("line", "a push to nobody", push),
        ("whatsapp", "6 buttons", buttons),
        ("whatsapp", "a title of 30", title),
        ("whatsapp", "15 rows", rows),
        ("whatsapp", "no product", product),
        ("whatsapp", "unknown type", unknown),
        ("sms", "no recipient", nobody),
        ("telegram", "65 bytes of data", payload),
        ("telegram", "4097 characters", long),
        ("telegram", "no chat", chat),
        ("telegram", "no such method", method),
        ("telegram", "wrong type", typed),
        ("telegram", "caption of 1025", caption),
    ]


def test_the_judges_refuse_what_is_over_a_limit() -> None:
    missed = [(kind, what) for kind, what, call in over_limit() if not judged(kind, [call]).refused]
    assert missed == []


def test_a_business_scoped_id_is_a_known_gap_and_the_rest_is_still_judged() -> None:
    call = body_of("whatsapp", "ask")
    del call["body"]["to"]
    call["body"]["recipient"] = "US.1349"
    bad = copy.deepcopy(call)
    bad["body"]["interactive"]["action"]["buttons"] *= 2
    verdicts = judged("whatsapp", [call, bad])
    assert dict(verdicts.gaps) == {"recipient": 1}
    assert [found for found, _ in verdicts.refused] == [bad]
