"""A visitor with a real browser: types, taps, opens a list, pays. The page's own policy holds throughout."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, sync_playwright

from .conftest import ROOT, Shop, World

pytestmark = pytest.mark.browser
SHOTS = ROOT / ".artifacts"
ANA = "34600100103"
LIST = {
    "type": "interactive",
    "interactive": {
        "type": "list",
        "body": {"text": "*Camisas* azules"},
        "action": {
            "button": "Elegir",
            "sections": [
                {"title": "Productos", "rows": [{"id": "c:1", "title": "Camisa de lino", "description": "55,00 €"}]}
            ],
        },
    },
}


@pytest.fixture
def page(needs_chromium: str) -> Iterator[Page]:
    """A phone-sized window; any console error (a broken policy is one) fails the test."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=needs_chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 360, "height": 740})
        context.add_init_script("localStorage.setItem('sandbox.person', 'ana')")
        page = context.new_page()
        errors: list[str] = []

        def note(message: ConsoleMessage) -> None:
            if message.type == "error":
                errors.append(message.text)

        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        browser.close()
        assert [error for error in errors if "402" not in error] == []


def _serious(page: Page) -> list[str]:
    found: dict[str, Any] = Axe().run(page)
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:120]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def _shot(page: Page, name: str) -> None:
    Path(SHOTS).mkdir(exist_ok=True)
    page.screenshot(path=str(SHOTS / f"sandbox-{name}.png"), full_page=True)


def test_a_visitor_writes_and_picks_from_a_list(world: World, shop: Shop, page: Page) -> None:
    world.order("_settings", receipts=[])
    page.goto(f"{world.url}/sandbox/")
    page.get_by_role("button", name="hola").first.click()
    page.locator(".phone.is-shown .from-me").wait_for()
    answer = world.whatsapp({**LIST, "to": ANA})
    assert answer.status_code == 200
    page.get_by_role("button", name="Elegir").click()
    page.get_by_role("dialog").get_by_role("button", name="Camisa de lino 55,00 €").click()
    page.locator(".is-tapped").wait_for()
    picked = next(hook for hook in shop.wait(3) if b"list_reply" in hook.body).json
    assert picked["entry"][0]["changes"][0]["value"]["messages"][0]["interactive"]["list_reply"]["id"] == "c:1"
    page.locator("[data-draft]").first.fill("camisa azul")
    page.locator("[data-draft]").first.press("Enter")
    page.get_by_text("camisa azul", exact=True).wait_for()
    assert [row["from"] for row in world.get("_thread", kind="whatsapp", shopper=ANA)["messages"]] == [
        "me",
        "shop",
        "me",
        "me",
    ]
    assert _serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    _shot(page, "phones-360")


def _mine(page: Page) -> Any:
    return page.locator(".phone.is-shown .row.from-me")


def test_a_visitor_sends_what_shoppers_send(world: World, shop: Shop, page: Page, tmp_path: Path) -> None:
    """By touch and by keyboard: everything on the menu, a file of their own, and what may be done with a message."""
    world.order("_settings", receipts=[])
    page.goto(f"{world.url}/sandbox/")
    phone = page.locator(".phone.is-shown")
    attach = phone.get_by_role("button", name="Send something else")
    for name, shown in (
        ("A picture", "img"), ("A voice note", "audio"), ("A video", "video"), ("A document", "a.file"), ("A sticker", "img.sticker"),
    ):  # fmt: skip
        attach.click()
        phone.get_by_role("dialog").get_by_role("button", name=name).click()
        _mine(page).last.locator(shown).wait_for()
    assert page.evaluate("[...document.querySelectorAll('.bubble img')].every(one => one.alt)")
    phone.locator("[data-draft]").fill("this one")
    attach.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+Tab")  # from the first to the last, which is the visitor's own file
    assert page.locator(":focus").inner_text() == "A file from this device…"
    with page.expect_file_chooser() as chosen:
        page.locator(":focus").click()
    (tmp_path / "my list.txt").write_text("shirt, mug")
    chosen.value.set_files(tmp_path / "my list.txt")
    _mine(page).last.get_by_text("my list.txt").wait_for()
    assert phone.locator("[data-draft]").input_value() == ""
    attach.click()
    assert _serious(page) == []
    _shot(page, "attach-360")
    page.keyboard.press("Escape")
    told = [hook.json["entry"][0]["changes"][0]["value"]["messages"][0] for hook in shop.wait(6)]
    assert [message["type"] for message in told] == ["image", "audio", "video", "document", "sticker", "document"]
    assert (told[5]["document"]["filename"], told[5]["document"]["caption"]) == ("my list.txt", "this one")
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_visitor_reacts_answers_changes_and_takes_back(world: World, shop: Shop, page: Page, scheme: Any) -> None:
    world.order("_settings", receipts=[])
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{world.url}/sandbox/")
    phone, draft = page.locator(".phone.is-shown"), page.locator(".phone.is-shown [data-draft]")
    assert world.whatsapp({"to": ANA, "type": "text", "text": {"body": "Two shirts"}}).status_code == 200
    ours = phone.locator(".row.from-shop", has_text="Two shirts")
    ours.get_by_role("button", name="More for this message: Two shirts").click()
    menu = phone.get_by_role("dialog", name="What to do with this message")
    assert menu.get_by_role("button", name="Edit").count() == 0
    _shot(page, f"menu-360-{scheme}")
    menu.get_by_role("button", name="React with ❤️").click()
    ours.get_by_label("Your reaction: ❤️").wait_for()
    ours.locator(".bubble").click(button="right")
    menu.get_by_role("button", name="Reply").press("Enter")
    assert _serious(page) == []
    draft.fill("the blue one")
    _shot(page, f"reply-360-{scheme}")
    draft.press("Enter")
    answer = _mine(page).last
    answer.locator(".bubble-quote", has_text="Two shirts").wait_for()
    draft.fill("half a thought")
    answer.locator(".more").click()
    menu.get_by_role("button", name="Edit").click()
    assert draft.input_value() == "the blue one"
    draft.fill("the red one")
    draft.press("Enter")
    _mine(page).last.get_by_text("edited").wait_for()
    assert draft.input_value() == "half a thought"
    _shot(page, f"thread-360-{scheme}")
    _mine(page).last.locator(".more").click()
    menu.get_by_role("button", name="Take back").click()
    phone.get_by_text("You took this message back.").wait_for()
    told = [hook.json["entry"][0]["changes"][0]["value"] for hook in shop.wait(5)]  # one says that ours was read
    kinds = [value["messages"][0]["type"] for value in told if "messages" in value]
    assert kinds == ["reaction", "text", "edit", "revoke"]
    assert _serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_shopper_is_declined_once_and_then_pays(world: World, page: Page, stripe_client: stripe.StripeClient) -> None:
    line: Any = {
        "price_data": {"currency": "eur", "unit_amount": 5500, "product_data": {"name": "Camisa de lino"}},
        "quantity": 1,
    }
    session = stripe_client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "line_items": [line],
            "success_url": f"{world.url}/sandbox/panel/",
            "cancel_url": f"{world.url}/sandbox/",
        }
    )
    page.goto(str(session.url))
    assert _serious(page) == []
    _shot(page, "pay-360")
    page.get_by_label("Card that is declined").check()
    page.get_by_role("button", name="Pay €55.00").click()
    page.get_by_role("alert").wait_for()
    assert "Your card was declined." in str(page.get_by_role("alert").text_content())
    page.get_by_role("radio", name="Card that works 4242").check()
    page.get_by_role("button", name="Pay €55.00").click()
    page.wait_for_url("**/sandbox/panel/")
    assert stripe_client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_readable(world: World, page: Page, scheme: Any) -> None:
    world.order("_settings", receipts=[])
    world.order("_faults", platform="telegram", kind="rate_limit", times=-1)
    world.whatsapp({**LIST, "to": ANA})
    world.whatsapp({"to": ANA, "type": "text"})
    world.telegram("sendMessage", chat_id=427770103, text="Hola")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1440, "height": 900})
    for name, path in (("phones", "/sandbox/"), ("panel", "/sandbox/panel/")):
        page.goto(f"{world.url}{path}")
        page.wait_for_timeout(600)
        assert _serious(page) == []
        _shot(page, f"{name}-1440-{scheme}")
