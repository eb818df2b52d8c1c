"""RCS by Vonage and by Twilio: what they refuse, what becomes of a message, and the shop's whole talk on the phone."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from apps.merchants.models import Merchant
from apps.messaging.channel import ErrorClass, SendFailed
from apps.messaging.content import Ask, Choice, Text
from apps.messaging.events import ChannelEvent

from .conftest import RCS_TWILIO, RCS_VONAGE, Shop, World
from .talk import LINES, Line
from .test_adapters import CONTENTS

CARRIED = [line for line in LINES if str(line) in ("rcs-vonage", "rcs-twilio")]
VONAGE, TWILIO = CARRIED
LINK = "https://shop.example/a.jpg"
CARD = {"title": "Shirt", "text": "Blue", "media_url": LINK}
REPLY = {"type": "reply", "text": "ok", "postback_data": "c:1"}


def vonage(world: World, **more: Any) -> httpx2.Response:
    head = {"to": "4915112345678", "from": RCS_VONAGE["agent_id"], "channel": "rcs", "message_type": "text"}
    auth = (RCS_VONAGE["api_key"], RCS_VONAGE["api_secret"])
    return world.client.post(f"{world.url}/sandbox/api/vonage/v1/messages", json={**head, **more}, auth=auth)


def twilio(world: World, **more: Any) -> httpx2.Response:
    sid = RCS_TWILIO["account_sid"]
    form = {"To": "rcs:+4915112345678", "From": f"rcs:{RCS_TWILIO['agent_id']}", **more}
    url = f"{world.url}/sandbox/api/twilio/2010-04-01/Accounts/{sid}/Messages.json"
    return world.client.post(url, data=form, auth=(sid, RCS_TWILIO["auth_token"]))


def carousel(count: int, **card: Any) -> dict[str, Any]:
    return {"message_type": "carousel", "carousel": {"cards": [{**CARD, **card}] * count}}


VONAGE_REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("text of 3073", {"text": "x" * 3073}, "text"),
    ("no text", {}, "text"),
    ("twelve suggestions", {"text": "x", "suggestions": [REPLY] * 12}, "text"),
    ("label of 26", {"text": "x", "suggestions": [{**REPLY, "text": "x" * 26}]}, "text"),
    ("a carousel of one", carousel(1), "carousel"),
    ("a carousel of eleven", carousel(11), "carousel"),
    ("a card of five buttons", carousel(2, suggestions=[REPLY] * 5), "carousel"),
    ("a card without words", {"message_type": "card", "card": {"title": "x", "media_url": LINK}}, "card"),
    ("a card title of 201", {"message_type": "card", "card": {**CARD, "title": "x" * 201}}, "card"),
    ("a picture of no address", {"message_type": "image", "image": {"url": "a.jpg"}}, "image"),
    ("a form RCS has not", {"message_type": "audio", "audio": {"url": LINK}}, "message_type"),
    ("a number with a plus", {"text": "x", "to": "+4915112345678"}, "to"),
    ("four days to arrive", {"text": "x", "ttl": 345_600}, "ttl"),
]
VONAGE_ACCEPTED: list[dict[str, Any]] = [
    {"text": "x" * 3072, "suggestions": [{**REPLY, "text": "x" * 25}] * 11},
    carousel(10, suggestions=[REPLY] * 4),
    {"message_type": "card", "card": {**CARD, "title": "x" * 200, "text": "x" * 2000}},
    {"message_type": "image", "image": {"url": LINK}},
    {"message_type": "custom", "custom": {"contentMessage": {"text": "x"}}},
    {"text": "x", "ttl": 259_200},
]
TWILIO_REFUSED: list[tuple[str, dict[str, Any], int]] = [
    ("text of 1601", {"Body": "x" * 1601}, 21617),
    ("nothing", {"Body": ""}, 21602),
    ("another agent", {"Body": "x", "From": "rcs:else"}, 21212),
    ("a number by SMS from an agent", {"Body": "x", "To": "+4915112345678"}, 21211),
    ("no number", {"Body": "x", "To": "rcs:Ana"}, 21211),
    ("eleven files", {"Body": "x", "MediaUrl": [LINK] * 11}, 21623),
]


@pytest.mark.parametrize(("name", "call", "where"), VONAGE_REFUSED, ids=[name for name, *_ in VONAGE_REFUSED])
def test_vonage_refuses(world: World, name: str, call: dict[str, Any], where: str) -> None:
    answer = vonage(world, **call)
    assert (answer.status_code, answer.json()["title"]) == (422, "Invalid params")
    assert [one["name"] for one in answer.json()["invalid_parameters"]] == [where]
    assert world.accepted("vonage") == []


def test_vonage_takes_what_is_just_within(world: World) -> None:
    answers = [vonage(world, **call) for call in VONAGE_ACCEPTED]
    assert [answer.status_code for answer in answers] == [202] * len(answers)
    assert [call["wire_id"] for call in world.accepted("vonage")] == [one.json()["message_uuid"] for one in answers]


@pytest.mark.parametrize(("name", "form", "code"), TWILIO_REFUSED, ids=[name for name, *_ in TWILIO_REFUSED])
def test_twilio_refuses(world: World, name: str, form: dict[str, Any], code: int) -> None:
    answer = twilio(world, **form)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert world.accepted("twilio") == []


def test_only_the_account_itself_sends(world: World) -> None:
    body = {"to": "4915112345678", "from": "x", "channel": "rcs", "message_type": "text", "text": "x"}
    url = f"{world.url}/sandbox/api/vonage/v1/messages"
    assert world.client.post(url, json=body, auth=(RCS_VONAGE["api_key"], "guess")).status_code == 401
    sid = RCS_TWILIO["account_sid"]
    url = f"{world.url}/sandbox/api/twilio/2010-04-01/Accounts/{sid}/Messages.json"
    assert world.client.post(url, data={"Body": "x"}, auth=(sid, "guess")).status_code == 401


def choices(*labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(label, {"do": "menu"}, token=f"c:{n:08d}") for n, label in enumerate(labels))


@pytest.mark.parametrize("line", CARRIED, ids=str)
@pytest.mark.parametrize("name", CONTENTS)
def test_everything_the_shop_can_say_is_taken_and_shown(
    merchant: Merchant, world: World, line: Line, name: str
) -> None:
    ids = line.says(world, CONTENTS[name])
    assert ids
    assert [row["wire_id"] for row in world.accepted(line.platform)] == ids
    assert world.get("_log", outcome="refused") == {"calls": []}
    shown = [bubble for bubble in line.thread(world) if bubble["from"] == "shop"]
    assert len(shown) == len(ids)
    assert all(
        bubble.get("text") or bubble.get("cards") or bubble.get("image") or bubble.get("album") for bubble in shown
    )


@pytest.mark.parametrize("line", CARRIED, ids=str)
def test_the_talk_goes_both_ways(merchant: Merchant, world: World, shop: Shop, line: Line) -> None:
    """Words, a choice as this carrier shows it, and what became of the shop's message up to its being read."""
    config = line.connected(world) | {"status_callback": f"{shop.url}/webhooks/rcs/{line.account}/"}
    line = replace(line, config=config)
    line.order(world, "_say", text="blue shirt", name="Ana")
    (said,) = line.understood(world, shop, shop.wait(1)[0])
    assert (said.kind, said.text, said.external_user_id) == ("message", "blue shirt", line.shopper)
    (sent,) = line.says(world, Ask("Which size?", choices("M", "L")))
    ours = line.thread(world)[1]
    line.order(world, "_read")
    states = _states(line, world, shop, 1, "read")
    assert [event.target for event in states] == [sent] * len(states)
    assert [event.receipt for event in states][-2:] == ["delivered", "read"]
    assert {event.data.get("key") for event in states} == {"m:0:0"}
    if line is TWILIO or line.account == "twilio":
        assert "rows" not in ours  # told in words, numbered
        return
    assert [row[0]["label"] for row in ours["rows"]] == ["M", "L"]
    heard = len(shop.hooks)
    line.order(world, "_tap", bubble=ours["id"], value=ours["rows"][1][0]["value"])
    (tapped,) = line.understood(world, shop, shop.wait(heard + 1)[heard])
    assert (tapped.kind, tapped.payload, tapped.label) == ("choice", "c:00000001", "L")


def _states(line: Line, world: World, shop: Shop, after: int, last: str) -> list[ChannelEvent]:
    """The news after so many webhooks, until this one came."""
    count = after + 1
    while True:
        found = [event for hook in shop.wait(count)[after:] for event in line.understood(world, shop, hook)]
        if found[-1].receipt == last:
            return found
        count += 1


@pytest.mark.parametrize("line", CARRIED, ids=str)
def test_a_phone_without_rcs_is_told_of_afterwards(merchant: Merchant, world: World, shop: Shop, line: Line) -> None:
    """So that what is told of an order goes by SMS."""
    world.order("_settings", rcs_off=[line.shopper], receipts=[])
    config = line.connected(world) | {"status_callback": f"{shop.url}/webhooks/rcs/{line.account}/"}
    line = replace(line, config=config)
    line.says(world, Text("hi"))
    (failed,) = [event for event in _states(line, world, shop, 0, "failed") if event.receipt == "failed"]
    assert failed.error_class == ErrorClass.UNREACHABLE
    assert line.thread(world)[0]["state"] == "failed"


@pytest.mark.parametrize(
    ("line", "fault", "meaning"),
    [
        (VONAGE, {"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
        (VONAGE, {"kind": "server_error"}, ErrorClass.RETRY),
        (TWILIO, {"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
        (TWILIO, {"kind": "error", "params": {"code": 63003}}, ErrorClass.UNREACHABLE),
    ],
    ids=str,
)
def test_bad_days_mean_what_they_should(
    merchant: Merchant, world: World, line: Line, fault: dict[str, Any], meaning: ErrorClass
) -> None:
    world.order("_faults", platform=line.platform, **fault)
    with pytest.raises(SendFailed) as failed:
        line.says(world, Text("hi"))
    assert failed.value.error_class == meaning
    assert line.says(world, Text("hi"))


def test_stop_is_twilios_own_on_rcs_too(merchant: Merchant, world: World, shop: Shop) -> None:
    TWILIO.order(world, "_say", text="STOP")
    (event,) = TWILIO.understood(world, shop, shop.wait(1)[0])
    assert (event.kind, event.granted) == ("consent", False)
    with pytest.raises(SendFailed) as failed:
        TWILIO.says(world, Text("hi"))
    assert failed.value.error_class == ErrorClass.OPTED_OUT


def test_the_page_has_a_phone_for_each_carrier(world: World) -> None:
    page = world.client.get(f"{world.url}/sandbox/").text
    for key, label in (("rcs/demo", "RCS"), ("rcs/vonage", "RCS (Vonage)"), ("rcs/twilio", "RCS (Twilio)")):
        assert page.count(f'data-phone="{key}"') == 1
        assert f'aria-label="{label}"' in page
