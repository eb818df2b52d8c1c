"""The whole story on the real demo: its own processes, engines and pages, played by people with browsers.

Everything passes the same doors as outside: the played platforms' signed webhooks, the played Stripe's signed events.
Screenshots of every step are kept in .artifacts/story-*.png.
"""

import json
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser

from ..demo import Demo
from .people import Associate, MerchantPerson, PhoneShopper, Shopper, WebShopper, new_page

pytestmark = [pytest.mark.browser, pytest.mark.fire, pytest.mark.timeout(420)]
OPTIONS = 3  # questions after colour, size and the like, at most


@dataclass(frozen=True)
class Words:
    """What the shopper says, and a piece of what they hear."""

    language: str
    hello: tuple[str, str]
    browse: tuple[str, str]
    search: tuple[str, str]
    pick: str
    add: str
    in_cart: str
    more: tuple[str, str]
    checkout: tuple[str, str]
    name: tuple[str, str]
    address: tuple[str, str]
    skip: str
    mail: str
    ways: str
    way: tuple[str, str]
    buy: str
    link: str
    paid_page: str
    paid: str
    where: str
    packed: str
    shipped: str
    travelling: str
    arrived: str
    comment: tuple[str, str]
    thanks: str
    human: str


ENGLISH = Words(
    language="en",
    hello=("hi", "I am Mia, the digital assistant of Lindenhof"),
    browse=("what do you have?", "What are you in the mood for?"),
    search=("bleu shrit under 60", 'I looked for "blue shirt"'),
    pick="the second one, in medium",
    add="Add to cart",
    in_cart="is in your cart",
    more=("make it 2", "now 2 in your cart"),
    checkout=("checkout", "What name shall I put on the parcel?"),
    name=("Anna Schmidt", "Where shall it go?"),
    address=("Lindenstraße 12, 10969 Berlin", "A phone number"),
    skip="Skip",
    mail="An e-mail address",
    ways="How shall it come?",
    way=("Standard", "You can send it back within 30 days"),
    buy="Buy now",
    link="Here is the secure payment page",
    paid_page="Paid – thank you!",
    paid="We have received your payment",
    where="where is my order?",
    packed="is paid and being packed",
    shipped="is on its way with DHL",
    travelling="is on its way with DHL",
    arrived="How happy are you with it",
    comment=("Lovely fabric", "Would you like to add a few words?"),
    thanks="Thank you, that helps us do better",
    human="human",
)
GERMAN = Words(
    language="de",
    hello=("Hallo", "die digitale Assistentin von Lindenhof"),
    browse=("Produkte ansehen", "Worauf haben Sie Lust?"),
    search=("blaues Hemdt unter 60", "Hemd"),
    pick="das zweite, in M",
    add="In den Warenkorb",
    in_cart="im Warenkorb",
    more=("mach 2", "jetzt 2 im Warenkorb"),
    checkout=("zur Kasse", "Wohin soll es gehen?"),
    name=("", ""),  # WhatsApp tells it
    address=("Lindenstraße 12, 10969 Berlin", "Eine Telefonnummer"),
    skip="Überspringen",
    mail="Eine E-Mail-Adresse",
    ways="Wie soll es kommen?",
    way=("Standard", "Jetzt kaufen"),
    buy="Jetzt kaufen",
    link="gesicherte Zahlungsseite",
    paid_page="Bezahlt",
    paid="Ihre Zahlung über",
    where="wo ist meine Bestellung?",
    packed="ist bezahlt und wird gepackt",
    shipped="DHL",
    travelling="DHL",
    arrived="von 1 bis 5",
    comment=("Schöner Stoff", "ein paar Worte"),
    thanks="das hilft uns, besser zu werden",
    human="Mensch",
)


def find_goods(shopper: Shopper, words: Words) -> None:
    """Hello, a look around, a search with typos, the second one in medium, two of them in the cart."""
    for said, heard in (words.hello, words.browse, words.search):
        shopper.says(said)
        shopper.hears(heard)
    shopper.shoot("search")
    second = shopper.second_offer()
    shopper.says(words.pick)
    shopper.hears(second)
    if words.add not in shopper.latest():
        shopper.hears(words.add)
    shopper.shoot("product")
    shopper.taps(words.add)
    for _ in range(OPTIONS):
        shopper.hears("")
        if words.in_cart in shopper.latest():
            break
        shopper.taps(shopper.labels()[0])
    assert words.in_cart in shopper.latest()
    said, heard = words.more
    shopper.says(said)
    shopper.hears(heard)
    shopper.shoot("cart")


def check_out(shopper: Shopper, words: Words) -> str:
    """From the cart to the paid order; returns its number."""
    for said, heard in filter(lambda pair: pair[0], (words.checkout, words.name, words.address)):
        shopper.says(said)
        shopper.hears(heard)
    shopper.taps(words.skip)
    shopper.hears(words.mail)
    shopper.taps(words.skip)
    shopper.hears(words.ways)
    said, heard = words.way
    shopper.says(said)
    shopper.hears(heard)
    shopper.shoot("summary")
    assert shopper.labels()[0] == words.buy
    shopper.taps(words.buy)
    shopper.hears(words.link)
    shopper.shoot("link")
    found = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", shopper.latest())
    assert found is not None
    assert shopper.pays().startswith(words.paid_page)
    shopper.hears(words.paid)
    shopper.shoot("paid")
    assert found[0] in shopper.latest()
    return found[0]


def follow_parcel(shopper: Shopper, words: Words, merchant: MerchantPerson, number: str) -> None:
    """Asked at any time, the answer is true; what the merchant does is told; in the end the stars."""
    shopper.says(words.where)
    shopper.hears(words.packed)
    merchant.ships(number, carrier="DHL", tracking="00340434161094000001")
    shopper.hears(words.shipped)
    shopper.shoot("shipped")
    shopper.says(words.where)
    shopper.hears(words.travelling)
    assert "00340434161094000001" in shopper.latest()
    merchant.delivers(number)
    shopper.hears(words.arrived)
    shopper.rates(5)
    shopper.hears(words.comment[1])
    shopper.says(words.comment[0])
    shopper.hears(words.thanks)
    shopper.shoot("rated")


def invariants(demo: Demo) -> list[str]:
    done = demo.manage("check_invariants", "--json")
    return [each["name"] for each in json.loads(done.stdout) if not each["ok"]]


def test_the_story_on_web_chat_in_english(demo: Demo, browser: Browser, address: str, errors: list[str]) -> None:
    shopper = WebShopper(new_page(browser, errors, width=360, height=740), "web-en")
    shopper.opens(address, "en")
    shopper.shoot("welcome")
    find_goods(shopper, ENGLISH)
    number = check_out(shopper, ENGLISH)
    merchant = MerchantPerson(new_page(browser, errors, width=1440, height=900), address)
    follow_parcel(shopper, ENGLISH, merchant, number)

    shopper.says(ENGLISH.human)
    shopper.page.locator(".notice").last.wait_for()
    lena = Associate(new_page(browser, errors, width=1180, height=820), address)
    lena.takes("Anna Schmidt")
    shopper.says("Do you also have mugs?")
    lena.reads("Do you also have mugs?")
    lena.answers("Hello Anna, this is Lena. Yes, this one.")
    shopper.hears("this is Lena")
    shopper.hears(lena.shows("mug"))
    shopper.shoot("person")
    shopper.says("lovely, thank you")
    lena.reads("lovely, thank you")
    assert shopper.voices()[-4:] == ["mine", "agent", "agent", "mine"]
    lena.gives_back()
    shopper.hears("I am back")
    shopper.shoot("back")
    assert shopper.voices()[-5:] == ["mine", "agent", "agent", "mine", "bot"]
    assert (invariants(demo), errors) == ([], [])


@pytest.mark.soak
def test_the_story_on_whatsapp_in_german(demo: Demo, browser: Browser, address: str, errors: list[str]) -> None:
    page = new_page(browser, errors, width=1180, height=820)
    shopper = PhoneShopper(page, "whatsapp-de", kind="whatsapp", person="jonas")
    shopper.opens(address, "de")
    find_goods(shopper, GERMAN)
    number = check_out(shopper, GERMAN)
    merchant = MerchantPerson(new_page(browser, errors, width=1440, height=900), address)
    follow_parcel(shopper, GERMAN, merchant, number)

    shopper.says(GERMAN.human)
    lena = Associate(new_page(browser, errors, width=1180, height=820), address)
    lena.takes("Jonas Keller")
    lena.answers("Guten Tag, hier ist Lena.")
    shopper.hears("hier ist Lena")
    lena.gives_back()
    shopper.hears("Hier ist wieder Mia")
    shopper.shoot("back")
    assert (invariants(demo), errors) == ([], [])
