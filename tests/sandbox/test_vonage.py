"""Vonage as it is played: what it refuses, whom it believes, what it tells the shop, what a phone shows."""

import hashlib
import json
import time
import uuid
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import jwt
import pytest

from apps.gateway.keys import private_key
from apps.messaging.channel import ErrorClass, Recipient, SendFailed, WebhookRequest, channel_for
from apps.messaging.content import Content
from apps.messaging.events import ChannelEvent
from tests.judges.vonage import judged

from .conftest import VONAGE, Hook, Shop, World
from .test_adapters import CONTENTS

SMS = channel_for("sms")
ANA = "+447700900001"
LINK = "https://shop.example/a.jpg"
OWN = str(VONAGE["from_number"]).lstrip("+")


def signed(key: str = "", *, algorithm: str = "RS256", **claims: Any) -> dict[str, str]:
    """A token as an application makes it for itself."""
    told = {"application_id": VONAGE["application_id"], "iat": int(time.time()), "jti": str(uuid.uuid4()), **claims}
    kept = {name: value for name, value in told.items() if value is not None}
    return {"Authorization": f"Bearer {jwt.encode(kept, key or private_key(), algorithm=algorithm)}"}


def send(world: World, call: Any, *, headers: dict[str, str] | None = None, **options: Any) -> httpx2.Response:
    given = options if "auth" in options else {"headers": signed() if headers is None else headers}
    return world.client.post(f"{world.url}/sandbox/api/vonage/v1/messages", json=call, **given)


def text(words: Any = "hi", **more: Any) -> dict[str, Any]:
    call = {"channel": "sms", "message_type": "text", "to": ANA.lstrip("+"), "from": OWN, "text": words, **more}
    return {name: value for name, value in call.items() if value is not None}


def picture(**more: Any) -> dict[str, Any]:
    return text(None, **{"channel": "mms", "message_type": "image", "image": {"url": LINK}, **more})


REFUSED: list[tuple[str, Any, str]] = [
    ("no number", text(to=None), "to"),
    ("a plus before the number", text(to=ANA), "to"),
    ("a short number", text(to="44770"), "to"),
    ("a name", text(to="Ana"), "to"),
    ("no sender", text(**{"from": None}), "from"),
    ("a plus before the sender", text(**{"from": f"+{OWN}"}), "from"),
    ("a sender's name of 12", text(**{"from": "x" * 12}), "from"),
    ("no words", text(None), "text"),
    ("empty words", text(""), "text"),
    ("words of 3201", text("x" * 3201), "text"),
    ("words that are none", text({"body": "hi"}), "text"),
    ("no channel", text(channel=None), "channel"),
    ("an unknown channel", text(channel="pigeon"), "channel"),
    ("a picture by SMS", picture(channel="sms"), "message_type"),
    ("a picture without an address", picture(image={"caption": "x"}), "image.url"),
    ("words beside a picture of 3001", picture(image={"url": LINK, "caption": "x" * 3001}), "image.caption"),
    ("a reference of 101", text(client_ref="x" * 101), "client_ref"),
    ("a life of 19 seconds", text(ttl=19), "ttl"),
    ("news to no address", text(webhook_url="shop"), "webhook_url"),
    ("news in an unknown form", text(webhook_version="v7"), "webhook_version"),
]
ACCEPTED = [
    text("x" * 3200), text("👕"), text(**{"from": "Demo Shop"}), text(client_ref="x" * 100, ttl=20),
    picture(image={"url": LINK, "caption": "x" * 3000}), text(webhook_version="v1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "call", "where"), REFUSED, ids=[row[0] for row in REFUSED])
def test_vonage_refuses(world: World, name: str, call: Any, where: str) -> None:
    answer = send(world, call)
    told = answer.json()
    assert (answer.status_code, told["type"].rpartition("#")[2], told["title"]) == (422, "1150", "Invalid params")
    assert [wrong["name"] for wrong in told["invalid_parameters"]] == [where]
    assert world.accepted("vonage") == []


def test_what_is_no_message_lacks_everything(world: World) -> None:
    for nothing in ({}, [], "hi", None):
        wrong = send(world, nothing).json()["invalid_parameters"]
        assert [one["name"] for one in wrong] == ["channel", "to", "from"]


def test_vonage_accepts_what_is_just_within(world: World) -> None:
    answers = [send(world, call) for call in ACCEPTED]
    assert [answer.status_code for answer in answers] == [202] * len(ACCEPTED)
    assert [row["wire_id"] for row in world.accepted("vonage")] == [answer.json()["message_uuid"] for answer in answers]


def test_vonage_believes_a_token_of_the_application_or_the_accounts_secret(world: World) -> None:
    key, secret = str(VONAGE["api_key"]), str(VONAGE["api_secret"])
    assert send(world, text(), auth=(key, secret)).status_code == 202
    assert send(world, text(), headers=signed(exp=int(time.time()) + 60)).status_code == 202
    strangers: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer a.b.c"},
        signed("a-secret-that-is-long-enough-to-be-used-by-hs256", algorithm="HS256"),
        signed(application_id="aaaaaaaa-bbbb-cccc-dddd-999999999999"),
        signed(application_id=None),
        signed(jti=None),
        signed(iat=int(time.time()) - 1000),
        signed(exp=int(time.time()) - 1),
    ]
    answers = [send(world, text(), headers=headers) for headers in strangers]
    answers += [send(world, text(), auth=pair) for pair in ((key, "guess"), ("guess", secret), ("", ""))]
    assert [answer.status_code for answer in answers] == [401] * (len(strangers) + 3)
    assert set(answers[0].json()) == {"type", "title", "detail", "instance"}
    assert len(world.accepted("vonage")) == 2


def test_the_desk_opens_to_the_secret_alone(world: World, shop: Shop) -> None:
    base, auth = f"{world.url}/sandbox/api/vonage", (str(VONAGE["api_key"]), str(VONAGE["api_secret"]))
    application = f"{base}/v2/applications/{VONAGE['application_id']}"
    told = world.client.get(application, auth=auth).json()
    assert told["capabilities"]["messages"]["webhooks"]["inbound_url"]["address"] == f"{shop.url}/webhooks/sms/vonage/"
    assert world.client.get(application, headers=signed()).status_code == 401
    assert world.client.get(f"{base}/v2/applications/another", auth=auth).status_code == 404
    for pattern, numbers in ((OWN, [OWN]), ("4930999", [])):
        listed = world.client.get(f"{base}/account/numbers", params={"pattern": pattern}, auth=auth).json()["numbers"]
        assert [number["msisdn"] for number in listed] == numbers


# --- what it tells the shop ------------------------------------------------------------------------
def claims_of(hook: Hook) -> dict[str, Any]:
    token = hook.headers["authorization"].removeprefix("Bearer ")
    claims: dict[str, Any] = jwt.decode(token, str(VONAGE["signature_secret"]), algorithms=["HS256"])
    return claims


def test_news_of_a_message_are_signed_and_go_where_it_says(world: World, shop: Shop) -> None:
    ids = [send(world, text(client_ref="17:0", webhook_url=f"{shop.url}/elsewhere/")).json()["message_uuid"]]
    told = [hook.json for hook in shop.wait(2, path="/elsewhere/")]
    assert [(one["message_uuid"], one["status"], one["client_ref"]) for one in told] == [
        (ids[0], "submitted", "17:0"),
        (ids[0], "delivered", "17:0"),
    ]
    for hook in shop.hooks:
        claims = claims_of(hook)
        assert claims["payload_hash"] == hashlib.sha256(hook.body).hexdigest()
        assert (claims["api_key"], claims["application_id"]) == (VONAGE["api_key"], VONAGE["application_id"])


def test_without_a_word_on_it_news_go_to_the_application(world: World, shop: Shop) -> None:
    send(world, text())
    assert [hook.path for hook in shop.wait(2)] == ["/webhooks/sms/vonage/"] * 2


def test_what_does_not_arrive_is_told_later(world: World, shop: Shop) -> None:
    send(world, text(**{"from": "18005550000"}))
    (hook,) = shop.wait(1)
    assert (hook.json["status"], hook.json["error"]["title"]) == ("rejected", "1120")
    world.order("_faults", platform="vonage", kind="late_failure")
    send(world, text())
    last = shop.wait(3)[-1].json
    assert (last["status"], last["error"]["title"]) == ("undeliverable", "1260")


# --- the shop's adapter against it -----------------------------------------------------------------
def config_of(world: World, **other: Any) -> dict[str, Any]:
    return {**VONAGE, "api_base": f"{world.url}/sandbox/api/vonage", **other}


def say(world: World, content: Content, **other: Any) -> list[str]:
    config = config_of(world, **other)
    wires = SMS.render(content, language="en")
    return [SMS.send(wire, Recipient(ANA), config, key=f"m:{n}").provider_id for n, wire in enumerate(wires)]


def understood(hook: Hook, shop: Shop, config: dict[str, Any]) -> list[ChannelEvent]:
    request = WebhookRequest("POST", shop.url + hook.path, hook.headers, dict(parse_qsl(urlsplit(hook.path).query)), hook.body)  # fmt: skip
    SMS.verify(request, config)
    return SMS.parse(request, config)


@pytest.mark.parametrize("name", CONTENTS)
def test_everything_the_shop_can_say_is_accepted(world: World, name: str) -> None:
    ids = say(world, CONTENTS[name])
    accepted = world.accepted("vonage")
    assert ids
    assert [row["wire_id"] for row in accepted] == ids
    assert [judged(row["body"]) for row in accepted] == [[]] * len(ids)
    assert world.get("_log", outcome="refused") == {"calls": []}


def test_what_a_shopper_writes_is_understood(world: World, shop: Shop) -> None:
    world.order("_say", kind="sms", account="vonage", shopper=ANA, text="blue shirt & mug = 2")
    (event,) = understood(shop.wait(1)[0], shop, VONAGE)
    assert (event.kind, event.type, event.text, event.external_user_id) == (
        "message", "text", "blue shirt & mug = 2", ANA,
    )  # fmt: skip


@pytest.mark.parametrize("method", ["md5hash", "md5", "sha1", "sha256", "sha512"])
def test_the_sms_api_signs_in_each_way_and_hands_over_in_parts(world: World, shop: Shop, method: str) -> None:
    config = {**VONAGE, "signature_method": method}
    world.order("_accounts", kind="sms", name="vonage", config=config)
    words = "two mugs & a shirt = one order, " * 10
    try:
        world.order("_say", kind="sms", account="vonage", shopper=ANA, text=words)
        told = [understood(hook, shop, config)[0] for hook in shop.wait(3)]
    finally:
        world.order("_accounts", kind="sms", name="vonage", config=VONAGE)
    assert [(event.data["part"], event.data["parts"]) for event in told] == [(3, 3), (2, 3), (1, 3)]
    assert "".join(event.text for event in reversed(told)) == words
    assert len({event.data["parts_ref"] for event in told}) == 1


def test_the_phone_shows_what_the_shop_sends_and_what_went_out(world: World, shop: Shop) -> None:
    world.order("_say", kind="sms", account="vonage", shopper=ANA, text="hi")
    shop.wait(1)
    say(world, CONTENTS["rate"])
    send(world, picture(image={"url": LINK, "caption": "Look"}))
    thread = world.get("_thread", kind="sms", account="vonage", shopper=ANA)["messages"]
    assert [(row["from"], row["text"][0]["t"].splitlines()[0]) for row in thread] == [
        ("me", "hi"),
        ("shop", "How was it?"),
        ("shop", "Look"),
    ]
    assert thread[2]["album"] == [LINK]


BAD_DAYS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
    ({"kind": "server_error"}, ErrorClass.RETRY),
    ({"kind": "error", "params": {"code": 1000}}, ErrorClass.RETRY_AFTER),
    ({"kind": "error", "params": {"code": 1120}}, ErrorClass.POLICY),
    ({"kind": "error", "params": {"code": 1160}}, ErrorClass.UNREACHABLE),
    ({"kind": "error", "params": {"code": 401}}, ErrorClass.AUTH),
    ({"kind": "error", "params": {"code": 402}}, ErrorClass.AUTH),
    ({"kind": "cut"}, ErrorClass.AMBIGUOUS),
]


@pytest.mark.parametrize(("fault", "meaning"), BAD_DAYS)
def test_bad_days_mean_what_they_should(world: World, fault: dict[str, Any], meaning: ErrorClass) -> None:
    world.order("_faults", platform="vonage", **fault)
    with pytest.raises(SendFailed) as failed:
        say(world, CONTENTS["text"])
    assert failed.value.error_class == meaning, json.dumps(world.get("_log", outcome="all"))[:400]
    assert say(world, CONTENTS["text"])


def test_a_bad_day_at_one_carrier_is_none_at_the_other(world: World) -> None:
    world.order("_faults", platform="vonage", kind="server_error")
    assert world.twilio(Body="hi").status_code == 201
    assert send(world, text()).status_code == 500
