"""What shoppers send is kept while the platform still has it, where no address leads, and goes when they want it to."""

import datetime as dt
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from PIL import Image
from pytest_django import Settings

from apps.conversations.files import forget_old_files, forget_orphans
from apps.conversations.models import Attachment, Conversation, InboundEvent, Message, ThreadEvent
from apps.customers.actions import erase_customer
from apps.gateway import keeping
from apps.gateway.inbox import store_events_sync
from apps.gateway.turns import run_turn
from apps.merchants import clock
from apps.messaging.events import ChannelEvent, EventKind, MediaRef
from apps.messaging.fetch import MAX_BYTES
from tests.factories import channel_account
from tests.messaging.loopback import Platform, platform

from . import files

pytestmark = pytest.mark.usefixtures("in_scope")
State = Attachment.State


@pytest.fixture(autouse=True)
def room(settings: Settings, tmp_path: Path) -> Path:
    settings.PRIVATE_ROOT = str(tmp_path)
    return tmp_path


def kept_files(room: Path) -> list[str]:
    return sorted(str(path.relative_to(room)) for path in room.rglob("*") if path.is_file())


class Sender:
    """A shopper on Messenger, whose files lie at an address the platform tells."""

    def __init__(self, merchant: Any, there: Platform) -> None:
        self.there = there
        self.account = channel_account(merchant, "messenger", api_base=there.base)

    def sends(self, *media: MediaRef, key: str = "m1", kind: EventKind = EventKind.MESSAGE, **fields: Any) -> None:
        about = {"type": media[0].media_type if media else "", "thread_key": "7001", **fields}
        event = ChannelEvent(kind, key, "7001", clock.now(), media=media, **about)
        store_events_sync(self.account.pk, [event])
        InboundEvent.objects.update(due_at=clock.now())  # pictures wait for the rest of their burst
        while run_turn(lambda received: None):
            pass

    def file(self, medium: str = "image", **told: Any) -> MediaRef:
        return MediaRef(medium, url=f"{self.there.base}/a", **told)


@pytest.fixture
def sender(merchant: Any) -> Iterator[Sender]:
    """Somebody whose picture is kept."""
    with platform((200, files.picture(), {})) as there:
        made = Sender(merchant, there)
        made.sends(made.file())
        keeping.run_due()
        yield made


def row() -> Attachment:
    found: Attachment = Attachment.objects.get()
    return found


def test_a_picture_is_kept_without_where_it_was_taken(merchant: Any, room: Path) -> None:
    with platform((200, files.from_a_place(), {"Content-Type": "text/html"})) as there:
        sender = Sender(merchant, there)
        sender.sends(sender.file(filename="../../IMG_1.exe", mime="text/html"), text="look")
        assert (row().state, kept_files(room)) == (State.WAITING, [])
        assert (keeping.run_due(), keeping.run_due()) == (1, 0)
    kept = row()
    assert (kept.state, kept.media_type, kept.mime, kept.filename) == (State.KEPT, "image", "image/jpeg", "IMG_1.jpg")
    assert kept_files(room) == [f"attachments/{kept.public_id}.jpg"]
    content = kept.file.read()
    assert (kept.size, dict(Image.open(io.BytesIO(content)).getexif())) == (len(content), {})
    told = ThreadEvent.objects.filter(kind="file").values_list("message_seq", "data")
    assert list(told) == [(1, {})]


def test_the_same_message_twice_is_fetched_once(merchant: Any, room: Path) -> None:
    with platform((200, files.OGG, {})) as there:
        sender = Sender(merchant, there)
        sender.sends(sender.file("audio"))
        sender.sends(sender.file("audio"))
        keeping.run_due()
        sender.sends(sender.file("audio"))
        keeping.run_due()
    assert (len(there.calls), len(kept_files(room)), row().mime) == (1, 1, "audio/ogg")


@pytest.mark.parametrize("size", [2 * 1024**3, 5 * 1024**3])
def test_attack_54_a_film_that_tells_of_two_gigabytes_is_not_fetched(merchant: Any, room: Path, size: int) -> None:
    with platform((200, files.MP4, {})) as there:
        sender = Sender(merchant, there)
        sender.sends(sender.file("video", size=size))
        keeping.run_due()
    assert (row().state, row().reason, there.calls, kept_files(room)) == (State.REFUSED, "too_large", [], [])


def test_attack_54_a_film_that_does_not_tell_is_cut_off(merchant: Any, room: Path) -> None:
    with platform((200, files.MP4 + bytes(MAX_BYTES), {})) as there:
        sender = Sender(merchant, there)
        sender.sends(sender.file("video", size=0))
        keeping.run_due()
    assert (row().state, row().reason, len(there.calls), kept_files(room)) == (State.REFUSED, "too_large", 1, [])


def test_attack_54_what_is_on_no_list_is_not_kept(merchant: Any, room: Path) -> None:
    with platform((200, files.EICAR, {"Content-Type": "image/jpeg"})) as there:
        sender = Sender(merchant, there)
        sender.sends(sender.file(filename="cute.jpg", mime="image/jpeg"))
        keeping.run_due()
    assert (row().state, row().reason, kept_files(room)) == (State.REFUSED, "kind", [])


def test_trouble_is_tried_again_ever_more_slowly_and_ends(merchant: Any, room: Path) -> None:
    with platform((503, b"", {})) as there:
        sender = Sender(merchant, there)
        sender.sends(sender.file())
        now, waited = clock.now(), []
        while row().state == State.WAITING:
            with clock.at(now):
                assert keeping.run_due() == 1
                assert keeping.run_due() == 0  # not before its time
            waited.append((row().due_at - now).total_seconds())
            now = row().due_at
    assert waited[:4] == [5, 15, 45, 135]
    assert (max(waited), len(there.calls)) == (6 * 3600, keeping.MOST_ATTEMPTS)
    assert (row().state, row().reason) == (State.GONE, "not_given")


def test_after_trouble_it_is_kept_all_the_same(merchant: Any, room: Path) -> None:
    with platform((503, b"", {}), (200, files.picture(), {})) as there:
        sender = Sender(merchant, there)
        sender.sends(sender.file())
        keeping.run_due()
        with clock.at(row().due_at):
            keeping.run_due()
    assert (row().state, len(kept_files(room))) == (State.KEPT, 1)


def test_what_has_run_out_is_not_asked_for_again(merchant: Any) -> None:
    with platform((404, b"", {})) as there:
        sender = Sender(merchant, there)
        sender.sends(sender.file())
        keeping.run_due()
    assert (row().state, row().reason, len(there.calls)) == (State.GONE, "not_given", 1)


def test_an_address_that_is_not_the_platforms_is_never_called(merchant: Any) -> None:
    with platform((200, files.picture(), {})) as there, platform((200, files.picture(), {})) as elsewhere:
        sender = Sender(merchant, there)
        sender.sends(MediaRef("image", url=f"{elsewhere.base}/a"))
        keeping.run_due()
    assert (row().state, row().reason, elsewhere.calls) == (State.GONE, "not_given", [])


def test_what_is_taken_back_goes_with_its_file(
    sender: Sender, room: Path, django_capture_on_commit_callbacks: Any
) -> None:
    assert len(kept_files(room)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        sender.sends(key="m2", kind=EventKind.MESSAGE_DELETED, target="m1")
    assert (Attachment.objects.count(), kept_files(room)) == (0, [])


def test_what_is_taken_back_while_it_is_fetched_is_not_kept(merchant: Any, room: Path) -> None:
    with platform((200, files.picture(), {})) as there:
        sender = Sender(merchant, there)
        sender.sends(sender.file())
        attachment = Attachment.objects.select_related("message__conversation").get()
        sender.sends(key="m2", kind=EventKind.MESSAGE_DELETED, target="m1")
        keeping._keep(attachment, keeping.harmless(files.picture()))
    assert kept_files(room) == []


@pytest.mark.usefixtures("sender")
def test_a_person_who_is_forgotten_leaves_no_file(room: Path, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        erase_customer(Conversation.objects.get().identity.customer)
    assert (Attachment.objects.count(), kept_files(room)) == (0, [])


@pytest.mark.usefixtures("sender")
def test_an_erasure_that_is_taken_back_leaves_the_file(room: Path, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        erase_customer(Conversation.objects.get().identity.customer)
        transaction.set_rollback(True)
    assert (row().state, kept_files(room)) == (State.KEPT, [row().file.name])


def test_files_are_kept_for_as_long_as_the_shop_says(
    merchant: Any, room: Path, settings: Settings, django_capture_on_commit_callbacks: Any
) -> None:
    settings.ATTACHMENTS_KEPT_DAYS = 30
    with platform((200, files.PDF, {})) as there:
        sender = Sender(merchant, there)
        sender.sends(sender.file("file", filename="my bill.pdf"))
        keeping.run_due()
    assert (forget_old_files(), len(kept_files(room))) == (0, 1)
    with clock.at(clock.now() + dt.timedelta(days=31)), django_capture_on_commit_callbacks(execute=True):
        assert (forget_old_files(), forget_old_files()) == (1, 0)
    old = row()
    (told,) = old.message.content["media"]
    assert (told["media_type"], told["filename"], told["url"]) == ("file", "", "")
    assert (old.state, old.reason, old.filename, kept_files(room)) == (State.GONE, "old", "", [])


def test_a_file_of_which_no_row_knows_goes_after_a_day(merchant: Any, room: Path) -> None:
    with platform((200, files.PDF, {})) as there:
        sender = Sender(merchant, there)
        sender.sends(sender.file("file"))
        keeping.run_due()
    mine = row().file.name
    (room / "attachments" / "left-behind.jpg").write_bytes(b"jpg")
    (room / "attachments" / f"{row().public_id}.jpg").write_bytes(b"jpg")  # named as one, and not the one it has
    (room / "uploads").mkdir(exist_ok=True)
    (room / "uploads" / "other").write_bytes(b"")
    assert (forget_orphans(), len(kept_files(room))) == (0, 4)
    with clock.at(clock.now() + dt.timedelta(hours=25)):
        assert (forget_orphans(), kept_files(room)) == (2, [mine, "uploads/other"])


def test_no_word_more_is_asked_of_the_database_for_text(merchant: Any, django_assert_max_num_queries: Any) -> None:
    with platform((200, files.picture(), {})) as there:
        sender = Sender(merchant, there)
        sender.sends(key="t1", text="hello", type="text")
        event = ChannelEvent(EventKind.MESSAGE, "t2", "7001", clock.now(), type="text", text="hi", thread_key="7001")
        store_events_sync(sender.account.pk, [event])
        with django_assert_max_num_queries(50) as asked:
            assert run_turn(lambda received: None) == 1
        about = [query["sql"] for query in asked.captured_queries if "attachment" in query["sql"]]
    assert (about, Message.objects.count()) == ([], 2)
