"""SMS and MMS by Vonage: who may call, what is sent, and what its answers mean."""

import hashlib
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from apps.messaging.channel import ErrorClass, Forged, NotConfigured, Recipient, SendFailed, channel_for
from apps.messaging.content import Ask, Browse, Card, Choice, Content, Media, ShowProduct, Text
from apps.messaging.platforms.vonage import signature
from apps.messaging.private_keys import rsa_key
from tests.judges.vonage import judged

from .channels.sms import sign_vonage
from .channels.sms.example import ACCOUNT, VONAGE
from .examples import EXAMPLES, LANGUAGES, example
from .loopback import platform
from .suite import CHECKS, Subject

HERE = Path(__file__).parent / "channels" / "sms"
BODY = (HERE / "vonage_text.json").read_bytes().rstrip()
FORM = b"msisdn=447700900001&to=18005551212&messageId=0A01&text=Hello+%26+goodbye&type=text&nonce=aaaa"
SMS = channel_for("sms")
UK, US = Recipient("+447700900001"), Recipient("+14158675309")
TAKEN = (202, {"message_uuid": "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"}, {})


def subjects() -> dict[str, Subject]:
    bearer = (sign_vonage.HEADER, sign_vonage.SECRET, True, BODY)
    return {
        "bearer": Subject(SMS, dict(VONAGE), sign_vonage.signed, *bearer),
        "sig": Subject(SMS, dict(VONAGE), sign_vonage.signed_form, "sig", sign_vonage.SECRET, True, FORM),
    }


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("way", ["bearer", "sig"])
def test_vonages_door(way: str, check: Any) -> None:
    it = subjects()[way]
    if way == "sig" and check.__name__ == "check_missing_header_is_refused":
        with pytest.raises(Forged):  # its signature is a field, not a header
            SMS.verify(replace(it.sign(FORM, VONAGE), body=FORM), VONAGE)
        return
    check(it)


KNOWN = {  # vonage-python-sdk 3.x, tests/test_signature.py: a=1, b=2 at 1461605396 with the secret "secret"
    "md5hash": "6af838ef94998832dbfc29020b564830",
    "md5": "c15c21ced558c93a226c305f58f902f2",
    "sha1": "3e19a4e6880fdc2c1426bfd0587c98b9532f0210",
    "sha256": "a321e824b9b816be7c3f28859a31749a098713d39f613c80d455bbaffae1cd24",
    "sha512": "812a18f76680fa0fe1b8bd9ee1625466ceb1bd96242e4d050d2cfd9a7b40166c63ed26ec9702168781b6edcf1633db8ff95af9341701004eec3fcf9550572ee8",
}


@pytest.mark.parametrize("method", KNOWN)
def test_vonages_known_answers_of_the_sms_api(method: str) -> None:
    assert signature({"b": "2", "a": "1", "timestamp": "1461605396"}, "secret", method) == KNOWN[method]


def test_known_answer_of_hs256_from_rfc_7515() -> None:
    """Appendix A.1, for our own signer: what it signs below is what a stranger would sign."""
    head = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    claims = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
    key = jwt.utils.base64url_decode(secret)
    assert sign_vonage.signature(f"{head}.{claims}", key) == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def test_a_bearer_of_another_body_time_key_or_account_is_refused() -> None:
    now = int(time.time())
    for other in (
        {"payload_hash": hashlib.sha256(b"another").hexdigest()},
        {"payload_hash": ""},
        {"payload_hash": None},
        {"iat": now - 26 * 3600},
        {"iat": now + 3600},
        {"iat": "soon"},
        {"iat": True},
        {"iat": float("nan")},
        {"api_key": "zzzzzzzz"},
        {"application_id": "aaaaaaaa-bbbb-cccc-dddd-999999999999"},
    ):
        with pytest.raises(Forged):
            SMS.verify(sign_vonage.signed(BODY, VONAGE, **other), VONAGE)
    SMS.verify(sign_vonage.signed(BODY, VONAGE, iat=now - 23 * 3600), VONAGE)  # a day of repeats


def test_a_bearer_without_signature_or_of_another_algorithm_is_refused() -> None:
    claims = sign_vonage.claims(BODY, VONAGE)
    unsigned = sign_vonage.token(claims, "", algorithm="none")
    named = sign_vonage.token(claims, VONAGE["signature_secret"], algorithm="HS512")
    for bearer in (unsigned, named, "", "a.b.c", "é\udc80", unsigned + "x"):
        request = replace(sign_vonage.signed(BODY, VONAGE), headers={"authorization": f"Bearer {bearer}"})
        with pytest.raises(Forged):
            SMS.verify(request, VONAGE)


def test_a_bearer_lets_nothing_of_the_other_way_in() -> None:
    """A wrong bearer beside a right sig, and a sig of another method, are refused."""
    form = sign_vonage.signed_form(FORM, VONAGE)
    with pytest.raises(Forged):
        SMS.verify(replace(form, headers={"authorization": "Bearer a.b.c"}), VONAGE)
    for method in ("md5hash", "sha1"):
        with pytest.raises(Forged):
            SMS.verify(form, {**VONAGE, "signature_method": method})
    with pytest.raises(NotConfigured):
        SMS.verify(form, {**VONAGE, "signature_method": "rot13"})


def test_an_old_form_is_refused() -> None:
    for stamp in (int(time.time()) - 26 * 3600, int(time.time()) + 3600, 0):
        with pytest.raises(Forged):
            SMS.verify(sign_vonage.signed_form(FORM, VONAGE, stamp=stamp), VONAGE)


def test_a_form_is_read_and_acknowledged_like_its_json() -> None:
    request = sign_vonage.signed_form(FORM, VONAGE)
    (event,) = SMS.parse(request, VONAGE)
    assert (event.text, event.external_user_id, event.external_event_id) == ("Hello & goodbye", "+447700900001", "0A01")
    assert SMS.acknowledge(request, VONAGE).body == b""


# --- sending --------------------------------------------------------------------------------------
def pem(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def send(content: Content, config: dict[str, Any], *answers: Any, to: Recipient = UK) -> tuple[list[str], list[Any]]:
    """(the ids of what was accepted, the calls)."""
    with platform(*(answers or [TAKEN])) as there:
        ids = [
            SMS.send(wire, to, {**config, "api_base": there.base}, key=f"17:{number}", timeout=1.0).provider_id
            for number, wire in enumerate(SMS.render(content, language="en"))
        ]
    return ids, there.calls


def failure(*answers: Any, config: dict[str, Any] | None = None) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        send(Text("hi"), config or VONAGE, *answers)
    return caught.value


def test_a_text_goes_out_by_the_accounts_secret() -> None:
    ids, (call,) = send(Text("Grüße 👋"), VONAGE)
    assert (ids, call["path"]) == ([TAKEN[1]["message_uuid"]], "/v1/messages")
    assert call["headers"]["authorization"] == "Basic YTFiMmMzZDQ6dm9uYWdlLWFwaS1zZWNyZXQ="
    assert json.loads(call["body"]) == {
        "to": "447700900001",
        "from": "18005551212",
        "channel": "sms",
        "message_type": "text",
        "text": "Grüße 👋",
        "webhook_version": "v1",
        "client_ref": "17:0",
        "webhook_url": "https://shop.example/webhooks/sms/main/",
    }


@pytest.mark.parametrize("written", [str, lambda key: key.replace("\n", "\\n"), lambda key: " ".join(key.split("\n"))])
def test_a_text_goes_out_by_the_applications_key_however_it_was_pasted(written: Any) -> None:
    _ids, (call,) = send(Text("hi"), {**VONAGE, "private_key": written(pem(KEY))})
    token = call["headers"]["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, KEY.public_key(), ["RS256"])
    assert claims["application_id"] == VONAGE["application_id"]
    assert claims["exp"] - claims["iat"] == 900
    assert len(claims["jti"]) == 36


def test_a_key_that_is_none_is_said_without_repeating_it() -> None:
    for key in (
        "secret words",
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----",
        pem(ed25519.Ed25519PrivateKey.generate()),
    ):
        found = failure(config={**VONAGE, "private_key": key})
        assert found.error_class is ErrorClass.AUTH
        assert "secret" not in str(found)
        with pytest.raises(ValueError, match="not a"):
            rsa_key(key)


def test_silence_and_half_answers_are_ambiguous() -> None:
    for answer in ("cut", "hang", (202, b"", {}), (202, b'{"message_uu', {})):
        assert failure(answer).error_class is ErrorClass.AMBIGUOUS


def refusal(status: int, code: Any) -> tuple[int, Any, dict[str, str]]:
    told = {"type": f"https://developer.vonage.com/api-errors/messages#{code}", "title": "No", "detail": "No, really"}
    return status, told, {}


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (refusal(429, "throttled"), ErrorClass.RETRY_AFTER),
        (refusal(422, 1000), ErrorClass.RETRY_AFTER),
        (refusal(422, 1120), ErrorClass.POLICY),
        (refusal(422, 1170), ErrorClass.UNREACHABLE),
        (refusal(422, 1200), ErrorClass.OPTED_OUT),
        (refusal(422, 1340), ErrorClass.WINDOW_CLOSED),
        (refusal(422, "1020"), ErrorClass.BAD_REQUEST),
        (refusal(401, "unauthorized"), ErrorClass.AUTH),
        (refusal(402, "low-balance"), ErrorClass.AUTH),
        (refusal(403, "forbidden"), ErrorClass.AUTH),
        (refusal(422, "brand-new"), ErrorClass.BAD_REQUEST),
        ((500, b"<html>", {}), ErrorClass.AMBIGUOUS),
        ((502, b"", {}), ErrorClass.AMBIGUOUS),
        ((503, b"<html>", {}), ErrorClass.RETRY),
        (refusal(500, "internal-error"), ErrorClass.RETRY),
    ],
)
def test_a_refusal_of_vonages_is_understood(answer: Any, meaning: ErrorClass) -> None:
    found = failure(answer)
    assert found.error_class is meaning
    if isinstance(answer[1], dict):
        assert SMS.classify_error(answer[0], answer[1]) is meaning
        assert found.detail == "No, really"


def test_without_any_way_to_sign_nothing_is_sent() -> None:
    (wire,) = SMS.render(Text("x"), language="en")
    with platform(TAKEN) as there, pytest.raises(SendFailed) as caught:
        SMS.send(wire, UK, {"provider": "vonage", "api_base": there.base}, key="1")
    assert (caught.value.error_class, there.calls) == (ErrorClass.AUTH, [])


def test_what_an_account_still_needs_depends_on_who_carries_it() -> None:
    assert SMS.missing(ACCOUNT) == SMS.missing(VONAGE) == []
    assert SMS.missing({}) == ["account_sid", "auth_token", "from_number"]
    assert SMS.missing({"provider": "vonage"}) == ["signature_secret", "application_id", "private_key", "from_number"]
    assert SMS.missing({"provider": "vonage", "api_key": "a", "from_number": "1"}) == ["signature_secret", "api_secret"]
    assert SMS.missing({"provider": "pigeon", "from_number": "1"}) == ["provider"]


def test_files_are_fetched_from_vonage_with_its_password_and_from_nobody_else() -> None:
    (event,) = SMS.parse(sign_vonage.signed((HERE / "vonage_picture.json").read_bytes(), VONAGE), VONAGE)
    assert "Authorization" in SMS.media_request(event.media[0], VONAGE).headers
    elsewhere = replace(event.media[0], url="https://files.example/a.jpg")
    assert SMS.media_request(elsewhere, VONAGE).headers == {}
    trap = replace(event.media[0], url="https://api.nexmo.com.evil.example/a.jpg")
    assert SMS.media_request(trap, VONAGE).headers == {}


# --- what Vonage's own models say of it ------------------------------------------------------------
@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("config", [VONAGE, {**VONAGE, "mms": "yes"}], ids=["sms", "mms"])
def test_vonages_models_take_everything(name: str, config: dict[str, Any]) -> None:
    for language in LANGUAGES:
        for number, wire in enumerate(SMS.render(example(name, language), language=language)):
            assert judged(SMS.address(wire, US, config, key=f"17:{number}").body) == []


def test_vonages_models_refuse_what_is_over_a_limit() -> None:
    (wire,) = SMS.render(Text("hi"), language="en")
    good = SMS.address(wire, US, VONAGE, key="17:0").body
    picture = mms(VONAGE, LOOK)
    assert judged(good) == judged(picture) == []
    for call in (
        {**good, "text": "x" * 3201},
        {**good, "to": "+14158675309"},
        {**good, "client_ref": "x" * 101},
        {**good, "telepathy": True},
        {**good, "message_type": "telepathy"},
        {**good, "webhook_version": "v7"},
        {**picture, "image": {"caption": "no address"}},
        {**picture, "image": {**picture["image"], "caption": "x" * 3001}},
    ):
        assert judged(call) != []


# --- pictures -------------------------------------------------------------------------------------
PICTURE = "https://shop.example/mug.jpg"
LOOK = Media(text="This is how it looks.", url=PICTURE, alt="A blue mug", choices=(Choice("Buy", token="c:1"),))
CARD = Card("Blue mug", "€12.00", image_url=PICTURE, image_alt="A blue mug", choices=(Choice("Add", token="c:2"),))
TWILIO_TAKEN = (201, {"sid": "MM1"}, {})


def mms(provider: dict[str, Any], content: Content, *, to: Recipient = US, allowed: str = "yes") -> dict[str, Any]:
    wires = SMS.render(content, language="en")
    return SMS.address(wires[0], to, {**provider, "mms": allowed}, key="17:0").body


def test_a_picture_goes_with_its_words_where_mms_is_allowed() -> None:
    assert mms(ACCOUNT, LOOK)["MediaUrl"] == PICTURE
    assert mms(ACCOUNT, LOOK)["Body"] == "This is how it looks.\n\n1. Buy\n0 = back, 9 = a person"
    call = mms(VONAGE, LOOK)
    assert (call["channel"], call["message_type"], "text" in call) == ("mms", "image", False)
    assert call["image"] == {"url": PICTURE, "caption": "This is how it looks.\n\n1. Buy\n0 = back, 9 = a person"}
    assert mms(ACCOUNT, ShowProduct(card=CARD))["MediaUrl"] == PICTURE
    assert mms(ACCOUNT, Browse("Found:", cards=(CARD,)))["MediaUrl"] == PICTURE


def test_elsewhere_a_link_says_it() -> None:
    floor = "This is how it looks.\n\nA blue mug: https://shop.example/mug.jpg\n\n1. Buy\n0 = back, 9 = a person"
    for config, to, allowed in (
        (ACCOUNT, US, ""),
        (ACCOUNT, US, "no"),
        (ACCOUNT, UK, "yes"),
        (ACCOUNT, Recipient("+18765550100"), "yes"),  # Jamaica shares the 1
        ({**ACCOUNT, "from_number": "+447700900000"}, US, "yes"),
    ):
        body = mms(config, LOOK, to=to, allowed=allowed)
        assert (body["Body"], "MediaUrl" in body) == (floor, False)
    assert mms(VONAGE, LOOK, to=UK)["text"] == floor


def test_several_pictures_and_long_words_stay_words() -> None:
    assert "MediaUrl" not in mms(ACCOUNT, Browse("Found:", cards=(CARD, CARD)))
    assert "MediaUrl" not in mms(ACCOUNT, Ask("Which?", choices=(Choice("M", token="c:1"),)))
    assert "MediaUrl" not in mms(ACCOUNT, Media(text="word " * 500, url=PICTURE, alt="A mug"))
    assert "MediaUrl" not in mms(ACCOUNT, Media(text="Sizes", media_type="file", url="https://shop.example/a.pdf"))


def test_a_picture_nobody_takes_is_said_in_words_once() -> None:
    refused = (400, {"code": 21620, "message": "Invalid media URL(s)"}, {})
    ids, calls = send(LOOK, {**ACCOUNT, "mms": "yes"}, refused, TWILIO_TAKEN, to=US)
    assert (ids, [b"MediaUrl" in call["body"] for call in calls]) == (["MM1"], [True, False])
    with pytest.raises(SendFailed) as caught:
        send(LOOK, {**ACCOUNT, "mms": "yes"}, (400, {"code": 21610}, {}), TWILIO_TAKEN, to=US)
    assert caught.value.error_class is ErrorClass.OPTED_OUT
