"""What a platform's answer, or its silence, means for a message."""

import json
import socket
from typing import Any
from urllib.parse import parse_qs

import pytest

from apps.merchants.outside import way_to
from apps.messaging.channel import ErrorClass, Recipient, SendFailed, Sent, WireMessage, channel_for
from apps.messaging.content import Ask, Choice, Text, Typing

from .channels.telegram.sign import signed as telegram_signed
from .examples import ACCOUNTS, SHOPPERS
from .kinds import HELD as EACH
from .loopback import platform

TAKEN = {kind: told.TAKEN for kind, told in EACH.items()}
IDS = {kind: told.TAKEN_ID for kind, told in EACH.items()}
KINDS = tuple(TAKEN)
pytestmark = pytest.mark.usefixtures("thirteenth")


def send(kind: str, base: str, *, to: Recipient | None = None, timeout: float = 1.0) -> Sent:
    channel = channel_for(kind)
    (wire,) = channel.render(Text(text="Grüße 👋"), language="de")
    config = {**ACCOUNTS[kind], "api_base": base}
    return channel.send(wire, to or Recipient(SHOPPERS[kind]), config, key="message-1:0", timeout=timeout)


def failure(kind: str, *answers: Any) -> SendFailed:
    with platform(*answers) as there, pytest.raises(SendFailed) as caught:
        send(kind, there.base)
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
def test_an_accepted_message_has_the_platforms_id(kind: str) -> None:
    with platform(TAKEN[kind]) as there:
        assert send(kind, there.base).provider_id == IDS[kind]
    assert len(there.calls) == 1
    assert there.calls[0]["headers"]["user-agent"] == "chatshop/0.1.0"


def test_where_and_how_each_platform_is_called() -> None:
    calls = {}
    for kind in KINDS:
        with platform(TAKEN[kind]) as there:
            send(kind, there.base)
        calls[kind] = there.calls[0]
    assert calls["whatsapp"]["path"] == "/106540352242922/messages"
    assert calls["whatsapp"]["headers"]["authorization"] == "Bearer whatsapp-access-token"
    assert json.loads(calls["whatsapp"]["body"])["text"] == {"body": "Grüße 👋", "preview_url": False}
    assert calls["telegram"]["path"] == "/bot12345:telegram-bot-token/sendMessage"
    assert json.loads(calls["telegram"]["body"])["chat_id"] == 427770117
    assert calls["sms"]["path"] == f"/2010-04-01/Accounts/{ACCOUNTS['sms']['account_sid']}/Messages.json"
    assert calls["sms"]["headers"]["authorization"].startswith("Basic ")
    form = parse_qs(calls["sms"]["body"].decode())
    assert form["Body"] == ["Grüße 👋"]
    assert form["StatusCallback"] == ["https://shop.example/webhooks/sms/main/?key=message-1%3A0"]


@pytest.mark.parametrize(
    ("to", "whom"),
    [
        (Recipient("US.1349", {"user_id": "US.1349", "username": "kim"}), {"recipient": "US.1349"}),
        (Recipient("US.1349", {"user_id": "US.1349", "phone": "+4915112345678"}), {"recipient": "US.1349"}),
        (Recipient("4915112345678", {"user_id": "US.1349", "wa_id": "4915112345678"}), {"to": "4915112345678"}),
    ],
)
def test_who_is_known_by_user_id_is_written_to_by_it_and_not_at_a_number_of_old(
    to: Recipient, whom: dict[str, str]
) -> None:
    call = channel_for("whatsapp").address(WireMessage(body={"type": "text"}), to, ACCOUNTS["whatsapp"])
    assert {key: call.body[key] for key in ("to", "recipient") if key in call.body} == whom


@pytest.mark.parametrize("kind", KINDS)
def test_silence_after_the_request_was_written_is_ambiguous(kind: str) -> None:
    assert failure(kind, "cut").error_class is ErrorClass.AMBIGUOUS
    assert failure(kind, "hang").error_class is ErrorClass.AMBIGUOUS
    if getattr(EACH[kind], "SAYS_NOTHING", False):
        return
    assert failure(kind, (200, b"", {})).error_class is ErrorClass.AMBIGUOUS
    assert failure(kind, (200, b'{"messages":[{"i', {})).error_class is ErrorClass.AMBIGUOUS


@pytest.mark.parametrize("kind", KINDS)
def test_an_unreachable_platform_is_simply_tried_again(kind: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SendFailed) as caught:
        send(kind, f"http://127.0.0.1:{port}")
    assert caught.value.error_class is ErrorClass.RETRY


# Who knows a call by its name when it comes again: LINE a push, the others every send.
ONCE = {kind for kind, told in EACH.items() if getattr(told, "KNOWS_REPEATS", False)} | {"line"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [b"<html>Bad Gateway</html>", b"", {}])
def test_a_proxys_word_says_nothing_of_the_platform(kind: str, body: Any) -> None:
    """It may have been taken behind the proxy, so that it goes out again only where that cannot show."""
    meaning = ErrorClass.RETRY if kind in ONCE else ErrorClass.AMBIGUOUS
    assert {status: failure(kind, (status, body, {})).error_class for status in (500, 502, 503, 504)} == {
        500: meaning,
        502: meaning,
        503: ErrorClass.RETRY,
        504: meaning,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_too_many_requests_name_their_delay(kind: str) -> None:
    found = failure(kind, (429, {}, {"Retry-After": "7"}))
    assert (found.error_class, found.retry_after) == (ErrorClass.RETRY_AFTER, 7.0)


def test_telegrams_own_delay_is_in_the_body() -> None:
    body = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 12}}
    found = failure("telegram", (429, body, {}))
    assert (found.error_class, found.retry_after) == (ErrorClass.RETRY_AFTER, 12.0)


def test_the_pair_limit_of_whatsapp_waits_six_seconds() -> None:
    found = failure("whatsapp", (400, {"error": {"code": 131056, "message": "pair rate"}}, {}))
    assert (found.error_class, found.retry_after, found.code) == (ErrorClass.RETRY_AFTER, 6.0, "131056")


# (channel, HTTP status, body, what it means): the table of docs/channels.md.
MEANINGS = [(kind, *meaning) for kind, told in EACH.items() for meaning in told.MEANINGS]


@pytest.mark.parametrize(("kind", "status", "body", "meaning"), MEANINGS)
def test_a_refusal_is_understood(kind: str, status: int, body: dict[str, Any], meaning: ErrorClass) -> None:
    assert channel_for(kind).classify_error(status, body) is meaning
    assert failure(kind, (status, body, {})).error_class is meaning


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_token_is_never_sent(kind: str) -> None:
    channel = channel_for(kind)
    (wire,) = channel.render(Text(text="x"), language="en")
    with platform(TAKEN[kind]) as there, pytest.raises(SendFailed) as caught:
        channel.send(wire, Recipient(SHOPPERS[kind]), {"api_base": there.base}, key="1")
    assert (caught.value.error_class, there.calls) == (ErrorClass.AUTH, [])


def test_typing_needs_a_message_to_answer_on_whatsapp() -> None:
    channel = channel_for("whatsapp")
    (wire,) = channel.render(Typing(), language="en")
    config = {**ACCOUNTS["whatsapp"]}
    with platform((200, {"success": True}, {})) as there:
        config["api_base"] = there.base
        assert channel.send(wire, Recipient("491"), config, key="1") == Sent("")
        assert there.calls == []
        channel.send(wire, Recipient("491", reply_to="wamid.in"), config, key="1")
    assert json.loads(there.calls[0]["body"]) == {
        "messaging_product": "whatsapp",
        "message_id": "wamid.in",
        "status": "read",
        "typing_indicator": {"type": "text"},
    }


def test_web_chat_is_accepted_where_it_stands() -> None:
    channel = channel_for("webchat")
    content = Ask(text="Which?", choices=(Choice("M", token="c:1"),))
    (wire,) = channel.render(content, language="en")
    assert channel.send(wire, Recipient("visitor"), {}, key="message-1:0").provider_id == "message-1:0"
    assert (wire.body["kind"], wire.text) == ("ask", "Which?\n\n1. M")


def test_links_that_open_each_channel() -> None:
    links = {kind: channel_for(kind).deep_link("blue-shirt_2026", ACCOUNTS[kind]) for kind in KINDS}
    assert links == {kind: told.LINK for kind, told in EACH.items()}


def test_telegram_is_answered_with_what_stops_the_spinner() -> None:
    from_tap = channel_for("telegram").acknowledge(_telegram({"callback_query": {"id": "77"}}), {})
    assert json.loads(from_tap.body) == {"method": "answerCallbackQuery", "callback_query_id": "77"}
    refused = json.loads(channel_for("telegram").acknowledge(_telegram({"pre_checkout_query": {"id": "5"}}), {}).body)
    assert (refused["method"], refused["ok"]) == ("answerPreCheckoutQuery", False)
    assert channel_for("telegram").acknowledge(_telegram({"message": {}}), {}).body == b""


def _telegram(update: dict[str, Any]) -> Any:
    return telegram_signed(json.dumps(update).encode(), ACCOUNTS["telegram"])


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    endless = b'{"messages": [{"id": "' + b"x" * 3_000_000
    with platform((200, endless, {})) as there, pytest.raises(SendFailed) as caught:
        send("whatsapp", there.base)
    assert caught.value.error_class == ErrorClass.AMBIGUOUS


@pytest.mark.parametrize(
    ("address", "proxy"),
    [
        ("https://graph.example/v1", "http://proxy.example:3128"),
        ("http://graph.example/v1", ""),
        ("https://inside.example/v1", ""),
        ("http://127.0.0.1:8000/v1", ""),
        ("https://localhost/v1", ""),
    ],
)
def test_the_operators_proxy_is_asked_but_never_for_this_machine(address, proxy, monkeypatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inside.example")
    assert way_to.__wrapped__(address)[1] == proxy
