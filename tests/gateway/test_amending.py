"""What a shopper says of a message afterwards, through the front door: on every kind whose platform tells it."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import ContentFile
from django_scopes import scope

from apps.conversations.actions import send_message
from apps.conversations.models import Attachment, Conversation, InboundEvent, Message, ThreadEvent, WirePart
from apps.gateway.loop import drain
from apps.merchants import clock
from apps.messaging.content import Text
from tests.factories import channel_account
from tests.messaging.kinds import KINDS
from tests.messaging.suite import subject

from .harness import Platform, call_door

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
SECONDS = int(NOW.timestamp())


def _telegram(what: str, name: str, words: str) -> dict[str, Any]:
    person = {"id": int(KINDS["telegram"].SHOPPER), "is_bot": False, "first_name": "Ada"}
    chat = {"id": person["id"], "type": "private"}
    base = {"message_id": int(name), "from": person, "chat": chat, "date": SECONDS, "text": words}
    if what == "react":
        told = {"message_id": int(name), "user": person, "chat": chat, "date": SECONDS, "old_reaction": []}
        return {"update_id": 900003, "message_reaction": {**told, "new_reaction": [{"type": "emoji", "emoji": words}]}}
    if what == "edit":
        return {"update_id": 900002, "edited_message": {**base, "edit_date": SECONDS + 5}}
    return {"update_id": 900001, "message": base}


def _line(what: str, name: str, words: str) -> dict[str, Any]:
    source = {"type": "user", "userId": KINDS["line"].SHOPPER}
    base = {"mode": "active", "timestamp": SECONDS * 1000, "source": source, "webhookEventId": f"{what}-{name}"}
    message = {"message": {"id": name, "type": "text", "text": words}, "replyToken": f"token-{what}"}
    told: dict[str, dict[str, Any]] = {
        "say": {"type": "message", **message},
        "edit": {"type": "messageEdited", **message},
        "delete": {"type": "unsend", "unsend": {"messageId": name}},
    }
    return {"destination": "U1", "events": [{**base, **told[what]}]}


def _meta(kind: str, place: str, account: str) -> Callable[[str, str, str], dict[str, Any]]:
    def write(what: str, name: str, words: str) -> dict[str, Any]:
        told: dict[str, dict[str, Any]] = {
            "say": {"message": {"mid": name, "text": words}},
            "edit": {"message_edit": {"mid": name, "text": words, "num_edit": 1}},
            "delete": {"message": {"mid": name, "is_deleted": True}},
            "react": {"reaction": {"mid": name, "action": "react", "emoji": words, "reaction": "love"}},
        }
        us = KINDS[kind].ACCOUNT[account]
        item = {"sender": {"id": KINDS[kind].SHOPPER}, "recipient": {"id": us}, "timestamp": SECONDS * 1000}
        return {"object": place, "entry": [{"id": us, "time": SECONDS * 1000, "messaging": [{**item, **told[what]}]}]}

    return write


def _whatsapp(what: str, name: str, words: str) -> dict[str, Any]:
    told: dict[str, dict[str, Any]] = {
        "say": {"id": name, "type": "text", "text": {"body": words}},
        "edit": {"type": "edit", "edit": {"original_message_id": name, "message": {"text": {"body": words}}}},
        "delete": {"type": "revoke", "revoke": {"original_message_id": name}},
        "react": {"type": "reaction", "reaction": {"message_id": name, "emoji": words}},
    }
    message = {"from": KINDS["whatsapp"].SHOPPER, "id": f"wamid.{what}", "timestamp": str(SECONDS), **told[what]}
    metadata = {"phone_number_id": KINDS["whatsapp"].ACCOUNT["phone_number_id"]}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "messages": [message]}
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


WRITERS: dict[str, Callable[[str, str, str], dict[str, Any]]] = {
    "telegram": _telegram,
    "line": _line,
    "messenger": _meta("messenger", "page", "page_id"),
    "instagram": _meta("instagram", "instagram", "instagram_id"),
    "whatsapp": _whatsapp,
}
DELETING = [kind for kind in WRITERS if kind != "telegram"]  # a bot is not told what is gone from its own thread
REACTING = [kind for kind in WRITERS if kind != "line"]


class Thread:
    """One shopper on one kind."""

    def __init__(self, merchant: Any, kind: str) -> None:
        self.merchant, self.kind = merchant, kind
        self.account = channel_account(merchant, kind, **KINDS[kind].ACCOUNT, api_base="http://127.0.0.1:9")
        self.door = Platform(self.account).door

    def told(self, what: str, name: str, words: str = "") -> None:
        body = json.dumps(WRITERS[self.kind](what, name, words)).encode()
        headers = dict(subject(self.kind).sign(body, self.account.config).headers)
        path = f"/webhooks/{self.kind}/{self.account.name}/"
        assert async_to_sync(call_door)(self.door, path, body, headers=headers)[0] == 200

    def work(self, seconds: float = 1.0) -> None:
        with clock.at(clock.now() + dt.timedelta(seconds=seconds)):
            drain(answer=lambda received: None, jobs={})

    def messages(self) -> list[tuple[str, str]]:
        with scope(merchant=self.merchant):
            return list(Message.objects.order_by("seq").values_list("author", "text"))

    def facts(self, kind: str) -> list[tuple[int | None, dict[str, Any]]]:
        with scope(merchant=self.merchant):
            return list(ThreadEvent.objects.filter(kind=kind).order_by("pk").values_list("message_seq", "data"))

    def answers(self, *names: str) -> Message:
        """A message of ours that went out as wires of these names, the last one its own."""
        with scope(merchant=self.merchant):
            said = send_message(Conversation.objects.get(), Text(text="which one?"), author="bot")
            Message.objects.filter(pk=said.pk).update(state="accepted", external_id=names[-1])
            for number, name in enumerate(names[:-1]):
                WirePart.objects.create(merchant=self.merchant, message=said, number=number, external_id=name)
        return said


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.at(NOW):
        yield


@pytest.mark.parametrize("kind", WRITERS)
def test_other_words_take_the_place_of_the_first(merchant: Any, kind: str) -> None:
    thread = Thread(merchant, kind)
    thread.told("say", "31", "blue shirts")
    thread.work()
    thread.told("edit", "31", "red shirts")
    thread.work()
    assert thread.messages() == [("shopper", "red shirts")]
    assert thread.facts("edited") == [(1, {})]


@pytest.mark.parametrize("kind", DELETING)
def test_what_is_taken_back_is_gone_with_its_files(
    merchant: Any, kind: str, django_capture_on_commit_callbacks: Any
) -> None:
    thread = Thread(merchant, kind)
    thread.told("say", "31", "blue shirts")
    thread.work()
    with scope(merchant=merchant):
        message = Message.objects.get()
        photo = Attachment.objects.create(merchant=merchant, message=message, media_type="image", external_id="f1")
        photo.file.save("photo.jpg", ContentFile(b"jpeg"))
        storage, path = photo.file.storage, photo.file.name
    thread.told("delete", "31")
    with django_capture_on_commit_callbacks(execute=True):
        thread.work()
    assert thread.messages() == [("shopper", "")]
    assert thread.facts("deleted") == [(1, {})]
    with scope(merchant=merchant):
        assert Attachment.objects.count() == 0
    assert not storage.exists(path)


@pytest.mark.parametrize("kind", REACTING)
def test_a_reaction_to_any_part_of_ours_is_noted_at_the_whole(merchant: Any, kind: str) -> None:
    thread = Thread(merchant, kind)
    thread.told("say", "31", "hi")
    thread.work()
    said = thread.answers("77", "78")
    thread.told("react", "77", "❤")
    thread.work()
    assert thread.facts("reaction") == [(said.seq, {"emoji": "❤"})]


@pytest.mark.parametrize("kind", WRITERS)
def test_an_edit_that_comes_first_waits_for_its_message(merchant: Any, kind: str) -> None:
    thread = Thread(merchant, kind)
    thread.told("edit", "31", "red shirts")
    thread.work()
    assert thread.messages() == []
    thread.told("say", "31", "blue shirts")
    for seconds in (1, 5, 20):
        thread.work(seconds)
    assert thread.messages() == [("shopper", "red shirts")]
    assert InboundEvent.objects.filter(processed_at=None).count() == 0


def test_a_reaction_to_nothing_of_ours_is_waited_for_and_then_done_with(merchant: Any) -> None:
    thread = Thread(merchant, "telegram")
    thread.told("say", "31", "hi")
    thread.told("react", "5", "❤")
    for seconds in (1, 5, 10, 20, 40):
        thread.work(seconds)
    assert thread.facts("reaction") == []
    left = InboundEvent.objects.get(event_key="900003")
    assert (left.processed_at is None, left.dead_at, left.error) == (False, None, "about a message nobody here knows")


def test_the_number_of_an_update_is_no_name_of_a_message(merchant: Any) -> None:
    """Telegram counts both; what was said is known under the message's own."""
    thread = Thread(merchant, "telegram")
    thread.told("say", "31", "blue shirts")
    thread.work()
    thread.told("edit", "900001", "red shirts")
    for seconds in (1, 5, 10, 20, 40):
        thread.work(seconds)
    assert thread.messages() == [("shopper", "blue shirts")]
