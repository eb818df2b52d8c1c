"""`ws /ws/chat/<merchant>/` as INTERFACES promises it."""

import asyncio
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from apps.conversations.actions import hand_back, send_message, take_over
from apps.conversations.models import Conversation, InboundEvent, Message
from apps.gateway import webchat_hub
from apps.gateway.turns import run_turn
from apps.messaging.content import Ask, Choice, Text

from .. import factories
from ..web import parrot, working
from .conftest import Page, arows

pytestmark = pytest.mark.django_db(transaction=True)


async def bot_says(shop: Any, text: str) -> Message:
    def say() -> Message:
        return send_message(Conversation.objects.get(), Text(text=text), author="bot")

    return await arows(shop, say)


async def turn() -> None:
    await sync_to_async(run_turn)(parrot)


async def test_a_message_is_taken_stored_and_comes_back_with_its_number(shop, page):
    client_id = await page.says("hello")
    assert await page.hears("accepted") == {"type": "accepted", "client_id": client_id}
    await turn()
    mine = await page.hears("message")
    answer = await page.hears("message")
    assert (mine["seq"], mine["author"], mine["content"]["text"], mine["client_id"]) == (
        1,
        "shopper",
        "hello",
        client_id,
    )
    assert (answer["seq"], answer["author"], answer["content"]["text"]) == (2, "bot", "you said: hello")


async def test_the_same_client_id_twice_is_one_message(shop, page):
    client_id = await page.says("once")
    await page.hears("accepted")
    await page.says("once", client_id)
    await page.hears("accepted")
    await turn()
    await turn()
    assert await arows(shop, lambda: list(Message.objects.filter(author="shopper").values_list("text", flat=True))) == [
        "once"
    ]


async def test_what_was_missed_is_replayed_after_the_last_number_and_in_order(shop, page):
    await page.says("first")
    await page.hears("accepted")
    await turn()
    await page.hears("message", seq=2)
    await page.leaves()
    for number in range(3, 8):
        await bot_says(shop, f"number {number}")
    again = Page(shop.slug)
    await again.opens()
    ready = await again.hello(page.session, last_seq=2)
    assert ready["head_seq"] == 7
    assert [(await again.hears("message"))["seq"] for _ in range(5)] == [3, 4, 5, 6, 7]
    assert await again.nothing()
    await again.leaves()


async def test_without_a_number_only_the_last_page_comes_and_older_on_asking(shop, page):
    await page.says("first")
    await page.hears("accepted")
    await turn()
    for number in range(3, 51):
        await bot_says(shop, f"number {number}")
    again = Page(shop.slug)
    await again.opens()
    ready = await again.hello(page.session, last_seq=None)
    assert (ready["head_seq"], ready["has_more"]) == (50, True)
    assert [(await again.hears("message"))["seq"] for _ in range(20)] == list(range(31, 51))
    await again.sends(type="history", before_seq=31)
    older = await again.hears("history")
    assert [message["seq"] for message in older["messages"]] == list(range(11, 31))
    assert older["has_more"] is True
    await again.leaves()


async def test_a_tapped_choice_reaches_the_inbox_with_its_token(shop, page):
    await page.says("hi")
    await page.hears("accepted")
    await turn()

    def ask() -> None:
        choices = (Choice(label="Yes", action={"do": "menu"}),)
        send_message(Conversation.objects.get(), Ask(text="Sure?", choices=choices), author="bot")

    await arows(shop, ask)
    asked = await page.hears("message", seq=3)
    token = asked["content"]["choices"][0]["token"]
    await page.sends(type="choice.send", client_id=str(uuid.uuid4()), payload=token)
    await page.hears("accepted")
    stored = await sync_to_async(lambda: InboundEvent.objects.order_by("-pk").first().payload)()
    assert (stored["kind"], stored["payload"], stored["via"]) == ("choice", token, "button")


async def test_receipts_move_messages_forward_and_never_back(shop, page):
    await page.says("hi")
    await page.hears("accepted")
    await turn()
    await page.hears("message", seq=2)

    async def state() -> str:
        return await arows(shop, lambda: Message.objects.get(seq=2).state)

    assert await state() == "accepted"
    for said, expected in [("delivered", "delivered"), ("read", "read"), ("delivered", "read")]:
        await page.sends(type="receipt", seq=2, state=said)
        await page.sends(type="history", before_seq=0)
        await page.hears("history")
        assert await state() == expected


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("not json", "not_json"),
        ("[1]", "not_json"),
        ('{"type": "nope"}', "unknown_type"),
        ('{"type": "message.send", "text": "hi"}', "client_id_missing"),
        ('{"type": "message.send", "client_id": "x", "text": "hi"}', "client_id_missing"),
        ('{"type": "message.send", "client_id": "CID", "text": "   "}', "empty"),
        ('{"type": "message.send", "client_id": "CID", "text": 7}', "empty"),
        ('{"type": "message.send", "client_id": "CID", "text": "' + "a" * 4001 + '"}', "too_long"),
        ('{"type": "choice.send", "client_id": "CID", "payload": "<script>"}', "unknown_choice"),
        ('{"type": "choice.send", "client_id": "CID", "payload": null}', "unknown_choice"),
        ("[" * 20000, "not_json"),
    ],
)
async def test_what_cannot_be_used_is_said_and_the_line_stays_open(page, frame, code):
    client_id = str(uuid.uuid4())
    await page.socket.send_to(text_data=frame.replace("CID", client_id))
    error = await page.hears("error")
    assert error["code"] == code
    assert error["client_id"] == (client_id if "CID" in frame else None)
    await page.says("still here")
    await page.hears("accepted")


async def test_nothing_works_before_hello(shop, account):
    page = Page(shop.slug)
    await page.opens()
    await page.says("hi")
    assert (await page.hears("error"))["code"] == "hello_first"
    await page.leaves()


async def test_an_unknown_shop_has_no_chat(account):
    page = Page("nobody")
    await page.opens()
    assert (await page.socket.receive_output(5)) == {"type": "websocket.close", "code": 4404}


async def test_a_visitor_who_says_nothing_leaves_no_rows(shop, page):
    assert await arows(shop, Conversation.objects.count) == 0


async def test_the_heart_beats_with_the_head_and_brings_what_no_hint_announced(shop, page):
    """The layer went deaf: the message is in the database, and the beat finds it."""
    await page.says("hi")
    await page.hears("accepted")
    await turn()
    await page.hears("message", seq=2)
    conversation = await arows(shop, Conversation.objects.get)
    await get_channel_layer().flush()
    await get_channel_layer().group_discard(f"chat.{conversation.public_id}", "x")

    def quietly() -> None:
        Message.objects.create(
            merchant=shop, conversation=conversation, seq=3, author="bot", content={"kind": "text", "text": "quiet"},
            text="quiet", state="accepted", occurred_at=conversation.last_message_at,
        )  # fmt: skip
        Conversation.objects.update(last_seq=3)

    await arows(shop, quietly)
    assert await page.nothing()
    await webchat_hub.hub().beat_once()
    assert (await page.hears("message"))["content"]["text"] == "quiet"
    assert await page.hears("heartbeat") == {"type": "heartbeat", "head_seq": 3}


async def test_one_message_to_many_pages_is_read_once(shop, page):
    await page.says("hi")
    await page.hears("accepted")
    await turn()
    others = []
    for _ in range(8):
        other = Page(shop.slug)
        await other.opens()
        await other.hello(page.session, last_seq=2)
        others.append(other)
    (room,) = webchat_hub.hub().rooms.values()
    before = room.reads
    await bot_says(shop, "to all")
    for other in [page, *others]:
        assert (await other.hears("message", seq=3))["content"]["text"] == "to all"
    assert room.reads == before + 1
    for other in others:
        await other.leaves()


async def test_an_idle_socket_still_delivers_after_twelve_seconds(shop, page):
    """redis-py drops an idle subscription after five seconds unless told not to."""
    await page.says("hi")
    await page.hears("accepted")
    await turn()
    await page.hears("message", seq=2)
    await asyncio.sleep(12)
    await bot_says(shop, "still there?")
    assert (await page.hears("message", timeout=2))["seq"] == 3


async def test_a_turn_in_the_background_feeds_the_page(shop, page):
    with working():
        for number in range(10):
            await page.says(f"n{number}")
            await page.hears("accepted")
        await page.hears("message", seq=20, timeout=20)
    seen = [message for message in page.heard if message["type"] == "message"]  # some came before an "accepted"
    assert [message["seq"] for message in seen] == list(range(1, 21))
    assert sorted(m["content"]["text"] for m in seen if m["author"] == "shopper") == [f"n{n}" for n in range(10)]


async def test_who_answers_is_told_at_once_and_to_whoever_comes_later(shop, page):
    await page.says("hi")
    await page.hears("accepted")
    await turn()
    await page.hears("message", seq=2)
    assert [message for message in page.heard if message["type"] == "hands"] == []  # the assistant goes without saying
    lena, jonas = [await sync_to_async(factories.staff)(shop, display_name=name) for name in ("Lena", "Jonas")]

    def change(act: Any, *people: Any) -> None:
        conversation = Conversation.objects.select_related("channel_account", "identity").get()
        for person in people:
            act(conversation, person)

    await arows(shop, lambda: change(take_over, lena))
    told = await page.hears("hands", person="Lena")
    assert [who["name"] for who in told["joined"]] == ["Lena"]
    await arows(shop, lambda: change(take_over, lena, jonas))  # having it already is not joining
    told = await page.hears("hands", person="Jonas")
    assert [who["name"] for who in told["joined"]] == ["Lena", "Jonas"]
    other = Page(shop.slug)
    await other.opens()
    await other.hello(page.session, last_seq=2)
    assert (await other.hears("hands"))["joined"] == told["joined"]
    await other.leaves()
    await arows(shop, lambda: change(hand_back, jonas))
    assert (await page.hears("hands", person=None))["joined"] == told["joined"]
    await arows(shop, lambda: change(take_over, jonas))  # back again after the assistant
    assert [who["name"] for who in (await page.hears("hands"))["joined"]] == ["Lena", "Jonas", "Jonas"]


async def test_a_location_is_taken_as_one_message_and_kept_nowhere_else(shop, page):
    client_id = str(uuid.uuid4())
    await page.sends(type="location.send", client_id=client_id, latitude=52.517, longitude=13.3889)
    await page.hears("accepted")
    await turn()
    mine = await page.hears("message", author="shopper")
    assert (mine["content"]["kind"], mine["client_id"]) == ("location", client_id)
    kept = await arows(shop, lambda: Message.objects.get(author="shopper").content["data"])
    assert kept == {"latitude": 52.517, "longitude": 13.3889}


@pytest.mark.parametrize("place", [{}, {"latitude": 91, "longitude": 0}, {"latitude": "52", "longitude": 13}])
async def test_what_is_no_place_is_refused_in_words(shop, page, place):
    await page.sends(type="location.send", client_id=str(uuid.uuid4()), **place)
    refused = await page.hears("error")
    assert (refused["code"], refused["detail"]) == (
        "no_place",
        "This place cannot be read. Please write your postcode.",
    )
