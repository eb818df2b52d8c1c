"""Files in the console's thread and in the shopper's chat, in a real browser: sent, fetched, refused, looked at."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django_scopes import scope
from PIL import Image
from playwright.sync_api import Browser
from pytest_django import Settings

from apps.conversations.models import Attachment, Conversation, Message
from apps.gateway import keeping
from apps.gateway.webchat_session import COOKIE, Visitor, issue_token
from apps.merchants import clock

from ..web import browsing, serving, shoot, working
from ..webchat.test_browser import serious
from .test_browser import open_console

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMED: list[dict[str, Any]] = [
    {"media_type": "image", "mime": "image/jpeg", "filename": "my cat.jpg"},
    {"media_type": "audio", "mime": "audio/wav", "filename": ""},
    {"media_type": "file", "mime": "application/pdf", "filename": "a bill with a rather long name of its own.pdf"},
    {"media_type": "image", "state": "waiting"},
    {"media_type": "video", "state": "refused", "reason": "too_large", "filename": "holiday.mov"},
    {"media_type": "audio", "state": "gone", "reason": "not_given"},
]
EXTENSIONS = {"image/jpeg": "jpg", "audio/wav": "wav", "application/pdf": "pdf"}
WIDTH = "img => img.decode().then(() => img.naturalWidth)"
PLACE = {"latitude": 52.51628, "longitude": 13.37771, "name": "Brandenburger Tor", "address": "Pariser Platz, Berlin"}


@pytest.fixture
def browser(needs_chromium: str) -> Iterator[Browser]:
    with browsing(needs_chromium) as found:
        yield found


@pytest.fixture
def room(settings: Settings, tmp_path: Path) -> str:
    settings.PRIVATE_ROOT = str(tmp_path)
    return str(tmp_path)


def picture() -> bytes:
    written = io.BytesIO()
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(written, "JPEG")
    return written.getvalue()


def say(thread: Conversation, seq: int, kind: str, **content: Any) -> Message:
    made: Message = Message.objects.create(
        merchant=thread.merchant, conversation=thread, seq=seq, author="shopper", state="received",
        content={"kind": kind, "text": "", **content}, occurred_at=clock.now(),
    )  # fmt: skip
    return made


def say_files(thread: Conversation) -> None:
    """One message for each file, then a place and a contact."""
    for seq, told in enumerate(NAMED, start=1):
        message = say(thread, seq, told["media_type"], media=[{"url": "", "external_id": ""}])
        attachment = Attachment(merchant=thread.merchant, message=message, **{"state": "kept", "size": 48_213} | told)
        if attachment.state == "kept":
            content = picture() if attachment.media_type == "image" else b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40)
            attachment.file.save(
                f"{attachment.public_id}.{EXTENSIONS[attachment.mime]}", ContentFile(content), save=False
            )
        attachment.save()
    say(thread, len(NAMED) + 1, "location", data=PLACE)
    say(thread, len(NAMED) + 2, "contact", data={"contacts": [{"name": "Ben", "phone": "+49 30 123456"}]})
    Conversation.objects.filter(pk=thread.pk).update(last_seq=len(NAMED) + 2, last_message_at=clock.now())


def test_a_colleague_sees_what_was_sent_and_what_became_of_the_rest(browser, shop, thread, session, room):
    with scope(merchant=shop):
        say_files(thread)
    with serving(PRIVATE_ROOT=room) as address:
        for size, dark in (("portrait", False), ("phone", True)):
            page = open_console(browser, address, session, size, color_scheme="dark" if dark else "light")
            page.locator(".row").first.click()
            page.wait_for_selector(".sent-picture img")
            assert page.locator(".sent-picture img").evaluate(WIDTH) == 640
            assert page.locator(".sent-file").all_inner_texts() == [
                "a bill with a rather long name of its own.pdf\n48 kB",
                "Picture\nBeing fetched from the platform",
                "holiday.mov\nNot kept: too large",
                "Voice message\nNo longer there",
                "Brandenburger Tor\nPariser Platz, Berlin\nShow on a map",
                "Ben\n+49 30 123456",
            ]
            assert page.locator(".sent-audio audio").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
            shoot(page, f"console-files-{size}-end")
            assert serious(page) == []
            page.locator(".sent-picture").focus()
            shoot(page, f"console-files-{size}")
            page.keyboard.press("Enter")
            page.wait_for_selector(".large-picture[open] img")
            shoot(page, f"console-files-{size}-large")
            page.keyboard.press("Escape")
            page.wait_for_selector(".large-picture", state="detached")
            page.context.close()


def test_a_shopper_sends_a_picture_and_has_it_after_a_reload(browser, account, room, tmp_path):
    with serving(PRIVATE_ROOT=room) as address, working():
        context = browser.new_context(viewport={"width": 360, "height": 740})
        token = issue_token(account, Visitor("anon:ana"))
        context.add_cookies([{"name": COOKIE.format(slug="demo"), "value": token, "url": f"{address}/chat/demo/"}])
        page = context.new_page()
        page.goto(f"{address}/chat/demo/")
        page.wait_for_selector('.chat[data-line="open"]')
        choose = page.locator("[data-attach-file]")
        choose.set_input_files({"name": "film.mp4", "mimeType": "video/mp4", "buffer": bytes(26_000_000)})
        assert (
            page.locator("[data-tray]").inner_text() == "This file is larger than 25 MB. Please choose a smaller one."
        )
        choose.set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words"})
        assert page.locator("[data-tray]").inner_text().startswith("Please send a picture")
        choose.set_input_files({"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"words"})
        page.keyboard.press("Enter")
        page.wait_for_selector(".delivery.failed")
        assert page.locator(".meta").last.inner_text().count("Please send a picture") == 1
        assert page.get_by_text("Try again").count() == 0  # it would be refused again
        page.get_by_text("Take away: notes.jpg").click()
        assert page.locator(".message").count() == 0
        choose.set_input_files({"name": "mug.jpg", "mimeType": "image/jpeg", "buffer": picture()})
        page.keyboard.type("it is broken")
        page.wait_for_selector("[data-tray] img")
        shoot(page, "chat-files-preview")
        assert serious(page) == []
        page.keyboard.press("Enter")
        page.wait_for_selector(".theirs .bubble")
        assert page.locator(".theirs .bubble").last.inner_text() == "you said: it is broken"
        shoot(page, "chat-files-sent")
        assert keeping.run_due() == 1
        page.reload()
        page.wait_for_selector(".sent-picture img")
        assert page.locator(".sent-picture img").evaluate(WIDTH) == 640
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
        page.locator(".sent-picture").click()
        page.wait_for_selector("[data-lightbox][open] img")
        shoot(page, "chat-files-large")


def test_a_proxy_that_takes_less_than_the_shop_is_put_into_words(browser, account, room):
    with serving(PRIVATE_ROOT=room) as address:
        page = browser.new_page()
        page.route("**/upload/", lambda route: route.fulfill(status=413, content_type="text/html", body="<h1>413</h1>"))
        page.goto(f"{address}/chat/demo/")
        page.wait_for_selector('.chat[data-line="open"]')
        film = {"name": "film.mp4", "mimeType": "video/mp4", "buffer": bytes(14_000_000)}
        page.locator("[data-attach-file]").set_input_files(film)
        page.keyboard.press("Enter")
        page.wait_for_selector(".delivery.failed")
        assert page.locator(".meta").last.inner_text().count("This file is larger than 14 MB.") == 1
