"""The shopper's chat in a real browser: what it says, how it looks, what it weighs, what it survives."""

import json
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from django.conf import settings
from django_scopes import scope
from PIL import Image
from playwright.sync_api import Browser

from apps.conversations.actions import hand_back, send_message, take_over
from apps.conversations.models import Conversation, Message
from apps.gateway.webchat_session import COOKIE, Visitor, issue_token
from apps.gateway.webchat_thread import open_visit
from apps.messaging.content import Ask, Browse, Card, CartSummary, Choice, OpenLink, Pay, ShowProduct, Text

from .. import factories
from ..web import SIZES, browsing, serving, shoot, sign_in, working
from .showcase import say_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PICTURE = "showcase.png"


@pytest.fixture(scope="module")
def browser(needs_chromium_module: str) -> Iterator[Browser]:
    with browsing(needs_chromium_module) as found:
        yield found


def visit(account: Any, language: str, *, agent: Any = None) -> str:
    """A shopper with a thread that shows everything; returns their token."""
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    Image.linear_gradient("L").resize((320, 240)).convert("RGB").save(Path(settings.MEDIA_ROOT) / PICTURE)
    visitor = Visitor(f"anon:{language}")
    conversation = open_visit(account, visitor, language)
    with scope(merchant=account.merchant):
        say_all(conversation, language, f"/media/{PICTURE}", agent=agent)
    return issue_token(account, visitor)


def open_chat(
    browser: Browser, address: str, token: str, *, language: str, size: str, dark: bool = False, dialogs: Any = None
) -> Any:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light")
    context.add_cookies([{"name": COOKIE.format(slug="demo"), "value": token, "url": f"{address}/chat/demo/"}])
    page = context.new_page()
    if dialogs is not None:
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(f"{address}/chat/demo/?lang={language}")
    page.wait_for_selector('.chat[data-line="open"]')
    return page


def test_the_answer_is_seen_however_many_come_while_the_page_still_scrolls(browser, account):
    token = visit(account, "en")
    with serving() as address:
        page = open_chat(browser, address, token, language="en", size="phone")
        conversation = Conversation._base_manager.select_related("merchant", "channel_account").get()
        hidden = "el => Math.round(el.scrollHeight - el.scrollTop - el.clientHeight)"
        scroller = page.locator("[data-scroller]")
        with scope(merchant=account.merchant):
            for number in range(4):
                say_much(conversation, f"answer {number}")
        page.locator(".bubble", has_text="answer 3").wait_for()
        page.wait_for_timeout(1500)
        assert scroller.evaluate(hidden) <= 1
        scroller.evaluate("el => el.scrollBy(0, -600)")
        page.wait_for_timeout(300)
        with scope(merchant=account.merchant):
            say_much(conversation, "one more")
        page.locator(".bubble", has_text="one more").wait_for(state="attached")
        page.wait_for_timeout(600)
        assert scroller.evaluate(hidden) > 120  # who reads further up is left in peace
        assert page.locator("[data-jump]").is_visible() is True


def say_much(conversation: Conversation, text: str) -> None:
    conversation.refresh_from_db()
    send_message(conversation, Text(text=f"{text}\n" + "and so on\n" * 12), author="bot", fence=conversation.fence)


def test_of_two_summaries_only_the_newer_one_invites(browser, account):
    token = visit(account, "en")
    with serving() as address:
        page = open_chat(browser, address, token, language="en", size="phone")
        conversation = Conversation._base_manager.select_related("merchant", "channel_account").get()
        yes = Choice("Order it", {"do": "confirm", "flow": "checkout"}, style="primary")
        with scope(merchant=account.merchant):
            for _ in range(2):
                conversation.refresh_from_db()
                summary = CartSummary(title="Your order", is_order=True, choices=(yes,))
                send_message(conversation, summary, author="bot", fence=conversation.fence)
        buttons = page.locator("button.primary", has_text="Order it")
        buttons.nth(1).wait_for()
        page.wait_for_timeout(400)
        colour = "el => getComputedStyle(el).backgroundColor"
        assert [buttons.nth(place).evaluate(colour) == "rgba(0, 0, 0, 0)" for place in (0, 1)] == [True, False]


def test_every_kind_of_message_looks_right_everywhere(browser, account):
    agent = factories.staff(account.merchant, display_name="Jonas")
    with serving() as address:
        for language in ("en", "de", "zh-hans"):
            token = visit(account, language, agent=agent)
            for size in SIZES:
                for dark in (False, True):
                    page = open_chat(browser, address, token, language=language, size=size, dark=dark)
                    name = f"webchat-{language}-{size}-{'dark' if dark else 'light'}"
                    shoot(page, f"{name}-end")
                    scroller = page.locator("[data-scroller]")
                    scroller.evaluate("el => el.scrollTo(0, 0)")
                    page.wait_for_timeout(80)
                    shoot(page, f"{name}-top")
                    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") is True
                    assert scroller.evaluate("el => el.scrollWidth <= el.clientWidth") is True
                    if size == "phone":
                        scroller.evaluate("el => el.scrollTo(0, el.scrollHeight * 0.38)")
                        page.wait_for_timeout(80)
                        shoot(page, f"{name}-middle")
                        assert serious(page) == []
                    page.context.close()


def serious(page: Any) -> list[str]:
    found = Axe().run(page)
    return [
        f"{violation['id']}: {node['html'][:140]} {node['failureSummary'][:160]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def test_a_shopper_writes_loses_the_line_and_everything_arrives_once(browser, account):
    with serving() as address, working():
        context = browser.new_context(viewport={"width": 360, "height": 740})
        page = context.new_page()
        errors: list[str] = []
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"{address}/chat/demo/?lang=en")
        page.wait_for_selector('.chat[data-line="open"]')
        shoot(page, "webchat-welcome")
        assert serious(page) == []
        page.fill("#write", "hello")
        page.keyboard.press("Enter")
        page.wait_for_selector(".message.bot .bubble:has-text('you said: hello')")
        assert page.locator(".message.mine .delivery").inner_text() == "Read"
        context.set_offline(True)
        page.evaluate("dispatchEvent(new Event('offline'))")
        page.fill("#write", "written in a tunnel")
        page.keyboard.press("Enter")
        page.wait_for_selector(".message.mine .delivery.sending")
        page.wait_for_selector("[data-banner]:not([hidden])")
        shoot(page, "webchat-offline")
        context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_selector(".message.bot .bubble:has-text('you said: written in a tunnel')")
        assert page.locator(".message.mine .bubble").all_inner_texts() == ["hello", "written in a tunnel"]
        page.fill("#write", "half a thou")
        page.reload()
        page.wait_for_selector('.chat[data-line="open"]')
        assert page.input_value("#write") == "half a thou"
        assert page.locator(".message .bubble").all_inner_texts() == [
            "hello", "you said: hello", "written in a tunnel", "you said: written in a tunnel",
        ]  # fmt: skip
        assert [error for error in errors if "ERR_INTERNET_DISCONNECTED" not in error] == []
    with scope(merchant=account.merchant):
        assert Message.objects.filter(author="shopper").count() == 2


def test_a_tapped_chip_is_the_answer_and_its_neighbours_step_back(browser, account):
    with serving() as address:
        token = visit(account, "en")
        choices = tuple(Choice(words, {"do": "menu"}) for words in ("Your cart", "Change something", "A person"))
        say(account, Ask(text="How shall we go on?", choices=choices))
        page = open_chat(browser, address, token, language="en", size="phone")
        chips = page.locator(".message.theirs").last.locator(".chip")
        chips.nth(0).click()
        page.wait_for_selector(".message.mine .delivery.sent")
        assert page.locator(".message.mine .bubble").all_inner_texts() == ["Your cart"]
        assert chips.evaluate_all("all => all.map(chip => chip.classList.contains('picked'))") == [True, False, False]
        page.locator(".zoom").first.click()
        assert page.locator("[data-lightbox] img").get_attribute("alt") == "Blue shirt"
        page.keyboard.press("Escape")
        assert page.locator("[data-lightbox][open]").count() == 0
        link = page.locator(".message .bubble a").first
        assert link.get_attribute("rel") == "noopener noreferrer nofollow"


def say(account: Any, content: Any, **author: Any) -> None:
    conversation = Conversation._base_manager.select_related("merchant", "channel_account").get()
    with scope(merchant=account.merchant):
        send_message(conversation, content, fence=conversation.fence, **(author or {"author": "bot"}))


def test_chips_belong_to_the_open_question_and_a_card_can_be_bought_from_again(browser, account):
    """Every choice still means what it meant, however old: only what asks for an answer goes."""
    again = (Choice("Add to cart", {"do": "menu"}),)
    with serving() as address, working():
        token = visit(account, "en")
        say(
            account,
            ShowProduct(
                card=Card(title="Mug", price="€9.00", choices=again), choices=(Choice("Continue", {"do": "resume"}),)
            ),
        )
        page = open_chat(browser, address, token, language="en", size="phone")
        shown = ".chips:visible .chip"
        assert page.locator(shown).all_inner_texts() == ["Continue"]
        add = page.get_by_role("button", name="Add to cart").last
        # Looked at in the moment of the tap: the answer may be quicker than a second look.
        tapped = "el => { el.click(); return [el.ariaDisabled, document.querySelectorAll('.chips .chip').length > 0]; }"
        assert add.evaluate(tapped) == ["true", True]
        page.wait_for_selector(".message.bot .bubble:has-text('you said: Add to cart')")
        assert [add.get_attribute("aria-disabled"), page.locator(shown).count()] == [None, 0]
        add.hover()
        seen = add.evaluate("el => [getComputedStyle(el).color, getComputedStyle(el).backgroundColor]")
        assert contrast(*seen) >= 4.5
        add.click()
        page.locator(".message.bot .bubble:has-text('you said: Add to cart')").nth(1).wait_for()
        assert page.locator(".message.mine .bubble").all_inner_texts() == ["Add to cart", "Add to cart"]
        page.reload()
        page.wait_for_selector('.chat[data-line="open"]')
        assert page.locator(shown).count() == 0


def contrast(*colours: str) -> float:
    """As WCAG reckons it, of two colours written "rgb(1, 2, 3)"."""
    lights = sorted(map(luminance, colours))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_who_answers_stands_above_and_who_came_stands_in_the_thread(browser, account):
    lena = factories.staff(account.merchant, display_name="Lena")
    with serving() as address:
        token = visit(account, "en")
        say(account, Ask(text="Which colour?", choices=(Choice("Blue", {"do": "menu"}),)))
        page = open_chat(browser, address, token, language="en", size="phone")
        header, joined = page.locator("[data-presence]"), page.locator(".joined")
        assistant = header.inner_text()
        conversation = Conversation._base_manager.select_related("merchant", "channel_account", "identity").get()
        with scope(merchant=account.merchant):
            take_over(conversation, lena)
        joined.wait_for()
        told = [header.inner_text(), joined.inner_text(), page.locator(".chips:visible").count()]
        assert told == ["Lena answers you in person", "Lena has joined the chat.", 0]
        assert page.locator("[data-human]").is_visible() is False
        say(account, Text(text="Hello"), author="agent", author_user=lena)
        page.locator(".message.agent").wait_for()
        page.reload()
        page.wait_for_selector('.chat[data-line="open"]')
        order = page.locator("[data-list] > li").evaluate_all(
            "all => all.slice(-3).map(li => li.classList[0] + li.dataset.seq)"
        )
        assert order == [f"message{conversation.last_seq}", "joinedundefined", f"message{conversation.last_seq + 1}"]
        undo = Text(text="In your cart", choices=(Choice("Undo", {"do": "put_back", "change": 1}),))
        say(account, undo, author="agent", author_user=lena)
        page.locator(".message.open .chips").get_by_text("Undo").wait_for()
        conversation.refresh_from_db()
        with scope(merchant=account.merchant):
            hand_back(conversation, lena)
        page.wait_for_selector(".chat:not(.with-person)")
        assert [header.inner_text(), joined.count()] == [assistant, 1]
        assert page.locator("[data-human]").is_visible() is True


def strangers_site(folder: Path) -> int:
    """Another web server, with another origin; its port. It ends with the tests."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def test_the_widget_opens_on_a_strangers_page_and_asks_nobody_else(browser, account, tmp_path):
    with serving() as address, working():
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        (tmp_path / "index.html").write_text(
            f"<!doctype html><title>Shop</title><h1>Our shop</h1><script src='{address}/widget.js' data-merchant='demo'></script>"
        )
        other = f"http://localhost:{strangers_site(tmp_path)}/"
        page.goto(other)
        page.get_by_role("button", name="Chat").click()
        frame = page.frame_locator("#chatshop-widget iframe")
        frame.locator('.chat[data-line="open"]').wait_for()
        frame.locator("#write").fill("hi there")
        frame.locator("#write").press("Enter")
        frame.locator(".message.bot .bubble").wait_for()
        page.wait_for_timeout(300)
        shoot(page, "webchat-widget")
        scripts = [url for url in asked if url.startswith(address)]
        assert [url for url in asked if not url.startswith((address, other))] == []
        assert {url.split("?")[0].removeprefix(address) for url in scripts} == {
            "/widget.js", "/chat/demo/", "/chat.js", "/chat.css",
        }  # fmt: skip
        frame.get_by_role("button", name="Close chat").click()
        assert page.get_by_role("button", name="Chat", exact=True).get_attribute("aria-expanded") == "false"
    with scope(merchant=account.merchant):
        assert Conversation.objects.count() == 1
        assert json.dumps(list(Message.objects.values_list("text", flat=True))) == '["hi there", "you said: hi there"]'


XSS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>", "<iframe src=javascript:alert(1)>", "<body onload=alert(1)>", "<a href=javascript:alert(1)>x</a>",
    "<input autofocus onfocus=alert(1)>", "<details open ontoggle=alert(1)>", "<video><source onerror=alert(1)>", "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>", "<object data=javascript:alert(1)>", "<embed src=javascript:alert(1)>", "<form action=javascript:alert(1)><button>x",
    "<math><mtext></p><img src=x onerror=alert(1)>", "<svg><script>alert(1)</script></svg>", "<svg><animate onbegin=alert(1) attributeName=x>",
    "<style>@import'javascript:alert(1)'</style>", "<link rel=stylesheet href=javascript:alert(1)>", "<meta http-equiv=refresh content=0;url=javascript:alert(1)>",
    "<base href=//evil.example>", "<template><img src=x onerror=alert(1)></template>", "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "</script><script>alert(1)</script>", "</textarea><script>alert(1)</script>", "</title><script>alert(1)</script>", "<!--><script>alert(1)</script-->",
    "<![CDATA[<script>alert(1)</script>]]>", "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}", "<%= 7*7 %>", "&lt;script&gt;alert(1)&lt;/script&gt;", "\u003cscript\u003ealert(1)\u003c/script\u003e", "%3Cscript%3Ealert(1)%3C/script%3E",
    "<ScRiPt>alert(1)</sCrIpT>", "<script\n>alert(1)</script\n>", "<<script>alert(1);//<</script>", "<img src=`x`onerror=alert(1)>", "<x onclick=alert(1)>click</x>",
    "\u2028<script>alert(1)</script>",
]  # fmt: skip


def poisoned(account: Any) -> Visitor:
    """A thread whose every word, name and title is an attack."""
    visitor = Visitor("anon:poison", name=XSS[1])
    conversation = open_visit(account, visitor, "en")
    with scope(merchant=account.merchant):
        for payload in XSS:
            card = Card(title=payload, price=payload, stock=payload, image_url=payload, image_alt=payload, url=payload,
                        choices=(Choice(payload, {"do": "menu"}),))  # fmt: skip
            send_message(conversation, Browse(text=payload, cards=(card,)), author="bot", fence=conversation.fence)
        send_message(conversation, OpenLink(text="x", url="javascript:alert(1)", label=XSS[0]), author="bot")
        send_message(
            conversation, Pay(url="data:text/html,<script>alert(1)</script>", label="pay", amount="€1"), author="bot"
        )
    return visitor


def test_attack_47_forty_attacks_in_every_place_stay_words(browser, account):
    assert len(XSS) >= 40
    visitor = poisoned(account)
    agent = factories.staff(account.merchant, display_name=XSS[0][:60])
    with serving() as address:
        dialogs: list[str] = []
        page = open_chat(browser, address, issue_token(account, visitor), language="en", size="phone", dialogs=dialogs)
        page.locator("[data-scroller]").evaluate("el => el.scrollTo(0, 0)")
        page.wait_for_timeout(500)
        texts = page.locator(".message .bubble").all_inner_texts()
        assert len(texts) >= 20
        assert (
            page.locator(
                ".messages script, .messages iframe, .messages object, .messages embed, .messages [onerror]"
            ).count()
            == 0
        )
        desk = browser.new_context(viewport={"width": 1180, "height": 820})
        desk.add_cookies([{"name": "sessionid", "value": sign_in(agent), "url": address}])
        console = desk.new_page()
        console.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        console.goto(f"{address}/console/")
        console.locator(".row").first.click()
        console.wait_for_selector(".said-by")
        console.wait_for_timeout(500)
        assert console.locator(".row-top b").first.inner_text() == XSS[1]
        assert console.locator(".timeline script, .timeline iframe, .timeline object, .timeline [onerror]").count() == 0
        assert dialogs == []


LINKS = [
    ("see javascript:alert(1) now", []), ("data:text/html,<b>x</b>", []), ("vbscript:msgbox(1)", []), ("//evil.example", []),
    ("https://аpple.example/a", [("https://xn--pple-43d.example/a", "xn--pple-43d.example/a")]),
    ("https://shop.example/\u202egpj.exe", [("https://shop.example/gpj.exe", "shop.example/gpj.exe")]),
    ("(https://shop.example/x).", [("https://shop.example/x", "shop.example/x")]),
    ("www.shop.example/ok!", [("https://www.shop.example/ok", "www.shop.example/ok")]),
    ("https://user:pw@shop.example/", [("https://user:pw@shop.example/", "shop.example")]),
    ("java\nscript:alert(1)", []), ("HTTPS://SHOP.EXAMPLE", [("https://shop.example/", "shop.example")]),
]  # fmt: skip


def test_attack_48_only_plain_web_addresses_become_links_and_show_where_they_lead(browser, account):
    visitor = Visitor("anon:links")
    conversation = open_visit(account, visitor, "en")
    with scope(merchant=account.merchant):
        for text, _ in LINKS:
            send_message(conversation, Text(text=text), author="bot", fence=conversation.fence)
        for url in ("javascript:alert(1)", "data:text/html,x", "ftp://x", "\u0001javascript:alert(1)"):
            send_message(
                conversation, OpenLink(text="open", url=url, label="go"), author="bot", fence=conversation.fence
            )
    with serving() as address:
        page = open_chat(browser, address, issue_token(account, visitor), language="en", size="phone")
        found = page.locator(".message .bubble").evaluate_all(
            "all => all.map(b => [...b.querySelectorAll('a')].map(a => [a.href, a.textContent]))"
        )
        assert [[tuple(link) for link in links] for links in found[: len(LINKS)]] == [links for _, links in LINKS]
        assert page.locator(".message a[href^=javascript], .message a[href^=data], .message a[href^=ftp]").count() == 0
        rels = page.locator(".message a").evaluate_all("all => all.map(a => [a.rel, a.target])")
        assert {tuple(rel) for rel in rels} == {("noopener noreferrer nofollow", "_blank")}
        assert "\u202e" not in page.locator(".messages").inner_text()
