"""Who may call for WeChat, in each of its three modes, and what its XML may not be."""

import time
from dataclasses import replace
from typing import Any

import pytest

from apps.merchants import clock
from apps.messaging.channel import Forged, Malformed, NotConfigured, WebhookRequest, channel_for
from apps.messaging.platforms.wechat.envelope import MAX_XML, is_signed, read_xml, unsealed
from apps.messaging.reading import moment

from .channels.wechat.example import ACCOUNT, AES_KEY
from .channels.wechat.sign import digest, query_of, sealed, signed
from .suite import CHECKS, HERE, Subject

SAFE = {**ACCOUNT, "encoding_aes_key": AES_KEY}
TEXT = (HERE / "wechat/text.xml").read_bytes().rstrip()
FLAT = b"<xml>" + TEXT.removeprefix(b"<xml>").removesuffix(b"</xml>").strip() + b"</xml>"
WECHAT = channel_for("wechat")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_door_in_safe_mode(check: Any) -> None:
    check(Subject(WECHAT, SAFE, sealed, "msg_signature", "token", True, FLAT, "query"))


@pytest.mark.parametrize("is_compatible", [False, True])
def test_what_the_envelope_holds_is_read(is_compatible: bool) -> None:
    request = sealed(FLAT, SAFE, is_compatible=is_compatible)
    WECHAT.verify(request, SAFE)
    assert [event.to_json() for event in WECHAT.parse(request, SAFE)] == [
        event.to_json() for event in WECHAT.parse(signed(TEXT, ACCOUNT), ACCOUNT)
    ]


def test_in_compatible_mode_the_plain_words_count_for_nothing() -> None:
    genuine = sealed(FLAT, SAFE, is_compatible=True)
    tampered = replace(genuine, body=genuine.body.replace("你好".encode(), "付款".encode()))
    WECHAT.verify(tampered, SAFE)
    (event,) = WECHAT.parse(tampered, SAFE)
    assert event.text.startswith("你好")


def test_plain_calls_do_not_open_an_account_in_safe_mode() -> None:
    with pytest.raises(Forged):
        WECHAT.verify(signed(TEXT, ACCOUNT), SAFE)


def test_an_envelope_without_our_key_is_told_as_a_missing_setting() -> None:
    with pytest.raises(NotConfigured, match="encoding_aes_key is missing"):
        WECHAT.verify(sealed(FLAT, SAFE), ACCOUNT)


def test_an_envelope_for_another_account_is_refused() -> None:
    for owner in ("wx_another", ACCOUNT["app_id"] + "x"):
        with pytest.raises(Forged, match="another account"):
            WECHAT.verify(sealed(FLAT, SAFE, owner=owner), SAFE)


def test_an_envelope_of_another_key_or_of_nothing_is_refused() -> None:
    other = {**SAFE, "encoding_aes_key": AES_KEY[::-1]}
    with pytest.raises(Forged):
        WECHAT.verify(sealed(FLAT, other), SAFE)
    query = query_of(SAFE)
    for closed in ("AAAA", "A" * 44, "not base64 at all!", "é", "A" * 21848):
        asked = {**query, "msg_signature": digest(SAFE["token"], query["timestamp"], query["nonce"], closed)}
        body = f"<xml><Encrypt>{closed}</Encrypt></xml>".encode()
        with pytest.raises(Forged):
            WECHAT.verify(WebhookRequest("POST", "", {}, asked, body), SAFE)


@pytest.mark.parametrize("key", ["short", AES_KEY + "=", "!" * 43])
def test_a_key_that_is_none_lets_nobody_in(key: str) -> None:
    with pytest.raises(NotConfigured, match="43 letters"):
        WECHAT.verify(sealed(FLAT, SAFE), {**SAFE, "encoding_aes_key": key})


def test_a_byte_of_the_envelope_changed_is_refused() -> None:
    genuine = sealed(FLAT, SAFE)
    place = genuine.body.index(b"<![CDATA[") + 40
    body = genuine.body[:place] + bytes([genuine.body[place] ^ 1]) + genuine.body[place + 1 :]
    with pytest.raises(Forged):
        WECHAT.verify(replace(genuine, body=body), SAFE)


def test_a_signature_that_covers_no_body_is_good_for_ten_minutes() -> None:
    request = signed(TEXT, ACCOUNT)
    at = moment(request.query["timestamp"])
    for minutes, is_good in ((-11, False), (-9, True), (9, True), (11, False)):
        with clock.at(at + clock.dt.timedelta(minutes=minutes)):
            if is_good:
                WECHAT.verify(request, ACCOUNT)
            else:
                with pytest.raises(Forged, match="old"):
                    WECHAT.verify(request, ACCOUNT)


def test_the_handshake_echoes_to_whoever_knows_our_token() -> None:
    query = {**query_of(ACCOUNT), "echostr": "<b>5927782489442352469</b>"}
    for account in (ACCOUNT, SAFE):
        reply = WECHAT.handshake(WebhookRequest("GET", "", {}, query, b""), account)
        assert (reply.status, reply.body, reply.content_type) == (
            200,
            b"<b>5927782489442352469</b>",
            "text/plain; charset=utf-8",
        )
    for wrong in ({"signature": "0" * 40}, {"signature": ""}, {"nonce": "2"}, {"timestamp": "1"}):
        with pytest.raises(Forged):
            WECHAT.handshake(WebhookRequest("GET", "", {}, {**query, **wrong}, b""), ACCOUNT)
    with pytest.raises(NotConfigured):
        WECHAT.handshake(WebhookRequest("GET", "", {}, query, b""), {**ACCOUNT, "token": ""})


def test_the_answer_to_a_call_is_the_word_that_stops_repeats() -> None:
    assert WECHAT.acknowledge(signed(TEXT, ACCOUNT), ACCOUNT).body == b"success"


# Known answers: the signature from wechatpy's tests, the envelope from WeChat's own example of a sealed echo.
def test_known_answer_of_a_plain_signature() -> None:
    assert is_signed("f21891de399b4e33a1a93c9a7b8a8fffb5a443ff", "test", "1410685589", "test")
    assert not is_signed("f21891de399b4e33a1a93c9a7b8a8fffb5a443fe", "test", "1410685589", "test")


def test_known_answer_of_an_envelope() -> None:
    closed = "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q=="
    assert is_signed("dd6b9c95b495b3f7e2901bfbc76c664930ffdb96", "123456", "1411443780", "437374425", closed)
    assert unsealed(closed, key=AES_KEY, app_id="wx49f0ab532d5d035a").isdigit()


# --- XML ------------------------------------------------------------------------------------------
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
ATTACKS: dict[str, bytes] = {
    "billion laughs": f'<!DOCTYPE xml [<!ENTITY l0 "ha">{LAUGHS}]><xml><Content>&l11;</Content></xml>'.encode(),
    "quadratic blow-up": f'<!DOCTYPE xml [<!ENTITY a "{"a" * 50_000}">]><xml>{"&a;" * 5_000}</xml>'.encode(),
    "external entity": b'<!DOCTYPE xml [<!ENTITY x SYSTEM "file:///etc/passwd">]><xml><Content>&x;</Content></xml>',
    "entity of the network": b'<!DOCTYPE xml [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]><xml><Content>&x;</Content></xml>',
    "parameter entity": b'<!DOCTYPE xml [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd">%p;]><xml><Content>x</Content></xml>',
    "outside document type": b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd"><xml><Content>x</Content></xml>',
    "empty document type": b"<!DOCTYPE xml><xml><Content>x</Content></xml>",
    "huge": b"<xml><Content>" + b"a" * MAX_XML + b"</Content></xml>",
    "nested": b"<xml>" + b"<a>" * 14_000 + b"</a>" * 14_000 + b"</xml>",
    "nested a little": b"<xml>" + b"<a>" * 9 + b"x" + b"</a>" * 9 + b"</xml>",
    "a thousand fields": b"<xml>" + b"".join(b"<a%d/>" % n for n in range(1_000)) + b"</xml>",
    "attributes without end": b"<xml " + b" ".join(b'a%d="1"' % n for n in range(7_000)) + b"><a>x</a><a>",
    "NUL": b"<xml><Content>a\x00b</Content></xml>",
    "NUL by number": b"<xml><Content>a&#0;b</Content></xml>",
    "lone surrogate by number": b"<xml><Content>&#xD800;</Content></xml>",
    "an entity nobody declared": b"<xml><Content>&nbsp;</Content></xml>",
    "UTF-16": "<xml><Content>x</Content></xml>".encode("utf-16"),
    "UTF-7 by its first line": b'<?xml version="1.0" encoding="UTF-7"?><xml><Content>+ADw-</Content>',
    "Latin-1": "<xml><Content>é</Content></xml>".encode("latin-1"),
    "GB 18030": "<xml><Content>你好</Content></xml>".encode("gb18030"),
    "cut": b"<xml><Content><![CDATA[abc",
    "two roots": b"<xml><a>1</a></xml><xml><a>2</a></xml>",
    "no fields": b"<xml>words</xml>",
    "JSON": b'{"Content": "x"}',
    "nothing": b"",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_14_xml_that_is_none_of_wechats(name: str) -> None:
    started = time.perf_counter()
    with pytest.raises(Malformed):
        WECHAT.parse(signed(ATTACKS[name], ACCOUNT), ACCOUNT)
    with pytest.raises(Forged):  # unsigned, it is read just so far
        WECHAT.verify(signed(ATTACKS[name], SAFE), SAFE)
    assert time.perf_counter() - started < 1.0


def test_attack_14_nothing_hostile_hides_in_an_envelope() -> None:
    for name in ("billion laughs", "external entity", "nested a little", "NUL", "UTF-16"):
        request = sealed(ATTACKS[name], SAFE)
        WECHAT.verify(request, SAFE)
        started = time.perf_counter()
        with pytest.raises(Malformed):
            WECHAT.parse(request, SAFE)
        assert time.perf_counter() - started < 1.0


def test_what_a_first_line_says_of_the_letters_changes_nothing() -> None:
    said = '<?xml version="1.0" encoding="GB2312"?><xml><Content><![CDATA[你好]]></Content></xml>'
    assert read_xml(said.encode()) == {"Content": "你好"}


def test_marks_of_xml_in_words_stay_words() -> None:
    said = b"<xml><Content><![CDATA[<b>&amp;]]]]><![CDATA[></b>]]></Content><MsgId>1</MsgId><Empty/></xml>"
    assert read_xml(said) == {"Content": "<b>&amp;]]></b>", "MsgId": "1", "Empty": ""}
