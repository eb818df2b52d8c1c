"""Who plays the story: shoppers on two kinds of screen, the merchant in the admin, an associate at the console."""

import re
from abc import ABC, abstractmethod
from typing import Any

from playwright.sync_api import Browser, Page, expect

from apps.gateway.demo import DEMO_PASSWORD

from ..web import shoot

ANSWER_MS = 45_000  # a busy machine is slow, never wrong
WEB_HEARS = """([after, words]) => [...document.querySelectorAll('.message.theirs')]
    .filter(row => Number(row.dataset.seq) > after && row.innerText.includes(words))
    .map(row => Number(row.dataset.seq))[0]"""
PHONE_HEARS = """([after, words, kind]) => {
    const rows = [...document.querySelectorAll(`[data-kind="${kind}"] .row.from-shop`)];
    const at = rows.findIndex((row, n) => n >= after && row.innerText.includes(words));
    return at < 0 ? 0 : at + 1;
}"""

AT_THE_END = """() => document.querySelectorAll('[data-scroller], [data-thread]')
    .forEach(thread => thread.scrollTo({top: thread.scrollHeight, behavior: 'instant'}))"""
# Pictures are lazy: one that is scrolled out of its thread is not on its way, however long one waits.
PICTURES_LOADED = """() => [...document.images].every(image => {
    const box = image.getBoundingClientRect();
    const seen = image.closest('[data-scroller], [data-thread]')?.getBoundingClientRect();
    const top = Math.max(0, seen?.top ?? 0), bottom = Math.min(innerHeight, seen?.bottom ?? innerHeight);
    return image.complete || box.bottom <= top || box.top >= bottom || box.left >= innerWidth || box.right <= 0;
})"""


def new_page(browser: Browser, errors: list[str], *, width: int, height: int, **options: Any) -> Page:
    """A window of its own; what its console complains about lands in `errors`."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(ANSWER_MS)
    context.on(
        "console",
        lambda said: errors.append(f"{said.page and said.page.url}: {said.text}") if said.type == "error" else None,
    )
    return context.new_page()


class Shopper(ABC):
    """Writes, taps and reads. `heard` is how far they have read."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name, self.heard, self.shots = page, name, 0, 0

    @abstractmethod
    def says(self, text: str) -> None: ...

    @abstractmethod
    def taps(self, label: str) -> None: ...

    @abstractmethod
    def hears(self, words: str) -> None:
        """Waits until the shop has said something new with these words in it."""

    @abstractmethod
    def latest(self) -> str:
        """The words of the message they heard last."""

    @abstractmethod
    def labels(self) -> list[str]:
        """What can be tapped below it."""

    @abstractmethod
    def second_offer(self) -> str:
        """The title of the second product of the latest list."""

    @abstractmethod
    def pay_button(self) -> Any: ...

    @abstractmethod
    def rates(self, score: int) -> None: ...

    def shoot(self, moment: str) -> None:
        """Keeps what the shopper sees, at the end of the thread and with its pictures."""
        self.shots += 1
        self.page.evaluate(AT_THE_END)
        self.page.wait_for_function(PICTURES_LOADED)
        shoot(self.page, f"story-{self.name}-{self.shots:02d}-{moment}")

    def pays(self) -> str:
        """Follows the link to the provider's page and pays there; returns the words of the shop's own page."""
        with self.page.context.expect_page() as opened:
            self.pay_button().click()
        page = opened.value
        page.locator("a.button.primary").click()
        page.locator(".pay-button").wait_for()
        shoot(page, f"story-{self.name}-pay")
        page.locator(".pay-button").click()
        page.locator(".pay-mark.is-good").wait_for()
        words = page.locator("h1").inner_text()
        page.close()
        return words


class WebShopper(Shopper):
    """On the shop's own web chat, on a phone."""

    def opens(self, address: str, language: str) -> None:
        self.page.goto(f"{address}/chat/demo/?lang={language}")
        self.page.wait_for_selector('.chat[data-line="open"]')

    def says(self, text: str) -> None:
        self.page.fill("#write", text)
        self.page.keyboard.press("Enter")

    def taps(self, label: str) -> None:
        self._latest().get_by_role("button", name=re.compile(f"^{re.escape(label)}")).first.click()

    def hears(self, words: str) -> None:
        found = self.page.wait_for_function(WEB_HEARS, arg=[self.heard, words])
        self.heard = int(found.json_value())

    def latest(self) -> str:
        return str(self._latest().inner_text())

    def labels(self) -> list[str]:
        return [each.split("\n")[0] for each in self._latest().locator("button:not(.zoom)").all_inner_texts() if each]

    def second_offer(self) -> str:
        return self.page.locator(".carousel").last.locator(".card-title").nth(1).inner_text()

    def pay_button(self) -> Any:
        return self.page.locator(".panel.pay a").last

    def rates(self, score: int) -> None:
        self.page.locator(".stars").last.locator(".star").nth(score - 1).click()

    def voices(self) -> list[str]:
        """Who spoke, from first to last: "mine", "bot", "agent", "system"."""
        kinds: list[str] = self.page.locator(".message").evaluate_all(
            "rows => rows.map(row => row.classList[1] === 'mine' ? 'mine' : row.classList[2])"
        )
        return kinds

    def _latest(self) -> Any:
        return self.page.locator(f'.message[data-seq="{self.heard}"]')


class PhoneShopper(Shopper):
    """On one of the sandbox's phones; `kind` is the channel."""

    def __init__(self, page: Page, name: str, *, kind: str, person: str) -> None:
        super().__init__(page, name)
        self.kind = kind
        self.phone = page.locator(f'[data-kind="{kind}"]')
        page.add_init_script(f"localStorage.setItem('sandbox.person', '{person}')")

    def opens(self, address: str, language: str) -> None:
        self.page.goto(f"{address}/sandbox/")
        self.phone.locator(".hello-word").first.wait_for()  # drawn by the page's script: from now on it listens

    def says(self, text: str) -> None:
        self.phone.locator("[data-draft]").fill(text)
        self.phone.locator("[data-draft]").press("Enter")

    def taps(self, label: str) -> None:
        """A button below the message, or a row of the list that a button opens."""
        row = self._latest()
        key = row.locator("button.key", has_text=re.compile(f"^{re.escape(label)}"))
        if key.count() == 0:
            row.locator("button.key.opens").click()
            key = self.phone.locator(".sheet-row", has_text=re.compile(f"^{re.escape(label)}"))
        key.first.click()

    def hears(self, words: str) -> None:
        found = self.page.wait_for_function(PHONE_HEARS, arg=[self.heard, words, self.kind])
        self.heard = int(found.json_value())

    def latest(self) -> str:
        return str(self._latest().inner_text())

    def labels(self) -> list[str]:
        return list(self._latest().locator("button.key").all_inner_texts())

    def second_offer(self) -> str:
        text = self.phone.locator(".row.from-shop", has_text=re.compile(r"^2\. ")).last.inner_text()
        return text.split("\n")[0].removeprefix("2. ")

    def pay_button(self) -> Any:
        return self.phone.locator('a[href*="/pay/"]').last

    def rates(self, score: int) -> None:
        self.taps(f"{score} ")

    def _latest(self) -> Any:
        return self.phone.locator(".row.from-shop").nth(self.heard - 1)


def sign_in(page: Page, address: str, path: str, email: str) -> None:
    page.goto(f"{address}{path}")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"**{path}")


class MerchantPerson:
    """Ships what was paid, in the admin."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        sign_in(page, address, "/admin/", "manager@demo.example")

    def finds(self, number: str) -> None:
        self.page.goto(f"{self.address}/admin/orders/order/?q={number}")
        shoot(self.page, "story-admin-orders")
        self.page.get_by_role("link", name=number).first.click()
        self.page.wait_for_url("**/change/**")

    def ships(self, number: str, *, carrier: str, tracking: str) -> None:
        self.finds(number)
        shoot(self.page, "story-admin-order")
        self._act("Ship")
        self.page.get_by_label("Carrier").fill(carrier)
        self.page.get_by_label("Tracking number").fill(tracking)
        shoot(self.page, "story-admin-ship")
        self.page.get_by_role("button", name="Ship and tell the shopper").click()
        self.page.wait_for_url("**/change/**")

    def delivers(self, number: str) -> None:
        self.finds(number)
        self._act("Delivered")
        self.page.get_by_role("button", name="Mark as delivered").click()
        self.page.wait_for_url("**/change/**")

    def _act(self, label: str) -> None:
        self.page.get_by_role("link", name=re.compile(rf"\b{label}$")).first.click()


class Associate:
    """Answers at the console, on a tablet."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        sign_in(page, address, "/console/", "associate@demo.example")
        page.wait_for_selector('[data-line][data-state="open"]')

    def takes(self, shopper: str) -> None:
        self.page.locator(".row", has_text=shopper).click()
        shoot(self.page, "story-console-waiting")
        self.page.locator("[data-take]").click()
        self.page.locator("[data-hand-back]").wait_for()

    def reads(self, words: str) -> None:
        expect(self.page.locator("[data-timeline]")).to_contain_text(words, timeout=ANSWER_MS)

    def answers(self, text: str) -> None:
        self.page.fill("[data-field]", text)
        self.page.locator("[data-send]").click()

    def shows(self, words: str) -> str:
        """Sends the first product found as a card; returns its title."""
        self.page.get_by_role("tab", name="Products").click()
        self.page.fill("[data-find]", words)
        tile = self.page.locator(".tiles .tile").first
        tile.wait_for()
        shoot(self.page, "story-console-products")
        title: str = tile.locator("h3").inner_text()
        tile.get_by_role("button", name=f"Send card: {title}").click()
        return title

    def gives_back(self) -> None:
        self.page.locator("[data-hand-back]").click()
        self.page.locator("[data-ask] button[value=yes]").click()
