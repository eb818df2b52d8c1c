"""Files beside an answer, answers to one message, and what shoppers did to theirs, in a real browser."""

from collections.abc import Iterator
from typing import Any

import pytest
from django_scopes import scope
from playwright.sync_api import Browser

from apps.conversations.models import Attachment, Conversation, Message
from apps.gateway.webchat_session import COOKIE, Visitor, issue_token
from apps.merchants import clock
from tests.gateway import files

from ..web import browsing, serving, shoot, working
from ..webchat.test_browser import serious
from .test_browser import open_console
from .test_files_browser import WIDTH, picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FITS = "document.documentElement.scrollWidth <= innerWidth"
DROP = """([target, kind, name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, { type: "application/pdf" }));
  const event = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector(target).dispatchEvent(event);
}"""


@pytest.fixture
def browser(needs_chromium: str) -> Iterator[Browser]:
    with browsing(needs_chromium) as found:
        yield found


@pytest.fixture
def room(settings: Any, tmp_path: Any) -> str:
    settings.PRIVATE_ROOT = str(tmp_path)
    return str(tmp_path)


def say(thread: Conversation, *said: dict[str, Any]) -> None:
    for seq, told in enumerate(said, start=1):
        text = told.get("text", "")
        fields = {"author": "shopper", "state": "received", "content": {"kind": "text", "text": text}, "text": text}
        Message.objects.create(
            merchant=thread.merchant, conversation=thread, seq=seq, occurred_at=clock.now(), **fields | told
        )
    Conversation.objects.filter(pk=thread.pk).update(last_seq=len(said), last_message_at=clock.now())


def test_files_are_chosen_pasted_and_dropped_looked_at_and_sent_with_the_words(
    browser, shop, account, thread, session, room, tmp_path
):
    with scope(merchant=shop):
        say(thread, {"text": "Is the blue mug really that blue?"})
    film = tmp_path / "film.mp4"
    with film.open("wb") as opened:
        opened.truncate(26_000_000)
    with serving(PRIVATE_ROOT=room) as address, working():
        page = open_console(browser, address, session, "portrait")
        page.locator(".row").first.click()
        page.wait_for_selector(".said-by.shopper")
        choose = page.locator("#attach-files")
        choose.set_input_files(
            [
                {"name": "mug by daylight.jpg", "mimeType": "image/jpeg", "buffer": picture()},
                {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words"},
            ]
        )
        page.evaluate(DROP, ["[data-field]", "paste", "care.pdf", files.PDF.decode()])
        page.evaluate(
            DROP, ["[data-timeline]", "drop", "a leaflet with a rather long name of its own.pdf", files.PDF.decode()]
        )
        choose.set_input_files(film)
        page.locator("[data-field]").fill("As blue as this")
        page.locator(".tray-file").nth(4).wait_for()
        page.locator(".tray-file.refused").nth(1).wait_for()
        assert page.locator(".tray-file .small").all_inner_texts()[1:] == [
            "Only pictures (JPEG, PNG, WebP, GIF), sound, videos (MP4, WebM, MOV) and PDF can be sent.",
            "48 byte", "48 byte",
            "This file is larger than 25 MB. Please choose a smaller one.",
        ]  # fmt: skip
        assert page.evaluate(FITS) is True
        shoot(page, "console-sending-portrait")
        assert serious(page) == []
        page.get_by_role("button", name="Take away: notes.txt").click()
        page.get_by_role("button", name="Take away: film.mp4").click()
        page.keyboard.press("Escape")
        page.locator("[data-field]").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(".said-by.agent .sent-file:has-text('leaflet')")
        page.wait_for_selector("[data-tray]", state="hidden")
        assert page.input_value("[data-field]") == ""
        assert page.locator(".said-by.agent .sent-picture img").evaluate(WIDTH) == 640
        assert page.locator(".said-by.agent .said").all_inner_texts() == ["As blue as this"]
        choose.set_input_files({"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"words"})
        page.locator("[data-field]").fill("and this")
        page.keyboard.press("Enter")
        page.wait_for_selector(".tray-file.refused")
        assert page.locator(".tray-file .small").inner_text().startswith("Only pictures")
        assert page.input_value("[data-field]") == "and this"  # the draft is kept
        shoot(page, "console-sent-portrait")
        page.context.close()
        chat = browser.new_context(viewport={"width": 360, "height": 740})
        token = issue_token(account, Visitor("anon:ana"))
        chat.add_cookies([{"name": COOKIE.format(slug="demo"), "value": token, "url": f"{address}/chat/demo/"}])
        mine = chat.new_page()
        mine.goto(f"{address}/chat/demo/")
        mine.wait_for_selector(".theirs .sent-picture img")
        assert mine.locator(".theirs .sent-picture img").evaluate(WIDTH) == 640
        shoot(mine, "chat-shop-files")
    with scope(merchant=shop):
        assert Attachment.objects.count() == 3


def test_what_shoppers_did_to_their_messages_is_seen_and_one_of_them_is_answered(
    browser, shop, account, thread, session, room
):
    earlier = [{"text": "Two blue mugs please", "until": clock.now().isoformat()}]
    with scope(merchant=shop):
        say(
            thread,
            {"text": "Three blue mugs please", "content": {
                "kind": "text", "text": "Three blue mugs please", "is_edited": True, "earlier": earlier}},
            {"content": {"kind": "deleted"}},
            {"text": "They come in two sizes.", "author": "bot", "state": "read", "external_id": "b3",
             "content": {"kind": "text", "text": "They come in two sizes.", "reaction": "👍"}},
            {"text": "Then the large one", "reply_to": "b3"},
        )  # fmt: skip
    with serving(PRIVATE_ROOT=room) as address, working():
        for size, dark in (("portrait", False), ("phone", True)):
            page = open_console(browser, address, session, size, color_scheme="dark" if dark else "light")
            page.locator(".row").first.click()
            page.wait_for_selector(".said-by.shopper .quoted")
            assert page.locator(".taken-back").all_inner_texts() == ["Deleted by the shopper"]
            assert page.locator(".reaction").get_attribute("aria-label") == "Reaction: 👍"
            page.locator(".edited summary").click()
            assert page.locator(".edited li").inner_text().startswith("Two blue mugs please")
            page.locator(".quoted").first.click()
            page.wait_for_selector('[data-seq="3"].shines')
            page.get_by_role("button", name="Reply to: Then the large one").click()
            page.wait_for_selector("[data-quote]")
            assert page.locator("[data-quote-words]").inner_text() == "Then the large one"
            page.keyboard.type("It is on its way")
            assert page.evaluate(FITS) is True
            shoot(page, f"console-marks-{size}")
            assert serious(page) == []
            if dark:
                page.keyboard.press("Enter")
                page.wait_for_selector(".said-by.agent .quoted")
                assert page.locator(".said-by.agent .quoted").inner_text() == "Shopper\nThen the large one"
                page.wait_for_selector("[data-quote]", state="hidden")
                shoot(page, "console-quoted-phone")
            else:
                page.keyboard.press("Escape")
                page.wait_for_selector("[data-quote]", state="hidden")
            page.context.close()
        chat = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme="dark")
        token = issue_token(account, Visitor("anon:ana"))
        chat.add_cookies([{"name": COOKIE.format(slug="demo"), "value": token, "url": f"{address}/chat/demo/"}])
        mine = chat.new_page()
        mine.goto(f"{address}/chat/demo/")
        mine.wait_for_selector(".theirs .quoted")
        assert mine.locator(".theirs .quoted").inner_text() == "You\nThen the large one"
        assert serious(mine) == []
        shoot(mine, "chat-quoted-dark")
    with scope(merchant=shop):
        assert Message.objects.get(author="agent").content["quote"]["seq"] == 4
