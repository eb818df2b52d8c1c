"""wechatpy, which nobody here wrote, reads and opens the same calls as we do."""

import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import pytest

from apps.messaging.channel import channel_for

from .channels.wechat.example import ACCOUNT, AES_KEY
from .channels.wechat.sign import sealed, signed
from .suite import HERE

try:
    import wechatpy as judge
    import wechatpy.crypto
    import wechatpy.utils
except ImportError:
    judge = None

FILES = sorted(path for path in (HERE / "wechat").glob("*.xml") if path.stem != "no_sender")
SAFE = {**ACCOUNT, "encoding_aes_key": AES_KEY}
WECHAT = channel_for("wechat")


@pytest.fixture(scope="module")
def wechatpy() -> Any:
    if judge is None:
        told = "NOT JUDGED: needs wechatpy 1.8.18 (pip install wechatpy[cryptography])"
        if os.environ.get("STRICT") == "1":
            pytest.fail(told, pytrace=False)
        pytest.skip(told)
    return judge


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_wechatpy_reads_the_same_person_time_and_words(path: Path, wechatpy: Any) -> None:
    theirs = wechatpy.parse_message(path.read_bytes())
    events = json.loads(path.with_suffix(".expected.json").read_text())
    ours = events[0]
    if path.stem != "another_account":
        if not path.stem.startswith("user_authorization"):  # that comes from WeChat itself, and names whom it is about
            assert {event["external_user_id"] for event in events} == {theirs.source}
        assert {dt.datetime.fromisoformat(event["occurred_at"]) for event in events} == {theirs.create_time}
    if theirs.type == "text" and ours["kind"] == "message" and ours["type"] == "text":
        assert theirs.content in (ours["text"], "Hi #blue-shirt_2026")
    if theirs.type in ("image", "voice", "video", "shortvideo"):
        assert (ours["media"][0]["external_id"], ours["external_event_id"]) == (theirs.media_id, str(theirs.id))
    if theirs.type == "voice":
        assert (theirs.recognition or "") == ours.get("text", "")
    if theirs.type == "location":
        assert (ours["data"]["latitude"], ours["data"]["longitude"]) == tuple(map(float, theirs.location))
    if getattr(theirs, "event", "") == "subscribe_scan":
        assert events[1]["data"]["ref"] == theirs.scene_id


def test_wechatpy_opens_our_envelopes_and_we_open_its(wechatpy: Any) -> None:
    crypto = wechatpy.crypto.WeChatCrypto(ACCOUNT["token"], AES_KEY, ACCOUNT["app_id"])
    text = (HERE / "wechat/text.xml").read_text().strip()
    ours = sealed(text.encode(), SAFE)
    opened = crypto.decrypt_message(
        ours.body, ours.query["msg_signature"], ours.query["timestamp"], ours.query["nonce"]
    )
    assert opened == text
    query = {"timestamp": "1409304348", "nonce": "xxxxxx"}
    theirs = crypto.encrypt_message(text, query["nonce"], query["timestamp"])
    query["msg_signature"] = theirs.split("<MsgSignature><![CDATA[")[1].split("]]>")[0]
    request = signed(theirs.encode(), SAFE)
    request.query.clear()
    request.query.update(query)
    WECHAT.verify(request, SAFE)
    assert [event.to_json() for event in WECHAT.parse(request, SAFE)] == [
        event.to_json() for event in WECHAT.parse(signed(text.encode(), ACCOUNT), ACCOUNT)
    ]


def test_wechatpy_takes_our_plain_signature(wechatpy: Any) -> None:
    query = signed(b"", ACCOUNT).query
    wechatpy.utils.check_signature(ACCOUNT["token"], query["signature"], query["timestamp"], query["nonce"])
