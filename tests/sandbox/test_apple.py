"""Apple's side of the sandbox: who may call, what it refuses, what it tells the shop, and the phone."""

import base64
import gzip
import json
import time
from typing import Any

import httpx2
import jwt
import pytest

from apps.messaging.channel import MediaRequest, Recipient, channel_for
from apps.messaging.content import Ask, Choice, Media, OpenLink
from apps.messaging.platforms.apple.files import decrypted, encrypted
from apps.sandbox.platforms.apple_rules import problem
from tests.messaging.channels.apple.example import ACCOUNT, SHOPPER

from .conftest import Hook, Shop, World

SHOPPER_ID = "urn:mbid:AQAAY1"
BUSINESS = ACCOUNT["business_id"]
NAME = "6b1f7d0e-30a5-5a1e-8a55-3c1f40b6a001"
EXTENSION = (
    "com.apple.messages.MSMessageExtensionBalloonPlugin:0000000000:com.apple.icloud.apps.messages.business.extension"
)


def key() -> bytes:
    return base64.urlsafe_b64decode(ACCOUNT["msp_secret"] + "==")


def call(
    world: World, body: dict[str, Any], *, claims: dict[str, Any] | None = None, **headers: str
) -> httpx2.Response:
    whole = {"v": 1, "id": NAME, "sourceId": BUSINESS, "destinationId": SHOPPER_ID, **body}
    token = jwt.encode(claims or {"iss": ACCOUNT["msp_id"], "iat": int(time.time())}, key(), algorithm="HS256")
    told = {
        "Authorization": f"Bearer {token}", "id": str(whole["id"]), "Source-Id": BUSINESS, "Destination-Id": SHOPPER_ID,
        **headers,
    }  # fmt: skip
    return world.client.post(f"{world.url}/sandbox/api/apple/message", json=whole, headers=told)


def quick(count: int = 2, **fields: Any) -> dict[str, Any]:
    items = [{"identifier": f"c:{n}", "title": f"Size {n}"} for n in range(count)]
    data = {
        "version": "1.0",
        "requestIdentifier": NAME,
        "quick-reply": {"summaryText": "Which?", "items": items, **fields},
    }
    return {"type": "interactive", "interactiveData": {"bid": EXTENSION, "data": data}}


def listed(rows: int = 3, **looks: Any) -> dict[str, Any]:
    items = [{"identifier": f"c:{n}", "title": f"Shirt {n}", "subtitle": "€39.00"} for n in range(rows)]
    data = {
        "version": "1.0", "requestIdentifier": NAME,
        "listPicker": {"sections": [{"title": "Choose", "order": 0, "multipleSelection": False, "items": items}]},
    }  # fmt: skip
    bubble = {"style": "icon", "title": "Which?", "subtitle": "Choose"}
    bubbles = {"receivedMessage": bubble, "replyMessage": {"style": "icon", "title": "Choose"}, **looks}
    return {"type": "interactive", "interactiveData": {"bid": EXTENSION, "data": data, **bubbles}}


PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4z8DwHwAFAAH/iZk9HQAAAABJRU5ErkJggg=="


def link(title: str = "Pay", url: str = "https://shop.example/pay", **image: str) -> dict[str, Any]:
    shown = {"data": PICTURE, "mimeType": "image/png", **image}
    return {"type": "richLink", "richLinkData": {"url": url, "title": title, "assets": {"image": shown}}}


FILE = {
    "name": "a.png", "mimeType": "image/png", "size": "3", "signature-base64": "c3Vt", "url": "https://x/1", "owner": "o",
    "key": "00" + "ab" * 32,
}  # fmt: skip
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("another version", {"type": "text", "body": "hi", "v": 2}),
    ("no UUID", {"type": "text", "body": "hi", "id": "7"}),
    ("an empty text", {"type": "text", "body": " "}),
    ("a close of our own", {"type": "close"}),
    ("one quick reply", quick(1)),
    ("six quick replies", quick(6)),
    ("a summary of 201", quick(2, summaryText="x" * 201)),
    ("a summary of two lines", quick(2, summaryText="a\nb")),
    ("two quick replies of one name", quick(2, items=[{"identifier": "c", "title": "A"}, {"identifier": "c", "title": "B"}])),
    ("a list without rows", listed(0)),
    ("a list without its bubble", listed(2, receivedMessage={})),
    ("a link without a picture", {"type": "richLink", "richLinkData": {"url": "https://x", "title": "x", "assets": {}}}),
    ("a link with a JPEG", link(mimeType="image/jpeg")),
    ("a link with a picture of 201 kB", link(data="A" * 280_000)),
    ("a link into an app", link(url="shop://pay")),
    ("a file without its key", {"type": "text", "body": "x", "attachments": [{**FILE, "key": "ab" * 32}]}),
    ("a file of no size", {"type": "text", "body": "x", "attachments": [{**FILE, "size": 3}]}),
]  # fmt: skip
ACCEPTED: list[dict[str, Any]] = [
    {"type": "text", "body": "x" * 3000},
    quick(5, summaryText="x" * 200),
    listed(50),
    link("x" * 200),
]


@pytest.mark.parametrize(("name", "body"), REFUSED, ids=[name for name, _ in REFUSED])
def test_apple_refuses(world: World, name: str, body: dict[str, Any]) -> None:
    assert call(world, body).status_code == 400
    assert world.accepted("apple") == []


def test_apple_accepts_what_is_just_within_and_says_nothing(world: World) -> None:
    ids = [NAME.replace("a001", f"b00{place}") for place in range(len(ACCEPTED))]
    answers = [call(world, {**body, "id": name}) for name, body in zip(ids, ACCEPTED, strict=True)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"")] * len(ACCEPTED)
    assert [row["wire_id"] for row in world.accepted("apple")] == ids


@pytest.mark.parametrize(
    ("claims", "headers", "status"),
    [
        (None, {"Authorization": ""}, 401),
        (None, {"Authorization": "Bearer a.b.c"}, 403),
        ({"iss": "another", "iat": int(time.time())}, {}, 403),
        ({"iss": ACCOUNT["msp_id"], "iat": int(time.time()) - 7200}, {}, 403),
        ({"iss": ACCOUNT["msp_id"]}, {}, 403),
        (None, {"Source-Id": "another-business"}, 404),
        (None, {"Destination-Id": "urn:mbid:other"}, 400),
        (None, {"id": "another-id"}, 400),
    ],
)
def test_apple_knows_its_providers(
    world: World, claims: dict[str, Any] | None, headers: dict[str, str], status: int
) -> None:
    assert call(world, {"type": "text", "body": "hi"}, claims=claims, **headers).status_code == status
    assert world.accepted("apple") == []


def test_the_same_id_is_shown_once(world: World) -> None:
    for _ in range(2):
        assert call(world, {"type": "text", "body": "hi"}).status_code == 200
    assert len(world.accepted("apple")) == 1
    assert len(world.get("_thread", kind="apple", shopper=SHOPPER_ID)["messages"]) == 1


def told(hook: Hook) -> dict[str, Any]:
    assert hook.path == "/webhooks/apple/demo/message"
    assert hook.headers["content-encoding"] == "gzip"
    claims = jwt.decode(
        hook.headers["authorization"].removeprefix("Bearer "), key(), algorithms=["HS256"], audience=ACCOUNT["msp_id"]
    )
    assert abs(claims["iat"] - time.time()) < 60
    body: dict[str, Any] = json.loads(gzip.decompress(hook.body))
    assert (hook.headers["id"], hook.headers["source-id"]) == (body["id"], body["sourceId"])
    return body


def test_a_shopper_writes_picks_and_deletes_the_thread(world: World, shop: Shop) -> None:
    world.order("_say", kind="apple", shopper=SHOPPER_ID, text="hola", language="es")
    for place, body in enumerate((quick(), listed())):
        assert call(world, {**body, "id": NAME.replace("a001", f"c00{place}")}).status_code == 200
    _said, tiles, rows = world.get("_thread", kind="apple", shopper=SHOPPER_ID)["messages"]
    assert [row[0]["label"] for row in tiles["rows"]] == ["Size 0", "Size 1"]
    assert rows["list"]["sections"][0]["rows"][1] == {"label": "Shirt 1", "detail": "€39.00", "value": "c:1"}
    world.order("_tap", kind="apple", shopper=SHOPPER_ID, bubble=tiles["id"], value="c:1")
    world.order("_tap", kind="apple", shopper=SHOPPER_ID, bubble=rows["id"], value="c:2")
    said, picked, row = (told(hook) for hook in shop.wait(3))
    assert (said["type"], said["body"], said["locale"]) == ("text", "hola", "es")
    reply = picked["interactiveData"]["data"]["quick-reply"]
    assert (reply["selectedIndex"], reply["selectedIdentifier"]) == (1, "c:1")
    sections = row["interactiveData"]["data"]["listPicker"]["sections"]
    assert [item["identifier"] for item in sections[0]["items"]] == ["c:2"]
    values = {"kind": "apple", "shopper": SHOPPER_ID, "bubble": tiles["id"], "value": "c:9"}
    assert world.client.post(f"{world.url}/sandbox/api/_tap", json=values).status_code == 400
    world.order("_block", kind="apple", shopper=SHOPPER_ID, blocked=True)
    assert told(shop.wait(4)[3])["type"] == "close"
    assert call(world, {"type": "text", "body": "hi", "id": NAME.replace("a001", "c009")}).status_code == 410
    world.order("_say", kind="apple", shopper=SHOPPER_ID, text="sorry")
    assert call(world, {"type": "text", "body": "hi", "id": NAME.replace("a001", "c00a")}).status_code == 200


def test_nobody_is_written_to_first(world: World) -> None:
    world.order("_settings", known_only=True)
    assert call(world, {"type": "text", "body": "hi"}).status_code == 404


def test_files_go_through_the_adapter_and_are_shown_open(world: World) -> None:
    channel, config = channel_for("apple"), {**ACCOUNT, "api_base": f"{world.url}/sandbox/api/apple"}
    (wire,) = channel.render(
        Media("Look", url=f"{world.url}/static/sandbox/sandbox.css", media_type="file", alt="Look"), language="en"
    )
    channel.send(wire, Recipient(SHOPPER), config, key="f:1")
    _text, link_wire = channel.render(OpenLink("Terms", url="https://shop.example/t", label="Our terms"), language="en")
    channel.send(link_wire, Recipient(SHOPPER), config, key="f:2")
    file, leads = world.get("_thread", kind="apple", shopper=SHOPPER)["messages"][-2:]
    assert leads["rows"] == [[{"label": "Our terms", "url": "https://shop.example/t"}]]
    assert world.client.get(world.url + leads["image"]).content.startswith(b"\x89PNG")
    assert file["text"]


def test_a_room_holds_what_was_put_up_and_opens_to_who_knows_it(world: World) -> None:
    sealed, secret = encrypted(b"hello")
    token = jwt.encode({"iss": ACCOUNT["msp_id"], "iat": int(time.time())}, key(), algorithm="HS256")
    us = {"Authorization": f"Bearer {token}", "Source-Id": BUSINESS}
    base = f"{world.url}/sandbox/api/apple"
    assert world.client.get(f"{base}/preUpload", headers=us).status_code == 400
    room = world.client.get(f"{base}/preUpload", headers={**us, "MMCS-Size": "5"}).json()
    done = world.client.post(room["upload-url"], content=sealed).json()
    asked = {**us, "MMCS-Url": room["mmcs-url"], "MMCS-Owner": room["mmcs-owner"]}
    assert world.client.get(f"{base}/preDownload", headers=asked).status_code == 400
    asked["MMCS-Signature"] = done["singleFile"]["fileChecksum"]
    where = world.client.get(f"{base}/preDownload", headers=asked).json()["download-url"]
    assert decrypted(world.client.get(where).content, secret) == b"hello"
    assert MediaRequest(where).url.startswith(base)
    assert world.client.get(f"{base}/download/nothing").status_code == 404


def test_what_our_adapter_renders_is_right_by_the_platforms_rules() -> None:
    channel = channel_for("apple")
    choices = tuple(Choice(f"Place {n}", token=f"c:{n}") for n in range(3))
    (wire,) = channel.render(Ask("Where to?", choices), language="en")
    body = channel.address(wire, Recipient(SHOPPER), ACCOUNT, key="1").body
    headers = {"id": body["id"], "source-id": BUSINESS, "destination-id": SHOPPER}
    assert problem(headers, body) == ""
    assert problem({**headers, "id": NAME}, body) == "id is missing or is not what the header says"
