"""Everything we send to LINE and hear from it, held against LINE's own SDK. Says loudly when it is not here."""

import copy
import json
import os
from collections.abc import Callable
from typing import Any

import pytest

from apps.messaging.channel import channel_for
from tests.judges import line_sdk
from tests.judges.prism import Unavailable

from .channels.line.sign import HEADER, signed
from .examples import ACCOUNTS
from .suite import HERE
from .test_conformance import body_of, recorded
from .test_payloads import SAMPLES, parsed, payloads

ACCOUNT = ACCOUNTS["line"]
UNREADABLE = ("broken_among_good", "no_event_id", "unheard_of_message")
NAMES = [name for name in payloads() if name.startswith("line/")]


def asked(ask: Callable[..., Any], *values: Any) -> Any:
    try:
        return ask(*values)
    except Unavailable as missing:
        if os.environ.get("STRICT") == "1":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(f"NOT JUDGED: {missing}")


def test_the_sdk_would_send_every_golden_message() -> None:
    calls = list(recorded("line"))
    found = [(call["path"], asked(line_sdk.complaints, call["path"], call["body"])) for call in calls]
    assert [told for told in found if told[1]] == []
    assert {path for path, _ in found} == {"v2/bot/message/reply", "v2/bot/chat/loading/start"}


def _changed(name: str, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    call = body_of("line", name)
    change(call["body"])
    return call


def _first(body: dict[str, Any]) -> dict[str, Any]:
    return body["messages"][0]


def _add_quick_replies(body: dict[str, Any]) -> None:
    found = _first(body)["quickReply"]["items"]
    found += [copy.deepcopy(found[0]) for _ in range(14 - len(found))]


WRONG = {
    "six messages": ("text", lambda body: body["messages"].extend([_first(body)] * 5)),
    "no messages": ("text", lambda body: body["messages"].clear()),
    "no token": ("text", lambda body: body.pop("replyToken")),
    "14 quick replies": ("ask", _add_quick_replies),
    "data of 301": ("ask", lambda body: _first(body)["quickReply"]["items"][0]["action"].update(data="x" * 301)),
    "unknown field": ("text", lambda body: _first(body).update(txet="x")),
    "no altText": ("pay", lambda body: _first(body).pop("altText")),
    "no button style like it": ("pay", lambda body: _first(body)["contents"]["footer"]["contents"][0].update(style="loud")),
    "no such layout": ("pay", lambda body: _first(body)["contents"]["body"].update(layout="diagonal")),
    "a picture without preview": ("media", lambda body: _first(body).pop("previewImageUrl")),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_the_sdk_refuses_what_is_wrong(name: str) -> None:
    """Or its yes means nothing."""
    call = _changed(*WRONG[name])
    assert asked(line_sdk.complaints, call["path"], call["body"])


@pytest.mark.parametrize("name", NAMES)
def test_the_sdk_and_we_hear_the_same(name: str) -> None:
    body = (HERE / name).read_bytes().rstrip()
    if any(part in name for part in UNREADABLE):
        pytest.skip("the SDK breaks off at such a batch, or makes nothing of it")
    signature = signed(body, ACCOUNT).headers[HEADER]
    theirs = asked(line_sdk.understood, body.decode(), signature, ACCOUNT["channel_secret"])
    ours = [event for event in parsed("line", body, ACCOUNT) if str(event.kind) != "referral"]
    assert len(ours) == len(theirs)
    for event, their in zip(ours, theirs, strict=True):
        assert event.external_event_id.partition(":")[0] == their["id"]
        if str(event.kind) == "ignored":
            continue
        assert (event.external_user_id, event.reply_handle.partition(" ")[0], event.payload) == (
            their["user"], their["handle"], their["data"]
        )  # fmt: skip
        assert their["is_alone"]
        if event.type not in ("", "unsupported") and event.text != "Hi":
            assert (event.type, event.text) == (their["message"], their["text"])


def test_the_sdk_takes_our_signature_and_we_its() -> None:
    body = '{"destination":"U1","events":[],"grüße":"👋"}'
    signature = signed(body.encode(), ACCOUNT).headers[HEADER]
    assert asked(line_sdk.is_genuine, body, signature, ACCOUNT["channel_secret"])
    assert not asked(line_sdk.is_genuine, body + " ", signature, ACCOUNT["channel_secret"])


def test_all_28_events_of_lines_own_batch_are_handled() -> None:
    path = SAMPLES / "line" / "batch_all_28_events.json"
    if not path.exists():
        pytest.skip(f"NOT CHECKED: the platforms' samples are not at {SAMPLES}")
    events = parsed("line", path.read_bytes(), ACCOUNT)
    assert len(events) == 28
    assert len({event.external_event_id for event in events}) == 28
    assert [event.data["reason"] for event in events if str(event.kind) == "ignored"] == [
        "a room's", "a group's", "a group's", "beacon", "beacon", "a group's", "a room's", "a group's", "a group's",
        "a group's", "videoPlayComplete", "told twice", "not understood",
    ]  # fmt: skip


def test_lines_published_signature() -> None:
    """The example of "Verify webhook signature": what openssl makes of the same secret and body."""
    account = {"channel_secret": "8c570fa6dd201bb328f1c1eac23a96d8"}
    body = '{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    genuine = signed(body.encode(), account)
    assert genuine.headers[HEADER] == "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="
    channel_for("line").verify(genuine, account)
    assert json.loads(body)["events"] == []
