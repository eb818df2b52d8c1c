"""Apple's calls through the front door: gzipped, at an address Apple lengthens; and a shopper who leaves and comes back."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django_scopes import scope

from apps.conversations.actions import send_message
from apps.conversations.models import Conversation, Message
from apps.customers.actions import may_receive
from apps.customers.models import Identity
from apps.gateway.loop import drain
from apps.gateway.transcripts.phones.apple import Apple
from apps.messaging.content import Text
from tests.factories import channel_account
from tests.messaging.channels.apple.example import SHOPPER
from tests.messaging.channels.apple.sign import signed

from .harness import Sink, call_door, parrot

pytestmark = pytest.mark.django_db


@pytest.fixture
def apple_sink() -> Iterator[Sink]:
    running = Sink(lambda body, number: (200, {}))
    yield running
    running.close()


@pytest.fixture
def phone(merchant: Any, apple_sink: Sink) -> Apple:
    account = channel_account(merchant, "apple", name="demo", api_base=apple_sink.url)
    return Apple(account, SHOPPER, language="de")


def post(phone: Apple, raw: bytes, *, path: str = "", packed: bool = True) -> int:
    headers = dict(signed(b"", phone.account.config).headers)
    if packed:
        headers["content-encoding"] = "gzip"
    answer: tuple[int, bytes] = async_to_sync(call_door)(phone.door, path or phone.path, raw, headers=headers)
    return answer[0]


def message(phone: Apple, **fields: Any) -> bytes:
    business = phone.account.config["business_id"]
    base = {"v": 1, "id": "m-1", "type": "text", "sourceId": SHOPPER, "destinationId": business, "body": "hallo"}
    return json.dumps({**base, **fields}).encode()


def words(merchant: Any, author: str = "shopper") -> list[str]:
    with scope(merchant=merchant):
        return list(Message.objects.filter(author=author).order_by("pk").values_list("text", flat=True))


def test_a_gzipped_call_is_taken_where_apple_calls(phone: Apple, merchant: Any) -> None:
    packed = gzip.compress(message(phone), mtime=0)
    for path in (phone.path, phone.path.removesuffix("message"), phone.path.replace("/message", "//message")):
        assert post(phone, packed, path=path) == 200
    assert post(phone, message(phone, id="m-2", body="noch"), packed=False) == 200
    drain(answer=parrot, jobs={})
    assert words(merchant) == ["hallo", "noch"]
    for path in (
        phone.path + "/more",
        "/webhooks/apple/demo/messages",
        "/webhooks/apple/other/message",
        "/webhooks/apple",
    ):
        assert post(phone, packed, path=path) == 404


def test_other_channels_have_no_address_below_their_own(phone: Apple, merchant: Any) -> None:
    channel_account(merchant, "whatsapp", name="no-lower")
    assert post(phone, b"{}", path="/webhooks/whatsapp/no-lower/message", packed=False) == 404
    assert post(phone, b"{}", path="/webhooks/whatsapp/no-lower/", packed=False) == 403


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (gzip.compress(b"0" * 50_000_000, mtime=0), 413),
        (gzip.compress(b'{"a":' * 100_000, mtime=0), 400),
        (gzip.compress(b"[]", mtime=0), 400),
        (gzip.compress(b'{"v":1}', mtime=0)[:-3], 400),
        (b"no gzip", 400),
        (gzip.compress(gzip.compress(b"{}", mtime=0), mtime=0), 400),
    ],
)
def test_attack_13_a_bomb_in_gzip_is_refused(phone: Apple, merchant: Any, raw: bytes, status: int) -> None:
    assert post(phone, raw) == status
    assert words(merchant) == []


def test_what_is_not_signed_is_not_even_unpacked(phone: Apple) -> None:
    raw = gzip.compress(b"0" * 50_000_000, mtime=0)
    answer = async_to_sync(call_door)(phone.door, phone.path, raw, headers={"content-encoding": "gzip"})
    assert answer[0] == 403


def test_the_device_is_known_from_the_first_message_and_again_when_it_changes(phone: Apple, merchant: Any) -> None:
    phone.says("hallo")
    drain(answer=parrot, jobs={})
    with scope(merchant=merchant):
        identity = Identity.objects.get(external_id=SHOPPER)
        assert identity.aliases == {"capabilities": "LIST,TIME,QUICK"}
        assert identity.customer.language == "de"


def test_whoever_deletes_the_thread_is_left_alone_until_they_write(
    phone: Apple, merchant: Any, apple_sink: Sink
) -> None:
    phone.says("hallo")
    drain(answer=parrot, jobs={})
    assert [body["body"] for body in apple_sink.accepted] == ["you said: hallo"]
    assert post(phone, gzip.compress(message(phone, id="m-9", type="close"), mtime=0)) == 200
    drain(answer=parrot, jobs={})
    with scope(merchant=merchant):
        conversation = Conversation.objects.get()
        assert may_receive(conversation.identity, "service") is False
        queued = send_message(conversation, Text(text="Come back!"), author="system")
        assert queued.state == Message.State.SUPPRESSED
    drain(answer=parrot, jobs={})
    assert len(apple_sink.accepted) == 1
    phone.says("doch noch eine Frage")
    drain(answer=parrot, jobs={})
    with scope(merchant=merchant):
        assert may_receive(Identity.objects.get(external_id=SHOPPER), "service") is True
        assert may_receive(Identity.objects.get(external_id=SHOPPER), "marketing") is False
    assert [body["body"] for body in apple_sink.accepted] == ["you said: hallo", "you said: doch noch eine Frage"]


def test_an_answer_of_a_person_says_that_it_is_one(phone: Apple, merchant: Any, apple_sink: Sink) -> None:
    phone.says("hallo")
    drain(answer=parrot, jobs={})
    with scope(merchant=merchant):
        send_message(Conversation.objects.get(), Text(text="Hier ist Jana."), author="agent")
    drain(answer=parrot, jobs={})
    assert [body["body"] for body in apple_sink.accepted] == ["you said: hallo", "Hier ist Jana."]
    assert [headers["auto-reply"] for headers in apple_sink.headers] == ["true", "false"]
