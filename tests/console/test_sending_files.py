"""A colleague sends a file: looked at, kept, said once; each channel gets it as itself or as a link."""

import io
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_scopes import scope
from PIL import Image
from pytest_django import Settings

from apps.conversations import uploads
from apps.conversations.models import Attachment, Conversation, Message
from apps.customers.actions import record_consent
from apps.gateway.webchat_hub import as_shown
from apps.merchants.models import Merchant, StaffRole
from tests import factories
from tests.gateway import files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def room(settings: Settings, tmp_path: Path) -> Path:
    settings.PRIVATE_ROOT = str(tmp_path)
    return tmp_path


def kept(room: Path) -> list[str]:
    return sorted(str(path.relative_to(room)) for path in room.rglob("*") if path.is_file())


@pytest.fixture
def desk(client: Client, jonas: Any) -> Client:
    client.force_login(jonas)
    return client


def send(
    client: Client, thread: Conversation, content: bytes, *, name: str = "a.jpg", kind: str = "image/jpeg", **form: str
) -> Any:
    told = {"client_id": str(uuid.uuid4()), "thread": thread.public_id} | form
    return client.post("/console/files/", told | {"file": SimpleUploadedFile(name, content, kind)})


def test_a_picture_is_kept_and_said_once_and_whoever_sends_takes_the_thread(
    desk: Client, shop: Merchant, thread: Conversation, jonas: Any, room: Path
) -> None:
    key = str(uuid.uuid4())
    answers = [
        send(desk, thread, files.from_a_place(), name="C:\\my mug.png", text="this one", client_id=key) for _ in "ab"
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"seq": 1})] * 2
    with scope(merchant=shop):
        message, attachment = Message.objects.get(), Attachment.objects.get()
    assert (message.author, message.author_user, str(message.client_id)) == ("agent", jonas, key)
    assert (message.content["text"], message.content["filename"], attachment.state) == (
        "this one",
        "my mug.jpg",
        "kept",
    )
    assert kept(room) == [f"attachments/{attachment.public_id}.jpg"]
    assert dict(Image.open(io.BytesIO(attachment.file.read())).getexif()) == {}  # nothing tells where it was taken
    with scope(merchant=shop):
        assert Conversation.objects.get().owner_user == jonas
    link = message.content["url"]
    shown = Client().get(link[link.index("/files/") :])
    assert (shown.status_code, shown["Content-Type"], shown["X-Content-Type-Options"]) == (200, "image/jpeg", "nosniff")


def test_its_link_cannot_be_guessed_and_runs_out(
    desk: Client, shop: Merchant, thread: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(desk, thread, files.picture())
    with scope(merchant=shop):
        link = Message.objects.get().content["url"]
    path = link[link.index("/files/") :]
    token = path.split("/")[2]
    forged = path.replace(token, token[:-3] + "AAA")
    assert [Client().get(each).status_code for each in (path, forged)] == [200, 404]
    real = signing.time.time
    with monkeypatch.context() as later:
        later.setattr(signing.time, "time", lambda: real() + 31 * 24 * 3600)
        assert Client().get(path).status_code == 410
    Merchant.objects.update(is_active=False)
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("who", ["stranger", "nobody", "former"])
def test_attack_20_nobody_else_sends_a_file_into_a_thread(
    client: Client, shop: Merchant, thread: Conversation, room: Path, who: str
) -> None:
    if who == "stranger":
        client.force_login(factories.staff(factories.merchant("stranger")))
    if who == "former":
        gone = factories.staff(shop)
        with scope(merchant=shop):
            StaffRole.objects.filter(user=gone).update(is_active=False)
        client.force_login(gone)
    answer = send(client, thread, files.picture())
    assert answer.status_code == {"stranger": 404, "nobody": 302, "former": 403}[who]
    with scope(merchant=shop):
        assert (Message.objects.count(), Attachment.objects.count(), kept(room)) == (0, 0, [])


def test_attack_21_another_site_sends_nothing_in_a_colleagues_name(
    shop: Merchant, thread: Conversation, jonas: Any
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(jonas)
    assert send(strict, thread, files.picture()).status_code == 403


@pytest.mark.parametrize(
    ("content", "kind", "code", "words"),
    [
        (files.PAGE, "image/jpeg", "kind", "Only pictures"),
        (files.PDF + files.archive(), "application/pdf", "kind", "Only pictures"),
        (files.claims_to_be(40_000, 40_000), "image/png", "pixels", "too many pixels"),
        (files.MP4 + bytes(25_000_000), "video/mp4", "too_large", "larger than 25 MB"),
        (b"", "image/jpeg", "empty", "nothing to send"),
    ],
)
def test_attack_54_what_is_no_harmless_file_is_refused_in_plain_words(
    desk: Client, shop: Merchant, thread: Conversation, room: Path, content: bytes, kind: str, code: str, words: str
) -> None:
    answer = send(desk, thread, content, kind=kind)
    assert (answer.status_code, answer.json()["code"], words in answer.json()["detail"]) == (400, code, True)
    with scope(merchant=shop):
        assert (Message.objects.count(), kept(room)) == (0, [])


def test_a_day_has_an_end_for_the_shop(
    desk: Client, thread: Conversation, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_OF_A_SHOP", 10)
    answer = send(desk, thread, files.picture())
    assert (answer.status_code, answer.json()["code"], kept(room)) == (400, "day_is_full", [])


def test_what_answers_something_that_is_gone_is_not_sent(desk: Client, thread: Conversation, room: Path) -> None:
    for wrong in ("7", "-1", "x"):
        assert send(desk, thread, files.picture(), quote=wrong).status_code == 404
    assert kept(room) == []


def test_what_was_not_sent_shows_no_file_to_the_shopper(desk: Client, shop: Merchant, thread: Conversation) -> None:
    with scope(merchant=shop):
        record_consent(thread.identity, purpose="service", granted=False, source="stop")
    send(desk, thread, files.picture())
    with scope(merchant=shop):
        message = Message.objects.get()
        assert (message.state, as_shown(message)["content"]) == ("suppressed", {"kind": "hidden"})
