"""Viber as it is played: what it refuses, what it tells the shop, what a phone shows."""

import hashlib
import hmac
from typing import Any

import pytest

from tests.messaging.channels.viber.example import ACCOUNT

from .conftest import Hook, Shop, World

ANA = "K917PBuvPZmhKfb8Vw3b2Q=="
LINK = "https://shop.example/a.jpg"


def send(
    world: World, message: dict[str, Any], *, token: str = str(ACCOUNT["auth_token"]), **more: Any
) -> dict[str, Any]:
    whole = {"receiver": ANA, "sender": {"name": "Demo Shop"}, **message, **more}
    answer = world.client.post(
        f"{world.url}/sandbox/api/viber/send_message", json=whole, headers={"X-Viber-Auth-Token": token}
    )
    assert answer.status_code == 200
    return dict(answer.json())


def text(words: str = "hi", **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def key(**more: Any) -> dict[str, Any]:
    return {"Columns": 6, "Rows": 1, "ActionType": "reply", "ActionBody": "c:00000001", "Text": "Shirts", **more}


def keyboard(*keys: dict[str, Any]) -> dict[str, Any]:
    return {"keyboard": {"Type": "keyboard", "Buttons": list(keys)}}


def cards(count: int, **more: Any) -> dict[str, Any]:
    card = [key(Rows=3, Image=LINK), key(Rows=3, ActionType="none", Text="<b>Shirt</b>"), key()]
    rich = {"Type": "rich_media", "ButtonsGroupColumns": 6, "ButtonsGroupRows": 7, "Buttons": card * count}
    return {"type": "rich_media", "min_api_version": 7, "alt_text": "x", "rich_media": {**rich, **more}}


REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("text of 7001", text("x" * 7001), 3),
    ("no text", text(""), 4),
    ("no type", {"text": "x"}, 4),
    ("unknown type", {"type": "poll"}, 3),
    ("no receiver", text(receiver=""), 4),
    ("no sender", text(sender={}), 4),
    ("sender's name of 29", text(sender={"name": "x" * 29}), 3),
    ("more than 30 kB", text("字" * 7000, tracking_data="字" * 3500), 3),
    ("caption of 769", {"type": "picture", "text": "x" * 769, "media": LINK}, 3),
    ("picture without address", {"type": "picture", "text": ""}, 4),
    ("picture of no address", {"type": "picture", "text": "", "media": "a.jpg"}, 1),
    ("video without size", {"type": "video", "media": LINK}, 4),
    ("file without name", {"type": "file", "media": LINK, "size": 5}, 4),
    ("key's words of 251", text(**keyboard(key(Text="x" * 251))), 3),
    ("key of seven columns", text(**keyboard(key(Columns=7))), 3),
    ("key of three rows", text(**keyboard(key(Rows=3))), 3),
    ("key that does nothing", text(**keyboard(key(ActionBody=""))), 4),
    ("key to no address", text(**keyboard(key(ActionType="open-url", ActionBody="shop"))), 1),
    ("keyboard of 25 rows", text(**keyboard(*[key()] * 25)), 3),
    ("place without a version", text(**keyboard(key(ActionType="location-picker", ActionBody="x"))), 14),
    ("cards without a version", {**cards(1), "min_api_version": 1}, 14),
    ("seven cards", cards(7), 3),
    ("a card that is not full", cards(1, Buttons=[key(Rows=3)]), 3),
    ("cards of eight rows", cards(1, ButtonsGroupRows=8), 3),
    ("a version nobody speaks", text(min_api_version=99), 14),
]
ACCEPTED: list[dict[str, Any]] = [
    text("x" * 7000), text(sender={"name": "x" * 28}), {"type": "picture", "text": "x" * 768, "media": LINK},
    {"type": "picture", "text": "", "media": LINK}, text(**keyboard(*[key()] * 24)), text(**keyboard(key(Text="x" * 250))),
    text(**keyboard(key(ActionType="location-picker", ActionBody="x")), min_api_version=3), cards(6),
    {"type": "file", "media": LINK, "size": 5, "file_name": "a.pdf"}, {"type": "location", "location": {"lat": 1, "lon": 2}},
]  # fmt: skip


@pytest.mark.parametrize(("name", "message", "status"), REFUSED, ids=[row[0] for row in REFUSED])
def test_viber_refuses(world: World, name: str, message: dict[str, Any], status: int) -> None:
    answer = send(world, message)
    assert (answer["status"], "message_token" in answer) == (status, False)
    assert world.accepted("viber") == []


def test_viber_accepts_what_is_just_within(world: World) -> None:
    answers = [send(world, message) for message in ACCEPTED]
    assert [answer["status"] for answer in answers] == [0] * len(ACCEPTED)
    assert [row["wire_id"] for row in world.accepted("viber")] == [str(answer["message_token"]) for answer in answers]


def test_a_wrong_token_is_told_inside_a_200(world: World) -> None:
    assert send(world, text(), token="guess")["status"] == 2


def _is_signed(hook: Hook) -> bool:
    wanted = hmac.new(ACCOUNT["auth_token"].encode(), hook.body, hashlib.sha256).hexdigest()
    return hook.headers["x-viber-content-signature"] == wanted


def test_what_was_sent_is_told_as_delivered_and_as_seen(world: World, shop: Shop) -> None:
    token = send(world, text())["message_token"]
    (delivered,) = shop.wait(1)
    assert (_is_signed(delivered), delivered.path) == (True, "/webhooks/viber/demo/")
    assert (delivered.json["event"], delivered.json["message_token"]) == ("delivered", token)
    world.order("_read", kind="viber", shopper=ANA)
    seen = shop.wait(2)[1]
    assert (seen.json["event"], seen.json["message_token"], seen.json["user_id"]) == ("seen", token, ANA)


def test_a_message_may_fail_after_it_was_taken(world: World, shop: Shop) -> None:
    world.order("_faults", platform="viber", kind="late_failure", params={"desc": "no device"})
    token = send(world, text())["message_token"]
    (failed,) = shop.wait(1)
    assert [failed.json[name] for name in ("event", "message_token", "desc")] == ["failed", token, "no device"]


def test_who_left_is_not_written_to_until_they_are_back(world: World, shop: Shop) -> None:
    world.order("_settings", receipts=[])
    world.order("_say", kind="viber", shopper=ANA, text="hi")
    assert send(world, text())["status"] == 0
    world.order("_block", kind="viber", shopper=ANA, blocked=True)
    assert send(world, text())["status"] == 6
    world.order("_block", kind="viber", shopper=ANA, blocked=False)
    assert send(world, text())["status"] == 0
    assert [hook.json["event"] for hook in shop.wait(3)] == ["message", "unsubscribed", "subscribed"]


def test_strangers_are_not_registered_when_strict(world: World) -> None:
    world.order("_settings", known_only=True)
    assert send(world, text())["status"] == 5


def test_the_app_shows_the_latest_keyboard_and_all_cards(world: World, shop: Shop) -> None:
    world.order("_settings", receipts=[])
    world.order("_say", kind="viber", shopper=ANA, text="hi", name="Ana", language="es")
    said = shop.wait(1)[0].json
    assert (said["message"], said["sender"]["name"], said["sender"]["language"]) == (text("hi"), "Ana", "es")
    send(world, text("Which?", **keyboard(key(Columns=3), key(Columns=3, Text="Mugs", ActionBody="c:00000002"))))
    first = world.get("_thread", kind="viber", shopper=ANA)["messages"][1]
    assert first["rows"] == [[{"label": "Shirts", "value": "c:00000001"}, {"label": "Mugs", "value": "c:00000002"}]]
    send(world, cards(2))
    _said, first, second = world.get("_thread", kind="viber", shopper=ANA)["messages"]
    assert "rows" not in first
    shown = [(card["image"], card["rows"][0][0]["label"]) for card in second["cards"]]
    assert shown == [(LINK, "Shirts"), (LINK, "Shirts")]
    values = {"kind": "viber", "shopper": ANA, "bubble": first["id"], "value": "c:00000002"}
    assert world.client.post(f"{world.url}/sandbox/api/_tap", json=values).status_code == 400
    world.order("_tap", kind="viber", shopper=ANA, bubble=second["id"], value="c:00000001")
    assert shop.wait(2)[1].json["message"] == text("c:00000001")


def test_a_place_is_given_by_one_key(world: World, shop: Shop) -> None:
    world.order("_settings", receipts=[])
    send(world, text("Where?", **keyboard(key(ActionType="location-picker", ActionBody="place")), min_api_version=3))
    bubble = world.get("_thread", kind="viber", shopper=ANA)["messages"][0]
    world.order("_tap", kind="viber", shopper=ANA, bubble=bubble["id"], value="place")
    assert shop.wait(1)[0].json["message"] == {"type": "location", "location": {"lat": 52.52, "lon": 13.405}}
