"""Twenty messages no platform would take, and their neighbours at the limit that it must."""

from typing import Any

import pytest

from .conftest import World

LINK = "https://shop.example/pay/1"


def _buttons(*titles: str, body: str = "Which size?") -> dict[str, Any]:
    buttons = [{"type": "reply", "reply": {"id": f"b{n}", "title": title}} for n, title in enumerate(titles)]
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": body}, "action": {"buttons": buttons}},
    }


def _list(*rows: dict[str, str], opener: str = "Choose") -> dict[str, Any]:
    action = {"button": opener, "sections": [{"title": "All", "rows": list(rows)}]}
    return {"type": "interactive", "interactive": {"type": "list", "body": {"text": "Pick one"}, "action": action}}


def _link(label: str) -> dict[str, Any]:
    action = {"name": "cta_url", "parameters": {"display_text": label, "url": LINK}}
    return {"type": "interactive", "interactive": {"type": "cta_url", "body": {"text": "Pay here"}, "action": action}}


def _text(length: int) -> dict[str, Any]:
    return {"type": "text", "text": {"body": "x" * length}}


def _image(caption: int) -> dict[str, Any]:
    return {"type": "image", "image": {"link": "https://shop.example/a.jpg", "caption": "x" * caption}}


def _row(number: int, **parts: str) -> dict[str, str]:
    return {"id": f"r{number}", "title": f"Row {number}"} | parts


def _quick(title: str) -> dict[str, str]:
    return {"content_type": "text", "title": title, "payload": f"c:{title}"}


def _button_card(*titles: str, text: str = "Which size?") -> dict[str, Any]:
    buttons = [{"type": "postback", "title": title, "payload": title} for title in titles]
    payload = {"template_type": "button", "text": text, "buttons": buttons}
    return {"attachment": {"type": "template", "payload": payload}}


def _generic(**element: str) -> dict[str, Any]:
    payload = {"template_type": "generic", "elements": [element]}
    return {"attachment": {"type": "template", "payload": payload}}


ROWS = [_row(n) for n in range(11)]
WHATSAPP_REFUSED = [
    ("text of 4097", _text(4097), 131009),
    ("empty text", {"type": "text", "text": {"body": " "}}, 131009),
    ("four buttons", _buttons("S", "M", "L", "XL"), 131009),
    ("title of 21", _buttons("x" * 21), 131009),
    ("interactive body of 1025", _buttons("S", body="x" * 1025), 131009),
    ("the same title twice", _buttons("Yes", "Yes"), 131009),
    ("eleven rows", _list(*ROWS), 131009),
    ("row title of 25", _list(_row(1, title="x" * 25)), 131009),
    ("row description of 73", _list(_row(1, description="x" * 73)), 131009),
    ("opener of 21", _list(_row(1), opener="x" * 21), 131009),
    ("link label of 21", _link("x" * 21), 131009),
    ("caption of 1025", _image(1025), 131009),
    ("no type known", {"type": "carousel", "carousel": {}}, 100),
]
WHATSAPP_ACCEPTED = [
    _text(4096), _buttons("x" * 20, "M", "L"), _buttons("S", body="x" * 1024), _list(*ROWS[:10]),
    _list(_row(1, title="x" * 24, description="y" * 72), opener="z" * 20), _link("x" * 20), _image(1024),
    {"type": "template", "template": {"name": "order_update", "language": {"code": "en"}}},
]  # fmt: skip


def _keyboard(*rows: list[dict[str, str]]) -> dict[str, Any]:
    return {"inline_keyboard": list(rows)}


def _key(data: str) -> dict[str, str]:
    return {"text": "Go", "callback_data": data}


PHOTO = {"type": "photo", "media": "https://shop.example/a.jpg"}
TELEGRAM_REFUSED = [
    ("text of 4097", "sendMessage", {"text": "x" * 4097}, "Bad Request: message is too long"),
    ("no text", "sendMessage", {"text": ""}, "Bad Request: message text is empty"),
    ("callback data of 65 bytes", "sendMessage", {"text": "?", "reply_markup": _keyboard([_key("ü" * 32 + "x")])}, "Bad Request: BUTTON_DATA_INVALID"),
    ("empty callback data", "sendMessage", {"text": "?", "reply_markup": _keyboard([_key("")])}, "Bad Request: BUTTON_DATA_INVALID"),
    ("101 buttons", "sendMessage", {"text": "?", "reply_markup": _keyboard(*([[_key("x")]] * 101))}, "Bad Request: reply markup is too long"),
    ("caption of 1025", "sendPhoto", {"photo": PHOTO["media"], "caption": "x" * 1025}, "Bad Request: message caption is too long"),
    ("an album of one", "sendMediaGroup", {"media": [PHOTO]}, "Bad Request: media group must contain 2-10 items"),
    ("an album of eleven", "sendMediaGroup", {"media": [PHOTO] * 11}, "Bad Request: media group must contain 2-10 items"),
]  # fmt: skip
TELEGRAM_ACCEPTED = [
    ("sendMessage", {"text": "x" * 4096}),
    ("sendMessage", {"text": "<b>" + "x" * 4096 + "</b>", "parse_mode": "HTML"}),
    ("sendMessage", {"text": "?", "reply_markup": _keyboard([_key("ü" * 32)])}),
    ("sendPhoto", {"photo": PHOTO["media"], "caption": "x" * 1024}),
    ("sendMediaGroup", {"media": [PHOTO] * 10}),
]
SMS_REFUSED = [
    ("1601 characters", {"Body": "x" * 1601}, 21617),
    ("no body", {"Body": ""}, 21602),
    ("no To", {"Body": "hi", "To": None}, 21604),
    ("no From", {"Body": "hi", "From": None}, 21603),
    ("a To that is no number", {"Body": "hi", "To": "Ana"}, 21211),
    ("somebody else's number", {"Body": "hi", "From": "+15005550001"}, 21606),
]


MESSENGER_REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("text of 2001", {"text": "x" * 2001}),
    ("empty text", {"text": " "}),
    ("text and picture", {"text": "x", "attachment": {"type": "image", "payload": {"url": LINK}}}),
    ("fourteen quick replies", {"text": "x", "quick_replies": [_quick(str(n)) for n in range(14)]}),
    ("quick reply of 21", {"text": "x", "quick_replies": [_quick("x" * 21)]}),
    ("quick reply without payload", {"text": "x", "quick_replies": [{"content_type": "text", "title": "x"}]}),
    ("four buttons", _button_card(*"SMLX")),
    ("button text of 641", _button_card("S", text="x" * 641)),
    ("card title of 81", _generic(title="x" * 81, image_url=LINK)),
    ("card subtitle of 81", _generic(title="x", subtitle="x" * 81)),
    ("card of a title alone", _generic(title="x")),
    ("picture of no address", {"attachment": {"type": "image", "payload": {"url": "a.jpg"}}}),
    ("unknown template", {"attachment": {"type": "template", "payload": {"template_type": "airline"}}}),
]
MESSENGER_ACCEPTED: list[dict[str, Any]] = [
    {"text": "x" * 2000},
    {"text": "x", "quick_replies": [_quick("x" * 20 if n == 0 else str(n)) for n in range(13)]},
    _button_card("S", "M", "L", text="x" * 640),
    _generic(title="x" * 80, subtitle="x" * 80, image_url=LINK),
    {"attachment": {"type": "image", "payload": {"url": LINK}}},
]


@pytest.mark.parametrize(("name", "message"), MESSENGER_REFUSED, ids=[name for name, _ in MESSENGER_REFUSED])
def test_messenger_refuses(world: World, name: str, message: dict[str, Any]) -> None:
    answer = world.messenger(message)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)
    assert world.accepted("messenger") == []


def test_messenger_accepts_what_is_just_within(world: World) -> None:
    answers = [world.messenger(message) for message in MESSENGER_ACCEPTED]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    mids = [answer.json()["message_id"] for answer in answers]
    assert [row["wire_id"] for row in world.accepted("messenger")] == mids


def test_at_least_twenty_are_planted() -> None:
    assert len(WHATSAPP_REFUSED) + len(TELEGRAM_REFUSED) + len(SMS_REFUSED) == 27


@pytest.mark.parametrize(("name", "message", "code"), WHATSAPP_REFUSED, ids=[row[0] for row in WHATSAPP_REFUSED])
def test_whatsapp_refuses(world: World, name: str, message: dict[str, Any], code: int) -> None:
    answer = world.whatsapp(message)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert set(answer.json()["error"]) == {"message", "type", "code", "error_data", "fbtrace_id"}
    assert world.accepted("whatsapp") == []


def test_whatsapp_accepts_what_is_just_within(world: World) -> None:
    answers = [world.whatsapp(message) for message in WHATSAPP_ACCEPTED]
    assert [answer.status_code for answer in answers] == [200] * len(WHATSAPP_ACCEPTED)
    assert [row["wire_id"] for row in world.accepted("whatsapp")] == [
        answer.json()["messages"][0]["id"] for answer in answers
    ]


@pytest.mark.parametrize(
    ("name", "method", "values", "words"), TELEGRAM_REFUSED, ids=[row[0] for row in TELEGRAM_REFUSED]
)
def test_telegram_refuses(world: World, name: str, method: str, values: dict[str, Any], words: str) -> None:
    answer = world.telegram(method, chat_id=427770117, **values)
    assert (answer.status_code, answer.json()) == (400, {"ok": False, "error_code": 400, "description": words})
    assert world.accepted("telegram") == []


def test_telegram_accepts_what_is_just_within(world: World) -> None:
    answers = [world.telegram(method, chat_id=427770117, **values) for method, values in TELEGRAM_ACCEPTED]
    assert [answer.json()["ok"] for answer in answers] == [True] * len(TELEGRAM_ACCEPTED)
    assert len(world.accepted("telegram")) == len(TELEGRAM_ACCEPTED)


@pytest.mark.parametrize(("name", "values", "code"), SMS_REFUSED, ids=[row[0] for row in SMS_REFUSED])
def test_twilio_refuses(world: World, name: str, values: dict[str, Any], code: int) -> None:
    answer = world.twilio(**values)
    assert (answer.status_code, answer.json()["code"], answer.json()["status"]) == (400, code, 400)
    assert world.accepted("twilio") == []


def test_twilio_accepts_what_is_just_within(world: World) -> None:
    answer = world.twilio(Body="x" * 1600)
    assert (answer.status_code, answer.json()["num_segments"]) == (201, "11")
    assert world.twilio(Body="你" * 71).json()["num_segments"] == "2"
    assert len(world.accepted("sms")) == 2
