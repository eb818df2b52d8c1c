"""`ws /ws/console/`: live, lossless, and only for staff."""

import asyncio
import random
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer

from apps.conversations.actions import send_message
from apps.conversations.models import Conversation, Message, Note, ThreadEvent
from apps.merchants.models import StaffRole
from apps.messaging.content import Text
from apps.routing.actions import hand_over
from apps.routing.models import Assignment

from .. import factories
from ..web import sign_in
from .conftest import Desk, ain_shop

pytestmark = pytest.mark.django_db(transaction=True)


async def says(shop: Any, thread: Conversation, text: str) -> Message:
    def say() -> Message:
        fresh = Conversation.objects.select_related("channel_account", "identity").get(pk=thread.pk)
        return send_message(fresh, Text(text=text), author="bot", fence=fresh.fence)

    return await ain_shop(shop, say)


async def test_a_message_appears_with_its_thread_row_and_both_numbers(shop, thread, desk):
    await says(shop, thread, "hello")
    told = await desk.hears("message")
    event = await sync_to_async(lambda: ThreadEvent.objects.model._base_manager.get(kind="message"))()
    assert (told["thread"], told["seq"], told["list_seq"], told["content"]) == (
        thread.public_id, 1, event.pk, {"kind": "text", "text": "hello"},
    )  # fmt: skip
    assert (told["row"]["snippet"], told["row"]["owner"], told["row"]["channel"]) == ("hello", "bot", "webchat")


async def test_take_over_answer_and_hand_back(shop, thread, desk, jonas):
    await says(shop, thread, "hello")
    await ain_shop(shop, lambda: hand_over(thread, reason="asked", context={"cart": 2}))
    waiting = await desk.hears("thread")
    assert bool(waiting["row"]["waiting_since"]) is True
    await desk.sends(type="take", thread=thread.public_id)
    taken = await desk.hears("thread")
    assert (taken["row"]["owner_user"], taken["row"]["waiting_since"]) == (jonas.pk, "")
    client_id = await desk.sends(type="message.send", thread=thread.public_id, text="How can I help?")
    await desk.hears("message", client_id=client_id)
    await desk.sends(type="message.send", thread=thread.public_id, text="How can I help?", client_id=client_id)
    assert (await desk.hears("accepted"))["client_id"] == client_id
    await desk.sends(type="hand_back", thread=thread.public_id, note="likes blue")
    returned = await desk.hears("thread")
    assert (returned["row"]["owner"], returned["event"]["data"]) == ("bot", {"note": "likes blue"})

    def found() -> Any:
        said = list(Message.objects.order_by("seq").values_list("author", "text"))
        return said, Assignment.objects.get().outcome

    assert await ain_shop(shop, found) == ([("bot", "hello"), ("agent", "How can I help?")], "returned")


async def test_a_note_is_for_colleagues_once(shop, thread, desk):
    await says(shop, thread, "hello")
    client_id = await desk.sends(type="note.add", thread=thread.public_id, text="VIP")
    await desk.hears("accepted")
    await desk.sends(type="note.add", thread=thread.public_id, text="VIP", client_id=client_id)
    await desk.hears("accepted")
    assert await ain_shop(shop, lambda: list(Note.objects.values_list("text", flat=True))) == ["VIP"]
    assert await ain_shop(shop, Message.objects.count) == 1


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "nope"}, "unknown_type"),
        ({"type": "open", "thread": "x"}, "not_found"),
        ({"type": "open", "thread": None}, "not_found"),
        ({"type": "open", "thread": {"a": 1}}, "not_found"),
        ({"type": "message.send", "thread": "THREAD", "text": " "}, "empty"),
        ({"type": "message.send", "thread": "THREAD", "text": "x" * 4001}, "too_long"),
        ({"type": "message.send", "thread": "THREAD", "text": "x", "client_id": "7"}, "client_id_missing"),
        ({"type": "card.send", "thread": "THREAD", "product": "1"}, "not_found"),
        ({"type": "older", "thread": "THREAD", "before_seq": -1}, "bad_number"),
    ],
)
async def test_what_cannot_be_done_is_said_with_the_client_id(thread, desk, message, code):
    message = {key: thread.public_id if value == "THREAD" else value for key, value in message.items()}
    client_id = await desk.sends(**message)
    error = await desk.hears("error")
    assert error["code"] == code
    assert error["client_id"] == (client_id if "client_id" not in message else None)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "note.add", "thread": "THREAD", "text": "a\x00b"},
        {"type": "note.add", "thread": "THREAD", "text": "\ud800"},
        {"type": "hand_back", "thread": "THREAD", "note": "\x00"},
        {"type": "hand_back", "thread": "THREAD", "note": "\udfff"},
        {"type": "message.send", "thread": "THREAD", "text": "a\x00"},
        {"type": "open", "thread": "\x00"},
        {"type": "open", "thread": "\ud800"},
        {"type": "older", "thread": "\x00", "before_seq": 2},
        {"type": "typing", "thread": "\x00"},
        {"type": "hello", "threads": {"\x00": 1}},
        {"type": "hello", "threads": {"\ud800": 1}},
        {"type": "\x00"},
    ],
)
async def test_attack_13_text_no_database_holds_is_refused_and_the_line_stays_open(thread, desk, message):
    message = {key: thread.public_id if value == "THREAD" else value for key, value in message.items()}
    client_id = await desk.sends(**message)
    error = await desk.hears("error")
    assert (error["code"], error["client_id"]) == ("bad_text", client_id)
    await desk.sends(type="open", thread=thread.public_id)
    assert (await desk.hears("history"))["thread"] == thread.public_id


@pytest.mark.parametrize(("frame", "code"), [({"bytes_data": b"{}"}, 4003), ({"text_data": " " * 65_537}, 4009)])
async def test_attack_13_a_frame_of_another_kind_or_size_closes_the_line_with_its_own_code(desk, frame, code):
    await desk.socket.send_to(**frame)
    while (output := await desk.socket.receive_output(6))["type"] != "websocket.close":
        pass
    assert output["code"] == code


@pytest.mark.parametrize("cookie", ['"\\000abcdefghijk"', "\x00"])
async def test_attack_13_a_cookie_no_database_holds_is_nobodys(shop, cookie):
    stranger = Desk(cookie)
    assert await stranger.opens() is True
    assert await stranger.socket.receive_output(5) == {"type": "websocket.close", "code": 4401}


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example", "null", "http://localhost.evil.example", None, "http://localhost:9999", "https://localhost",
        "http://127.0.0.1:9999",
    ],
)  # fmt: skip
async def test_attack_21_a_signed_in_persons_cookie_does_not_open_a_console_for_another_site(session, origin):
    assert await Desk(session, origin=origin).opens() is False


async def test_attack_20_a_strangers_console_cannot_open_or_touch_a_thread(shop, thread):
    await says(shop, thread, "private")
    stranger = await sync_to_async(lambda: sign_in(factories.staff(factories.merchant("stranger"))))()
    desk = Desk(stranger)
    await desk.opens()
    ready = await desk.hello()
    assert ready["list"] == []
    for kind in ("open", "older", "take", "hand_back", "message.send", "card.send", "note.add", "typing"):
        await desk.sends(type=kind, thread=thread.public_id, text="x", product=1, before_seq=9)
        assert (await desk.hears("error"))["code"] == "not_found"
    await desk.sends(type="hello", threads={thread.public_id: 0}, list_seq=0)
    await desk.hears("ready")
    await says(shop, thread, "still private")
    await desk.listens(0.4)
    assert (desk.threads, desk.rows) == ({}, {})
    await desk.leaves()
    assert await ain_shop(shop, lambda: Conversation.objects.get().owner) == "bot"


@pytest.mark.parametrize("nobody", ["", "no-such-session", "no-role", "former"])
async def test_attack_20_without_a_seat_there_is_no_console(shop, nobody):
    def session() -> str:
        if nobody == "no-role":
            return sign_in(factories.user())
        if nobody == "former":
            person = factories.staff(shop)
            StaffRole.objects.model._base_manager.filter(user=person).update(is_active=False)
            return sign_in(person)
        return nobody

    desk = Desk(await sync_to_async(session)())
    await desk.opens()
    assert await desk.socket.receive_output(5) == {"type": "websocket.close", "code": 4401}


@pytest.mark.parametrize("how", ["role", "account", "password"])
async def test_attack_20_access_taken_away_ends_the_line_within_five_seconds(shop, desk, jonas, how):
    def revoke() -> None:
        if how == "role":
            StaffRole.objects.model._base_manager.filter(user=jonas).update(is_active=False)
        elif how == "account":
            jonas.is_active = False
            jonas.save()
        else:
            jonas.set_password("another one entirely")
            jonas.save()

    await sync_to_async(revoke)()
    begun = asyncio.get_running_loop().time()
    while (output := await desk.socket.receive_output(6))["type"] != "websocket.close":
        pass
    assert output["code"] == 4401
    assert asyncio.get_running_loop().time() - begun < 5.5


async def test_an_idle_console_still_hears_after_twelve_seconds(shop, thread, desk):
    await says(shop, thread, "first")
    await desk.hears("message")
    await desk.listens(12)
    await says(shop, thread, "second")
    assert (await desk.hears("message", timeout=2))["seq"] == 2


async def test_sockets_cut_at_random_and_a_flushed_broker_lose_nothing(shop, thread, session):
    """P6: 200 messages, lines cut at any moment, the broker emptied; what the console has equals the database."""
    chance = random.Random(20)
    desk = Desk(session)
    await desk.opens()
    await desk.hello()
    await says(shop, thread, "number 0")
    await desk.sends(type="open", thread=thread.public_id)
    await desk.hears("history")
    for number in range(1, 200):
        await says(shop, thread, f"number {number}")
        if number == 100:
            await get_channel_layer().flush()
        if chance.random() < 0.12:
            await desk.leaves()
            for _ in range(chance.randrange(3)):
                await says(shop, thread, f"while away {number}")
            await desk.opens()
            await desk.hello()
        elif chance.random() < 0.1:
            await desk.listens(0.02)
    await desk.listens(1)
    await desk.leaves()
    await desk.opens()
    await desk.hello()
    await desk.listens(0.5)
    await desk.leaves()
    stored = await ain_shop(shop, lambda: list(Message.objects.order_by("seq").values_list("seq", "text")))
    kept = desk.threads[thread.public_id]
    assert [(seq, kept[seq]["content"]["text"]) for seq in sorted(kept)] == stored
    assert desk.rows[thread.public_id]["last_seq"] == len(stored)


async def test_a_deaf_layer_is_noticed_by_the_heartbeat(shop, thread, desk):
    """The event is in the database but no hint came: the next beat brings it."""
    await says(shop, thread, "hello")
    await desk.hears("message")

    def quietly() -> None:
        conversation = Conversation.objects.get()
        message = Message.objects.create(
            merchant=shop, conversation=conversation, seq=2, author="bot", content={"kind": "text", "text": "quiet"},
            text="quiet", state="accepted", occurred_at=conversation.last_message_at,
        )  # fmt: skip
        Conversation.objects.update(last_seq=2)
        ThreadEvent.objects.create(merchant=shop, conversation=conversation, kind="message", message_seq=message.seq)

    await ain_shop(shop, quietly)
    assert (await desk.hears("message", timeout=5))["content"]["text"] == "quiet"
    assert (await desk.hears("heartbeat"))["list_seq"] == desk.list_seq


async def test_two_consoles_of_one_process_see_the_same_and_a_send_without_answer_can_be_repeated(
    shop, thread, desk, session
):
    other = Desk(session)
    await other.opens()
    await other.hello()
    client_id = str(uuid.uuid4())
    for console in (desk, other):
        await console.sends(type="message.send", thread=thread.public_id, text="once", client_id=client_id)
    for console in (desk, other):
        assert (await console.hears("message"))["client_id"] == client_id
    assert await ain_shop(shop, Message.objects.count) == 1
    await other.leaves()
