"""The whole story on the real demo: its own processes, engines and pages, played by people with browsers.

Everything passes the same doors as outside: the played platforms' signed webhooks, the played Stripe's signed events.
Screenshots of every step are kept in .artifacts/story-*.png.
"""

import json
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page

from ..demo import Demo
from .people import Associate, MerchantPerson, PhoneShopper, Shopper, WebShopper, new_page

pytestmark = [pytest.mark.browser, pytest.mark.fire, pytest.mark.timeout(420)]
OPTIONS = 3  # questions after colour, size and the like, at most


@dataclass(frozen=True)
class Words:
    """What the shopper says, and a piece of what they hear."""

    language: str
    opening: tuple[tuple[str, str], ...]  # hello and the like, ending with the search
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
    question: str
    person: tuple[str, str]
    back: str


ENGLISH = Words(
    language="en",
    opening=(
        ("hi", "I am Mia, the digital assistant of Lindenhof"),
        ("what do you have?", "What are you in the mood for?"),
        ("bleu shrit under 60", 'I looked for "blue shirt"'),
    ),
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
    question="Do you also have mugs?",
    person=("Hello, this is Lena. Yes, this one.", "this is Lena"),
    back="I am back",
)
GERMAN = Words(
    language="de",
    opening=(
        ("Hallo", "die digitale Assistentin von Lindenhof"),
        ("blaues Hemdt unter 60", "Ich habe nach"),
    ),
    pick="das zweite, in M",
    add="In den Warenkorb",
    in_cart="im Warenkorb",
    more=("mach 2", "jetzt 2 im Warenkorb"),
    checkout=("zur Kasse", "Welcher Name soll auf das Paket?"),
    name=("Jonas Keller", "Wohin soll es gehen?"),
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
    question="Haben Sie auch Becher?",
    person=("Guten Tag, hier ist Lena. Ja.", "hier ist Lena"),
    back="Hier ist wieder Mia",
)


def find_goods(shopper: Shopper, words: Words) -> None:
    """Hello, a search with typos, the second one in medium, two of them in the cart."""
    for said, heard in words.opening:
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
    for said, heard in (words.checkout, words.name, words.address):
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


def talk_to_a_person(shopper: Shopper, words: Words, lena: Associate, name: str) -> None:
    """One word calls somebody; who comes reads the question and answers it in the same thread."""
    lena.takes(name)
    shopper.says(words.question)
    lena.reads(words.question)
    said, heard = words.person
    lena.answers(said)
    shopper.hears(heard)


def return_to_the_assistant(shopper: Shopper, words: Words, lena: Associate) -> None:
    lena.gives_back()
    shopper.hears(words.back)
    shopper.shoot("back")


def invariants(demo: Demo) -> list[str]:
    done = demo.manage("check_invariants", "--json")
    return [each["name"] for each in json.loads(done.stdout) if not each["ok"]]


class House:
    """The shop's side of the story: who opens which page, and what their windows complain about."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser, self.address = browser, address
        self.errors: list[str] = []

    def window(self, width: int, height: int) -> Page:
        return new_page(self.browser, self.errors, width=width, height=height)

    def sells_to(self, shopper: Shopper, words: Words) -> None:
        """From hello to the stars, and then a person is called."""
        find_goods(shopper, words)
        number = check_out(shopper, words)
        merchant = MerchantPerson(self.window(1440, 900), self.address)
        follow_parcel(shopper, words, merchant, number)
        shopper.says(words.human)

    def associate(self) -> Associate:
        return Associate(self.window(1180, 820), self.address)


@pytest.fixture
def house(browser: Browser, address: str) -> House:
    return House(browser, address)


def test_the_story_on_web_chat_in_english(demo: Demo, house: House, address: str) -> None:
    shopper = WebShopper(house.window(360, 740), "web-en")
    shopper.opens(address, "en")
    shopper.shoot("welcome")
    house.sells_to(shopper, ENGLISH)
    shopper.page.locator(".notice").last.wait_for()
    lena = house.associate()
    talk_to_a_person(shopper, ENGLISH, lena, "Anna Schmidt")
    shopper.hears(lena.shows("mug"))
    shopper.shoot("person")
    shopper.says("lovely, thank you")
    lena.reads("lovely, thank you")
    assert shopper.voices()[-4:] == ["mine", "agent", "agent", "mine"]
    return_to_the_assistant(shopper, ENGLISH, lena)
    assert shopper.voices()[-5:] == ["mine", "agent", "agent", "mine", "bot"]
    assert (invariants(demo), house.errors) == ([], [])


def test_the_story_on_whatsapp_in_german(demo: Demo, house: House, address: str) -> None:
    shopper = PhoneShopper(house.window(1180, 820), "whatsapp-de", kind="whatsapp", person="jonas")
    shopper.opens(address, "de")
    house.sells_to(shopper, GERMAN)
    lena = house.associate()
    talk_to_a_person(shopper, GERMAN, lena, "Jonas Keller")
    return_to_the_assistant(shopper, GERMAN, lena)
    assert (invariants(demo), house.errors) == ([], [])
