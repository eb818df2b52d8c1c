"""LINE as it is played: what it refuses at each limit, its tokens and keys, and the phone."""

import base64
import hashlib
import hmac
from typing import Any

import httpx2
import pytest

from apps.messaging.channel import channel_for
from tests.messaging.channels.line.example import ACCOUNT, SHOPPER

from .conftest import Hook, Shop, World

LINK = "https://shop.example/pay/1"
KEY = "123e4567-e89b-12d3-a456-426614174000"


def call(world: World, path: str, body: Any, *, token: str = ACCOUNT["access_token"], key: str = "") -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"} | ({"X-Line-Retry-Key": key} if key else {})
    return world.client.post(f"{world.url}/sandbox/api/line/v2/bot/{path}", json=body, headers=headers)


def push(world: World, *messages: Any, key: str = "", to: Any = SHOPPER) -> httpx2.Response:
    return call(world, "message/push", {"to": to, "messages": list(messages)}, key=key)


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def postback(label: str = "S", data: str = "c:1", **more: Any) -> dict[str, Any]:
    return {"type": "postback", "label": label, "data": data, **more}


def quick(*actions: dict[str, Any]) -> dict[str, Any]:
    items = [{"type": "action", "action": action} for action in actions]
    return {**text("Which?"), "quickReply": {"items": items}}


def template(**template: Any) -> dict[str, Any]:
    return {"type": "template", "altText": "x", "template": template}


def column(text: str = "x", actions: int = 1, **more: Any) -> dict[str, Any]:
    return {"text": text, "actions": [postback(str(n)) for n in range(actions)], **more}


def bubble(words: str = "x", **more: Any) -> dict[str, Any]:
    body = {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": words}]}
    return {"type": "bubble", "body": body, **more}


def flex(*bubbles: dict[str, Any], alt: str = "x") -> dict[str, Any]:
    contents = bubbles[0] if len(bubbles) == 1 else {"type": "carousel", "contents": list(bubbles)}
    return {"type": "flex", "altText": alt, "contents": contents}


def footer(action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "box", "layout": "vertical", "contents": [{"type": "button", "action": action}]}


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("text of 5001", text("x" * 5001), "messages[0].text"),
    ("2501 emojis are 5002 units", text("👕" * 2501), "messages[0].text"),
    ("empty text", text(" "), "messages[0].text"),
    ("unknown type", {"type": "hologram"}, "messages[0].type"),
    ("14 quick replies", quick(*[postback(str(n)) for n in range(14)]), "messages[0].quickReply.items"),
    ("no quick replies", quick(), "messages[0].quickReply.items"),
    ("quick reply of 21", quick(postback("x" * 21)), "messages[0].quickReply.items[0].action.label"),
    ("data of 301", quick(postback(data="x" * 301)), "messages[0].quickReply.items[0].action.data"),
    ("no data", quick(postback(data="")), "messages[0].quickReply.items[0].action.data"),
    ("displayText of 301", quick(postback(displayText="x" * 301)), "messages[0].quickReply.items[0].action.displayText"),
    ("link of 1001", quick({"type": "uri", "label": "Go", "uri": LINK + "x" * 1000}), "messages[0].quickReply.items[0].action.uri"),
    ("link to a script", quick({"type": "uri", "label": "Go", "uri": "javascript:alert(1)"}), "messages[0].quickReply.items[0].action.uri"),
    ("picture without s", {"type": "image", "originalContentUrl": "http://shop.example/a.jpg", "previewImageUrl": LINK}, "messages[0].originalContentUrl"),
    ("picture without preview", {"type": "image", "originalContentUrl": LINK}, "messages[0].previewImageUrl"),
    ("sound without length", {"type": "audio", "originalContentUrl": LINK}, "messages[0].duration"),
    ("five buttons", template(type="buttons", **column(actions=5)), "messages[0].template.actions"),
    ("buttons' text of 161", template(type="buttons", **column("x" * 161)), "messages[0].template.text"),
    ("text of 61 under a title", template(type="buttons", **column("x" * 61, title="T")), "messages[0].template.text"),
    ("title of 41", template(type="buttons", **column(title="x" * 41)), "messages[0].template.title"),
    ("confirm with one answer", template(type="confirm", **column()), "messages[0].template.actions"),
    ("eleven columns", template(type="carousel", columns=[column()] * 11), "messages[0].template.columns"),
    ("four buttons in a column", template(type="carousel", columns=[column(actions=4)]), "messages[0].template.columns[0].actions"),
    ("columns unlike each other", template(type="carousel", columns=[column(), column(actions=2)]), "messages[0].template.columns"),
    ("altText of 1501", flex(bubble(), alt="x" * 1501), "messages[0].altText"),
    ("thirteen bubbles", flex(*[bubble()] * 13), "messages[0].contents.contents"),
    ("bubble of 30 KB", flex(bubble("字" * 4000, footer=footer(postback("x")), header=bubble("字" * 4999)["body"], hero=bubble("字" * 1500)["body"])), "messages[0].contents"),
    ("empty words in a bubble", flex(bubble("")), "messages[0].contents.body.contents[0].text"),
    ("bubble's picture without s", flex(bubble(hero={"type": "image", "url": "http://shop.example/a.jpg"})), "messages[0].contents.hero.url"),
    ("bubble's button of 41", flex(bubble(footer=footer(postback("x" * 41)))), "messages[0].contents.footer.contents[0].action.label"),
    ("place button in a bubble", flex(bubble(footer=footer({"type": "location", "label": "x"}))), "messages[0].contents.footer.contents[0].action.type"),
]  # fmt: skip
ACCEPTED = [
    text("x" * 5000),
    text("👕" * 2500),
    quick(*[postback("x" * 20 if n == 0 else str(n), "y" * 300, displayText="z" * 300) for n in range(13)]),
    quick(postback("👨‍👩‍👧‍👦" * 20)),
    quick({"type": "location", "label": "Here"}, {"type": "uri", "label": "Go", "uri": LINK}),
    {"type": "image", "originalContentUrl": LINK, "previewImageUrl": LINK},
    {"type": "sticker", "packageId": "446", "stickerId": "1988"},
    template(type="buttons", **column("x" * 160, actions=4)),
    template(type="buttons", **column("x" * 60, title="y" * 40)),
    template(type="confirm", **column("x" * 240, actions=2)),
    template(type="carousel", columns=[column("x" * 120, actions=3)] * 10),
    flex(*[bubble(footer=footer(postback("x" * 40)))] * 12, alt="y" * 1500),
]


@pytest.mark.parametrize(("name", "message", "where"), REFUSED, ids=[name for name, _, _ in REFUSED])
def test_line_refuses(world: World, name: str, message: dict[str, Any], where: str) -> None:
    answer = push(world, message)
    assert (answer.status_code, answer.json()["message"]) == (400, "The request body has 1 error(s)")
    assert [detail["property"] for detail in answer.json()["details"]] == [where]
    assert world.accepted("line") == []


def test_line_accepts_what_is_just_within(world: World) -> None:
    answers = [push(world, message) for message in ACCEPTED]
    assert [answer.status_code for answer in answers] == [200] * len(ACCEPTED), [answer.text for answer in answers]
    ids = [answer.json()["sentMessages"][0]["id"] for answer in answers]
    assert [row["wire_id"] for row in world.accepted("line")] == ids


def test_five_messages_go_into_one_call_and_not_six(world: World) -> None:
    assert len(push(world, *[text("x")] * 5).json()["sentMessages"]) == 5
    assert push(world, *[text("x")] * 6).json()["details"][0]["property"] == "messages"
    assert push(world).status_code == 400


def test_line_wants_its_token_and_a_true_recipient(world: World) -> None:
    assert call(world, "message/push", {"to": SHOPPER, "messages": [text("x")]}, token="guess").status_code == 401
    for nobody in ("", "ana", None, "u" + "0" * 32):
        assert push(world, text("x"), to=nobody).json()["message"].startswith("The property, 'to'")
    world.order("_settings", known_only=True)
    assert push(world, text("x")).json() == {"message": "Failed to send messages"}
    assert call(world, "message/levitate", {}).status_code == 404
    assert world.accepted("line") == []


def said(world: World, shop: Shop, words: str = "hi", count: int = 1) -> dict[str, Any]:
    world.order("_say", kind="line", shopper=SHOPPER, text=words, name="Ana")
    (event,) = shop.wait(count)[-1].json["events"]
    return dict(event)


def reply(world: World, token: str) -> httpx2.Response:
    return call(world, "message/reply", {"replyToken": token, "messages": [text("hello")]})


def test_a_reply_token_is_good_once(world: World, shop: Shop) -> None:
    token = said(world, shop)["replyToken"]
    assert reply(world, token).status_code == 200
    for used in (token, "made-up", ""):
        assert (reply(world, used).status_code, reply(world, used).json()) == (400, {"message": "Invalid reply token"})
    assert [row["recipient"] for row in world.accepted("line")] == [SHOPPER]


def test_a_reply_token_is_good_for_a_minute(world: World, shop: Shop) -> None:
    token = said(world, shop)["replyToken"]
    world.order("_settings", clock_offset=61)
    assert reply(world, token).json() == {"message": "Invalid reply token"}


def test_a_refused_reply_does_not_use_its_token_up(world: World, shop: Shop) -> None:
    token = said(world, shop)["replyToken"]
    assert call(world, "message/reply", {"replyToken": token, "messages": [text("")]}).status_code == 400
    assert reply(world, token).status_code == 200


def test_a_retry_key_is_taken_once_in_a_day(world: World) -> None:
    first = push(world, text("x"), key=KEY)
    again = push(world, text("x"), key=KEY)
    assert (first.status_code, again.status_code) == (200, 409)
    assert again.json()["sentMessages"] == first.json()["sentMessages"]
    assert again.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert len(world.accepted("line")) == 1
    world.order("_settings", clock_offset=24 * 3600 + 1)
    assert push(world, text("x"), key=KEY).status_code == 200
    assert push(world, text("x"), key="not-a-uuid").status_code == 400


def test_pushes_count_on_the_quota_and_replies_do_not(world: World, shop: Shop) -> None:
    world.order("_settings", line_quota=1)
    assert push(world, text("x")).status_code == 200
    refused = push(world, text("x"))
    assert (refused.status_code, refused.json()["message"]) == (429, "You have reached your monthly limit.")
    assert reply(world, said(world, shop)["replyToken"]).status_code == 200


def test_what_was_said_can_be_marked_as_read(world: World, shop: Shop) -> None:
    token = said(world, shop)["message"]["markAsReadToken"]
    assert call(world, "chat/markAsRead", {"markAsReadToken": "made-up"}).status_code == 400
    assert call(world, "chat/markAsRead", {"markAsReadToken": token}).status_code == 200
    (shown,) = world.get("_thread", kind="line", shopper=SHOPPER)["messages"]
    assert shown["state"] == "read"


def checked(world: World, address: str, **other: Any) -> list[tuple[str, dict[str, str]]]:
    config = {**ACCOUNT, "api_base": f"{world.url}/sandbox/api/line", **other}
    return [(found.code, dict(found.facts)) for found in channel_for("line").check(config, address=address)]


def test_an_account_is_checked_and_our_address_entered(world: World, shop: Shop) -> None:
    ours, elsewhere = f"{shop.url}/webhooks/line/demo/", f"{shop.url}/webhooks/line/other/"
    assert checked(world, ours) == [("connected", {"name": "Demo Shop"}), ("webhook_set", {})]
    assert checked(world, elsewhere)[1] == ("webhook_elsewhere", {"there": ours})
    channel_for("line").announce({**ACCOUNT, "api_base": f"{world.url}/sandbox/api/line"}, address=elsewhere)
    assert checked(world, elsewhere)[1] == ("webhook_set", {})
    said(world, shop)
    assert shop.hooks[0].path == "/webhooks/line/other/"


def test_what_is_wrong_with_an_account_is_said(world: World, shop: Shop) -> None:
    ours = f"{shop.url}/webhooks/line/demo/"
    assert [code for code, _ in checked(world, ours, access_token="guess")] == ["token_refused"]
    assert [code for code, _ in checked(world, ours, api_base="http://127.0.0.1:9")] == ["not_reached"]
    assert checked(world, ours, channel_secret="") == [("signature_missing", {"setting": "channel_secret"})]
    facts = {"setting": "basic_id", "here": "@mistyped", "there": "@demoshop"}
    assert checked(world, ours, basic_id="@mistyped")[1] == ("another_account", facts)


def test_the_dots(world: World) -> None:
    for seconds, status in ((20, 202), (4, 400), (61, 400), (7, 400)):
        body = {"chatId": SHOPPER, "loadingSeconds": seconds}
        assert call(world, "chat/loading/start", body).status_code == status
    assert world.get("_thread", kind="line", shopper=SHOPPER)["typing"] is True


def _is_signed(hook: Hook) -> bool:
    digest = hmac.new(ACCOUNT["channel_secret"].encode(), hook.body, hashlib.sha256).digest()
    return hook.headers["x-line-signature"] == base64.b64encode(digest).decode()


def test_what_the_shopper_says_is_told_signed(world: World, shop: Shop) -> None:
    event = said(world, shop, "blue shirt 👕")
    assert _is_signed(shop.hooks[0])
    assert shop.hooks[0].path == "/webhooks/line/demo/"
    assert (event["type"], event["source"], event["deliveryContext"]) == (
        "message", {"type": "user", "userId": SHOPPER}, {"isRedelivery": False}
    )  # fmt: skip
    assert (event["message"]["type"], event["message"]["text"]) == ("text", "blue shirt 👕")


def test_a_row_of_cards_is_drawn_card_by_card_and_can_be_tapped(world: World, shop: Shop) -> None:
    bold = {"type": "text", "text": "Linen shirt", "weight": "bold"}
    card = bubble(
        "€55.00",
        hero={"type": "image", "url": "https://shop.example/a.jpg"},
        footer=footer(postback("Choose", "c:7", displayText="Choose it")),
    )
    card["body"]["contents"].insert(0, bold)
    push(world, flex(bubble("first"), card))
    push(world, quick(postback("Yes", "c:1"), {"type": "location", "label": "Here"}))
    first, second, asked = world.get("_thread", kind="line", shopper=SHOPPER)["messages"]
    assert (first["text"], second["header"], second["image"]) == (
        [{"t": "first"}],
        "Linen shirt",
        "https://shop.example/a.jpg",
    )
    assert second["rows"] == [[{"label": "Choose", "value": "c:7"}]]
    for shown, value in ((second, "c:7"), (asked, "c:1"), (asked, "place")):
        world.order("_tap", kind="line", shopper=SHOPPER, bubble=shown["id"], value=value)
    card_tap, tap, place = (hook.json["events"][0] for hook in shop.wait(3))
    assert (card_tap["type"], card_tap["postback"]) == ("postback", {"data": "c:7"})
    assert tap["postback"] == {"data": "c:1"}
    assert place["message"]["type"] == "location"
    mine = [
        row["text"] for row in world.get("_thread", kind="line", shopper=SHOPPER)["messages"] if row["from"] == "me"
    ]
    assert mine[0] == [{"t": "Choose it"}]
    values = {"kind": "line", "shopper": SHOPPER, "bubble": asked["id"], "value": "c:9"}
    assert world.client.post(f"{world.url}/sandbox/api/_tap", json=values).status_code == 400


def test_a_profile_is_told_and_only_a_file_that_was_sent(world: World, shop: Shop) -> None:
    said(world, shop)
    headers = {"Authorization": f"Bearer {ACCOUNT['access_token']}"}
    base = f"{world.url}/sandbox/api/line/v2/bot"
    assert world.client.get(f"{base}/profile/{SHOPPER}", headers=headers).json()["displayName"] == "Ana"
    assert world.client.get(f"{base}/profile/U{'0' * 32}", headers=headers).status_code == 404
    assert world.client.get(f"{base}/message/325708/content", headers=headers).status_code == 404
