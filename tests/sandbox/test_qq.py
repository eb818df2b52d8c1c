"""QQ as it is played: what it refuses, what it lends, what it tells the shop, what a phone shows."""

from typing import Any

import httpx2
import pytest

from apps.messaging.channel import Recipient, WebhookRequest, channel_for
from apps.messaging.content import Ask, Choice
from tests.messaging.channels.qq.example import ACCOUNT, HANDLE, SHOPPER

from .conftest import CONFIGS, Shop, World

HOUR = 3600
LINK = "https://shop.example/a"


def call(world: World, method: str, path: str, body: dict[str, Any], *, token: str = "") -> httpx2.Response:
    headers = {"Authorization": f"QQBot {token}"} if token else {}
    return world.client.request(method, f"{world.url}/sandbox/api/qq/{path}", json=body, headers=headers)


def lent(world: World, secret: str = str(ACCOUNT["app_secret"])) -> dict[str, Any]:
    asked = {"appId": ACCOUNT["app_id"], "clientSecret": secret}
    return dict(call(world, "POST", "app/getAppAccessToken", asked).json())


def send(world: World, message: dict[str, Any], **more: Any) -> httpx2.Response:
    whole = {"msg_type": 0, "msg_id": HANDLE, "msg_seq": 1, **message, **more}
    token = lent(world)["access_token"]
    return call(world, "POST", f"v2/users/{SHOPPER}/messages", whole, token=token)


def text(words: str = "hi", **more: Any) -> dict[str, Any]:
    return {"content": words, **more}


def button(number: int, **more: Any) -> dict[str, Any]:
    shown = {"label": f"Size {number}", "visited_label": f"Size {number}", "style": 1}
    action = {"type": 1, "data": f"c:{number:08d}", "permission": {"type": 2}, "unsupport_tips": "x", **more}
    return {"id": str(number), "render_data": shown, "action": action}


def rich(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    keyboard = {"content": {"rows": [{"buttons": row} for row in rows]}}
    return {"msg_type": 2, "markdown": {"content": "Which?"}, "keyboard": keyboard}


GRID = [[button(5 * row + place) for place in range(5)] for row in range(5)]
REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("no words", text(""), 50006),
    ("only space", text("  "), 50006),
    ("unknown kind", text(msg_type=9), 12002),
    ("4001 characters", text("x" * 4001), 40054007),
    ("an address that is not registered", text("see https://evil.example/x"), 304003),
    ("a name that only ends alike", text("see https://notshop.example/x"), 304003),
    ("a picture nobody handed over", {"msg_type": 7, "content": " ", "media": {"file_info": "x"}}, 12002),
    ("nothing answered", text(msg_id=""), 40034102),
    ("markdown without a grant", {"msg_type": 2, "markdown": {"content": "x"}}, 304036),
    ("buttons without a grant", text(keyboard={"content": {"rows": []}}), 304037),
    ("msg_seq of 0", text(msg_seq=0), 12002),
]
REFUSED_GRANTED: list[tuple[str, dict[str, Any], int]] = [
    ("six rows", rich(*GRID, [button(99)]), 12002),
    ("six in a row", rich([*GRID[0], button(99)]), 12002),
    ("the same id twice", rich([button(1), button(1)]), 12002),
    ("a button that does nothing", rich([button(1, data="")]), 12002),
    ("a button for nobody", rich([button(1, permission={})]), 12002),
    ("a button to another site", rich([button(1, type=0, data="https://evil.example/")]), 304003),
    ("buttons below plain words", {**rich([button(1)]), "msg_type": 0, "content": "x"}, 304037),
]


def grant(world: World) -> None:
    config = {**CONFIGS["qq"], "keyboards": "custom"}
    world.order("_accounts", kind="qq", name="demo", config=config)


@pytest.fixture
def granted(world: World) -> Any:
    grant(world)
    yield world
    world.order("_accounts", kind="qq", name="demo", config=CONFIGS["qq"])


@pytest.mark.parametrize(("name", "message", "code"), REFUSED, ids=[row[0] for row in REFUSED])
def test_qq_refuses(world: World, name: str, message: dict[str, Any], code: int) -> None:
    answer = send(world, message)
    assert (answer.status_code, answer.json()["code"], set(answer.json())) == (
        400, code, {"message", "code", "err_code", "trace_id"},
    )  # fmt: skip
    assert world.accepted("qq") == []


@pytest.mark.parametrize(("name", "message", "code"), REFUSED_GRANTED, ids=[row[0] for row in REFUSED_GRANTED])
def test_qq_refuses_buttons(granted: World, name: str, message: dict[str, Any], code: int) -> None:
    assert send(granted, message).json()["code"] == code


def test_qq_accepts_what_is_just_within(granted: World) -> None:
    messages = [text("x" * 4000), text(f"see {LINK} and https://www.shop.example/"), rich(*GRID)]
    answers = [send(granted, message, msg_seq=place) for place, message in enumerate(messages, start=1)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [row["wire_id"] for row in granted.accepted("qq")] == [answer.json()["id"] for answer in answers]


def test_tokens_are_lent_for_the_secret_and_are_the_same_until_they_end(world: World) -> None:
    first = lent(world)
    assert (lent(world)["access_token"], first["expires_in"].isdigit()) == (first["access_token"], True)
    assert lent(world, "guess")["code"] == 100016
    refused = call(world, "POST", f"v2/users/{SHOPPER}/messages", text(), token="guess")
    assert (refused.status_code, refused.json()["code"]) == (401, 11243)
    world.order("_settings", clock_offset=7330)
    gone = call(world, "POST", f"v2/users/{SHOPPER}/messages", text(), token=first["access_token"])
    assert (gone.status_code, gone.json()["code"]) == (401, 11243)
    assert lent(world)["access_token"] != first["access_token"]


def test_each_message_is_answered_five_times_within_an_hour_and_each_answer_once(world: World, shop: Shop) -> None:
    world.order("_say", kind="qq", shopper=SHOPPER, text="hi")
    said = shop.wait(1)[0].json["d"]["id"]
    codes = [send(world, text(), msg_id=said, msg_seq=number).json().get("code") for number in (1, 2, 2, 3, 4, 5, 6)]
    assert codes == [None, None, 40054005, None, None, None, 40034128]
    world.order("_say", kind="qq", shopper=SHOPPER, text="again")
    again = shop.wait(2)[1].json["d"]["id"]
    assert send(world, text(), msg_id=again).status_code == 200
    world.order("_settings", clock_offset=HOUR)
    assert send(world, text(), msg_id=again, msg_seq=2).json()["code"] == 40034128


def test_who_removed_the_bot_gets_nothing_until_they_add_it_and_that_may_be_answered(world: World, shop: Shop) -> None:
    world.order("_block", kind="qq", shopper=SHOPPER, blocked=True)
    assert send(world, text()).json()["code"] == 40054004
    world.order("_block", kind="qq", shopper=SHOPPER, blocked=False)
    removed, added = (hook.json for hook in shop.wait(2))
    assert (removed["t"], added["t"]) == ("FRIEND_DEL", "FRIEND_ADD")
    answer = send(world, text(), msg_id="", event_id=added["id"])
    assert answer.status_code == 200


def test_what_it_tells_is_signed_and_read(world: World, shop: Shop) -> None:
    world.order("_say", kind="qq", shopper=SHOPPER, text="有衬衫吗")
    hook = shop.wait(1)[0]
    request = WebhookRequest("POST", shop.url + hook.path, hook.headers, {}, hook.body)
    channel_for("qq").verify(request, CONFIGS["qq"])
    (event,) = channel_for("qq").parse(request, CONFIGS["qq"])
    assert (event.text, event.external_user_id, event.reply_handle) == ("有衬衫吗", SHOPPER, hook.json["d"]["id"])


def test_a_tap_spins_until_it_is_acknowledged_and_answered(granted: World, shop: Shop) -> None:
    channel, config = channel_for("qq"), {**CONFIGS["qq"], "keyboards": "custom"}
    reach = {**config, "api_base": f"{granted.url}/sandbox/api/qq"}
    (wire,) = channel.render(
        Ask("Which?", (Choice("S", token="c:00000001"), Choice("M", token="c:00000002"))), language="en"
    )
    channel.send(wire, Recipient(SHOPPER, reply_to=HANDLE), reach, key="1:0")
    bubble = granted.get("_thread", kind="qq", shopper=SHOPPER)["messages"][0]
    assert bubble["rows"] == [[{"label": "S", "value": "c:00000001"}], [{"label": "M", "value": "c:00000002"}]]
    granted.order("_tap", kind="qq", shopper=SHOPPER, bubble=bubble["id"], value="c:00000002")
    hook = shop.wait(1)[0]
    (tapped,) = channel.parse(WebhookRequest("POST", "", hook.headers, {}, hook.body), config)
    assert (str(tapped.kind), tapped.payload) == ("choice", "c:00000002")
    channel.send(wire, Recipient(SHOPPER, reply_to=tapped.reply_handle), reach, key="2:0")
    told = [(row["method"].split()[0], row["outcome"]) for row in granted.get("_log", outcome="all")["calls"]]
    assert ("PUT", "info") in told
    assert len(granted.accepted("qq")) >= 2


def test_a_picture_is_handed_over_by_its_address(world: World) -> None:
    token = lent(world)["access_token"]
    path = f"v2/users/{SHOPPER}/files"
    file = {"file_type": 1, "url": "https://shop.example/a.jpg", "srv_send_msg": False}
    info = call(world, "POST", path, file, token=token).json()["file_info"]
    assert send(world, {"msg_type": 7, "content": " ", "media": {"file_info": info}}).status_code == 200
    shown = world.get("_thread", kind="qq", shopper=SHOPPER)["messages"][0]
    assert shown["image"] == "https://shop.example/a.jpg"
    unasked = call(world, "POST", path, {**file, "srv_send_msg": True}, token=token)
    assert unasked.json()["code"] == 40034102
    assert call(world, "POST", path, {**file, "url": "a.jpg"}, token=token).json()["code"] == 304082
