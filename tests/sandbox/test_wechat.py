"""WeChat played: its tokens, what it refuses, its counted answers, its news, and the phone."""

import base64
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from apps.messaging.channel import Recipient, WebhookRequest, channel_for
from apps.messaging.content import Ask, Choice
from tests.messaging.channels.wechat.example import ACCOUNT, AES_KEY

from .conftest import Hook, Shop, World

ANA = "oAna0000000000000000000000001"[:28]
LINK = "https://shop.example/p/1"
WECHAT = channel_for("wechat")


def call(world: World, path: str, *, token: str = "", **body: Any) -> dict[str, Any]:
    asked = {"grant_type": "client_credential", "appid": ACCOUNT["app_id"], "secret": ACCOUNT["app_secret"]}
    base = f"{world.url}/sandbox/api/wechat/cgi-bin"
    token = token or world.client.post(f"{base}/stable_token", json=asked).json()["access_token"]
    answer = world.client.post(f"{base}/{path}", params={"access_token": token}, json=body)
    told: dict[str, Any] = answer.json()
    return told


def send(world: World, kind: str = "text", *, to: str = ANA, **part: Any) -> int:
    """The errcode of one message."""
    told = call(world, "message/custom/send", touser=to, msgtype=kind, **{kind: part or {"content": "Hello"}})
    return int(told["errcode"])


def event_of(hook: Hook, config: dict[str, Any]) -> list[tuple[str, str, str]]:
    request = WebhookRequest("POST", "", hook.headers, dict(parse_qsl(urlsplit(hook.path).query)), hook.body)
    WECHAT.verify(request, config)
    return [(str(event.kind), event.receipt, event.target) for event in WECHAT.parse(request, config)]


# --- tokens ---------------------------------------------------------------------------------------
def test_a_token_is_lent_to_whoever_knows_the_secret(world: World) -> None:
    base = f"{world.url}/sandbox/api/wechat/cgi-bin/stable_token"
    asked = {"grant_type": "client_credential", "appid": ACCOUNT["app_id"], "secret": ACCOUNT["app_secret"]}
    first, second = (world.client.post(base, json=asked).json() for _ in range(2))
    assert first["access_token"] == second["access_token"]
    assert 0 < first["expires_in"] <= 7200
    assert world.client.post(base, json={**asked, "secret": "guess"}).json()["errcode"] == 40125
    assert world.client.post(base, json={**asked, "appid": "wx0"}).json()["errcode"] == 40013
    assert world.client.post(base, content=b"{").json()["errcode"] == 47001


def test_a_token_ends_and_a_guess_is_none(world: World) -> None:
    assert call(world, "message/custom/send", token="guess")["errcode"] == 40001
    assert world.client.post(f"{world.url}/sandbox/api/wechat/cgi-bin/message/custom/send").json()["errcode"] == 41001
    base = f"{world.url}/sandbox/api/wechat/cgi-bin/stable_token"
    asked = {"grant_type": "client_credential", "appid": ACCOUNT["app_id"], "secret": ACCOUNT["app_secret"]}
    token = world.client.post(base, json=asked).json()["access_token"]
    world.order("_settings", clock_offset=7201)
    assert call(world, "message/custom/send", token=token)["errcode"] == 42001


# --- limits ---------------------------------------------------------------------------------------
def article(**more: str) -> dict[str, str]:
    return {"title": "Shirt", "description": "", "url": LINK, "picurl": LINK, **more}


def menu(*entries: dict[str, str], head: str = "Which?") -> dict[str, Any]:
    return {"head_content": head, "list": list(entries)}


REFUSED: list[tuple[str, str, dict[str, Any], int]] = [
    ("2049 bytes", "text", {"content": "字" * 683}, 45002),
    ("no words", "text", {"content": " "}, 44004),
    ("two articles", "news", {"articles": [article(), article()]}, 45008),
    ("no articles", "news", {"articles": []}, 44003),
    ("an article without title", "news", {"articles": [article(title="")]}, 40035),
    ("an article that leads nowhere", "news", {"articles": [article(url="/p/1")]}, 40035),
    ("a menu of nothing", "msgmenu", menu(), 40035),
    ("an entry without id", "msgmenu", menu({"id": "", "content": "M"}), 40035),
    ("an entry with more", "msgmenu", menu({"id": "1", "content": "M", "url": LINK}), 40035),
    ("a menu of 2049 bytes", "msgmenu", menu({"id": "1", "content": "x"}, head="x" * 2048), 45002),
    ("a picture nobody uploaded", "image", {"media_id": "guess"}, 40007),
    ("another sort", "carousel", {"cards": []}, 40008),
]
ACCEPTED: list[tuple[str, dict[str, Any]]] = [
    ("text", {"content": "x" * 2048}),
    ("text", {"content": "字" * 682}),
    ("news", {"articles": [article()]}),
    ("msgmenu", menu(*({"id": str(n), "content": f"Entry {n}"} for n in range(20)))),
    ("msgmenu", menu({"id": "1", "content": "x"}, head="x" * 2047)),
]


@pytest.mark.parametrize(("what", "kind", "part", "code"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_wechat_would_refuse_is_refused(
    world: World, what: str, kind: str, part: dict[str, Any], code: int
) -> None:
    assert send(world, kind, **part) == code
    assert world.accepted("wechat") == []


@pytest.mark.parametrize(("kind", "part"), ACCEPTED)
def test_what_is_just_within_is_taken(world: World, kind: str, part: dict[str, Any]) -> None:
    assert send(world, kind, **part) == 0


def test_a_picture_is_uploaded_before_it_is_sent(world: World) -> None:
    base = f"{world.url}/sandbox/api/wechat/cgi-bin"
    asked = {"grant_type": "client_credential", "appid": ACCOUNT["app_id"], "secret": ACCOUNT["app_secret"]}
    token = world.client.post(f"{base}/stable_token", json=asked).json()["access_token"]
    files = {"media": ("a.png", b"\x89PNG", "image/png")}
    query = {"access_token": token, "type": "image"}
    media_id = world.client.post(f"{base}/media/upload", params=query, files=files).json()["media_id"]
    assert send(world, "image", media_id=media_id) == 0
    bad = {"access_token": token, "type": "sculpture"}
    assert world.client.post(f"{base}/media/upload", params=bad, files=files).json()["errcode"] == 40004
    assert world.client.post(f"{base}/media/upload", params=query, json={}).json()["errcode"] == 41005


# --- counted answers ------------------------------------------------------------------------------
def test_five_answers_may_follow_a_message_within_two_days(world: World) -> None:
    world.order("_say", kind="wechat", shopper=ANA, text="hi")
    assert [send(world) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    world.order("_say", kind="wechat", shopper=ANA, text="more")
    world.order("_settings", clock_offset=48 * 3600 - 5)
    assert send(world) == 0
    world.order("_settings", clock_offset=48 * 3600 + 5)
    assert send(world) == 45015


def test_three_more_may_follow_a_tap_within_a_minute(world: World) -> None:
    world.order("_say", kind="wechat", shopper=ANA, text="hi")
    assert send(world, "msgmenu", **menu({"id": "c:1", "content": "Mugs"})) == 0
    assert [send(world) for _ in range(5)] == [0, 0, 0, 0, 45047]
    bubble = world.get("_thread", kind="wechat", shopper=ANA)["messages"][1]
    world.order("_tap", kind="wechat", shopper=ANA, bubble=bubble["id"], value="c:1")
    assert [send(world) for _ in range(4)] == [0, 0, 0, 45047]
    world.order("_tap", kind="wechat", shopper=ANA, bubble=bubble["id"], value="c:1")
    world.order("_settings", clock_offset=61)
    assert send(world) == 45047


# --- what the shop is told ------------------------------------------------------------------------
def test_templates_alone_have_news(world: World, shop: Shop) -> None:
    data = {"thing1": {"value": "Shirt"}}
    plain = call(world, "message/template/send", touser=ANA, template_id="T", data=data)
    notice = call(world, "message/subscribe/bizsend", touser=ANA, template_id="T", data=data)
    assert send(world) == 0
    news = sorted(event_of(hook, ACCOUNT)[0] for hook in shop.wait(2))
    assert news == sorted(("status", "delivered", str(told["msgid"])) for told in (plain, notice))
    assert len(shop.hooks) == 2
    long = {"thing1": {"value": "x" * 21}}
    assert call(world, "message/template/send", touser=ANA, template_id="T", data=long)["errcode"] == 47003


def test_a_template_may_fail_later(world: World, shop: Shop) -> None:
    world.order("_faults", platform="wechat", kind="late_failure")
    told = call(world, "message/template/send", touser=ANA, template_id="T", data={"thing1": {"value": "x"}})
    assert told["errcode"] == 0
    assert event_of(shop.wait(1)[0], ACCOUNT) == [("status", "failed", str(told["msgid"]))]


def test_whoever_stops_following_is_not_written_to(world: World, shop: Shop) -> None:
    world.order("_say", kind="wechat", shopper=ANA, text="hi")
    world.order("_block", kind="wechat", shopper=ANA, blocked=True)
    assert send(world) == 43004
    world.order("_block", kind="wechat", shopper=ANA, blocked=False)
    assert send(world) == 0
    kinds = sorted(kind for hook in shop.wait(3) for kind, _receipt, _target in event_of(hook, ACCOUNT))
    assert kinds == ["consent", "consent", "conversation_started", "message"]


def test_an_account_in_safe_mode_is_told_in_envelopes(world: World, shop: Shop) -> None:
    safe = {**ACCOUNT, "app_id": "wxsafe", "encoding_aes_key": AES_KEY}
    world.order("_accounts", kind="wechat", name="safe", config=safe)
    world.order("_say", kind="wechat", account="safe", shopper=ANA, text="你好 <b>&amp;</b> ]]>")
    (hook,) = shop.wait(1)
    assert b"FromUserName" not in hook.body
    request = WebhookRequest("POST", "", hook.headers, dict(parse_qsl(urlsplit(hook.path).query)), hook.body)
    WECHAT.verify(request, safe)
    assert [event.text for event in WECHAT.parse(request, safe)] == ["你好 <b>&amp;</b> ]]>"]
    assert len(base64.b64decode(AES_KEY + "=")) == 32


def test_the_phone_shows_each_sort_and_typing(world: World) -> None:
    config = {**ACCOUNT, "api_base": f"{world.url}/sandbox/api/wechat"}
    asked = Ask("Which?", (Choice("Shirts", token="c:1"), Choice("Mugs", token="c:2")))
    (wire,) = WECHAT.render(asked, language="en")
    WECHAT.send(wire, Recipient(ANA), config, key="1")
    assert send(world, "news", articles=[article(description="€39.00")]) == 0
    asked_for, card = world.get("_thread", kind="wechat", shopper=ANA)["messages"]
    assert (asked_for["text"], [row[0]["label"] for row in asked_for["rows"]]) == (
        [{"t": "Which?"}],
        ["Shirts", "Mugs"],
    )
    assert (card["header"], card["text"], card["image"]) == ("Shirt", [{"t": "€39.00"}], LINK)
    assert call(world, "message/custom/typing", touser=ANA, command="Typing")["errcode"] == 0
    assert call(world, "message/custom/typing", touser=ANA, command="Dancing")["errcode"] == 45072


def test_a_code_for_a_scene_is_made(world: World) -> None:
    config = {**ACCOUNT, "api_base": f"{world.url}/sandbox/api/wechat"}
    assert WECHAT.make_code("blue-shirt_2026", config).startswith("http://weixin.qq.com/q/")
    assert call(world, "qrcode/create", action_name="QR_LIMIT_STR_SCENE")["errcode"] == 40053
