"""QQ's own traps: the key made of the secret, the address that is tried out, answers that are named, counted, numbered."""

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apps.messaging import tokens
from apps.messaging.channel import ErrorClass, Forged, Recipient, SendFailed, WebhookRequest, channel_for
from apps.messaging.content import Ask, Card, Choice, Media, Pay, ShowProduct, Text
from apps.messaging.fetch import Refused, check
from apps.messaging.platforms.qq.forms import as_markdown, with_addresses
from apps.messaging.platforms.qq.keys import key_of, signature

from .channels.qq.example import ACCOUNT, HANDLE, SHOPPER, TAKEN
from .channels.qq.sign import signed
from .loopback import platform

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "channels" / "samples" / "qq"
OWN = Path(__file__).parent / "channels" / "qq"
QQ = channel_for("qq")
TO = Recipient(SHOPPER, reply_to=HANDLE)
CHOICES = (Choice("Shirts", token="c:00000001"), Choice("Mugs", token="c:00000002"))
GRANTED = {**ACCOUNT, "keyboards": "custom"}


def known_answer() -> dict[str, Any]:
    path = SAMPLES / "KNOWN_ANSWER.json"
    if not path.exists():
        pytest.skip(f"NOT CHECKED: no known answer at {path}")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def body(content: Any, config: dict[str, Any] = ACCOUNT, *, place: int = 0, key: str = "7:0") -> dict[str, Any]:
    return QQ.address(QQ.render(content, language="en")[place], TO, config, key=key).body


def bare(body: bytes) -> WebhookRequest:
    return WebhookRequest("POST", "https://shop.example/webhooks/qq/main/", {}, {}, body)


# --- keys and signatures -------------------------------------------------------------------------
def test_qqs_own_known_answer_of_the_validation() -> None:
    vector = known_answer()
    asked = {"op": 13, "d": {"plain_token": vector["plain_token"], "event_ts": vector["event_ts"]}}
    request = bare(json.dumps(asked).encode())
    config = {"app_id": "11111111", "app_secret": vector["secret"]}
    QQ.verify(request, config)
    assert QQ.parse(request, config) == []
    reply = QQ.acknowledge(request, config)
    assert (reply.status, reply.content_type) == (200, "application/json")
    assert json.loads(reply.body) == {"plain_token": vector["plain_token"], "signature": vector["signature"]}
    assert signature(vector["secret"], vector["event_ts"], vector["plain_token"].encode()) == vector["signature"]


def test_qqs_own_known_answer_of_the_public_key() -> None:
    vector = known_answer()["pubkey_vector"]
    public = key_of(vector["secret"]).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert list(public) == vector["public_key_bytes"]
    assert (vector["secret"] * 32)[:32] == vector["seed"]


@pytest.mark.parametrize(
    "asked",
    [
        {"op": 13, "d": {"plain_token": '{"op":0,"t":"C2C_MESSAGE_CREATE"}', "event_ts": "1725442341"}},
        {"op": 13, "d": {"plain_token": "Arq0D5A61EgUu4OxUvOp", "event_ts": '1725442341{"op":0}'}},
        {"op": 13, "d": {"plain_token": "", "event_ts": "1725442341"}},
        {"op": 13, "d": {"plain_token": "x" * 65, "event_ts": "1725442341"}},
        {"op": 0, "d": {"plain_token": "Arq0D5A61EgUu4OxUvOp", "event_ts": "1725442341"}},
    ],
)
def test_nothing_is_signed_that_could_stand_for_an_event(asked: dict[str, Any]) -> None:
    """The answer to a validation is made with the key that proves events: only letters and digits are signed."""
    request = bare(json.dumps(asked).encode())
    with pytest.raises(Forged):
        QQ.verify(request, ACCOUNT)
    assert json.loads(QQ.acknowledge(request, ACCOUNT).body) == {"op": 12}


def test_an_answer_to_a_validation_opens_no_door() -> None:
    asked = {"op": 13, "d": {"plain_token": "Arq0D5A61EgUu4OxUvOp", "event_ts": str(int(time.time()))}}
    told = json.loads(QQ.acknowledge(bare(json.dumps(asked).encode()), ACCOUNT).body)
    headers = {"x-signature-ed25519": told["signature"], "x-signature-timestamp": asked["d"]["event_ts"]}
    text = (OWN / "text.json").read_bytes()
    with pytest.raises(Forged):
        QQ.verify(replace(bare(text), headers=headers), ACCOUNT)


def test_old_and_early_calls_are_refused() -> None:
    text, now = (OWN / "text.json").read_bytes(), time.time()
    QQ.verify(signed(text, ACCOUNT, at=now - 500), ACCOUNT)
    for at in (now - 700, now + 700, 0):
        with pytest.raises(Forged, match="old"):
            QQ.verify(signed(text, ACCOUNT, at=at), ACCOUNT)
    genuine = signed(text, ACCOUNT)
    later = {**genuine.headers, "x-signature-timestamp": str(int(now) + 1)}
    with pytest.raises(Forged, match="does not match"):
        QQ.verify(replace(genuine, headers=later), ACCOUNT)
    with pytest.raises(Forged, match="another bot"):
        QQ.verify(replace(genuine, headers={**genuine.headers, "x-bot-appid": "1"}), ACCOUNT)


def test_events_are_acknowledged_in_qqs_own_way() -> None:
    assert json.loads(QQ.acknowledge(signed((OWN / "text.json").read_bytes(), ACCOUNT), ACCOUNT).body) == {"op": 12}


# --- answers -------------------------------------------------------------------------------------
def test_an_answer_names_what_it_answers_and_has_a_number_of_its_own() -> None:
    first, again, next_one = body(Text("hi")), body(Text("hi")), body(Text("hi"), key="7:1")
    assert first == {"msg_type": 0, "content": "hi", "msg_id": HANDLE, "msg_seq": first["msg_seq"]}
    assert first["msg_seq"] == again["msg_seq"] != next_one["msg_seq"]
    assert all(0 < one["msg_seq"] < 2**31 for one in (first, next_one))
    (wire,) = QQ.render(Text("hi"), language="en")
    event = QQ.address(wire, Recipient(SHOPPER, reply_to="event:FRIEND_ADD:701d"), ACCOUNT, key="7:0").body
    assert (event["event_id"], "msg_id" in event) == ("FRIEND_ADD:701d", False)


def send(config: dict[str, Any], content: Any = None, *, to: Recipient = TO) -> Any:
    (wire,) = QQ.render(content or Text("hi"), language="en")
    return QQ.send(wire, to, config, key="7:0", timeout=1)


def test_a_repeated_attempt_that_had_arrived_is_no_failure() -> None:
    with platform((400, {"code": 40054005, "err_code": 40054005, "message": "消息被去重"}, {})) as there:
        assert send({**ACCOUNT, "api_base": there.base}).provider_id == ""


def test_what_waits_for_review_was_taken() -> None:
    with platform((202, {"code": 304024, "message": "REPLY_MSG_ASYNC_OK"}, {})) as there:
        assert send({**ACCOUNT, "api_base": there.base}).provider_id == ""


def test_a_token_that_is_no_longer_known_is_asked_for_once_more() -> None:
    refused = (401, {"code": 11243, "message": "ErrorCheckTokenNotPass"}, {})
    with platform(refused, TAKEN) as there:
        assert send({**ACCOUNT, "api_base": there.base}).provider_id == "ROBOT1.0_answer!"
        assert [call["headers"]["authorization"] for call in there.calls] == ["QQBot qq-lent-token"] * 2
    with platform(refused) as there, pytest.raises(SendFailed) as caught:
        send({**ACCOUNT, "api_base": there.base})
    assert caught.value.error_class is ErrorClass.AUTH


def test_a_wrong_secret_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.messaging.loopback.LENT", {})
    with platform((200, {"code": 100016, "message": "invalid appid or secret"}, {})) as there:
        with pytest.raises(SendFailed) as caught:
            send({**ACCOUNT, "api_base": there.base})
        assert [call["path"] for call in there.calls] == ["/app/getAppAccessToken"]
        assert json.loads(there.calls[0]["body"]) == {"appId": ACCOUNT["app_id"], "clientSecret": ACCOUNT["app_secret"]}
    assert (caught.value.error_class, ACCOUNT["app_secret"] in str(caught.value)) == (ErrorClass.AUTH, False)


def test_a_token_is_lent_once_for_many_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.messaging.loopback.LENT", {})
    lent = (200, {"access_token": "t", "expires_in": "7200"}, {})
    with platform(lent, TAKEN) as there:
        for _ in range(3):
            send({**ACCOUNT, "api_base": there.base})
        paths = [call["path"] for call in there.calls]
        tokens.forget(ACCOUNT["app_id"], ACCOUNT["app_secret"], there.base)
    assert paths == ["/app/getAppAccessToken", *[f"/v2/users/{SHOPPER}/messages"] * 3]


def test_a_tap_is_acknowledged_ahead_of_its_answer() -> None:
    (tapped,) = QQ.parse(bare((OWN / "tapped.json").read_bytes()), ACCOUNT)
    with platform((200, {}, {}), TAKEN) as there:
        send({**ACCOUNT, "api_base": there.base}, to=Recipient(SHOPPER, reply_to=tapped.reply_handle))
    acknowledged, answer = there.calls
    assert acknowledged["path"] == "/interactions/30540ff7-9d8f-4737-83f1-e116ce6afa8b"
    assert json.loads(acknowledged["body"]) == {"code": 0}
    assert json.loads(answer["body"])["event_id"] == "INTERACTION_CREATE:701d1cfb-46cd-4979-9a01-000000000017"


def test_an_answer_does_not_fail_with_the_acknowledgement() -> None:
    to = Recipient(SHOPPER, reply_to="event:INTERACTION_CREATE:1 ack:2")
    with platform("cut", TAKEN) as there:
        assert send({**ACCOUNT, "api_base": there.base}, to=to).provider_id == "ROBOT1.0_answer!"


# --- pictures ------------------------------------------------------------------------------------
PRODUCT = ShowProduct(card=Card("Shirt", "€5", image_url="https://shop.example/a.jpg", choices=CHOICES[:1]))


def test_a_picture_is_handed_over_first_and_never_sent_by_itself() -> None:
    with platform((200, {"file_uuid": "u", "file_info": "info", "ttl": 0}, {}), TAKEN) as there:
        send({**ACCOUNT, "api_base": there.base}, PRODUCT)
    upload, message = (json.loads(call["body"]) for call in there.calls)
    assert there.calls[0]["path"] == f"/v2/users/{SHOPPER}/files"
    assert upload == {"file_type": 1, "url": "https://shop.example/a.jpg", "srv_send_msg": False}
    assert (message["msg_type"], message["media"]) == (7, {"file_info": "info"})
    assert message["content"] == "Shirt\n€5\n\n1. Shirts\n0 = back, 9 = a person"


def test_a_picture_that_is_not_taken_leaves_the_words() -> None:
    (wire,) = QQ.render(PRODUCT, language="en")
    not_taken = (500, {"code": 304082, "message": "upload media info fail"}, {})
    with platform(not_taken) as there, pytest.raises(SendFailed) as caught:
        QQ.send(wire, TO, {**ACCOUNT, "api_base": there.base}, key="7:0", timeout=1)
    assert caught.value.error_class is ErrorClass.BAD_REQUEST
    assert wire.instead is not None
    said = QQ.address(wire.instead, TO, ACCOUNT, key="7:0").body
    assert (said["msg_type"], said["content"]) == (0, "Shirt\n€5\n\n1. Shirts\n0 = back, 9 = a person")


def test_other_files_go_by_their_address() -> None:
    file = Media(text="Sizes", media_type="file", url="https://shop.example/s.pdf", alt="Size guide")
    assert body(file)["content"] == "Sizes\n\nSize guide: https://shop.example/s.pdf"
    picture = body(Media(media_type="image", url="https://shop.example/a.jpg", alt="A shirt"))
    assert (picture["msg_type"], picture["content"]) == (7, " ")


# --- addresses -----------------------------------------------------------------------------------
PAY = Pay(text="Please pay.", url="https://shop.example/pay/1", label="Pay €5", choices=CHOICES[:1])


def test_an_address_is_shown_where_its_site_is_registered() -> None:
    assert "Pay €5: https://shop.example/pay/1" in body(PAY)["content"]
    for links in ("", "other.example", "hop.example"):
        told = body(PAY, {**ACCOUNT, "links": links})["content"]
        assert "Pay €5: shop.example/pay/1" in told
        assert "https://" not in told


def test_where_even_the_name_of_a_site_is_refused_the_words_still_arrive() -> None:
    (wire,) = QQ.render(PAY, language="de")
    assert wire.instead is not None
    told = QQ.address(wire.instead, TO, {**ACCOUNT, "links": ""}, key="7:0").body["content"]
    assert "shop.example" not in told
    assert told.startswith("Please pay.\n\nPay €5: (QQ ")
    assert QQ.classify_error(400, {"code": 304003}) is ErrorClass.POLICY


def test_sentences_keep_their_stops_and_subdomains_belong_to_their_site() -> None:
    hosts = frozenset({"shop.example"})
    words = "See https://www.shop.example/a?b=1. And (http://evil.example/x), ok?"
    assert with_addresses(words, hosts) == "See https://www.shop.example/a?b=1. And (evil.example/x), ok?"
    assert with_addresses(words, hosts, otherwise="…") == "See https://www.shop.example/a?b=1. And (…), ok?"
    assert with_addresses("https://shop.example.evil.example", hosts) == "shop.example.evil.example"
    assert with_addresses("https://shop.example@evil.example/x", hosts) == "shop.example@evil.example/x"


# --- buttons -------------------------------------------------------------------------------------
def test_without_a_grant_choices_are_numbered_and_with_one_they_are_buttons_too() -> None:
    plain, rich = body(Ask("Which?", CHOICES)), body(Ask("Which?", CHOICES), GRANTED)
    assert (plain["msg_type"], "keyboard" in plain) == (0, False)
    assert plain["content"] == "Which?\n\n1. Shirts\n2. Mugs\n0 = back, 9 = a person"
    assert rich["msg_type"] == 2
    rows = rich["keyboard"]["content"]["rows"]
    assert [[(one["render_data"]["label"], one["action"]["data"]) for one in row["buttons"]] for row in rows] == [
        [("Shirts", "c:00000001")], [("Mugs", "c:00000002")],
    ]  # fmt: skip
    assert "1\\." not in rich["markdown"]["content"]


def test_the_link_leads_out_of_the_thread_only_to_a_registered_site() -> None:
    first = body(PAY, GRANTED)["keyboard"]["content"]["rows"][0]["buttons"][0]
    assert (first["action"]["type"], first["action"]["data"]) == (0, "https://shop.example/pay/1")
    unregistered = body(PAY, {**GRANTED, "links": ""})["keyboard"]["content"]["rows"]
    assert [row["buttons"][0]["action"]["type"] for row in unregistered] == [1]


def test_twelve_choices_fit_into_five_rows() -> None:
    many = tuple(Choice(f"A rather long size {n}", token=f"c:{n:08d}") for n in range(1, 13))
    rows = body(Ask("Which?", many), GRANTED)["keyboard"]["content"]["rows"]
    assert [len(row["buttons"]) for row in rows] == [3, 3, 3, 3]
    labels = [one["render_data"]["label"] for row in rows for one in row["buttons"]]
    assert all(len(label) <= 10 for label in labels)


def test_a_refused_keyboard_is_said_in_words() -> None:
    (wire,) = QQ.render(Ask("Which?", CHOICES), language="en")
    assert wire.instead is not None
    assert QQ.address(wire.instead, TO, GRANTED, key="7:0").body["msg_type"] == 0
    assert QQ.classify_error(400, {"code": 304037}) is ErrorClass.BAD_REQUEST


def test_words_stay_words_in_markdown() -> None:
    assert (
        as_markdown("# 1 *x* [a](b) https://shop.example/a_b")
        == "\\# 1 \\*x\\* \\[a\\]\\(b\\) https://shop.example/a_b"
    )


# --- the front door, files -----------------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://multimedia.nt.qq.com.cn/1", "https://nt.qq.com.cn.evil.example/1", "https://multimedia.nt.qq.com.cn:8443/1",
        "https://x@multimedia.nt.qq.com.cn/1", "https://q.qq.com/1", "https://127.0.0.1/1",
    ],
)  # fmt: skip
def test_files_come_from_qqs_hosts_alone(url: str) -> None:
    with pytest.raises(Refused):
        check(url, hosts=QQ.media_hosts, resolve=lambda host, port: ["203.205.1.1"])
    fine = check("https://multimedia.nt.qq.com.cn/1", hosts=QQ.media_hosts, resolve=lambda host, port: ["203.205.1.1"])
    assert fine.host == "multimedia.nt.qq.com.cn"
