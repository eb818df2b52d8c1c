"""A file from the shopper's page: looked at when it comes, kept by the worker, seen by its own session and by nobody else."""

import datetime as dt
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_scopes import scope
from pytest_django import Settings

from apps.backoffice.api.digital import LARGEST_FILE
from apps.catalog.files import LARGEST_VIDEO
from apps.conversations import uploads as room_for_files
from apps.conversations.harmless import looked_at
from apps.conversations.models import Attachment, Conversation, InboundEvent, Message
from apps.conversations.uploads import forget_stale_uploads
from apps.customers.actions import erase_customer
from apps.gateway import keeping, uploads
from apps.gateway.addresses import Addresses
from apps.gateway.turns import run_turn
from apps.gateway.webchat_hub import as_shown
from apps.gateway.webchat_session import Visitor, issue_token
from apps.merchants import clock
from apps.merchants.models import ChannelAccount
from tests import factories

from . import files

pytestmark = pytest.mark.django_db
HERE = "http://testserver"
NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
ANA, BEN = Visitor("anon:ana"), Visitor("anon:ben")


@pytest.fixture(autouse=True)
def room(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own place for files, and nobody has sent any yet."""
    settings.PRIVATE_ROOT = str(tmp_path)
    monkeypatch.setattr(uploads, "VISITORS", Addresses(burst=3, rate=0))
    return tmp_path


@pytest.fixture
def chat(merchant: Any) -> ChannelAccount:
    return factories.channel_account(merchant, "webchat")


def send(
    client: Client, chat: ChannelAccount, content: bytes, *, who: Visitor = ANA, name: str = "a.jpg",
    kind: str = "image/jpeg", key: str = "", origin: str | None = HERE, session: str | None = None, **form: str,
) -> Any:  # fmt: skip
    headers = {"X-Chat-Session": issue_token(chat, who) if session is None else session, "Accept-Language": "de"}
    if origin:
        headers["Origin"] = origin
    told = {"client_id": key or str(uuid.uuid4()), "file": SimpleUploadedFile(name, content, kind), **form}
    return client.post(f"/chat/{chat.merchant.slug}/upload/", told, headers=headers)


def work() -> None:
    InboundEvent.objects.update(due_at=clock.now())  # pictures wait for the rest of their burst
    while run_turn(lambda received: None):
        pass
    keeping.run_due()


def kept(room: Path) -> list[str]:
    return sorted(path.parent.name for path in room.rglob("*") if path.is_file())


def test_a_picture_goes_the_way_of_every_message(client: Client, chat: ChannelAccount, room: Path) -> None:
    key = str(uuid.uuid4())
    answer = send(client, chat, files.from_a_place(), key=key, name="../IMG.exe", text=" is it broken? ")
    assert (answer.status_code, answer.json(), kept(room)) == (202, {"client_id": key}, ["uploads"])
    work()
    with scope(merchant=chat.merchant):
        message = Message.objects.select_related("conversation").get()
        shown = as_shown(message)
        attachment = Attachment.objects.get()
    assert (message.text, message.content["kind"], shown["client_id"]) == ("is it broken?", "image", key)
    assert kept(room) == ["attachments"]
    (file,) = shown["content"]["files"]
    assert (file["id"], file["state"], file["name"]) == (attachment.public_id, "kept", "IMG.jpg")
    assert "media" not in shown["content"]


def test_only_its_own_session_gets_it_back(client: Client, chat: ChannelAccount) -> None:
    send(client, chat, files.picture())
    send(client, chat, files.picture(), who=BEN)
    work()
    with scope(merchant=chat.merchant):
        mine = Attachment.objects.get(message__conversation__identity__external_id=ANA.external_id)
    address = f"/chat/{chat.merchant.slug}/attachments/{mine.public_id}/"
    got = {
        name: client.get(address, headers={"X-Chat-Session": session}).status_code
        for name, session in (("ana", issue_token(chat, ANA)), ("ben", issue_token(chat, BEN)), ("forged", "x.y"))
    }
    assert (got, client.get(address).status_code) == ({"ana": 200, "ben": 404, "forged": 404}, 404)


def test_sent_twice_it_comes_once(client: Client, chat: ChannelAccount, room: Path) -> None:
    key = str(uuid.uuid4())
    assert [send(client, chat, files.picture(), key=key).status_code for _ in range(2)] == [202, 202]
    assert (kept(room), InboundEvent.objects.count()) == (["uploads"], 1)
    work()
    assert kept(room) == ["attachments"]


@pytest.mark.parametrize(
    ("content", "status", "start"),
    [
        (files.EICAR, 415, "Bitte senden Sie ein Bild"),
        (files.PAGE, 415, "Bitte senden Sie ein Bild"),
        (files.claims_to_be(50_000, 50_000), 415, "Dieses Bild hat zu viele"),
        (files.MP4 + bytes(uploads.MAX_BYTES), 413, "Diese Datei ist größer als 25 MB"),
        (b"", 400, "Es gibt noch nichts"),
    ],
    ids=["eicar", "page", "bomb", "large", "empty"],
)
def test_attack_54_what_is_refused_is_said_at_once_and_never_comes_in(
    client: Client, chat: ChannelAccount, room: Path, content: bytes, status: int, start: str
) -> None:
    answer = send(client, chat, content)
    assert (answer.status_code, answer.json()["detail"].startswith(start)) == (status, True)
    assert (kept(room), InboundEvent.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    "told",
    [{"origin": "https://evil.example"}, {"origin": None}, {"origin": "null"}, {"session": ""}, {"session": "forged"}],
)
def test_another_page_or_nobody_sends_nothing(
    client: Client, chat: ChannelAccount, room: Path, told: dict[str, Any]
) -> None:
    assert send(client, chat, files.picture(), **told).status_code == 403
    assert (kept(room), InboundEvent.objects.count()) == ([], 0)


def test_a_session_of_another_shop_is_none_here(
    client: Client, chat: ChannelAccount, other_merchant: Any, room: Path
) -> None:
    theirs = factories.channel_account(other_merchant, "webchat")
    assert send(client, chat, files.picture(), session=issue_token(theirs, ANA)).status_code == 403
    assert kept(room) == []


def test_many_files_at_once_are_too_many(client: Client, chat: ChannelAccount) -> None:
    assert [send(client, chat, files.picture()).status_code for _ in range(4)] == [202, 202, 202, 429]
    assert send(client, chat, files.picture(), who=BEN).status_code == 202


def test_a_day_has_an_end_for_a_visitor_and_for_a_shop(
    client: Client, chat: ChannelAccount, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(looked_at(files.picture(), told="image").content)
    monkeypatch.setattr(uploads, "MOST_OF_A_VISITOR", 2 * size)
    monkeypatch.setattr(room_for_files, "MOST_OF_A_SHOP", 3 * size)
    with clock.at(NOON):
        mine = [send(client, chat, files.picture()) for _ in range(3)]
        bens = [send(client, chat, files.picture(), who=BEN) for _ in range(2)]
    assert ([each.status_code for each in mine], [each.status_code for each in bens]) == ([202, 202, 429], [202, 503])
    assert [answer.json()["detail"] for answer in (mine[-1], bens[-1])] == [
        "Sie haben heute so viel gesendet, wie an einem Tag geht. Bitte senden Sie den Rest morgen.",
        "Der Shop hat heute so viele Dateien angenommen, wie er kann. Bitte senden Sie diese morgen, oder schreiben Sie uns.",
    ]
    assert len(kept(room)) == 3
    monkeypatch.setattr(uploads, "VISITORS", Addresses(burst=3, rate=0))
    with clock.at(NOON + dt.timedelta(days=1)):
        assert send(client, chat, files.picture()).status_code == 202


def test_a_disk_that_is_nearly_full_takes_no_file(
    client: Client, chat: ChannelAccount, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_for_files, "LEFT_FREE", 10**18)
    answer = send(client, chat, files.picture())
    assert (answer.status_code, kept(room), InboundEvent.objects.count()) == (503, [], 0)
    assert answer.json()["detail"].startswith("Dem Shop kann gerade nicht")


def test_what_waits_goes_with_its_message(
    client: Client, chat: ChannelAccount, room: Path, django_capture_on_commit_callbacks: Any
) -> None:
    send(client, chat, files.picture())
    InboundEvent.objects.update(due_at=clock.now())
    run_turn(lambda received: None)
    assert kept(room) == ["uploads"]
    with scope(merchant=chat.merchant), django_capture_on_commit_callbacks(execute=True):
        erase_customer(Conversation.objects.get().identity.customer)
    assert kept(room) == []


def test_the_proxy_in_the_handbook_takes_what_the_shop_takes() -> None:
    told = Path("docs/deploying.md").read_text().partition("console/files)/$ {")[2].partition("}")[0]
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", told)
    assert int(megabytes) * 2**20 >= uploads.MAX_BYTES + uploads.FORM
    told = Path("docs/deploying.md").read_text().partition("^/(admin|api/v1)/ {")[2].partition("}")[0]
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", told)
    assert int(megabytes) * 2**20 >= max(LARGEST_VIDEO, LARGEST_FILE) + uploads.FORM


def test_a_file_whose_turn_never_comes_is_forgotten(client: Client, chat: ChannelAccount, room: Path) -> None:
    send(client, chat, files.picture())
    assert (forget_stale_uploads(), kept(room)) == (0, ["uploads"])
    with clock.at(clock.now() + dt.timedelta(hours=25)):
        assert (forget_stale_uploads(), kept(room)) == (1, [])
