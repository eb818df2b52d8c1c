"""RCS by Google, Vonage and Twilio: who may call, what is sent, and what their answers mean."""

import base64
import json
import os
import uuid
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
import pytest
from twilio.request_validator import RequestValidator

from apps.gateway.keys import private_key
from apps.messaging import tokens
from apps.messaging.channel import (
    ErrorClass,
    Forged,
    NotConfigured,
    Recipient,
    SendFailed,
    Sent,
    WireMessage,
    channel_for,
)
from apps.messaging.content import Ask, Browse, Card, Choice, Text, Typing
from apps.messaging.private_keys import rsa_key
from apps.sandbox.platforms.rbm_rules import problem
from tests.judges.vonage import Unavailable, complaints

from . import loopback
from .channels.rcs.example import ACCOUNT, SHOPPER, TAKEN, TAKEN_ID, TWILIO, VONAGE
from .channels.rcs.sign import packed, signed
from .channels.sms import sign_vonage
from .examples import EXAMPLES, LANGUAGES, example
from .loopback import Platform, platform
from .suite import CHECKS, Subject

RCS = channel_for("rcs")
TO = Recipient(SHOPPER)
EVENT = {"senderPhoneNumber": SHOPPER, "agentId": "demoshop@rbm.goog", "messageId": "Mx1", "text": "hi"}
BODY = packed(EVENT)
CHECK = b'{"clientToken": "rcs-client-token", "secret": "1234567890"}'
LENT = (200, {"access_token": "lent-1", "expires_in": 3599, "token_type": "Bearer"}, {})


# --- Google's door --------------------------------------------------------------------------------
def test_rbms_known_answer() -> None:
    """From the formula of Google's page "Webhooks", with OpenSSL (`openssl dgst -sha512 -hmac`): written down once."""
    inner = b'{"senderPhoneNumber":"+14155550100","text":"Hi"}'
    body = json.dumps({"message": {"data": base64.b64encode(inner).decode()}}).encode()
    known = KNOWN_RBM
    request = replace(signed(body, {"client_token": "SJENCPGJESMGUFPY"}), headers={"x-goog-signature": known})
    RCS.verify(request, {"client_token": "SJENCPGJESMGUFPY"})
    with pytest.raises(Forged):
        RCS.verify(request, {"client_token": "SJENCPGJESMGUFPZ"})


KNOWN_RBM = "T+sWL7iNMnLDT32xQXZAEesEP3ySeZ5ugtyvisHjnklwvBqozs5Kt0pLG3ez764dln0RZvDS2vypi3JNWaSWHw=="


def test_another_event_under_the_same_signature_is_refused() -> None:
    genuine = signed(BODY, ACCOUNT)
    for inner in ({**EVENT, "text": "hj"}, {**EVENT, "senderPhoneNumber": "+491"}):
        with pytest.raises(Forged):
            RCS.verify(replace(genuine, body=packed(inner)), ACCOUNT)
    for body in (b"", b"[]", b"{}", b'{"message": {}}', b'{"message": {"data": "***"}}', b'{"message": {"data": 7}}'):
        with pytest.raises(Forged):
            RCS.verify(replace(genuine, body=body), ACCOUNT)


def test_what_stands_beside_the_signed_part_is_not_read() -> None:
    """Only `message.data` is signed: an event written beside it is nobody's."""
    body = json.dumps({**json.loads(BODY), **EVENT, "text": "forged"}).encode()
    request = signed(body, ACCOUNT)
    RCS.verify(request, ACCOUNT)
    assert [event.text for event in RCS.parse(request, ACCOUNT)] == ["hi"]


@pytest.mark.parametrize("provider", ["", "google"])
def test_a_signed_call_dressed_as_another_carriers_is_read_as_what_was_signed(provider: str) -> None:
    """Who verified it reads it: beside Google's signed part stands what Vonage's would be read from."""
    said = {"message_uuid": "x1", "from": "491701234567", "message_type": "text", "text": "forged", "channel": "rcs"}
    account = {**ACCOUNT, "provider": provider}
    request = signed(json.dumps({**json.loads(BODY), **said}).encode(), account)
    RCS.verify(request, account)
    assert [event.text for event in RCS.parse(request, account)] == ["hi"]


def test_the_check_of_the_address_is_answered_with_its_secret_to_who_knows_the_token() -> None:
    request = replace(signed(BODY, ACCOUNT), body=CHECK, headers={})
    RCS.verify(request, ACCOUNT)
    assert RCS.parse(request, ACCOUNT) == []
    reply = RCS.acknowledge(request, ACCOUNT)
    assert (reply.status, reply.body, reply.content_type) == (200, b"1234567890", "text/plain; charset=utf-8")
    for token in ("", "rcs-client-toke", "rcs-client-token2", "RCS-CLIENT-TOKEN"):
        other = json.dumps({"clientToken": token, "secret": "1"}).encode()
        with pytest.raises(Forged):
            RCS.verify(replace(request, body=other), ACCOUNT)
    with pytest.raises(NotConfigured):
        RCS.verify(replace(request, body=b'{"clientToken": "", "secret": "1"}'), {**ACCOUNT, "client_token": ""})


def test_a_check_with_an_event_in_it_is_an_event_and_needs_the_signature() -> None:
    both = json.dumps({**json.loads(CHECK), **json.loads(BODY)}).encode()
    with pytest.raises(Forged):
        RCS.verify(replace(signed(BODY, ACCOUNT), body=both, headers={}), ACCOUNT)
    assert RCS.acknowledge(signed(both, ACCOUNT), ACCOUNT).body == b""


# --- sending by Google ----------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def _tokens_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere a token is had for the asking; here it is what is looked at."""
    monkeypatch.setattr(loopback, "LENT", {})


def send(there: Platform, *, key: str = "17:0", wire: Any = None, **config: Any) -> Sent:
    (said,) = RCS.render(Text("Grüße 👋"), language="de") if wire is None else (wire,)
    return RCS.send(said, TO, {**ACCOUNT, "api_base": there.base, **config}, key=key, timeout=1.0)


def test_a_message_goes_out_under_a_lent_token_and_a_name_made_of_our_key() -> None:
    with platform(LENT, TAKEN) as there:
        assert send(there).provider_id == TAKEN_ID
        assert send(there, key="17:1").provider_id == TAKEN_ID
    asked, first, second = there.calls
    claims = jwt.decode(
        parse_qs(asked["body"].decode())["assertion"][0],
        rsa_key(private_key()).public_key(),
        ["RS256"],
        audience="https://oauth2.googleapis.com/token",
    )
    assert claims["iss"] == ACCOUNT["client_email"]
    assert claims["scope"] == "https://www.googleapis.com/auth/rcsbusinessmessaging"
    assert claims["exp"] - claims["iat"] == 3600
    assert urlsplit(first["path"]).path == "/v1/phones/+4915112345678/agentMessages"
    assert first["headers"]["authorization"] == second["headers"]["authorization"] == "Bearer lent-1"
    assert json.loads(first["body"]) == {"contentMessage": {"text": "Grüße 👋"}}
    names = [dict(parse_qsl(urlsplit(call["path"]).query)) for call in (first, second)]
    assert [name["agentId"] for name in names] == ["demoshop", "demoshop"]
    assert len({uuid.UUID(name["messageId"]) for name in names}) == 2


def test_the_same_key_is_the_same_message_and_known_there_is_sent() -> None:
    known = (409, {"error": {"code": 409, "status": "ALREADY_EXISTS", "message": "exists"}}, {})
    with platform(LENT, "cut", known) as there:
        with pytest.raises(SendFailed) as lost:
            send(there)
        again = send(there)
    assert lost.value.error_class is ErrorClass.AMBIGUOUS
    first, second = there.calls[1:]
    assert first["path"] == second["path"]
    assert again.provider_id == parse_qs(urlsplit(second["path"]).query)["messageId"][0]


def test_a_number_without_rcs_is_unreachable() -> None:
    gone = (404, {"error": {"code": 404, "status": "NOT_FOUND"}}, {})
    with platform(LENT, gone) as there, pytest.raises(SendFailed) as caught:
        send(there)
    assert (caught.value.error_class, caught.value.code) == (ErrorClass.UNREACHABLE, "NOT_FOUND")


def test_a_token_taken_back_early_is_asked_for_once_more() -> None:
    expired = (401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}}, {})
    lent_again = (200, {"access_token": "lent-2", "expires_in": 3599}, {})
    with platform(LENT, expired, lent_again, TAKEN) as there:
        assert send(there).provider_id == TAKEN_ID
    assert [call["headers"].get("authorization") for call in there.calls] == [
        None,
        "Bearer lent-1",
        None,
        "Bearer lent-2",
    ]
    tokens.forget_all()
    with platform(LENT, expired, lent_again, expired) as there, pytest.raises(SendFailed) as caught:
        send(there)
    assert (caught.value.error_class, len(there.calls)) == (ErrorClass.AUTH, 4)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ((400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}, {}), ErrorClass.AUTH),
        ((500, b"", {}), ErrorClass.RETRY),
        ((429, {}, {}), ErrorClass.RETRY_AFTER),
        ((200, b"{", {}), ErrorClass.RETRY),
        ("cut", ErrorClass.RETRY),
        ("hang", ErrorClass.RETRY),
    ],
)
def test_without_a_token_no_message_was_sent(answer: Any, meaning: ErrorClass) -> None:
    with platform(answer) as there, pytest.raises(SendFailed) as caught:
        send(there)
    assert caught.value.error_class is meaning
    assert all("/token" in call["path"] for call in there.calls)


def test_a_key_that_is_none_is_not_repeated() -> None:
    with platform(LENT) as there, pytest.raises(SendFailed) as caught:
        send(there, private_key="my secret words")
    assert (caught.value.error_class, there.calls) == (ErrorClass.AUTH, [])
    assert "secret" not in str(caught.value)


def test_typing_is_an_event_of_the_agent() -> None:
    (wire,) = RCS.render(Typing(), language="en")
    with platform(LENT, (200, {}, {})) as there:
        assert send(there, wire=wire) == Sent("", {})
    call = there.calls[1]
    assert urlsplit(call["path"]).path == "/v1/phones/+4915112345678/agentEvents"
    assert json.loads(call["body"]) == {"eventType": "IS_TYPING"}


def test_messages_are_called_back_after_as_many_hours_as_the_account_says() -> None:
    (wire,) = RCS.render(Text("hi"), language="en")
    for hours, ttl in (("2", "7200s"), ("9999", "1296000s"), ("", None), ("0", None), ("soon", None), ("-1", None)):
        assert RCS.address(wire, TO, {**ACCOUNT, "ttl_hours": hours}, key="1").body.get("ttl") == ttl
    assert RCS.address(wire, TO, {**VONAGE, "ttl_hours": "9999"}, key="1").body["ttl"] == 259200


def test_what_an_account_still_needs_depends_on_who_carries_it() -> None:
    assert RCS.missing(ACCOUNT) == RCS.missing(VONAGE) == RCS.missing(TWILIO) == []
    assert RCS.missing({}) == ["agent_id", "client_token", "client_email", "private_key"]
    assert RCS.missing({"provider": "twilio", "agent_id": "a"}) == ["account_sid", "auth_token"]
    assert RCS.missing({"provider": "pigeon", "agent_id": "a"}) == ["provider"]


# --- limits ---------------------------------------------------------------------------------------
def wires(config: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{name}.{language}", RCS.address(wire, TO, config, key=f"17:{number}").body)
        for name in EXAMPLES
        for language in LANGUAGES
        for number, wire in enumerate(RCS.render(example(name, language), language=language))
    ]


def test_google_takes_everything_the_shop_says() -> None:
    """Against the limits as the sandbox has them, written from Google's reference and not from our renderer."""
    sent = [(name, body) for name, body in wires(ACCOUNT) if "contentMessage" in body]
    assert len(sent) > 100
    assert [(name, found) for name, body in sent if (found := problem(body))] == []
    instead = [
        wire.instead.body
        for name in EXAMPLES
        for wire in RCS.render(example(name, "en"), language="en")
        if wire.instead is not None
    ]
    assert instead
    assert [found for body in instead if (found := problem(body))] == []


def judged(call: dict[str, Any]) -> list[str]:
    try:
        return complaints(call)
    except Unavailable as missing:
        if os.environ.get("STRICT") == "1":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(f"NOT JUDGED: {missing}")


def test_vonages_models_take_everything_the_shop_says() -> None:
    sent = [(name, body) for name, body in wires(VONAGE) if "eventType" not in body]
    assert [(name, found) for name, body in sent if (found := judged(body))] == []
    assert {body["message_type"] for _, body in sent} == {"text", "card", "carousel", "image", "file", "custom"}


def test_what_vonage_has_no_words_for_is_in_googles_and_within_googles_limits() -> None:
    custom = [body["custom"] for _, body in wires(VONAGE) if body.get("message_type") == "custom"]
    assert custom
    assert [found for body in custom if (found := problem(body))] == []


def test_vonages_models_refuse_what_is_over_a_limit() -> None:
    by_type = {body.get("message_type"): body for _, body in wires(VONAGE)}
    text, row = by_type["text"], by_type["carousel"]
    card = row["carousel"]["cards"][0]
    reply = {"text": "ok", "postback_data": "x", "type": "reply"}

    def cards(*found: dict[str, Any]) -> dict[str, Any]:
        return {**row, "carousel": {"cards": list(found)}}

    assert judged({**text, "text": "x" * 3072, "suggestions": [reply] * 11}) == []
    for call in (
        {**text, "text": "x" * 3073},
        {**text, "suggestions": [reply] * 12},
        {**text, "suggestions": [{**reply, "text": "x" * 26}]},
        cards(card),
        cards(*[card] * 11),
        cards(card, {**card, "title": "x" * 201}),
        cards(card, {**card, "text": "x" * 2001}),
        cards(card, {**card, "suggestions": [reply] * 5}),
        {**row, "to": SHOPPER},
    ):
        assert judged(call) != []


# --- by Vonage and Twilio --------------------------------------------------------------------------
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_vonages_door_for_rcs(check: Any) -> None:
    body = b'{"message_type": "text", "text": "hi", "from": "4915112345678", "to": "demoshop", "message_uuid": "u1"}'
    check(Subject(RCS, dict(VONAGE), sign_vonage.signed, sign_vonage.HEADER, sign_vonage.SECRET, True, body))


def test_vonage_is_told_in_its_own_words() -> None:
    ask = Ask("Which?", choices=(Choice("M", token="c:1"), Choice("L", token="c:2")))
    (wire,) = RCS.render(ask, language="en")
    with platform((202, {"message_uuid": "u-1"}, {})) as there:
        sent = RCS.send(wire, TO, {**VONAGE, "api_base": there.base}, key="17:0")
    assert sent.provider_id == "u-1"
    assert json.loads(there.calls[0]["body"]) == {
        "to": "4915112345678",
        "from": "demoshop",
        "channel": "rcs",
        "message_type": "text",
        "text": "Which?",
        "suggestions": [
            {"text": "M", "postback_data": "c:1", "type": "reply"},
            {"text": "L", "postback_data": "c:2", "type": "reply"},
        ],
        "webhook_version": "v1",
        "client_ref": "17:0",
        "webhook_url": "https://shop.example/webhooks/rcs/main/",
    }


def test_twilio_gets_words_and_a_picture_under_rcs_names() -> None:
    with platform((201, {"sid": "SM77"}, {})) as there:
        for wire in RCS.render(example("ask", "en"), language="en"):
            assert RCS.send(wire, TO, {**TWILIO, "api_base": there.base}, key="17:0").provider_id == "SM77"
    form = dict(parse_qsl(there.calls[0]["body"].decode()))
    assert (form["To"], form["From"]) == ("rcs:+4915112345678", "rcs:demoshop")
    assert form["Body"].endswith("1. Shirts\n2. Mugs\n3. Talk to a person")
    (card,) = RCS.render(example("media", "en"), language="en")
    body = RCS.address(card, TO, TWILIO, key="17:0").body
    assert (body["Body"], body["MediaUrl"]) == ("This is how it looks worn.", "https://shop.example/media/worn.jpg")
    file, words = RCS.render(example("media_file", "en"), language="en")
    assert "Body" not in RCS.address(file, TO, TWILIO, key="17:0").body
    assert "MediaUrl" not in RCS.address(words, TO, TWILIO, key="17:1").body
    assert all(len(body.get("Body", "")) <= 1600 for _, body in wires(TWILIO) if "eventType" not in body)


def test_typing_is_shown_by_google_alone() -> None:
    (wire,) = RCS.render(Typing(), language="en")
    with platform((500, {}, {})) as there:
        for config in (VONAGE, TWILIO):
            assert RCS.send(wire, TO, {**config, "api_base": there.base}, key="1") == Sent("")
    assert there.calls == []


SHIRT = Card("Shirt", "€55", subtitle="Linen, washed. " * 15, image_url="https://shop.example/a.jpg")


def test_a_shelf_in_words_too_long_for_twilio_goes_in_parts_and_the_others_have_it_whole() -> None:
    cards = tuple(
        replace(SHIRT, title=f"Shirt {number}", choices=(Choice("Add", token=f"c:{number}"),)) for number in range(10)
    )
    (row,) = RCS.render(Browse(cards=cards), language="en")
    told = [RCS.address(part, TO, TWILIO, key="17:0").body["Body"] for part in RCS.parts(row, TWILIO)]
    assert len(row.text) > 1600
    assert (len(told), max(map(len, told)) <= 1600) == (2, True)
    assert " ".join("\n".join(told).split()) == " ".join(row.text.split())
    assert [RCS.parts(row, config) for config in (ACCOUNT, VONAGE)] == [[row], [row]]


def test_a_picture_goes_with_the_first_part_by_twilio() -> None:
    picture = {"media": {"height": "MEDIUM", "contentInfo": {"fileUrl": "https://shop.example/a.jpg"}}}
    content = {"richCard": {"standaloneCard": {"cardContent": {"title": "Shirt", **picture}}}}
    wire = WireMessage(body={"contentMessage": content}, text="word " * 400)
    sent = [RCS.address(part, TO, TWILIO, key="17:0").body for part in RCS.parts(wire, TWILIO)]
    assert [body.get("MediaUrl", "") for body in sent] == ["https://shop.example/a.jpg", ""]


def test_twilios_door_for_rcs() -> None:
    url = "https://shop.example/webhooks/rcs/main/"
    form = {
        "AccountSid": TWILIO["account_sid"],
        "From": "rcs:+491",
        "To": "rcs:demoshop",
        "Body": "hi",
        "MessageSid": "S1",
    }
    digest = RequestValidator(TWILIO["auth_token"]).compute_signature(url, form)
    request = replace(
        signed(BODY, ACCOUNT), url=url, body=urlencode(form).encode(), headers={"x-twilio-signature": digest}
    )
    RCS.verify(request, TWILIO)
    assert RCS.acknowledge(request, TWILIO).content_type.startswith("text/xml")
    with pytest.raises(Forged):
        RCS.verify(replace(request, body=request.body + b"&x=1"), TWILIO)


def test_nobodys_signature_opens_anothers_door() -> None:
    for config in (VONAGE, TWILIO):
        with pytest.raises(Forged):
            RCS.verify(signed(BODY, ACCOUNT), config)
    with pytest.raises(NotConfigured):
        RCS.verify(signed(BODY, ACCOUNT), {**ACCOUNT, "provider": "pigeon"})
