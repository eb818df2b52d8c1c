"""RCS as the sandbox plays it: what Google's API refuses and takes, its states, and the phone."""

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from apps.messaging.rcs_providers.google import assertion
from tests.messaging.channels.rcs.example import ACCOUNT

from .conftest import Hook, Shop, World

PHONE = "+4917600000001"
LINK = "https://shop.example/a.jpg"


def token(world: World) -> str:
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": assertion(ACCOUNT["client_email"], ACCOUNT["private_key"]),
    }
    answer = world.client.post(f"{world.url}/sandbox/api/rbm/token", data=form)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def send(
    world: World, content: dict[str, Any], *, name: str = "", phone: str = PHONE, bearer: str = "", **more: Any
) -> httpx2.Response:
    query = f"messageId={name or uuid.uuid4()}&agentId={ACCOUNT['agent_id']}"
    headers = {"Authorization": f"Bearer {bearer or token(world)}"}
    url = f"{world.url}/sandbox/api/rbm/v1/phones/{quote(phone, safe='+')}/agentMessages?{query}"
    return world.client.post(url, json={"contentMessage": content, **more}, headers=headers)


def reply(text: str = "ok", data: str = "c:1") -> dict[str, Any]:
    return {"reply": {"text": text, "postbackData": data}}


def link(url: str = LINK) -> dict[str, Any]:
    return {"action": {"text": "Go", "postbackData": "action:link", "openUrlAction": {"url": url}}}


def media(**other: Any) -> dict[str, Any]:
    return {"height": "MEDIUM", "contentInfo": {"fileUrl": LINK}, **other}


def card(**parts: Any) -> dict[str, Any]:
    return {"richCard": {"standaloneCard": {"cardOrientation": "VERTICAL", "cardContent": parts}}}


def row(*cards: dict[str, Any], width: str = "MEDIUM") -> dict[str, Any]:
    return {"richCard": {"carouselCard": {"cardWidth": width, "cardContents": list(cards)}}}


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("text of 3073", {"text": "x" * 3073}),
    ("empty text", {"text": " "}),
    ("two contents", {"text": "x", "contentInfo": {"fileUrl": LINK}}),
    ("no content", {"suggestions": [reply()]}),
    ("twelve suggestions", {"text": "x", "suggestions": [reply()] * 12}),
    ("label of 26", {"text": "x", "suggestions": [reply("x" * 26)]}),
    ("postback of 2049", {"text": "x", "suggestions": [reply(data="x" * 2049)]}),
    ("no postback", {"text": "x", "suggestions": [{"reply": {"text": "x"}}]}),
    ("an action that does nothing", {"text": "x", "suggestions": [{"action": {"text": "x", "postbackData": "x"}}]}),
    ("a link to nowhere", {"text": "x", "suggestions": [link("shop.example")]}),
    ("card title of 201", card(title="x" * 201)),
    ("card description of 2001", card(description="x" * 2001)),
    ("five suggestions on a card", card(title="x", suggestions=[reply()] * 5)),
    ("an empty card", card()),
    ("media without height", card(media={"contentInfo": {"fileUrl": LINK}})),
    ("a picture of no address", card(media=media(contentInfo={"fileUrl": "a.jpg"}))),
    ("a carousel of one", row({"title": "x"})),
    ("a carousel of eleven", row(*[{"title": "x"}] * 11)),
    ("a carousel without width", row({"title": "x"}, {"title": "y"}, width="")),
    ("a file of no address", {"contentInfo": {"fileUrl": "a.pdf"}}),
    ("more than 250 kB", row(*[{"description": "€" * 2000, "suggestions": [reply(data="€" * 2048)] * 4}] * 9)),
]
ACCEPTED: list[dict[str, Any]] = [
    {"text": "x" * 3072, "suggestions": [reply("x" * 25, "x" * 2048)] * 11},
    card(title="x" * 200, description="x" * 2000, media=media(), suggestions=[reply(), link(), reply(), reply()]),
    row(*[{"title": "x", "media": media(), "suggestions": [reply()]}] * 10),
    {"contentInfo": {"fileUrl": LINK}},
    {"text": "x", "suggestions": [{"action": {"text": "Here", "postbackData": "x", "shareLocationAction": {}}}]},
]


@pytest.mark.parametrize(("name", "content"), REFUSED, ids=[name for name, _ in REFUSED])
def test_google_refuses(world: World, name: str, content: dict[str, Any]) -> None:
    answer = send(world, content)
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert world.accepted("rbm") == []


def test_google_accepts_what_is_just_within(world: World) -> None:
    bearer = token(world)
    answers = [send(world, content, bearer=bearer) for content in ACCEPTED]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    names = [answer.json()["name"].rpartition("/")[2] for answer in answers]
    assert [call["wire_id"] for call in world.accepted("rbm")] == names


def test_the_same_name_is_taken_once(world: World) -> None:
    assert send(world, {"text": "hi"}, name="m-1").status_code == 200
    again = send(world, {"text": "hi"}, name="m-1")
    assert (again.status_code, again.json()["error"]["status"]) == (409, "ALREADY_EXISTS")
    assert len(world.accepted("rbm")) == 1


def test_only_the_service_account_is_lent_a_token(world: World) -> None:
    for bearer in ("guess", "ya29."):
        assert send(world, {"text": "hi"}, bearer=bearer).status_code == 401
    url = f"{world.url}/sandbox/api/rbm/token"
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    for form in (
        {"grant_type": "password", "assertion": assertion(ACCOUNT["client_email"], ACCOUNT["private_key"])},
        {"grant_type": grant, "assertion": assertion("other@demo.example", ACCOUNT["private_key"])},
        {"grant_type": grant, "assertion": "a.b.c"},
    ):
        assert world.client.post(url, data=form).status_code == 400


def test_a_number_without_rcs_is_not_found(world: World) -> None:
    world.order("_settings", rcs_off=[PHONE])
    bearer = token(world)
    assert send(world, {"text": "hi"}, bearer=bearer).json()["error"]["status"] == "NOT_FOUND"
    url = f"{world.url}/sandbox/api/rbm/v1/phones/{PHONE}/capabilities?requestId=1&agentId={ACCOUNT['agent_id']}"
    headers = {"Authorization": f"Bearer {bearer}"}
    assert world.client.get(url, headers=headers).status_code == 404
    world.order("_settings", rcs_off=[])
    assert "RICHCARD_CAROUSEL" in world.client.get(url, headers=headers).json()["features"]


def told(hook: Hook) -> dict[str, Any]:
    """The event in a hook whose signature is true."""
    inner = base64.b64decode(hook.json["message"]["data"])
    digest = hmac.new(ACCOUNT["client_token"].encode(), inner, hashlib.sha512).digest()
    assert hook.headers["x-goog-signature"] == base64.b64encode(digest).decode()
    assert hook.path == "/webhooks/rcs/demo/"
    return dict(json.loads(inner))


def test_delivery_is_told_and_a_late_end_as_well(world: World, shop: Shop) -> None:
    assert send(world, {"text": "hi"}, name="m-1").status_code == 200
    news = told(shop.wait(1)[0])
    assert (news["eventType"], news["messageId"], news["senderPhoneNumber"]) == ("DELIVERED", "m-1", PHONE)
    world.order("_faults", platform="rbm", kind="late_failure")
    assert send(world, {"text": "hi"}, name="m-2").status_code == 200
    news = told(shop.wait(2)[1])
    assert (news["eventType"], news["messageId"], news["phoneNumber"]) == ("TTL_EXPIRATION_REVOKED", "m-2", PHONE)


def test_a_shopper_writes_taps_shares_a_place_and_leaves(world: World, shop: Shop) -> None:
    world.order("_settings", receipts=[])
    world.order("_say", kind="rcs", shopper=PHONE, text="hi", name="Ana")
    where = {"action": {"text": "Here", "postbackData": "action:location", "shareLocationAction": {}}}
    send(world, row({"title": "Shirt", "media": media(), "suggestions": [reply("Choose", "c:1")]}, {"title": "Mug"}))
    send(world, {"text": "Where?", "suggestions": [where, reply("No", "c:2")]})
    _said, carousel, question = world.get("_thread", kind="rcs", shopper=PHONE)["messages"]
    assert [(card.get("image"), card["header"], len(card["rows"])) for card in carousel["cards"]] == [
        (LINK, "Shirt", 1), (None, "Mug", 0),
    ]  # fmt: skip
    for bubble, value in ((carousel, "c:1"), (question, "action:location"), (question, "c:2")):
        world.order("_tap", kind="rcs", shopper=PHONE, bubble=bubble["id"], value=value)
    events = [told(hook) for hook in shop.wait(5)]
    assert events[0]["text"] == "hi"
    assert [event["suggestionResponse"]["postbackData"] for event in events if "suggestionResponse" in event] == [
        "c:1", "action:location", "c:2",
    ]  # fmt: skip
    assert [event["location"]["latitude"] for event in events if "location" in event] == [52.520008]
    values = {"kind": "rcs", "shopper": PHONE, "bubble": question["id"], "value": "c:9"}
    assert world.client.post(f"{world.url}/sandbox/api/_tap", json=values).status_code == 400
