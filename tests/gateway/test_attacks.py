"""What comes to the front door with bad intent, or broken: it costs no second, no memory and no row."""

import gzip
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django_scopes import scope

from apps.conversations.models import Conversation, InboundEvent, Message
from apps.gateway.loop import drain
from apps.merchants.models import ChannelAccount
from tests.factories import channel_account

from .harness import Platform, Sink, parrot

pytestmark = pytest.mark.django_db


def run() -> int:
    return drain(answer=parrot, jobs={})


@pytest.fixture
def no_new_rows(account: ChannelAccount) -> Iterator[None]:
    """Whatever is posted inside leaves the inbox as it was."""
    before = InboundEvent.objects.count()
    yield
    assert InboundEvent.objects.count() == before


@pytest.mark.usefixtures("no_new_rows")
@pytest.mark.parametrize("given", [None, "", "sha1=abc", "sha256=" + "0" * 64, "sha256=", "sha256=ü", "nonsense"])
def test_attack_09_meta_signature_missing_old_or_wrong(platform: Platform, given: str | None) -> None:
    body = json.dumps(platform.envelope(messages=[platform.message("hi")])).encode()
    headers = {} if given is None else {"x-hub-signature-256": given}
    assert platform.call(body, headers=headers)[0] == 403


@pytest.mark.usefixtures("no_new_rows")
def test_attack_09_a_body_written_anew_no_longer_fits_its_signature(platform: Platform) -> None:
    body = json.dumps(platform.envelope(messages=[platform.message("hi")])).encode()
    other = json.dumps(json.loads(body), separators=(",", ":")).encode()
    assert platform.call(other, headers={"x-hub-signature-256": platform.sign(body)})[0] == 403


def test_attack_09_handshake_echoes_only_to_who_knows_the_word(platform: Platform) -> None:
    word = platform.account.config["verify_token"]
    query = "hub.mode=subscribe&hub.challenge=%3Cb%3E1%3C%2Fb%3E&hub.verify_token="
    assert platform.call(method="GET", query=query + "wrong") == (403, b"forged")
    assert platform.call(method="GET", query=query + word) == (200, b"<b>1</b>")


@pytest.mark.usefixtures("no_new_rows")
def test_attack_10_telegram_without_or_with_a_wrong_secret(merchant: Any) -> None:
    telegram = Platform(channel_account(merchant, "telegram"))
    update = json.dumps({"update_id": 1, "message": {"message_id": 1, "text": "hi"}}).encode()
    for headers in ({}, {"x-telegram-bot-api-secret-token": ""}, {"x-telegram-bot-api-secret-token": "wrong"}):
        assert telegram.call(update, headers=headers)[0] == 403


@pytest.mark.usefixtures("no_new_rows")
def test_attack_11_twilio_signature_for_another_address(merchant: Any, settings: Any) -> None:
    from twilio.request_validator import RequestValidator  # noqa: PLC0415 - slow to import

    settings.PUBLIC_URL = "https://shop.example"
    sms = Platform(channel_account(merchant, "sms"))
    form = {"MessageSid": "SM1", "From": "+491761", "To": "+15005550006", "Body": "hi", "AccountSid": "AC" + "0" * 32}
    body = "&".join(f"{key}={value.replace('+', '%2B')}" for key, value in form.items()).encode()
    sign = RequestValidator(sms.account.config["auth_token"]).compute_signature
    path = f"/webhooks/sms/{sms.account.name}/"
    for url in (f"http://shop.example{path}", f"https://evil.example{path}", f"https://shop.example{path}?a=1"):
        headers = {
            "x-twilio-signature": sign(url, form),
            "content-type": "application/x-www-form-urlencoded",
            "host": "evil.example",
            "x-forwarded-host": "evil.example",
            "x-forwarded-proto": "http",
        }
        assert (url, sms.call(body, headers=headers)[0]) == (url, 403)


def test_attack_11_the_true_address_is_taken_whatever_the_proxy_says(merchant: Any, settings: Any) -> None:
    from twilio.request_validator import RequestValidator  # noqa: PLC0415 - slow to import

    settings.PUBLIC_URL = "https://shop.example"
    sms = Platform(channel_account(merchant, "sms"))
    form = {"MessageSid": "SM1", "From": "+491761", "To": "+15005550006", "Body": "hi", "AccountSid": "AC" + "0" * 32}
    body = "&".join(f"{key}={value.replace('+', '%2B')}" for key, value in form.items()).encode()
    url = f"https://shop.example/webhooks/sms/{sms.account.name}/"
    signature = RequestValidator(sms.account.config["auth_token"]).compute_signature(url, form)
    headers = {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"}
    assert sms.call(body, headers=headers | {"x-forwarded-host": "evil.example"})[0] == 200
    assert InboundEvent.objects.count() == 1


@pytest.mark.usefixtures("no_new_rows")
def test_attack_12_a_signature_of_one_shop_opens_no_other(platform: Platform, other_merchant: Any) -> None:
    theirs = channel_account(other_merchant, "whatsapp", app_secret="another secret", name="theirs")
    body = json.dumps(platform.envelope(messages=[platform.message("hi")])).encode()
    headers = {"x-hub-signature-256": platform.sign(body)}
    assert platform.call(body, headers=headers, path=f"/webhooks/whatsapp/{theirs.name}/")[0] == 403
    assert platform.call(body, headers=headers, path="/webhooks/whatsapp/nobody/") == (404, b"nobody here")
    assert platform.call(body, headers=headers, path="/webhooks/carrierpigeon/demo/") == (404, b"nobody here")


@pytest.mark.usefixtures("no_new_rows")
@pytest.mark.parametrize("config", [{"app_secret": ""}, {"app_secret": None}])
def test_attack_05_a_missing_secret_never_means_accept_all(merchant: Any, config: dict[str, Any]) -> None:
    bare = Platform(channel_account(merchant, "whatsapp", **config))
    body = json.dumps(bare.envelope(messages=[bare.message("hi")])).encode()
    assert bare.call(body, headers={"x-hub-signature-256": "sha256="})[0] == 503


DEEP = 100_000
BOMBS: dict[str, tuple[bytes, dict[str, str], int]] = {
    "10 MB": (b'{"a":"' + b"x" * 10_000_000 + b'"}', {}, 413),
    "10 MB announced": (b"{}", {"content-length": "10000000"}, 413),
    "100k deep": (b"[" * DEEP + b"]" * DEEP, {}, 400),
    "100k deep objects": (b'{"a":' * DEEP + b"1" + b"}" * DEEP, {}, 400),
    "NaN": (b'{"entry":[{"changes":[{"value":{"messages":[{"timestamp":NaN}]}}]}]}', {}, 400),
    "infinite": (b'{"entry":[],"a":1e400}', {}, 400),
    "wrong charset": ('{"entry":["ü"]}'.encode("utf-16"), {}, 400),
    "announced charset": (b'{"entry":[]}', {"content-type": "application/json; charset=utf-16"}, 400),
    "gzip bomb": (gzip.compress(b"0" * 50_000_000), {"content-encoding": "gzip"}, 400),
    "not JSON": (b"hello", {}, 400),
    "no object": (b"[]", {}, 400),
    "empty": (b"", {}, 400),
}


@pytest.mark.usefixtures("no_new_rows")
@pytest.mark.parametrize("name", BOMBS)
def test_attack_13_bombs_are_refused_within_a_second(platform: Platform, name: str) -> None:
    body, headers, expected = BOMBS[name]
    headers = {**headers, "x-hub-signature-256": platform.sign(body)}
    began = time.monotonic()
    assert platform.call(body, headers=headers)[0] == expected
    assert time.monotonic() - began < 1


def test_attack_13_nul_and_lone_surrogates_are_stored_as_strangers(platform: Platform, merchant: Any) -> None:
    body = json.dumps(platform.envelope(messages=[platform.message("a\x00b\ud800c")])).encode()
    assert platform.posts(body) == 200
    run()
    with scope(merchant=merchant):
        assert Message.objects.get(author="shopper").text == "a\ufffdb\ufffdc"


def test_attack_13_duplicate_keys_do_not_smuggle(platform: Platform, merchant: Any) -> None:
    body = json.dumps(platform.envelope(messages=[platform.message("one", key="wamid.dup")]))
    assert platform.posts(body.replace('"body": "one"', '"body": "one", "body": "two"').encode()) == 200
    run()
    with scope(merchant=merchant):
        assert Message.objects.get(author="shopper").text == "two"


def test_attack_15_a_thousand_entries_valid_and_broken(platform: Platform, merchant: Any) -> None:
    broken: list[Any] = [None, 7, "x", [], {}, {"id": 5}, {"from": {"a": 1}, "type": []}, {"type": "text", "text": "x"}]
    messages = []
    for number in range(500):
        messages.append(platform.message(f"valid {number}", user=f"4917{number:08d}"))
        item = broken[number % len(broken)]
        messages.append({**item, "nonce": number} if isinstance(item, dict) else item)
    assert platform.posts(platform.envelope(messages=messages)) == 200
    assert InboundEvent.objects.filter(payload__kind="message", payload__type="text", dead_at=None).count() == 500
    dead = InboundEvent.objects.filter(dead_at__isnull=False)
    assert dead.count() > 100
    assert dead.filter(error="").count() == 0


def test_attack_16_our_own_number_and_echoes_are_never_answered(platform: Platform, sink: Sink, merchant: Any) -> None:
    own = platform.account.config["number"]
    platform.says("am I talking to myself?", user=own)
    run()
    assert sink.calls == []
    echo = {
        "field": "smb_message_echoes",
        "value": {
            "metadata": {"phone_number_id": platform.account.config["phone_number_id"]},
            "message_echoes": [
                {"from": own, "to": "49176000001", "id": "wamid.echo", "timestamp": "1760000000", "type": "text",
                 "text": {"body": "typed on the phone"}}
            ],
        },
    }  # fmt: skip
    platform.posts({"object": "whatsapp_business_account", "entry": [{"changes": [echo]}]})
    platform.says("hello?")
    run()
    assert sink.calls == []  # a person answered on the phone: the baton is theirs
    with scope(merchant=merchant):
        conversation = Conversation.objects.get(identity__external_id="49176000001")
        assert (conversation.owner, conversation.fence) == ("agent", 1)
        assert list(conversation.messages.order_by("seq").values_list("author", "text")) == [
            ("agent", "typed on the phone"),
            ("shopper", "hello?"),
        ]


def test_attack_16_two_machines_talking_are_parted(platform: Platform, sink: Sink, merchant: Any) -> None:
    for number in range(60):
        platform.says(f"beep {number}")
        run()
    with scope(merchant=merchant):
        answers = Message.objects.filter(author="bot").count()
        conversation = Conversation.objects.get()
        assert (answers, Message.objects.filter(author="shopper").count()) == (40, 60)
        assert conversation.waiting_since is not None
        assert conversation.events.filter(kind="loop").count() == 1


def test_attack_17_a_status_moves_only_messages_of_its_own_account(
    platform: Platform, sink: Sink, merchant: Any, other_merchant: Any
) -> None:
    platform.says("hi")
    run()
    theirs = Platform(channel_account(other_merchant, "whatsapp", phone_number_id="999"))
    for state in ("delivered", "read", "failed"):
        assert theirs.reports("out-1", state) == 200
    run()
    with scope(merchant=merchant):
        assert Message.objects.get(author="bot").state == "accepted"
    with scope(merchant=other_merchant):
        assert (Conversation.objects.count(), Message.objects.count()) == (0, 0)


def test_a_card_number_is_stored_nowhere(platform: Platform, merchant: Any) -> None:
    platform.says("pay with 4242 4242 4242 4242 please")
    run()
    stored = json.dumps(list(InboundEvent.objects.values_list("payload", flat=True)))
    with scope(merchant=merchant):
        stored += json.dumps(list(Message.objects.values_list("text", "content")))
    assert "4242 4242" not in stored
    assert "pay with •••• 4242 please" in json.loads(json.dumps(stored, ensure_ascii=False)) or "2022" in stored


def test_a_reader_that_breaks_keeps_the_call(platform: Platform, monkeypatch: Any) -> None:
    from apps.messaging.channels.whatsapp import WhatsApp  # noqa: PLC0415

    def broken(*args: Any) -> Any:
        raise ZeroDivisionError("a bug of tomorrow")

    monkeypatch.setattr(WhatsApp, "parse", broken)
    assert platform.says("hi 4242424242424242") == 200
    [letter] = InboundEvent.objects.all()
    assert letter.error == "not parsed: ZeroDivisionError: a bug of tomorrow"
    assert "4242424242424242" not in json.dumps(letter.payload)
