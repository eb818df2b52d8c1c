"""Which language a shopper is answered in: the phone number is a first guess, their own words decide."""

import pytest

from apps.bot.flows.browse import SEE
from apps.bot.flows.returns import EXCHANGE
from tests.bot.dialogue import Shopper

ENGLISH, GERMAN, SPANISH, CHINESE, FRENCH = (
    "447700900101", "4917612345678", "34600123456", "8613800100104", "33612345678",
)  # fmt: skip
INTRODUCED = {
    "en": "Hello, I am Mia, the digital assistant of Demo Shop.",
    "de": "Guten Tag, ich bin Mia, die digitale Assistentin von Demo Shop.",
    "es": "Hola, soy Mia, la asistente digital de Demo Shop.",
    "zh-hans": "您好",
}


@pytest.fixture
def phone(arrive):
    """`phone(number)`: somebody of whom the platform tells the number and nothing else."""

    def on(number: str, kind: str = "whatsapp") -> Shopper:
        return arrive(kind, f"+{number}" if kind == "sms" else number, language="")

    return on


def spoken(shopper: Shopper) -> list[str]:
    return [code for code, words in INTRODUCED.items() if words in shopper.text]


@pytest.mark.parametrize("kind", ["whatsapp", "sms"])
@pytest.mark.parametrize(
    ("number", "word", "language", "found"),
    [
        (GERMAN, "Hemd", "de", "Oxfordhemd"),
        (GERMAN, "lamp", "de", "Schreibtischlampe"),  # an English word of the catalogue is found all the same
        (SPANISH, "camisa", "es", "Camisa Oxford"),
        (CHINESE, "台灯", "zh-hans", "书桌台灯"),
        (ENGLISH, "lamp", "en", "Desk lamp"),
        (ENGLISH, "Schreibtischlampe", "en", "Desk lamp"),
        (FRENCH, "lamp", "en", "Desk lamp"),  # not spoken here: the shop's first language
    ],
)
def test_a_lone_word_is_read_in_the_language_of_the_number(phone, kind, number, word, language, found):
    shopper = phone(number, kind)
    shopper.says(word)
    assert (spoken(shopper), found in shopper.text) == ([language], True)


@pytest.mark.parametrize(
    ("number", "said", "language"),
    [
        (GERMAN, "do you have blue shirts", "en"),
        (GERMAN, "where is my order?", "en"),
        (GERMAN, "hello", "en"),
        (GERMAN, "hola", "es"),
        (GERMAN, "我想买一件衬衫", "zh-hans"),
        (GERMAN, "hi", "de"),
        (ENGLISH, "hi", "en"),
        (ENGLISH, "haben Sie blaue Hemden", "de"),
        (SPANISH, "haben Sie blaue Hemden", "de"),
    ],
)
def test_clear_words_win_over_the_number_at_once(phone, number, said, language):
    shopper = phone(number)
    shopper.says(said)
    assert spoken(shopper) == [language]


def test_a_guess_yields_to_the_first_clear_sentence_and_then_a_vote_is_needed(phone):
    shopper = phone(GERMAN)
    shopper.says("Hemd")
    shopper.says("show my cart")
    assert "Your cart is still empty" in shopper.text
    shopper.says("zeig meinen Warenkorb")
    assert "I found nothing for" in shopper.text
    shopper.says("zeig meinen Warenkorb")
    assert "Ihr Warenkorb ist noch leer" in shopper.text


def test_a_chosen_language_is_no_guess(phone):
    shopper = phone(GERMAN)
    shopper.says("English")
    shopper.says("zeig meinen Warenkorb")
    assert "I found nothing for" in shopper.text


def test_a_platform_that_knows_the_language_is_believed(arrive):
    shopper = arrive("telegram", "77", language="es")
    shopper.says("lamp")
    assert spoken(shopper) == ["es"]


def test_its_words_are_those_of_its_own_catalogue():
    """Other parts of the project have the same English words for something else: "Vista", "交换机"."""
    assert [SEE.in_(code) for code in ("en", "de", "es", "zh-hans")] == ["View", "Ansehen", "Ver", "查看"]
    assert [EXCHANGE.in_(code) for code in ("en", "de", "es", "zh-hans")] == [
        "Exchange",
        "Umtauschen",
        "Cambiar",
        "换货",
    ]


def test_an_address_where_a_phone_number_was_asked_for_tells_no_language(arrive):
    ana = arrive("webchat", language="en")
    for line in ("glass mug", "the first one", "add it", "checkout", "Ana Lopez", "Lindenstr. 12, 10969 Berlin"):
        ana.says(line)
    assert "phone number" in ana.text
    ana.says("Lindenstraße 12, 10969 Berlin, am Mars, zweiter Hof links")
    assert "A phone number for the courier?" in ana.text  # it is taken for the better address
