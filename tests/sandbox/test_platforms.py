"""How each platform answers, what it tells the shop by webhook, and how its bad days look."""

import hashlib
import hmac
import json
import threading
import time
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest
from twilio.request_validator import RequestValidator

from .conftest import SMS, TELEGRAM, WHATSAPP, Hook, Shop, World

ANA = "4917600000001"
HOUR = 3600
TEXT = {"type": "text", "text": {"body": "Hello"}}


def _meta_signature(hook: Hook) -> bool:
    wanted = hmac.new(str(WHATSAPP["app_secret"]).encode(), hook.body, hashlib.sha256).hexdigest()
    return hook.headers["x-hub-signature-256"] == f"sha256={wanted}"


def _value(hook: Hook) -> dict[str, Any]:
    value: dict[str, Any] = hook.json["entry"][0]["changes"][0]["value"]
    return value


# --- WhatsApp ------------------------------------------------------------------------------------
def test_whatsapp_answers_as_meta_does(world: World) -> None:
    answer = world.whatsapp({**TEXT, "to": "+49 176 00000001"}).json()
    wamid = answer["messages"][0]["id"]
    assert answer == {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+49 176 00000001", "wa_id": ANA}],
        "messages": [{"id": wamid}],
    }
    assert wamid.startswith("wamid.")


def test_whatsapp_tells_sent_and_delivered_signed(world: World, shop: Shop) -> None:
    wamid = world.whatsapp(TEXT).json()["messages"][0]["id"]
    hooks = shop.wait(2)
    assert [_meta_signature(hook) for hook in hooks] == [True, True]
    assert [hook.path for hook in hooks] == ["/webhooks/whatsapp/demo/"] * 2
    assert sorted((status["id"], status["status"], status["recipient_id"]) for hook in hooks for status in _value(hook)["statuses"]) == [
        (wamid, "delivered", ANA), (wamid, "sent", ANA),
    ]  # fmt: skip


def test_a_wrong_token_is_190(world: World) -> None:
    answer = world.whatsapp(TEXT, token="guess")
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["type"]) == (
        401,
        190,
        "OAuthException",
    )
    assert world.accepted("whatsapp") == []


def test_the_window_closes_after_a_day_and_a_template_still_goes(world: World) -> None:
    world.order("_say", kind="whatsapp", shopper=ANA, text="hi")
    assert world.whatsapp(TEXT).status_code == 200
    world.order("_settings", clock_offset=24 * HOUR + 1)
    answer = world.whatsapp(TEXT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 131047)
    template = {"type": "template", "template": {"name": "order_update", "language": {"code": "en"}}}
    assert world.whatsapp(template).json()["messages"][0]["message_status"] == "accepted"
    template["template"]["name"] = "unheard_of"
    assert world.whatsapp(template).json()["error"]["code"] == 132001


def test_strangers_may_not_be_written_to_when_strict(world: World) -> None:
    world.order("_settings", known_only=True)
    assert world.whatsapp(TEXT).json()["error"]["code"] == 131047
    assert world.telegram("sendMessage", chat_id=77, text="hi").json()["description"] == "Bad Request: chat not found"


def test_the_pace_to_one_person(world: World) -> None:
    codes = [world.whatsapp(TEXT).status_code for _ in range(46)]
    assert codes == [200] * 45 + [429]
    assert world.whatsapp(TEXT).json()["error"]["code"] == 131056
    assert world.whatsapp({**TEXT, "to": "4917600000002"}).status_code == 200
    world.order("_settings", clock_offset=6)
    assert [world.whatsapp(TEXT).status_code, world.whatsapp(TEXT).status_code] == [200, 429]


def test_whatsapp_shopper_writes_and_taps(world: World, shop: Shop) -> None:
    world.order("_settings", receipts=[])
    world.order("_say", kind="whatsapp", shopper=ANA, text="hi", name="Ana")
    said = shop.wait(1)[0]
    assert _meta_signature(said)
    value = _value(said)
    assert value["contacts"] == [{"profile": {"name": "Ana"}, "wa_id": ANA}]
    assert (value["messages"][0]["type"], value["messages"][0]["text"], value["messages"][0]["from"]) == (
        "text",
        {"body": "hi"},
        ANA,
    )
    buttons = [{"type": "reply", "reply": {"id": "c:1", "title": "Shirts"}}]
    interactive = {"type": "button", "body": {"text": "What?"}, "action": {"buttons": buttons}}
    wamid = world.whatsapp({"type": "interactive", "interactive": interactive}).json()["messages"][0]["id"]
    thread = world.get("_thread", kind="whatsapp", shopper=ANA)["messages"]
    assert [row["from"] for row in thread] == ["me", "shop"]
    assert thread[1]["rows"] == [[{"label": "Shirts", "value": "c:1"}]]
    world.order("_tap", kind="whatsapp", shopper=ANA, bubble=thread[1]["id"], value="c:1")
    tapped = _value(shop.wait(2)[1])["messages"][0]
    assert tapped["interactive"] == {"type": "button_reply", "button_reply": {"id": "c:1", "title": "Shirts"}}
    assert tapped["context"] == {"from": "15550783881", "id": wamid}


def test_nobody_can_tap_what_is_not_there(world: World) -> None:
    world.whatsapp(TEXT)
    bubble = world.get("_thread", kind="whatsapp", shopper=ANA)["messages"][0]["id"]
    values = {"kind": "whatsapp", "shopper": ANA, "bubble": bubble, "value": "c:1"}
    answer = world.client.post(f"{world.url}/sandbox/api/_tap", json=values)
    assert (answer.status_code, answer.json()) == (400, {"error": "This message has no such button."})


def test_a_message_may_fail_minutes_after_it_was_accepted(world: World, shop: Shop) -> None:
    world.order("_faults", platform="whatsapp", kind="late_failure", params={"code": 131026})
    assert world.whatsapp(TEXT).status_code == 200
    status = _value(shop.wait(1)[0])["statuses"][0]
    assert (status["status"], status["errors"][0]["code"]) == ("failed", 131026)


# --- Messenger -----------------------------------------------------------------------------------
PSID = "1000000001"
PICK = {"text": "Which?", "quick_replies": [{"content_type": "text", "title": "Yes", "payload": "c:1"}]}
CARD = {
    "attachment": {
        "type": "template",
        "payload": {
            "template_type": "generic",
            "elements": [
                {
                    "title": "Linen shirt",
                    "subtitle": "€55.00",
                    "image_url": "https://shop.example/a.jpg",
                    "buttons": [{"type": "postback", "title": "Choose", "payload": "c:2"}],
                }
            ],
        },
    }
}


def _happened(hook: Hook) -> dict[str, Any]:
    """The one thing this hook tells, without whom it is about."""
    (item,) = json.loads(hook.body)["entry"][0]["messaging"]
    return {name: what for name, what in item.items() if name not in ("sender", "recipient", "timestamp")}


def test_messenger_takes_and_tells_delivered_signed(world: World, shop: Shop) -> None:
    answer = world.messenger({"text": "hi"}).json()
    (hook,) = shop.wait(1)
    digest = hmac.new(b"page-secret", hook.body, hashlib.sha256).hexdigest()
    assert hook.headers["x-hub-signature-256"] == f"sha256={digest}"
    assert hook.path == "/webhooks/messenger/demo/"
    assert answer["recipient_id"] == PSID
    assert _happened(hook)["delivery"]["mids"] == [answer["message_id"]]


def test_messenger_shopper_writes_taps_and_reads(world: World, shop: Shop) -> None:
    world.order("_settings", receipts=[])
    world.order("_say", kind="messenger", shopper=PSID, text="hi", name="Ana")
    for message in (PICK, CARD):
        assert world.messenger(message).status_code == 200
    _said, pick, card = world.get("_thread", kind="messenger", shopper=PSID)["messages"]
    assert (card["header"], card["image"]) == ("Linen shirt", "https://shop.example/a.jpg")
    world.order("_tap", kind="messenger", shopper=PSID, bubble=pick["id"], value="c:1")
    world.order("_tap", kind="messenger", shopper=PSID, bubble=card["id"], value="c:2")
    said, reply, postback = (_happened(hook) for hook in shop.wait(3))
    assert said["message"]["text"] == "hi"
    assert (reply["message"]["text"], reply["message"]["quick_reply"]) == ("Yes", {"payload": "c:1"})
    assert (postback["postback"]["title"], postback["postback"]["payload"]) == ("Choose", "c:2")
    values = {"kind": "messenger", "shopper": PSID, "bubble": card["id"], "value": "c:9"}
    assert world.client.post(f"{world.url}/sandbox/api/_tap", json=values).status_code == 400


def test_messenger_closes_its_window_and_knows_no_strangers(world: World) -> None:
    world.order("_say", kind="messenger", shopper=PSID, text="hi")
    assert world.messenger({"text": "hi"}).status_code == 200
    world.order("_settings", clock_offset=24 * HOUR + 1)
    error = world.messenger({"text": "hi"}).json()["error"]
    assert (error["code"], error["error_subcode"]) == (10, 2018278)
    world.order("_say", kind="messenger", shopper=PSID, text="hi again")
    assert world.messenger({"text": "hi"}).status_code == 200
    world.order("_settings", known_only=True)
    error = world.messenger({"text": "hi"}, recipient={"id": "2"}).json()["error"]
    assert (error["code"], error["error_subcode"]) == (100, 2018001)


# --- Telegram ------------------------------------------------------------------------------------
def test_telegram_answers_as_the_bot_api_does(world: World) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Go", "callback_data": "c:1"}]]}
    answer = world.telegram("sendMessage", chat_id=427770117, text="Hello", reply_markup=keyboard).json()
    result = answer["result"]
    assert answer["ok"] is True
    assert result["from"] == {"id": 110201543, "is_bot": True, "first_name": "Demo Shop", "username": "demo_bot"}
    assert (result["chat"]["id"], result["text"], result["reply_markup"]) == (427770117, "Hello", keyboard)
    assert world.telegram("getMe").json()["result"]["is_bot"] is True
    assert world.telegram("levitate", chat_id=1).json() == {"ok": False, "error_code": 404, "description": "Not Found"}
    assert world.telegram("getMe", token="1:wrong").json() == {
        "ok": False,
        "error_code": 401,
        "description": "Unauthorized",
    }


def test_telegrams_keys_below_the_thread_send_their_words_or_the_number(world: World, shop: Shop) -> None:
    chat = "427770117"
    world.order("_say", kind="telegram", shopper=chat, text="/start", name="Ada")
    keyboard = {"keyboard": [[{"text": "📱", "request_contact": True}], [{"text": "Skip"}]], "resize_keyboard": True}
    world.telegram("sendMessage", chat_id=chat, text="Your number?", reply_markup=keyboard)
    asked = world.get("_thread", kind="telegram", shopper=chat)["messages"][1]
    assert asked["rows"] == [[{"label": "📱", "value": "📱"}], [{"label": "Skip", "value": "Skip"}]]
    for place, value in enumerate(("Skip", "📱"), start=1):
        world.order("_tap", kind="telegram", shopper=chat, bubble=asked["id"], value=value)
        shop.wait(place + 1)
    said, shared = (call.json["message"] for call in shop.wait(3)[1:])
    assert said["text"] == "Skip"
    assert shared["contact"] == {"phone_number": "447700900101", "first_name": "Ada", "user_id": int(chat)}


def test_telegram_shopper_writes_taps_and_is_answered(world: World, shop: Shop) -> None:
    chat = "427770117"
    world.order("_say", kind="telegram", shopper=chat, text="/start ad_1", name="Ada")
    first = shop.wait(1)[0]
    assert first.headers["x-telegram-bot-api-secret-token"] == TELEGRAM["secret_token"]
    assert first.json["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert first.json["message"]["from"]["first_name"] == "Ada"
    keyboard = {"inline_keyboard": [[{"text": "Medium", "callback_data": "c:m"}]]}
    sent = world.telegram("sendMessage", chat_id=chat, text="Size?", reply_markup=keyboard).json()["result"]
    bubble = world.get("_thread", kind="telegram", shopper=chat)["messages"][1]["id"]
    world.order("_tap", kind="telegram", shopper=chat, bubble=bubble, value="c:m")
    query = shop.wait(2)[1].json["callback_query"]
    assert (query["data"], query["message"]["message_id"], query["from"]["id"]) == (
        "c:m",
        sent["message_id"],
        int(chat),
    )
    world.order("_settings", known_only=True)
    assert world.telegram("answerCallbackQuery", callback_query_id=query["id"]).json() == {"ok": True, "result": True}
    assert world.telegram("answerCallbackQuery", callback_query_id="1").json()["error_code"] == 400
    edited = world.telegram(
        "editMessageReplyMarkup", chat_id=chat, message_id=sent["message_id"], reply_markup={"inline_keyboard": []}
    )
    assert edited.json()["ok"] is True
    assert "rows" not in world.get("_thread", kind="telegram", shopper=chat)["messages"][1]


def test_updates_of_one_chat_stay_in_order_while_the_shop_fails(world: World, shop: Shop) -> None:
    shop.answers.extend([500])
    for word in ("one", "two", "three"):
        world.order("_say", kind="telegram", shopper="427770117", text=word)
    texts = [hook.json["message"]["text"] for hook in shop.wait(4)]
    assert texts == ["one", "one", "two", "three"]
    assert len({hook.json["update_id"] for hook in shop.hooks}) == 3


def test_set_webhook_changes_where_updates_go(world: World, shop: Shop) -> None:
    elsewhere = f"{shop.url}/webhooks/telegram/other/"
    assert world.telegram("setWebhook", url=elsewhere, secret_token="s2").json()["result"] is True
    assert world.telegram("getWebhookInfo").json()["result"]["url"] == elsewhere
    world.order("_say", kind="telegram", shopper="427770117", text="hi")
    hook = shop.wait(1)[0]
    assert (hook.path, hook.headers["x-telegram-bot-api-secret-token"]) == ("/webhooks/telegram/other/", "s2")


def test_broken_markup_is_refused(world: World) -> None:
    broken = world.telegram("sendMessage", chat_id=1, text="<b>never closed", parse_mode="HTML").json()
    assert (
        broken["description"]
        == "Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"b\""
    )
    assert world.telegram("sendMessage", chat_id=1, text="1.5", parse_mode="MarkdownV2").json()["error_code"] == 400
    assert world.telegram("sendMessage", chat_id=1, text="1\\.5 *b*", parse_mode="MarkdownV2").json()["ok"] is True


# --- Twilio --------------------------------------------------------------------------------------
def test_twilio_answers_and_calls_back_signed(world: World, shop: Shop) -> None:
    callback = f"{shop.url}/webhooks/sms/demo/?status=1"
    answer = world.twilio(Body="Hello", StatusCallback=callback)
    sid = answer.json()["sid"]
    assert (answer.status_code, answer.json()["status"], answer.json()["direction"], len(sid)) == (
        201,
        "queued",
        "outbound-api",
        34,
    )
    validator = RequestValidator(str(SMS["auth_token"]))
    told = []
    for hook in shop.wait(2):
        values = dict(parse_qsl(hook.body.decode()))
        assert validator.validate(callback, values, hook.headers["x-twilio-signature"])
        told.append((values["MessageSid"], values["MessageStatus"]))
    assert sorted(told) == [(sid, "delivered"), (sid, "sent")]


def test_twilio_wants_its_token(world: World) -> None:
    answer = world.twilio(Body="Hello", token="guess")
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_stop_is_kept_by_the_carrier_until_start(world: World, shop: Shop) -> None:
    number = "+491760000001"
    world.order("_say", kind="sms", shopper=number, text="Stop")
    values = dict(parse_qsl(shop.wait(1)[0].body.decode()))
    assert (values["Body"], values["OptOutType"], values["From"]) == ("Stop", "STOP", number)
    url = f"{shop.url}/webhooks/sms/demo/"
    assert RequestValidator(str(SMS["auth_token"])).validate(url, values, shop.hooks[0].headers["x-twilio-signature"])
    answer = world.twilio(Body="Hello")
    assert (answer.status_code, answer.json()["code"]) == (400, 21610)
    world.order("_say", kind="sms", shopper=number, text="START")
    assert world.twilio(Body="Hello").status_code == 201
    assert [row["from"] for row in world.get("_thread", kind="sms", shopper=number)["messages"]] == [
        "me", "platform", "me", "platform", "shop",
    ]  # fmt: skip


def test_twilio_lists_what_was_sent_and_received(world: World) -> None:
    world.order("_say", kind="sms", shopper="+491760000001", text="hi")
    sid = world.twilio(Body="Hello").json()["sid"]
    account = SMS["account_sid"]
    path = f"{world.url}/sandbox/api/twilio/2010-04-01/Accounts/{account}/Messages"
    auth = (str(account), str(SMS["auth_token"]))
    rows = world.client.get(f"{path}.json", params={"PageSize": 5}, auth=auth).json()["messages"]
    assert {row["body"] for row in rows} == {"hi", "Hello"}
    assert world.client.get(f"{path}/{sid}.json", auth=auth).json()["body"] == "Hello"


# --- bad days ------------------------------------------------------------------------------------
def test_too_many_requests_with_and_without_a_delay(world: World) -> None:
    for platform in ("whatsapp", "telegram", "twilio"):
        world.order("_faults", platform=platform, kind="rate_limit", params={"retry_after": 7})
        world.order("_faults", platform=platform, kind="rate_limit")
    first = [world.whatsapp(TEXT), world.telegram("sendMessage", chat_id=1, text="hi"), world.twilio(Body="hi")]
    second = [world.whatsapp(TEXT), world.telegram("sendMessage", chat_id=1, text="hi"), world.twilio(Body="hi")]
    third = [world.whatsapp(TEXT), world.telegram("sendMessage", chat_id=1, text="hi"), world.twilio(Body="hi")]
    assert [answer.status_code for answer in first + second] == [429] * 6
    assert [answer.status_code for answer in third] == [200, 200, 201]
    assert (first[0].headers["retry-after"], first[2].headers["retry-after"]) == ("7", "7")
    assert first[1].json()["parameters"] == {"retry_after": 7}
    assert ("retry-after" in second[0].headers, "parameters" in second[1].json()) == (False, False)
    assert [first[0].json()["error"]["code"], first[2].json()["code"]] == [130429, 20429]


def test_a_lost_answer_was_accepted_all_the_same(world: World) -> None:
    world.order("_faults", platform="telegram", kind="lost", params={"seconds": 1.5})
    with httpx2.Client(trust_env=False, timeout=0.5) as client, pytest.raises(httpx2.TimeoutException):
        client.post(
            f"{world.url}/sandbox/api/telegram/bot{TELEGRAM['bot_token']}/sendMessage",
            json={"chat_id": 1, "text": "hi"},
        )
    time.sleep(0.2)
    assert len(world.accepted("telegram")) == 1


def test_a_cut_answer_is_no_json_but_counts(world: World) -> None:
    world.order("_faults", platform="whatsapp", kind="cut")
    answer = world.whatsapp(TEXT)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert len(world.accepted("whatsapp")) == 1


def test_an_error_inside_a_200_did_not_count(world: World) -> None:
    for platform in ("whatsapp", "telegram", "twilio"):
        world.order("_faults", platform=platform, kind="error_in_200")
    answers = [world.whatsapp(TEXT), world.telegram("sendMessage", chat_id=1, text="hi"), world.twilio(Body="hi")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert ("error" in answers[0].json(), answers[1].json()["ok"], answers[2].json()["code"]) == (True, False, 21610)
    assert world.get("_counters")["platforms"] == {name: {"fault": 1} for name in ("telegram", "twilio", "whatsapp")}


def test_faults_can_be_listed_and_cleared(world: World) -> None:
    world.order("_faults", platform="whatsapp", kind="server_error", times=-1)
    assert [world.whatsapp(TEXT).status_code for _ in range(3)] == [500] * 3
    assert [fault["remaining"] for fault in world.get("_faults")["faults"]] == [-1]
    assert world.order("_faults", method="DELETE", platform="whatsapp") == {"faults": []}
    assert world.whatsapp(TEXT).status_code == 200
    answer = world.client.post(f"{world.url}/sandbox/api/_faults", json={"platform": "whatsapp", "kind": "gremlin"})
    assert answer.status_code == 400


def test_reading_the_book_changes_nothing(world: World) -> None:
    world.whatsapp(TEXT)
    world.whatsapp({"type": "text", "text": {"body": ""}})
    first = world.get("_log", outcome="all")
    assert world.get("_log", outcome="all") == first
    assert [(row["outcome"], row["recipient"], row["code"]) for row in first["calls"]] == [
        ("accepted", ANA, ""),
        ("refused", ANA, "131009"),
    ]
    assert world.get("_log", after=first["calls"][0]["id"]) == {"calls": []}


def test_orders_want_json(world: World) -> None:
    answer = world.client.post(f"{world.url}/sandbox/api/_reset", data={"a": "1"})
    assert answer.status_code == 400
    assert world.client.get(f"{world.url}/sandbox/api/_reset").status_code == 400


def test_many_threads_lose_nothing(world: World) -> None:
    """Sixteen senders at once: every 200 is in the book exactly once."""
    from_threads: list[str] = []
    world.order("_settings", pair_rate=False, receipts=[])

    def send(worker: int) -> None:
        with httpx2.Client(trust_env=False, timeout=60) as client:
            mine = World(world.url, client)
            for _ in range(12):
                from_threads.append(mine.whatsapp({**TEXT, "to": f"49176{worker:06d}"}).json()["messages"][0]["id"])

    workers = [threading.Thread(target=send, args=(number,)) for number in range(16)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(from_threads) == sorted(row["wire_id"] for row in world.accepted("whatsapp"))
    assert len(set(from_threads)) == 16 * 12
