"""The ladder from rich to plain: nothing said is lost, numbers mean the same everywhere, links stay whole."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example as case
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.messaging.channel import all_channels, channel_for
from apps.messaging.content import (
    Ask,
    Browse,
    Card,
    Choice,
    Content,
    Media,
    OpenLink,
    Pay,
    Rate,
    Request,
    ShowProduct,
    Text,
    numbered,
)
from apps.messaging.rendering import Layout, floor_text, render, segments, shorten, size, split

from .examples import EXAMPLES, LANGUAGES, all_examples, example

pytestmark = pytest.mark.usefixtures("thirteenth")
RICH = ("whatsapp", "telegram", "toy")
HINTS = {
    "en": "0 = back, 9 = a person",
    "de": "0 = zurück, 9 = ein Mensch",
    "es": "0 = volver, 9 = una persona",
    "zh-hans": "0 = 返回，9 = 人工客服",
}


def sms(content: Content, language: str = "en") -> list[str]:
    return [wire.text for wire in channel_for("sms").render(content, language=language)]


@pytest.mark.parametrize(("name", "language"), all_examples())
def test_every_choice_is_offered_exactly_once_on_every_channel(name: str, language: str) -> None:
    content = example(name, language)
    wanted = {number: choice.token for number, choice in numbered(content)}
    for kind in RICH:
        pieces = render(content, channel_for(kind).capability, language=language)
        offered = [button.payload for piece in pieces for button in piece.buttons]
        typed = [line for piece in pieces if not piece.buttons for line in piece.text.splitlines()]
        assert len(offered) == len(set(offered))
        for number, token in wanted.items():
            assert token in offered or any(line.startswith(f"{number}. ") for line in typed)


@pytest.mark.parametrize(("name", "language"), all_examples())
def test_typed_numbers_mean_the_same_in_every_sms(name: str, language: str) -> None:
    content = example(name, language)
    lines = [line for text in sms(content, language) for line in text.splitlines()]
    assert {id(choice) for choice in content.choices} <= {id(choice) for _, choice in numbered(content)}
    for number, _ in numbered(content):
        assert len([line for line in lines if line.startswith(f"{number}. ")]) == 1
    assert (lines[-1:] == [HINTS[language]]) is bool(numbered(content))


@pytest.mark.parametrize(("name", "language"), all_examples())
def test_an_sms_has_at_most_three_segments_and_whole_links(name: str, language: str) -> None:
    content = example(name, language)
    texts = sms(content, language)
    assert all(0 < segments(text) <= 3 for text in texts)
    links = re.findall(r"https?://[!-~]+", floor_text(content, language))
    for link in links:
        shown = [text for text in texts if link in text]
        assert shown or isinstance(content, Browse)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_floor_says_everything(name: str) -> None:
    content = example(name, "en")
    text = floor_text(content, "en")
    for choice in content.choices:
        assert choice.label in text
    for card in getattr(content, "cards", ()):
        assert card.title in text
        assert card.price in text
    for line in (*getattr(content, "lines", ()), *getattr(content, "totals", ())):
        assert line.label in text
        assert line.amount in text
    assert getattr(content, "url", "") in text


def test_a_pay_link_survives_beside_a_long_text() -> None:
    url = "https://shop.example/pay/aVeryLongTokenOfTwentyTwo/"
    for filler in ("word " * 200, "字" * 400, "x" * 900):
        content = Pay(text=filler.strip(), url=url, label="Pay")
        for kind in ("sms", "whatsapp", "telegram"):
            whole = "\n".join(wire.text for wire in channel_for(kind).render(content, language="en"))
            assert whole.count(url) == 1
        assert "".join(sms(content)).count(url) == 1


def test_words_are_shortened_at_a_boundary() -> None:
    assert shorten("Talk to a person", 20) == "Talk to a person"
    assert shorten("Express delivery by courier", 20) == "Express delivery by…"
    assert shorten("Express, delivery", 10) == "Express…"
    assert shorten("Donaudampfschifffahrtsgesellschaft", 20) == "Donaudampfschifffah…"
    assert shorten("更改收货地址或配送方式以及其他的选项说明文字", 10) == "更改收货地址或配送…"
    assert shorten("  two \n words  ", 20) == "two words"


def test_a_long_label_is_told_in_full_beside_its_button() -> None:
    content = Ask(
        text="Which?", choices=(Choice("Standard", token="a"), Choice("Express by bicycle courier", token="b"))
    )
    (piece,) = render(content, channel_for("whatsapp").capability, language="en")
    assert [button.label for button in piece.buttons] == ["Standard", "Express by bicycle…"]
    assert piece.text == "Which?\n\n2. Express by bicycle courier"


@pytest.mark.parametrize("kind", [kind for kind, one in all_channels().items() if "phone" in one.capability.requests])
def test_a_number_is_asked_for_by_button_beside_the_way_to_leave_it_out(kind: str) -> None:
    asked = Request(text="Your number?", what="phone", choices=(Choice("Skip", token="c:1"),))
    *_, last = render(asked, channel_for(kind).capability, language="en")
    assert (last.asks_for, [button.payload for button in last.buttons]) == ("phone", ["c:1"])
    assert last.plain == "Your number?\n\n1. Skip"


def test_what_a_platform_asks_for_alone_gives_way_to_choices() -> None:
    asked = Request(text="Where?", what="location", choices=(Choice("A person", token="c:1"),))
    (piece,) = render(asked, channel_for("whatsapp").capability, language="en")
    assert (piece.asks_for, [button.payload for button in piece.buttons]) == ("", ["c:1"])


DELIVERIES = Ask(
    text="How shall it come?",
    choices=(
        Choice("Standard delivery · €4.90", token="a", description="3 – 5 Dec"),
        Choice("Express delivery · €12.90", token="b", description="Tue 1 Dec"),
        Choice("Pick-up · free", token="c", description="Mon 30 Nov"),
    ),
)


def test_choices_that_tell_more_are_rows_of_a_list_where_there_are_any() -> None:
    (piece,) = render(DELIVERIES, channel_for("whatsapp").capability, language="en")
    assert piece.layout is Layout.LIST
    assert [(button.label, button.description) for button in piece.buttons] == [
        ("Standard delivery…", "3 – 5 Dec"), ("Express delivery…", "Tue 1 Dec"), ("Pick-up · free", "Mon 30 Nov")
    ]  # fmt: skip
    assert piece.text == (
        "How shall it come?\n\n1. Standard delivery · €4.90 (3 – 5 Dec)\n2. Express delivery · €12.90 (Tue 1 Dec)"
    )
    assert "3. Pick-up · free (Mon 30 Nov)" in piece.plain


def test_what_no_button_has_room_for_is_told_above_it() -> None:
    (piece,) = render(DELIVERIES, channel_for("telegram").capability, language="en")
    assert piece.buttons[0].label == "Standard delivery · €4.90"
    assert piece.text.endswith("3. Pick-up · free (Mon 30 Nov)")


def page_of(cards: int, *more: str) -> Browse:
    """A page of hits with pictures, each to be viewed, and what else can be done."""
    shown = tuple(
        Card(
            title=f"Heavy cotton tee Ona {number}",
            price="€29.00",
            image_url="https://shop.example/tee.jpg",
            choices=(Choice("View", token=str(number)),),
        )
        for number in range(1, cards + 1)
    )
    return Browse(text="Found:", cards=shown, choices=tuple(Choice(label, token=label) for label in more))


def test_the_fourth_hit_is_named_once_and_has_its_button() -> None:
    last = render(page_of(4, "More", "Cheapest first"), channel_for("whatsapp").capability, language="en")[-1]
    assert last.text == "4. Heavy cotton tee Ona 4\n€29.00"
    assert [button.label for button in last.buttons] == ["View", "More", "Cheapest first"]


def test_two_further_hits_are_told_apart_by_their_names_once_each() -> None:
    last = render(page_of(5, "More"), channel_for("whatsapp").capability, language="en")[-1]
    assert last.text == "4. Heavy cotton tee Ona 4\n€29.00\n\n5. Heavy cotton tee Ona 5\n€29.00"
    assert [button.label for button in last.buttons] == ["Heavy cotton tee…", "5. Heavy cotton tee…", "More"]


def rows(kind: str, page: Browse) -> list[int]:
    """How many cards stand in each row; [] where the channel takes another form."""
    pieces = render(page, channel_for(kind).capability, language="en")
    return [len(piece.slides) for piece in pieces if piece.slides]


@pytest.mark.parametrize(
    ("kind", "cards", "expected"),
    [
        ("viber", 1, [1]), ("viber", 8, [6, 2]), ("rcs", 1, []), ("rcs", 3, [3]), ("rcs", 11, [9, 2]),
        ("messenger", 1, []), ("messenger", 10, [10]), ("line", 3, []), ("whatsapp", 3, []),
    ],
)  # fmt: skip
def test_how_many_cards_stand_in_a_row_is_what_the_channel_says(kind: str, cards: int, expected: list[int]) -> None:
    assert rows(kind, page_of(cards, "More")) == expected


def test_who_wants_a_picture_on_every_card_gets_no_row_without() -> None:
    page = page_of(3)
    first, *others = page.cards
    mixed = replace(page, cards=(replace(first, image_url=""), *others))
    assert {kind: rows(kind, mixed) for kind in ("viber", "rcs", "messenger")} == {
        "viber": [3], "rcs": [3], "messenger": [],
    }  # fmt: skip


def test_a_row_says_all_of_its_cards_in_words_whatever_they_have_room_for() -> None:
    page = page_of(2)
    told = replace(page.cards[0], was_price="€39.00", price_note="Lowest price of the last 30 days: €29.00 " + "x" * 40)
    row = render(replace(page, cards=(told, page.cards[1])), channel_for("messenger").capability, language="en")[-1]
    assert told.price_note not in row.slides[0].subtitle
    assert told.price_note in row.plain


FILM = Media(text="Worn", media_type="video", url="https://shop.example/film.mp4", alt="A film")


def test_a_file_is_shown_where_the_channel_shows_such_and_a_link_leads_to_it_elsewhere() -> None:
    for kind in sorted(all_channels()):
        can = channel_for(kind).capability
        pieces = render(FILM, can, language="en")
        assert [piece.file.url for piece in pieces if piece.file] == ([FILM.url] if "video" in can.media else []), kind
        assert FILM.url in pieces[-1].plain or "video" in can.media, kind


def test_where_menus_are_typed_a_picture_goes_along_with_the_first_words() -> None:
    card = page_of(1).cards[0]
    (piece,) = render(ShowProduct(card=card), channel_for("qq").capability, language="en")
    assert (piece.file and piece.file.url, piece.text.splitlines()[0]) == (card.image_url, card.title)
    (alone,) = render(replace(FILM, text=""), channel_for("qq").capability, language="en")
    assert (alone.text, alone.plain) == ("", FILM.url)


def test_an_address_too_long_for_a_button_stands_in_the_words() -> None:
    can = replace(channel_for("line").capability, link_address=30)
    for url, is_on_a_button in (("https://shop.example/" + "x" * 9, True), ("https://shop.example/" + "x" * 10, False)):
        (piece,) = render(OpenLink(text="Here", url=url, label="Open"), can, language="en")
        assert (piece.link is not None, url in piece.text) == (is_on_a_button, not is_on_a_button)


MESSAGING = Path(__file__).parents[2] / "apps" / "messaging"
# What a channel may know of contents beside what the ladder hands it; a form of its own would be decided twice.
KNOWN = {
    "sms.py": {"Media", "cards_of"},  # the one picture of an MMS: the account and both numbers decide when it is sent
    "webchat.py": {"Typing", "to_json"},  # our own widget shows contents as they are
}
HARMLESS = {"Bill", "BillLine", "Content", "NUMBERS", "numbered"}


def test_no_channel_looks_at_a_content_to_choose_its_form() -> None:
    looking = {}
    for path in sorted(MESSAGING.glob("channels/*.py")) + sorted(MESSAGING.glob("platforms/**/*.py")):
        imported = {
            name.name
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom) and node.module == "apps.messaging.content"
            for name in node.names
        }
        looking[path.name] = imported - HARMLESS
    assert {name: found for name, found in looking.items() if found} == KNOWN


def test_equal_labels_are_told_apart() -> None:
    same = "A very long label that starts alike"
    content = Ask(text="Which?", choices=tuple(Choice(f"{same} {n}", token=str(n)) for n in range(3)))
    (piece,) = render(content, channel_for("whatsapp").capability, language="en")
    assert len({button.label for button in piece.buttons}) == 3
    assert all(len(button.label) <= 20 for button in piece.buttons)


def test_text_and_choices_share_one_message() -> None:
    content = Rate(text="How was it?", choices=tuple(Choice(str(n), token=str(n)) for n in range(1, 6)))
    assert [len(channel_for(kind).render(content, language="en")) for kind in ("whatsapp", "telegram", "sms")] == [
        1,
        1,
        1,
    ]


def test_segments_are_counted_as_phones_do() -> None:
    assert segments("x" * 160) == 1
    assert segments("x" * 161) == 2
    assert segments("x" * 306) == 2
    assert segments("x" * 307) == 3
    assert segments("€" * 80) == 1
    assert segments("€" * 81) == 2
    assert segments("字" * 70) == 1
    assert segments("字" * 71) == 2
    assert segments("字" * 134) == 2
    assert segments("👕" * 35) == 1
    assert segments("👕" * 36) == 2
    assert segments("👕" * 67) == 3  # a pair may not be torn, so each joined segment holds 33


def test_typography_never_doubles_the_price_of_an_sms() -> None:
    assert sms(Text(text="“Grüße” – 2 × Hemd · 39,00\u00a0€…"), "de") == ['"Grüße" - 2 x Hemd - 39,00 €...']
    assert sms(Text(text="“您好” – 2 × 衬衫…"), "zh-hans") == ["“您好” – 2 × 衬衫…"]


def test_a_menu_of_many_cards_shrinks_to_lines_before_it_is_split() -> None:
    cards = tuple(
        Card(title=f"Shirt {n}", price="€12.00", stock="In stock", subtitle="x" * 80, choices=(Choice("Choose"),))
        for n in range(1, 8)
    )
    (text,) = sms(Browse(text="Found:", cards=cards, choices=(Choice("More"),)))
    assert text == (
        "Found:\n\n" + "\n".join(f"{n}. Shirt {n}, €12.00" for n in range(1, 8)) + "\n\n8. More\n0 = back, 9 = a person"
    )


WORDS = st.text(alphabet=st.sampled_from("ab é字👕\n.。!"), min_size=1, max_size=400)


@settings(max_examples=200, deadline=None)
@given(WORDS, st.integers(4, 60))
def test_splitting_loses_no_letter_and_keeps_the_order(text: str, room: int) -> None:
    parts = split(text, lambda part: size(part) <= room)
    assert all(0 < size(part) <= room for part in parts)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=90), min_size=1, max_size=14), st.text(max_size=1500))
@case(labels=["0"], text="\r")  # nothing but space is no text
def test_any_labels_fit_every_channel(labels: list[str], text: str) -> None:
    choices = tuple(Choice(label, token=f"c:{place}") for place, label in enumerate(labels))
    for kind, channel in all_channels().items():
        if kind == "webchat" or channel.capability.is_floor:
            continue
        can = channel.capability
        for piece in render(Ask(text=text, choices=choices), can, language="en"):
            room = can.button_label if len(piece.buttons) <= can.buttons else can.row_label
            assert all(0 < size(button.label) <= room for button in piece.buttons)
            assert len({button.label for button in piece.buttons}) == len(piece.buttons)
            assert 0 < size(piece.text) <= (can.choice_text or can.text)


def test_language_decides_the_words_around() -> None:
    content = Ask(text="?", choices=(Choice("A"),))
    assert {language: sms(content, language)[0].splitlines()[-1] for language in LANGUAGES} == HINTS
