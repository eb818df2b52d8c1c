"""WeChat's lent tokens, its errors inside of 200, pictures, templates and codes."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.messaging import tokens
from apps.messaging.channel import ErrorClass, Recipient, SendFailed, Sent, TemplateRef, channel_for
from apps.messaging.content import Ask, Choice, Media, Text, Typing
from apps.messaging.events import MediaRef
from apps.messaging.fetch import fetch_media
from apps.sandbox.platforms.wechat import DONE, SAID

from .channels.wechat.example import ACCOUNT, SHOPPER
from .loopback import Platform, platform

WECHAT = channel_for("wechat")
OK = (200, {"errcode": 0, "errmsg": "ok"}, {})
PICTURE = b"\x89PNG\r\n\x1a\nsmall"


def lent(token: str, seconds: int = 7200) -> tuple[int, dict[str, Any], dict[str, str]]:
    return 200, {"access_token": token, "expires_in": seconds}, {}


def refused(code: int) -> tuple[int, dict[str, Any], dict[str, str]]:
    return 200, {"errcode": code, "errmsg": "no"}, {}


@pytest.fixture(autouse=True)
def no_tokens() -> Iterator[None]:
    tokens._tokens.clear()
    yield
    tokens._tokens.clear()


def config_at(there: Platform, **more: Any) -> dict[str, Any]:
    return {**ACCOUNT, "api_base": there.base, **more}


def send(there: Platform, content: Any = Text(text="您好 👋"), **more: Any) -> list[Sent]:  # noqa: B008 - never changed
    wires = WECHAT.render(content, language="en")
    return [WECHAT.send(wire, Recipient(SHOPPER), config_at(there, **more), key="1:0", timeout=1.0) for wire in wires]


def paths(there: Platform) -> list[tuple[str, str]]:
    """(path, the token in it) of each call."""
    split = [urlsplit(call["path"]) for call in there.calls]
    return [(part.path, parse_qs(part.query).get("access_token", [""])[0]) for part in split]


def test_a_token_is_asked_for_once_and_stands_in_the_address() -> None:
    with platform(lent("t1"), OK, lends=False) as there:
        send(there)
        send(there)
    where = "/cgi-bin/message/custom/send"
    assert paths(there) == [("/cgi-bin/stable_token", ""), (where, "t1"), (where, "t1")]
    assert json.loads(there.calls[0]["body"]) == {
        "grant_type": "client_credential",
        "appid": ACCOUNT["app_id"],
        "secret": ACCOUNT["app_secret"],
    }
    # Escaped letters would be shown as they are escaped.
    assert "您好 👋".encode() in there.calls[1]["body"]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_that_ended_early_is_asked_for_anew_and_the_message_sent_once(code: int) -> None:
    with platform(lent("t1"), refused(code), lent("t2"), OK, lends=False) as there:
        assert send(there) == [Sent("", {"errcode": 0, "errmsg": "ok"})]
    assert [token for _path, token in paths(there)] == ["", "t1", "", "t2"]


def test_a_token_refused_twice_is_a_trouble_of_the_account() -> None:
    answers = (lent("t1"), refused(40001), lent("t1"), refused(40001))
    with platform(*answers, lends=False) as there, pytest.raises(SendFailed) as caught:
        send(there)
    assert (caught.value.error_class, caught.value.code, len(there.calls)) == (ErrorClass.AUTH, "40001", 4)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ("cut", ErrorClass.RETRY),
        ("hang", ErrorClass.RETRY),
        ((200, {}, {}), ErrorClass.RETRY),
        ((200, b"<html>", {}), ErrorClass.RETRY),
        ((502, b"", {}), ErrorClass.RETRY),
        (refused(-1), ErrorClass.RETRY),
        (refused(40013), ErrorClass.AUTH),
        (refused(40125), ErrorClass.AUTH),
        (refused(40164), ErrorClass.AUTH),
        (refused(45009), ErrorClass.RETRY_AFTER),
    ],
)
def test_without_a_token_nothing_was_said(answer: Any, meaning: ErrorClass) -> None:
    with platform(answer, lends=False) as there, pytest.raises(SendFailed) as caught:
        send(there)
    assert (caught.value.error_class, [path for path, _ in paths(there)]) == (meaning, ["/cgi-bin/stable_token"])


def test_neither_token_nor_secret_is_in_what_is_told_of_a_failure(capfd: pytest.CaptureFixture[str]) -> None:
    for answer in ("cut", "hang", refused(45009), refused(48001), (500, b"", {})):
        with platform(lent("tell-nobody"), answer, lends=False) as there, pytest.raises(SendFailed) as caught:
            send(there)
        said = f"{caught.value} {caught.value.detail} {caught.value.code}"
        assert "tell-nobody" not in said
        assert ACCOUNT["app_secret"] not in said
        tokens._tokens.clear()
    written = "".join(capfd.readouterr())
    assert ("tell-nobody" in written, ACCOUNT["app_secret"] in written) == (False, False)


def test_a_quota_by_the_minute_is_waited_for() -> None:
    with platform(refused(45011)) as there, pytest.raises(SendFailed) as caught:
        send(there)
    assert (caught.value.error_class, caught.value.retry_after) == (ErrorClass.RETRY_AFTER, 60.0)


def test_an_answer_that_says_neither_yes_nor_no_is_ambiguous() -> None:
    with platform((200, {}, {})) as there, pytest.raises(SendFailed) as caught:
        send(there)
    assert caught.value.error_class is ErrorClass.AMBIGUOUS


def test_typing_that_shows_already_or_comes_too_late_is_no_trouble() -> None:
    for code in (45080, 45081):
        with platform(refused(code)) as there:
            assert send(there, Typing()) == [Sent("")]
    assert json.loads(there.calls[0]["body"]) == {"touser": SHOPPER, "command": "Typing"}
    with platform(refused(45072)) as there, pytest.raises(SendFailed):
        send(there, Typing())


def test_an_account_without_menus_sends_numbers_instead() -> None:
    asked = Ask(text="Which?", choices=(Choice("Shirts", token="c:1"), Choice("Mugs", token="c:2")))
    (wire,) = WECHAT.render(asked, language="en")
    assert wire.instead is not None
    assert wire.instead.body == {"msgtype": "text", "text": {"content": "Which?\n\n1. Shirts\n2. Mugs"}}
    with platform(refused(40200)) as there, pytest.raises(SendFailed) as caught:
        send(there, asked)
    assert caught.value.error_class is ErrorClass.POLICY


def test_a_menu_and_what_stands_in_for_it_fit_whatever_they_say() -> None:
    choices = tuple(Choice(f"{number:02d}" + "衬衫" * 30, token=f"c:{number}") for number in range(30))
    wires = WECHAT.render(Ask(text="字" * 2000, choices=choices), language="zh-hans")
    menus = [wire for wire in wires if wire.instead is not None]
    for wire in menus:
        menu, instead = wire.body["msgmenu"], wire.instead
        whole = menu["head_content"] + "".join(entry["content"] for entry in menu["list"])
        assert instead is not None
        assert max(len(whole.encode()), len(instead.body["text"]["content"].encode())) <= 2048
    assert [entry["id"] for wire in menus for entry in wire.body["msgmenu"]["list"]] == [f"c:{n}" for n in range(30)]
    assert max(len(wire.body["text"]["content"].encode()) for wire in wires if wire not in menus) <= 2048


def test_nobody_elses_words_become_links() -> None:
    said = 'Hi <a href="https://evil.example">you</a> < A href=x>y</ a>, 3 < 4, <b>'
    (wire,) = WECHAT.render(Text(text=said), language="en")
    assert wire.body["text"]["content"] == 'Hi [a href="https://evil.example">you[/a> [ A href=x>y[/ a>, 3 < 4, <b>'


def test_as_many_answers_follow_words_and_taps_as_the_played_wechat_takes() -> None:
    limits = WECHAT.capability
    assert (limits.replies, limits.window_hours) == (SAID[0], SAID[1] / 3600)
    assert (limits.brief_replies, limits.brief_seconds) == DONE


# --- pictures -------------------------------------------------------------------------------------
def test_a_picture_without_words_is_uploaded_and_named(settings: Any) -> None:
    uploaded = (200, {"type": "image", "media_id": "M1", "created_at": 1}, {})
    with platform((200, PICTURE, {"Content-Type": "image/png"}), uploaded, OK) as there:
        settings.PUBLIC_URL, settings.PRIVATE_ADDRESSES = there.base, True
        send(there, Media(media_type="image", url=f"{there.base}/media/shirt.png", alt="A shirt"))
    assert [path for path, _ in paths(there)] == [
        "/media/shirt.png",
        "/cgi-bin/media/upload",
        "/cgi-bin/message/custom/send",
    ]
    upload = there.calls[1]
    assert upload["headers"]["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="media"; filename="picture.png"' in upload["body"]
    assert PICTURE in upload["body"]
    assert json.loads(there.calls[2]["body"]) == {"touser": SHOPPER, "msgtype": "image", "image": {"media_id": "M1"}}


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/a.png",
        "https://127.0.0.1/a.png",
        "https://169.254.169.254/a",
        "file:///etc/passwd",
        "https://[::1",
    ],
)
def test_a_picture_that_lies_inside_is_not_fetched_and_an_article_stands_in(address: str) -> None:
    content = Media(media_type="image", url=address, alt="A shirt")
    with platform(OK) as there, pytest.raises(SendFailed) as caught:
        send(there, content)
    assert (caught.value.error_class, there.calls) == (ErrorClass.BAD_REQUEST, [])
    (wire,) = WECHAT.render(content, language="en")
    assert wire.instead is not None
    assert wire.instead.body["news"]["articles"][0]["title"] == "A shirt"


@pytest.mark.parametrize("upload", ["cut", (200, {"type": "image"}, {}), (502, b"", {}), refused(-1)])
def test_an_upload_that_fails_has_said_nothing(upload: Any, settings: Any) -> None:
    with platform((200, PICTURE, {"Content-Type": "image/png"}), upload) as there:
        settings.PUBLIC_URL, settings.PRIVATE_ADDRESSES = there.base, True
        with pytest.raises(SendFailed) as caught:
            send(there, Media(media_type="image", url=f"{there.base}/a.png"))
    assert caught.value.error_class is ErrorClass.RETRY


def test_what_is_no_picture_is_not_uploaded(settings: Any) -> None:
    with platform((200, b"<svg/>", {"Content-Type": "image/svg+xml"}), OK) as there:
        settings.PUBLIC_URL, settings.PRIVATE_ADDRESSES = there.base, True
        with pytest.raises(SendFailed, match="no picture"):
            send(there, Media(media_type="image", url=f"{there.base}/a.svg"))
    assert len(there.calls) == 1


# --- files of shoppers ----------------------------------------------------------------------------
def test_a_shoppers_picture_is_fetched_with_our_token(settings: Any) -> None:
    settings.PRIVATE_ADDRESSES = True
    with platform((200, PICTURE, {"Content-Type": "image/png"})) as there:
        found = fetch_media("wechat", MediaRef("image", external_id="aP7tzY_0-Media"), config_at(there))
    assert (found.content, found.mime) == (PICTURE, "image/png")
    assert there.calls[0]["path"] == "/cgi-bin/media/get?media_id=aP7tzY_0-Media&access_token=76_lentToken"


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_file_is_asked_for_once_more_where_the_token_ended_early(code: int, settings: Any) -> None:
    settings.PRIVATE_ADDRESSES = True
    picture = (200, PICTURE, {"Content-Type": "image/png"})
    with platform(lent("t1"), refused(code), lent("t2"), picture, lends=False) as there:
        found = fetch_media("wechat", MediaRef("image", external_id="M1"), config_at(there))
    assert (found.content, [token for _path, token in paths(there)]) == (PICTURE, ["", "t1", "", "t2"])


@pytest.mark.parametrize(
    ("answers", "code", "meaning"),
    [
        ([refused(40007)], "40007", ErrorClass.BAD_REQUEST),
        ([refused(40001), refused(40001)], "40001", ErrorClass.AUTH),
        ([(200, {"surprise": 1}, {"Content-Type": "image/png"})], "200", ErrorClass.BAD_REQUEST),
    ],
)
def test_a_refusal_in_place_of_a_file_is_no_file(
    answers: list[Any], code: str, meaning: ErrorClass, settings: Any
) -> None:
    settings.PRIVATE_ADDRESSES = True
    with platform(*answers, OK) as there, pytest.raises(SendFailed) as caught:
        fetch_media("wechat", MediaRef("image", external_id="M1"), config_at(there))
    assert (caught.value.code, caught.value.error_class, len(there.calls)) == (code, meaning, len(answers))


def test_a_shoppers_video_lies_at_an_address_of_its_own() -> None:
    told = (200, {"video_url": "http://mpvideo.qpic.cn/x.mp4"}, {})
    with platform(lent("t1"), refused(42001), lent("t2"), told, lends=False) as there:
        request = WECHAT.media_request(MediaRef("video", external_id="V1"), config_at(there))
    assert request.url == "https://mpvideo.qpic.cn/x.mp4"
    with platform(refused(40007)) as there, pytest.raises(SendFailed) as caught:
        WECHAT.media_request(MediaRef("video", external_id="V1"), config_at(there))
    assert caught.value.error_class is ErrorClass.BAD_REQUEST


@pytest.mark.parametrize("name", ["", "../x", "a&access_token=b", "a b", "x" * 300])
def test_a_file_with_a_strange_name_is_not_asked_for(name: str) -> None:
    with platform(OK) as there, pytest.raises(SendFailed):
        WECHAT.media_request(MediaRef("image", external_id=name), config_at(there))
    assert there.calls == []


# --- templates and codes --------------------------------------------------------------------------
SHIPPED = TemplateRef(
    name="ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY",
    language="zh-hans",
    body="订单：{{character_string1.DATA}}\n快递：{{thing2.DATA}}\n单号：{{ character_string3.DATA }}",
)


def test_a_template_is_filled_by_its_own_fields_each_within_its_room() -> None:
    (wire,) = WECHAT.render_template(SHIPPED, ("K7QM-2XPD", "Very long name of a carrier\nin two lines"))
    assert wire.body["data"] == {
        "character_string1": {"value": "K7QM-2XPD"},
        "thing2": {"value": "Very long name of a…"},
        "character_string3": {"value": "–"},
    }
    assert wire.text == "订单：K7QM-2XPD\n快递：Very long name of a…\n单号：–"


def test_numbers_in_a_wording_stand_for_the_older_keywords() -> None:
    (wire,) = WECHAT.render_template(TemplateRef("T", "en", "Order {{1}} by {{2}}{{9}}"), ("K7QM", "DHL"))
    assert wire.body["data"] == {"keyword1": {"value": "K7QM"}, "keyword2": {"value": "DHL"}}
    assert wire.text == "Order K7QM by DHL"


@pytest.mark.parametrize(
    ("notices", "path"), [("", "template/send"), ("template", "template/send"), ("subscription", "subscribe/bizsend")]
)
def test_how_news_of_orders_go_out_is_a_setting(notices: str, path: str) -> None:
    (wire,) = WECHAT.render_template(SHIPPED, ("K7QM-2XPD", "DHL", "1"))
    with platform((200, {"errcode": 0, "errmsg": "ok", "msgid": 200228332}, {})) as there:
        sent = WECHAT.send(wire, Recipient(SHOPPER), config_at(there, notices=notices), key="1")
    assert (paths(there)[0][0], sent.provider_id) == (f"/cgi-bin/message/{path}", "200228332")


def test_a_code_carries_an_entry_points_token() -> None:
    code = (200, {"ticket": "gQH47joAAAAA", "url": "http://weixin.qq.com/q/02kZgfKWeqRh"}, {})
    with platform(code) as there:
        assert WECHAT.make_code("blue-shirt_2026", config_at(there)) == "http://weixin.qq.com/q/02kZgfKWeqRh"
        for strange in ("", "x" * 65, "a b", "é"):
            with pytest.raises(SendFailed):
                WECHAT.make_code(strange, config_at(there))
    assert [json.loads(call["body"]) for call in there.calls] == [
        {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "blue-shirt_2026"}}}
    ]
