"""Slots, references and language in the four languages, and texts made to hurt."""

import time
from decimal import Decimal

import pytest

from apps.nlu import Lexicon, Shown, understand
from apps.nlu.language import first_language, guess_language

LANGUAGES = ("en", "de", "es", "zh-hans")
EXAMPLES = {
    "order_status": ("where is my order", "wo ist meine bestellung", "donde esta mi pedido", "我的订单在哪"),
    "cart": ("show my cart", "warenkorb", "carrito", "购物车"),
}
SHOWN = (
    Shown("Linen shirt", Decimal(49), ("white", "green")),
    Shown("Oxford shirt", Decimal(39), ("blue",)),
    Shown("Silk shirt", Decimal(89), ("black",)),
)


def read(text, language="en", **more):
    return understand(text, language=language, languages=LANGUAGES, examples=EXAMPLES, **more)


@pytest.mark.parametrize(
    ("text", "language", "size"),
    [
        ("could you deliver in 24?", "en", ""),
        ("can it arrive in 48", "en", ""),
        ("do you have that in 44?", "en", "44"),
        ("könnt ihr in 24 liefern? also in 24", "de", ""),
        ("gibt es die in 44", "de", "44"),
        ("lo entregáis en 24?", "es", ""),
        ("la tenéis en 44?", "es", "44"),
        ("24小时内能送到吗", "zh-hans", ""),
        ("有44码吗", "zh-hans", "44"),
    ],
)
def test_hours_are_no_size(text, language, size):
    assert read(text, language).slots.size == size


@pytest.mark.parametrize(
    ("text", "language", "low", "high"),
    [
        ("shirts under 60", "en", None, Decimal(60)),
        ("unter 60 €", "de", None, Decimal(60)),
        ("menos de 59,90", "es", None, Decimal("59.90")),
        ("60元以下", "zh-hans", None, Decimal(60)),
        ("over 20", "en", Decimal(20), None),
        ("zwischen 20 und 40", "de", Decimal(20), Decimal(40)),
        ("entre 20 y 40 euros", "es", Decimal(20), Decimal(40)),
        ("20到40元", "zh-hans", Decimal(20), Decimal(40)),
        ("two shirts", "en", None, None),
    ],
)
def test_price_ranges(text, language, low, high):
    slots = read(text, language).slots
    assert (slots.price_min, slots.price_max) == (low, high)


@pytest.mark.parametrize(
    ("text", "language", "quantity"),
    [
        ("two blue shirts", "en", 2),
        ("3 mugs please", "en", 3),
        ("zwölf Tassen", "de", 12),
        ("fünfundzwanzig Kerzen", "de", 25),
        ("dos camisas", "es", 2),
        ("要两件衬衫", "zh-hans", 2),
        ("三个", "zh-hans", 3),
        ("blue shirt under 60", "en", None),
        ("eine Tasse", "de", None),
        ("第二个，中号", "zh-hans", None),
        ("第 2 个要三件", "zh-hans", 3),
    ],
)
def test_quantities(text, language, quantity):
    assert read(text, language).slots.quantity == quantity


@pytest.mark.parametrize(
    ("text", "language", "colour", "size"),
    [
        ("bleu shrit under 60", "en", "blue", ""),
        ("the blue one in medium", "en", "blue", "M"),
        ("ein grünes Hemd in Größe L", "de", "green", "L"),
        ("camisa roja talla M", "es", "red", "M"),
        ("蓝色 中号", "zh-hans", "blue", "M"),
        ("size 42", "en", "", "42"),
        ("XL", "en", "", "XL"),
    ],
)
def test_colours_and_sizes(text, language, colour, size):
    slots = read(text, language).slots
    assert (slots.colour, slots.size) == (colour, size)


@pytest.mark.parametrize(
    ("text", "language", "index"),
    [
        ("the second one, in medium", "en", 1),
        ("die zweite", "de", 1),
        ("el segundo", "es", 1),
        ("第二个", "zh-hans", 1),
        ("the blue one", "en", 1),
        ("the cheaper one", "en", 1),
        ("die teuerste", "de", 2),
        ("最便宜的", "zh-hans", 1),
        ("the last one", "en", 2),
        ("add the silk shirt", "en", 2),
        ("the ninth one", "en", None),
        ("hello", "en", None),
    ],
)
def test_pointing_at_what_was_shown(text, language, index):
    assert read(text, language, shown=SHOWN).reference == index


@pytest.mark.parametrize(
    ("text", "number", "email", "phone"),
    [
        ("where is K7QM-2XPD", "K7QM-2XPD", "", ""),
        ("order 10042?", "10042", "", ""),
        ("ana@example.org", "", "ana@example.org", ""),
        ("+49 170 1234567", "", "", "+49 170 1234567"),
    ],
)
def test_ways_to_be_found(text, number, email, phone):
    slots = read(text).slots
    assert (slots.order_number, slots.email, slots.phone) == (number, email, phone)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("where is my order?", "order_status"),
        ("wher is my ordr", "order_status"),
        ("Wo ist meine Bestellung", "order_status"),
        ("我的订单在哪里", "order_status"),
        ("my carrito please", "cart"),
        ("purple elephants", ""),
    ],
)
def test_intents_by_example(text, intent):
    assert read(text).intent == intent


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ok", ""),
        ("hola", ""),
        ("ja bitte", ""),
        ("ich suche ein blaues Hemd", "de"),
        ("dónde está mi pedido", "es"),
        ("我想买一件衬衫", "zh-hans"),
        ("where is my order", "en"),
    ],
)
def test_a_language_is_never_guessed_from_a_word_or_two(text, language):
    assert guess_language(text, LANGUAGES) == language


def test_a_new_thread_may_start_in_the_language_of_its_greeting():
    assert [first_language(text, LANGUAGES) for text in ("Hola!", "hallo", "你好", "ok")] == ["es", "de", "zh-hans", ""]


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("hi", "de", "de"),
        ("hi", "", "en"),
        ("hi", "es", "en"),
        ("hello", "de", "en"),
        ("where is my order", "de", "en"),
        ("rucksack", "de", ""),
    ],
)
def test_a_greeting_at_home_in_the_expected_language_does_not_leave_it(text, hint, language):
    assert first_language(text, LANGUAGES, hint) == language


def test_the_merchants_own_words_win():
    lexicon = Lexicon(colours={"petrol": "petrol"}, sizes={"42": "42"}, categories={"mugs": "mugs"})
    slots = read("petrol mugs", lexicon=lexicon).slots
    assert (slots.colour, slots.category) == ("petrol", "mugs")
    assert read("42", lexicon=lexicon).slots.size == "42"


BOMBS = [
    "a" * 10_000,
    "under " * 2_000,
    "1" * 10_000,
    "1 " * 5_000,
    "-" * 10_000,
    "(" * 10_000,
    "+1 (" * 2_500,
    "a@" * 5_000,
    "a." * 5_000 + "@",
    "z̸̧̛̗̈" * 2_000,
    "👩‍👩‍👧‍👦" * 900,
    "第" * 10_000,
    "*_~`[](" * 1_400,
    "\u200b" * 10_000,
    "\u202e\u0000" * 5_000,
    "zwei und " * 1_100,
]


@pytest.mark.parametrize("bomb", BOMBS, ids=range(len(BOMBS)))
def test_attack_57_nlu_reads_bombs_in_bounded_time(bomb):
    read("warm up the language model first")
    started = time.perf_counter()
    for language in LANGUAGES:
        read(bomb, language, shown=SHOWN)
    assert time.perf_counter() - started < 0.5


def test_attack_57_nlu_reads_template_and_format_strings_as_plain_words():
    for text in ("{{settings.SECRET_KEY}}", "{0.__class__}", "%(x)s", "{% include 'x' %}", "__class__"):
        assert read(text).intent == ""


def test_somebodys_mother_is_no_curse():
    assert (read("送给妈妈的", "zh-hans").sentiment, read("妈的", "zh-hans").sentiment) == (0, -1)
