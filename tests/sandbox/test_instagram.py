"""Instagram as it is played: what it refuses, what it tells the shop, and what its phone shows."""

import hashlib
import hmac
import json
from typing import Any

import httpx2
import pytest

from tests.messaging.channels.instagram.example import ACCOUNT, SHOPPER

from .conftest import Hook, Shop, World

HOUR = 3600
LINK = "https://shop.example/a.jpg"


def send(world: World, message: dict[str, Any], *, at: str = "page_id", **more: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {more.pop('token', ACCOUNT['access_token'])}"}
    whole = {"recipient": {"id": SHOPPER}, "message": message, **more}
    path = f"sandbox/api/instagram/v23.0/{ACCOUNT[at]}/messages"
    return world.client.post(f"{world.url}/{path}", json=whole, headers=headers)


def quick(title: str, payload: str = "c:1") -> dict[str, str]:
    return {"content_type": "text", "title": title, "payload": payload}


def template(*elements: dict[str, Any], kind: str = "generic") -> dict[str, Any]:
    payload = {"template_type": kind, "elements": list(elements)}
    return {"attachment": {"type": "template", "payload": payload}}


def card(number: int = 1, **parts: Any) -> dict[str, Any]:
    buttons = [{"type": "postback", "title": "Choose", "payload": f"c:{number}"}]
    return {"title": f"Shirt {number}", "subtitle": "€55.00", "image_url": LINK, "buttons": buttons, **parts}


PICTURE = {"attachment": {"type": "image", "payload": {"url": LINK}}}
REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("1001 bytes", {"text": "x" * 1001}),
    ("501 umlauts", {"text": "ü" * 501}),
    ("334 Chinese characters", {"text": "衬" * 334}),
    ("empty text", {"text": " "}),
    ("text and picture", {"text": "x", **PICTURE}),
    ("fourteen quick replies", {"text": "x", "quick_replies": [quick(str(n)) for n in range(14)]}),
    ("quick reply of 21", {"text": "x", "quick_replies": [quick("x" * 21)]}),
    ("quick replies below cards", {**template(card()), "quick_replies": [quick("More")]}),
    ("eleven cards", template(*(card(n) for n in range(11)))),
    ("no card", template()),
    ("card title of 81", template(card(title="x" * 81))),
    ("card subtitle of 81", template(card(subtitle="x" * 81))),
    ("four buttons", template(card(buttons=card()["buttons"] * 4))),
    ("a button that calls", template(card(buttons=[{"type": "phone_number", "title": "Call", "payload": "+1"}]))),
    ("unknown template", template(card(), kind="list")),
    ("picture of no address", {"attachment": {"type": "image", "payload": {"url": "a.jpg"}}}),
]
ACCEPTED: list[dict[str, Any]] = [
    {"text": "x" * 1000},
    {"text": "衬" * 333},
    {"text": "x", "quick_replies": [quick("x" * 20 if n == 0 else str(n)) for n in range(13)]},
    template(*(card(n, title="x" * 80, subtitle="x" * 80, buttons=card()["buttons"] * 3) for n in range(10))),
    PICTURE,
]


@pytest.mark.parametrize(("name", "message"), REFUSED, ids=[name for name, _ in REFUSED])
def test_it_refuses(world: World, name: str, message: dict[str, Any]) -> None:
    answer = send(world, message)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
    assert world.accepted("instagram") == []


def test_it_accepts_what_is_just_within(world: World) -> None:
    answers = [send(world, message) for message in ACCEPTED]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    mids = [answer.json()["message_id"] for answer in answers]
    assert [row["wire_id"] for row in world.accepted("instagram")] == mids


def test_it_knows_the_page_and_the_account_and_no_other_token(world: World) -> None:
    assert [send(world, {"text": "hi"}, at=at).status_code for at in ("page_id", "instagram_id")] == [200, 200]
    answer = send(world, {"text": "hi"}, token="revoked")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)


def _item(hook: Hook) -> Any:
    body = json.loads(hook.body)
    assert (body["object"], body["entry"][0]["id"]) == ("instagram", ACCOUNT["instagram_id"])
    (item,) = body["entry"][0]["messaging"]
    return item


def test_it_echoes_what_was_sent_signed_and_without_the_app(world: World, shop: Shop) -> None:
    mid = send(world, {"text": "Grüezi"}).json()["message_id"]
    (hook,) = shop.wait(1)
    digest = hmac.new(ACCOUNT["app_secret"].encode(), hook.body, hashlib.sha256).hexdigest()
    assert (hook.path, hook.headers["x-hub-signature-256"]) == ("/webhooks/instagram/demo/", f"sha256={digest}")
    item = _item(hook)
    assert (item["sender"]["id"], item["recipient"]["id"]) == (ACCOUNT["instagram_id"], SHOPPER)
    assert item["message"] == {"mid": mid, "is_echo": True, "text": "Grüezi"}


def test_a_shopper_writes_and_taps(world: World, shop: Shop) -> None:
    world.order("_settings", receipts=[])
    world.order("_say", kind="instagram", shopper=SHOPPER, text="hi", name="Ana")
    for message in ({"text": "Which?\n\n1. Yes", "quick_replies": [quick("Yes")]}, template(card(2), card(3))):
        assert send(world, message).status_code == 200
    _said, pick, row = world.get("_thread", kind="instagram", shopper=SHOPPER)["messages"]
    assert [[key["label"] for key in keys] for keys in pick["rows"]] == [["Yes"]]
    assert [(one["header"], one["image"]) for one in row["cards"]] == [("Shirt 2", LINK), ("Shirt 3", LINK)]
    world.order("_tap", kind="instagram", shopper=SHOPPER, bubble=pick["id"], value="c:1")
    world.order("_tap", kind="instagram", shopper=SHOPPER, bubble=row["id"], value="c:3")
    said, reply, postback = (_item(hook) for hook in shop.wait(3))
    assert (said["sender"]["id"], said["message"]["text"]) == (SHOPPER, "hi")
    assert (reply["message"]["text"], reply["message"]["quick_reply"]) == ("Yes", {"payload": "c:1"})
    assert (postback["postback"]["title"], postback["postback"]["payload"]) == ("Choose", "c:3")


def test_its_window_closes_after_a_day_and_for_people_after_a_week(world: World) -> None:
    person = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    world.order("_say", kind="instagram", shopper=SHOPPER, text="hi")
    assert send(world, {"text": "hi"}).status_code == 200
    world.order("_settings", clock_offset=24 * HOUR + 1)
    answer = send(world, {"text": "hi"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["error_subcode"]) == (403, 10, 2534022)
    assert send(world, {"text": "hi"}, **person).status_code == 400  # the app may not
    config = {**ACCOUNT, "human_agent": "yes"}
    world.order("_accounts", kind="instagram", name="demo", config=config)
    try:
        assert send(world, {"text": "hi"}, messaging_type="MESSAGE_TAG", tag="ACCOUNT_UPDATE").status_code == 400
        assert send(world, {"text": "hi"}, **person).status_code == 200
        world.order("_settings", clock_offset=7 * 24 * HOUR + 1)
        assert send(world, {"text": "hi"}, **person).json()["error"]["error_subcode"] == 2534022
    finally:
        world.order("_accounts", kind="instagram", name="demo", config=ACCOUNT)


def test_strangers_cannot_be_written_to(world: World) -> None:
    world.order("_settings", known_only=True)
    error = send(world, {"text": "hi"}).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2534014)
    world.order("_say", kind="instagram", shopper=SHOPPER, text="hi")
    assert send(world, {"text": "hi"}).status_code == 200
