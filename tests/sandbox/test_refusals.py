"""What the platforms refuse beyond the form of a message: files they do not take, unknown wordings, and too many at once."""

from typing import Any

import pytest

from apps.merchants.models import Merchant
from apps.messaging.channel import ErrorClass, SendFailed
from apps.messaging.content import Text
from tests.messaging.channels.wechat.example import ACCOUNT as WECHAT

from . import test_instagram, test_qq, test_rcs, test_viber, test_vonage, test_wechat
from .conftest import Shop, World
from .talk import LINES

BASE = "https://shop.example/files/shirt"
JPG, WEBP, SVG = f"{BASE}.jpg", f"{BASE}.webp", f"{BASE}.svg"


def _file(kind: str, url: str) -> dict[str, Any]:
    return {"attachment": {"type": kind, "payload": {"url": url}}}


@pytest.mark.parametrize(
    ("kind", "ending", "state"),
    [("image", "webp", "failed"), ("image", "gif", "failed"), ("image", "jpg", "delivered"), ("sticker", "webp", "delivered"),
     ("sticker", "png", "failed"), ("video", "webm", "failed"), ("audio", "wav", "failed"), ("audio", "ogg", "delivered"),
     ("image", "", "delivered")],
)  # fmt: skip
def test_whatsapp_tells_afterwards_of_a_file_it_does_not_take(
    world: World, shop: Shop, kind: str, ending: str, state: str
) -> None:
    world.order("_settings", receipts=["delivered"])
    sent = world.whatsapp({"type": kind, kind: {"link": f"{BASE}.{ending}" if ending else BASE}})
    assert sent.status_code == 200
    (status,) = shop.wait(1)[0].json["entry"][0]["changes"][0]["value"]["statuses"]
    assert (status["id"], status["status"]) == (sent.json()["messages"][0]["id"], state)
    if state == "failed":
        assert (status["errors"][0]["code"], status["errors"][0]["title"]) == (131053, "Media upload error")


def test_whatsapp_looks_at_the_picture_above_buttons_as_well(world: World, shop: Shop) -> None:
    world.order("_settings", receipts=[])
    action = {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Yes"}}]}
    header = {"type": "image", "image": {"link": WEBP}}
    part = {"type": "button", "header": header, "body": {"text": "This one?"}, "action": action}
    assert world.whatsapp({"type": "interactive", "interactive": part}).status_code == 200
    (status,) = shop.wait(1)[0].json["entry"][0]["changes"][0]["value"]["statuses"]
    assert status["errors"][0]["code"] == 131053


def test_whatsapp_knows_no_file_of_that_number(world: World) -> None:
    answer = world.whatsapp({"type": "image", "image": {"id": "123456789"}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
    assert "attachment ID" in answer.json()["error"]["error_data"]["details"]


def test_whatsapp_knows_no_wording_of_that_name(world: World) -> None:
    wording = {"name": "never_handed_in", "language": {"code": "en"}}
    answer = world.whatsapp({"type": "template", "template": wording})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, 132001)


@pytest.mark.parametrize(("kind", "url"), [("image", SVG), ("video", JPG), ("audio", JPG)])
def test_messenger_does_not_take_such_a_file(world: World, kind: str, url: str) -> None:
    error = world.messenger(_file(kind, url)).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2018047)
    assert world.messenger(_file("image", JPG)).status_code == 200
    assert world.messenger(_file("image", BASE)).status_code == 200


@pytest.mark.parametrize(("kind", "url"), [("image", WEBP), ("audio", f"{BASE}.ogg"), ("file", f"{BASE}.docx")])
def test_instagram_does_not_take_such_a_file(world: World, kind: str, url: str) -> None:
    error = test_instagram.send(world, _file(kind, url)).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2018047)
    assert test_instagram.send(world, _file("file", f"{BASE}.pdf")).status_code == 200


@pytest.mark.parametrize(
    ("method", "values"),
    [("sendPhoto", {"photo": SVG}), ("sendVideo", {"video": f"{BASE}.webm"}), ("sendDocument", {"document": f"{BASE}.docx"}),
     ("sendAudio", {"audio": f"{BASE}.wav"}),
     ("sendMediaGroup", {"media": [{"type": "photo", "media": JPG}, {"type": "photo", "media": f"{BASE}.pdf"}]})],
)  # fmt: skip
def test_telegram_fetches_no_such_file(world: World, method: str, values: dict[str, Any]) -> None:
    answer = world.telegram(method, chat_id=427770117, **values)
    words = "Bad Request: wrong type of the web page content"
    assert (answer.status_code, answer.json()["description"]) == (400, words)


def test_telegram_gives_out_no_file_it_does_not_know(world: World) -> None:
    answer = world.telegram("getFile", file_id="AgAC12")
    assert answer.json()["description"] == "Bad Request: wrong file_id or the file is temporarily unavailable"


def test_telegram_deletes_for_two_days(world: World) -> None:
    number = world.telegram("sendMessage", chat_id=427770117, text="hi").json()["result"]["message_id"]
    world.order("_settings", clock_offset=48 * 3600 + 5)
    answer = world.telegram("deleteMessage", chat_id=427770117, message_id=number)
    assert answer.json()["description"] == "Bad Request: message can't be deleted for everyone"
    world.order("_settings", clock_offset=0)
    assert world.telegram("deleteMessage", chat_id=427770117, message_id=number).json()["ok"]


def test_telegram_slows_down_who_writes_too_fast_to_one_chat(merchant: Merchant, world: World) -> None:
    """Thirty at once, one a second from then on; the shop's adapter knows how long to wait."""
    telegram = next(line for line in LINES if line.kind == "telegram")
    hurried = (telegram.says(world, Text("hi")) for _ in range(60))
    with pytest.raises(SendFailed) as failed:
        list(hurried)
    assert failed.value.error_class == ErrorClass.RETRY_AFTER
    assert failed.value.retry_after == 1
    assert 30 <= len(world.accepted("telegram")) < 60
    assert world.telegram("sendMessage", chat_id=427770118, text="hi").status_code == 200
    world.order("_settings", clock_offset=5)
    assert telegram.says(world, Text("hi"))


@pytest.mark.parametrize(
    "message",
    [{"type": "picture", "text": "", "media": WEBP}, {"type": "video", "media": f"{BASE}.webm", "size": 5},
     {"type": "video", "media": f"{BASE}.mp4", "size": 27_262_977},
     {"type": "file", "media": f"{BASE}.pdf", "file_name": "a.pdf", "size": 52_428_801}],
    ids=["picture", "film", "large-film", "large-file"],
)  # fmt: skip
def test_viber_does_not_take_such_a_file(world: World, message: dict[str, Any]) -> None:
    assert test_viber.send(world, message)["status"] == 3
    fine = {"type": "video", "media": f"{BASE}.mp4", "size": 27_262_976}
    assert test_viber.send(world, fine)["status"] == 0


@pytest.mark.parametrize(
    ("sort", "name", "size", "code"),
    [("image", "a.webp", 9, 40005), ("voice", "a.ogg", 9, 40005), ("video", "a.webm", 9, 40005),
     ("thumb", "a.jpg", 70_000, 45001), ("voice", "a.amr", 2_200_000, 45001), ("voice", "a.amr", 9, 0), ("image", "a.jpg", 9, 0)],
)  # fmt: skip
def test_wechat_keeps_no_such_file(world: World, sort: str, name: str, size: int, code: int) -> None:
    base = f"{world.url}/sandbox/api/wechat/cgi-bin"
    asked = {"grant_type": "client_credential", "appid": WECHAT["app_id"], "secret": WECHAT["app_secret"]}
    token = world.client.post(f"{base}/stable_token", json=asked).json()["access_token"]
    files = {"media": (name, b"x" * size, "application/octet-stream")}
    answer = world.client.post(f"{base}/media/upload", params={"access_token": token, "type": sort}, files=files)
    assert answer.json().get("errcode", 0) == code
    unknown = world.client.get(f"{base}/media/get", params={"access_token": token, "media_id": "nobodys"})
    assert unknown.json()["errcode"] == 40007


def test_wechat_knows_only_the_accounts_own_wordings(world: World) -> None:
    """Where the account says which it has."""
    told = {"kind": "wechat", "name": "demo"}
    world.order(
        "_accounts", **told, config={**WECHAT, "title": "Demo Shop", "templates": {"order-news": "{{thing1.DATA}}"}}
    )
    try:
        notice = {"touser": test_wechat.ANA, "data": {"thing1": {"value": "sent"}}}
        refused = test_wechat.call(world, "message/template/send", template_id="another", **notice)
        assert refused["errcode"] == 40037
        assert test_wechat.call(world, "message/template/send", template_id="order-news", **notice)["errcode"] == 0
    finally:
        world.order("_accounts", **told, config={**WECHAT, "title": "Demo Shop"})


@pytest.mark.parametrize(("sort", "ending"), [(1, "webp"), (2, "webm"), (3, "ogg")])
def test_qq_fetches_no_such_file(world: World, sort: int, ending: str) -> None:
    token = test_qq.lent(world)["access_token"]
    path = f"v2/users/{test_qq.SHOPPER}/files"
    asked = {"file_type": sort, "srv_send_msg": False, "url": f"{BASE}.{ending}"}
    answer = test_qq.call(world, "POST", path, asked, token=token)
    assert (answer.status_code, answer.json()["code"]) == (400, 304082)
    assert test_qq.call(world, "POST", path, {**asked, "file_type": 1, "url": JPG}, token=token).status_code == 200


@pytest.mark.parametrize("url", [WEBP, SVG, f"{BASE}.zip"])
def test_rcs_shows_no_such_file(world: World, url: str) -> None:
    refused = test_rcs.send(world, {"contentInfo": {"fileUrl": url}})
    assert (refused.status_code, refused.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    card = test_rcs.card(title="x", media=test_rcs.media(contentInfo={"fileUrl": url}))
    assert test_rcs.send(world, card).status_code == 400


def test_vonage_sends_no_such_picture(world: World) -> None:
    call = test_vonage.picture(image={"url": WEBP})
    answer = test_vonage.send(world, call)
    assert answer.status_code == 422
    assert [one["name"] for one in answer.json()["invalid_parameters"]] == ["image.url"]
