"""A file that somebody sent is for whoever answers at that merchant, and nothing in it runs."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django_scopes import scope
from pytest_django import Settings

from apps.console import desk
from apps.conversations.actions.receive import open_conversation
from apps.conversations.models import Attachment, Conversation, Message
from apps.merchants import clock
from apps.merchants.models import Merchant
from tests import factories

pytestmark = pytest.mark.django_db
MEDIA = [{"media_type": "image", "url": "https://files.example/secret#key=1", "external_id": ""}]


@pytest.fixture(autouse=True)
def room(settings: Settings, tmp_path: Path) -> None:
    settings.PRIVATE_ROOT = str(tmp_path)


def sent(merchant: Merchant, *, content: bytes = b"0123456789", **fields: Any) -> Attachment:
    """A shopper's message with one file, kept unless said otherwise."""
    account = factories.channel_account(merchant, "telegram")
    who = factories.identity(account)
    with scope(merchant=merchant), transaction.atomic():
        thread = open_conversation(account, who, thread_key=who.external_id)
        told = {"kind": "image", "text": "", "media": MEDIA}
        message = Message.objects.create(
            merchant=merchant, conversation=thread, seq=1, author="shopper", content=told, state="received",
            occurred_at=clock.now(),
        )  # fmt: skip
        Conversation.objects.filter(pk=thread.pk).update(last_seq=1)
        kept = {"media_type": "image", "mime": "image/jpeg", "state": "kept", "size": len(content)} | fields
        attachment = Attachment(merchant=merchant, message=message, **kept)
        if attachment.state == "kept":
            attachment.file.save(f"{attachment.public_id}.jpg", ContentFile(content), save=False)
        attachment.save()
    return attachment


def asked(client: Client, attachment: Attachment, **headers: str) -> Any:
    return client.get(f"/attachments/{attachment.public_id}/", headers=headers)


def test_whoever_answers_sees_it_with_heads_that_let_nothing_run(client: Client, merchant: Merchant) -> None:
    picture = sent(merchant, filename="../my cat.exe")
    client.force_login(factories.staff(merchant, role="associate"))
    answer = asked(client, picture)
    assert (answer.status_code, answer.content) == (200, b"0123456789")
    heads = (
        "Content-Type", "Content-Disposition", "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control",
        "Cross-Origin-Resource-Policy",
    )  # fmt: skip
    assert [answer[name] for name in heads] == [
        "image/jpeg", 'inline; filename="my cat.jpg"', "nosniff", "default-src 'none'; sandbox", "private, no-store",
        "same-origin",
    ]  # fmt: skip


def test_a_pdf_is_only_ever_saved(client: Client, merchant: Merchant) -> None:
    bill = sent(merchant, mime="application/pdf", media_type="file", filename="bill")
    client.force_login(factories.staff(merchant))
    assert asked(client, bill)["Content-Disposition"].startswith("attachment; ")


@pytest.mark.parametrize(
    ("wished", "status", "content", "told"),
    [
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=5-2", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
    ],
)
def test_a_player_gets_the_part_it_asks_for(
    client: Client, merchant: Merchant, wished: str, status: int, content: bytes, told: str | None
) -> None:
    voice = sent(merchant, mime="audio/ogg", media_type="audio")
    client.force_login(factories.staff(merchant))
    answer = asked(client, voice, Range=wished)
    assert (answer.status_code, answer.content, answer.get("Content-Range")) == (status, content, told)


def test_attack_19_nobody_else_gets_it(client: Client, merchant: Merchant, other_merchant: Merchant) -> None:
    picture = sent(merchant)
    assert asked(client, picture).status_code == 302  # to the sign-in
    client.force_login(factories.user())
    assert asked(client, picture).status_code == 403
    client.force_login(factories.staff(other_merchant, role="admin"))
    assert asked(client, picture).status_code == 404
    assert client.get("/attachments/nobody/").status_code == 404
    assert client.get(f"/media/{picture.file.name}").status_code == 404


@pytest.mark.parametrize("state", ["waiting", "refused", "gone"])
def test_what_is_not_kept_is_not_there(client: Client, merchant: Merchant, state: str) -> None:
    client.force_login(factories.staff(merchant))
    assert asked(client, sent(merchant, state=state)).status_code == 404


def test_a_file_that_is_lost_is_not_there(client: Client, merchant: Merchant) -> None:
    picture = sent(merchant)
    Path(picture.file.path).unlink()
    client.force_login(factories.staff(merchant))
    assert asked(client, picture).status_code == 404


def test_the_timeline_tells_of_files_and_not_where_they_came_from(merchant: Merchant) -> None:
    refused = sent(merchant, state="refused", reason="too_large", filename="film.mov", media_type="video", size=None)
    with scope(merchant=merchant):
        (message,) = desk.history(refused.message.conversation.public_id)["messages"]
    told = {"id": refused.public_id, "kind": "video", "name": "film.mov", "type": "", "size": None}
    assert message["content"] == {
        "kind": "image",
        "text": "",
        "files": [{**told, "state": "refused", "why": "too_large"}],
    }


def test_a_page_of_messages_asks_once_for_all_files(merchant: Merchant, django_assert_num_queries: Any) -> None:
    picture = sent(merchant)
    with scope(merchant=merchant):
        thread = picture.message.conversation
        with django_assert_num_queries(4):
            desk.history(thread.public_id)
        for seq in (2, 3, 4):
            Message.objects.create(
                merchant=merchant, conversation=thread, seq=seq, author="shopper", state="received",
                content=picture.message.content, occurred_at=clock.now(),
            )  # fmt: skip
        with django_assert_num_queries(4):
            desk.history(thread.public_id)
