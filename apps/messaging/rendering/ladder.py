"""From what is said to what a channel can show: taps where they exist, numbered words where they do not."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.translation import override

from apps.messaging.channel import Capability
from apps.messaging.content import (
    Bill,
    Browse,
    Card,
    Choice,
    Content,
    Media,
    OpenLink,
    OrderUpdate,
    Pay,
    Request,
    ShowProduct,
    Text,
    Typing,
)

from . import wording
from .measure import for_sms, segments, shorten, size, split, split_tail


class Layout(StrEnum):
    NONE = "none"
    BUTTONS = "buttons"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Button:
    """Something to tap. `label` fits the channel; `payload` is never empty and unique in its piece."""

    label: str
    payload: str
    description: str = ""
    number: int | None = None
    full_label: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class File:
    media_type: str  # image | video | audio | file
    url: str
    alt: str = ""
    filename: str = ""
    page: str = ""  # where a tap on it may lead


@dataclass(frozen=True, slots=True)
class Slide:
    """A card among others side by side; title and subtitle fit the channel where it names a room for them."""

    title: str
    subtitle: str
    image_url: str
    buttons: tuple[Button, ...] = ()
    plain: str = ""  # all that is told of it, also what the card has no room for


@dataclass(frozen=True, slots=True)
class Piece:
    """One message of a channel before its wire form. `plain` says all of it in words."""

    text: str = ""
    layout: Layout = Layout.NONE
    buttons: tuple[Button, ...] = ()
    opener: str = ""  # the label that opens a list
    link: Link | None = None
    file: File | None = None
    gallery: tuple[str, ...] = ()
    slides: tuple[Slide, ...] = ()  # without a text; what can be tapped below them are the buttons
    asks_for: str = ""  # location | phone, where the platform has a button for it
    is_typing: bool = False
    is_card: bool = False  # one of several that stand side by side, where the channel can show them so
    bill: Bill | None = None  # only beside a link, which says the same
    bill_news: tuple[str, str] | None = None  # a bill's reference and what its order is now; `plain` says it, too
    plain: str = ""


def render(content: Content, capability: Capability, *, language: str) -> list[Piece]:
    """The pieces that say `content` on a channel of this capability, in order. Pure."""
    with override(language):
        if isinstance(content, Typing):
            return [Piece(is_typing=True)] if capability.has_typing else []
        if capability.is_floor:
            return _in_words(content, capability)
        return [_with_plain(piece) for piece in _in_pieces(content, capability)]


def floor_text(content: Content, language: str) -> str:
    """The complete plain form: what search, screen readers and transcripts have."""
    with override(language):
        return wording.full_text(content)


# --- the floor ------------------------------------------------------------------------------------
def _in_words(content: Content, capability: Capability) -> list[Piece]:
    """Words and numbers; where they cost too many segments, cards shrink to a line each, and never a menu.

    The one picture or film that a message is about goes along with its first words, where the channel shows such.
    """
    fits = _fits_floor(capability)
    file = _shown_beside(content, capability)
    said = Text(text=content.text, choices=content.choices) if file and isinstance(content, Media) else content
    text = wording.full_text(said)
    if not fits(text):
        text = wording.full_text(said, is_short=True)
    if wording.numbers_of(said):
        text = wording.lines(text, wording.back_and_person())
    parts = [for_sms(part) if capability.segments else part for part in split(text, fits)]
    pieces = [Piece(text=part, plain=part) for part in parts]
    if file is None:
        return pieces
    first, *others = pieces or [Piece(plain=file.url)]
    return [replace(first, file=file), *others]


def _shown_beside(content: Content, capability: Capability) -> File | None:
    match content:
        case ShowProduct():
            file = _picture(content.card)
        case Media():
            file = File(content.media_type, content.url, content.alt, content.filename)
        case _:
            return None
    return file if file and file.url and file.media_type in capability.media else None


def _fits_floor(capability: Capability) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        if size(text, capability.text_unit) > capability.text:
            return False
        return not capability.segments or segments(for_sms(text)) <= capability.segments

    return fits


# --- the rungs above ------------------------------------------------------------------------------
def _in_pieces(content: Content, capability: Capability) -> list[Piece]:
    numbers = wording.numbers_of(content)
    if isinstance(content, Browse):
        return _browse(content, capability, numbers)
    if isinstance(content, ShowProduct):
        return _show_product(content, capability, numbers)
    if isinstance(content, Media):
        return _media(content, capability, numbers)
    if isinstance(content, Request) and content.what in capability.requests:
        if not content.choices:
            return [Piece(text=content.text, asks_for=content.what)]
        if capability.asks_beside:
            return _request(content, capability, numbers)
    label, url = wording.link_of(content)
    link = Link(label, url) if url else None
    buttons = tuple(_button(choice, numbers) for choice in content.choices)
    pieces = _message(wording.body_of(content), buttons, capability, link=link)
    if isinstance(content, Pay) and content.bill is not None:
        pieces = [replace(piece, bill=content.bill) if piece.link else piece for piece in pieces]
    if isinstance(content, OrderUpdate) and content.bill and capability.has_bill_news:
        pieces = [_with_news(piece, (content.bill, content.state), capability) for piece in pieces[:1]] + pieces[1:]
    return pieces


def _request(content: Request, capability: Capability, numbers: dict[int, int]) -> list[Piece]:
    """The platform's own button, and beside it what may be picked instead: to leave it out, a person."""
    buttons = tuple(_button(choice, numbers) for choice in content.choices)
    *ahead, last = _message(content.text, buttons, capability)
    return [*ahead, replace(last, asks_for=content.what)]


def _with_news(piece: Piece, news: tuple[str, str], capability: Capability) -> Piece:
    """Its link and its choices are told in words there; where these are too many, it stays what it is."""
    has_room = size(_with_plain(piece).plain, capability.text_unit) <= (capability.choice_text or capability.text)
    return replace(piece, bill_news=news) if has_room and not piece.file else piece


def _browse(content: Browse, capability: Capability, numbers: dict[int, int]) -> list[Piece]:
    """The first cards with their pictures, then one message for the others and for what else can be done.

    Where a picture carries no choices, those of its card stand in that message, too.
    """
    has_pictures = capability.has_media and any(card.image_url for card in content.cards)
    slides = _slides(content, capability, numbers) if has_pictures else ()
    if slides:
        return _in_one_row(content, slides, capability, numbers)
    if has_pictures and capability.carousel:
        return _side_by_side(content, capability, numbers)
    shown = content.cards[: capability.pictured_cards] if has_pictures else ()
    others = content.cards[len(shown) :]
    own = tuple(_button(choice, numbers) for choice in content.choices)
    pieces: list[Piece] = []
    for place, card in enumerate(shown):
        buttons = tuple(_button(choice, numbers) for choice in card.choices[: capability.card_buttons])
        is_last = place == len(shown) - 1 and not others
        if is_last and own and len(buttons) + len(own) <= capability.buttons:
            buttons, own = (*buttons, *own), ()
        text = wording.paragraphs(
            content.text if place == 0 else "", wording.card_text(card, number=_number_of(card, numbers))
        )
        pieces += _message(text, buttons, capability, file=_picture(card))
    to_pick = others if capability.card_buttons else content.cards
    if to_pick or own or not shown:
        text = wording.paragraphs(
            "" if shown else content.text, wording.cards_text(replace(content, cards=others), numbers)
        )
        pieces += _below(text, to_pick, own, capability, numbers)
    return pieces


def _slides(content: Browse, capability: Capability, numbers: dict[int, int]) -> tuple[Slide, ...]:
    """Every card as one of a row; none where they are too few, one lacks a picture it needs, or its words have no room."""
    is_row = capability.slides and len(content.cards) >= capability.least_slides
    if not is_row or len(content.choices) > capability.buttons:
        return ()
    if capability.slides_need_pictures and not all(card.image_url for card in content.cards):
        return ()
    slides = tuple(_slide(card, capability, numbers) for card in content.cards)
    return slides if all(_has_room(slide, capability) for slide in slides) else ()


def _has_room(slide: Slide, capability: Capability) -> bool:
    if not capability.card_title:
        return True
    below = capability.card_text or capability.card_title
    return size(slide.title) <= capability.card_title and size(slide.subtitle) <= below


def _slide(card: Card, capability: Capability, numbers: dict[int, int]) -> Slide:
    plain = wording.card_text(card, number=_number_of(card, numbers))
    title, _, below = plain.partition("\n")
    buttons = tuple(_button(choice, numbers) for choice in card.choices[: capability.card_buttons])
    if not capability.card_text:
        facts = wording.all_facts(card)
        has_room = not capability.card_title or size(facts) <= capability.card_title
        below = facts if has_room else wording.card_facts(card)
    return Slide(title, below, card.image_url, _fit_labels(buttons, capability)[0], plain)


def _in_one_row(
    content: Browse, slides: tuple[Slide, ...], capability: Capability, numbers: dict[int, int]
) -> list[Piece]:
    """The row of cards below the words; where some apps show no cards, above them, as the words then tell them all."""
    own = tuple(_button(choice, numbers) for choice in content.choices)
    rows = [Piece(slides=row) for row in _rows(slides, capability)]
    if capability.tells_menus:
        text = wording.paragraphs(content.text, wording.cards_text(content, numbers, is_short=True))
        return [*rows, *_message(text, own, capability)]
    fitted, long_ones = _fit_labels(own, capability)
    said = wording.paragraphs(content.text, wording.lines(*(_told(button) for button in long_ones)))
    return [*(_message(said, (), capability) if said else ()), *rows[:-1], replace(rows[-1], buttons=fitted)]


def _rows(slides: tuple[Slide, ...], capability: Capability) -> list[tuple[Slide, ...]]:
    """As many in a row as the channel takes; where too few are left for the last, the row before gives up some."""
    most = capability.slides
    rows = [slides[start : start + most] for start in range(0, len(slides), most)]
    missing = capability.least_slides - len(rows[-1])
    if missing > 0:
        *ahead, full, last = rows
        rows = [*ahead, full[:-missing], (*full[-missing:], *last)]
    return rows


def _side_by_side(content: Browse, capability: Capability, numbers: dict[int, int]) -> list[Piece]:
    """What is said, the cards in a row, each with its own buttons, and below them the others and what else can be done."""
    pieces = _message(content.text, (), capability)
    for card in content.cards[: capability.carousel]:
        buttons = tuple(_button(choice, numbers) for choice in card.choices[: capability.card_buttons])
        text = wording.card_text(card, number=_number_of(card, numbers))
        in_row = _message(text, buttons, capability, file=_picture(card))
        pieces += [*in_row[:-1], replace(in_row[-1], is_card=True)]
    others = content.cards[capability.carousel :]
    own = tuple(_button(choice, numbers) for choice in content.choices)
    if not others and not own:
        return pieces
    told = wording.cards_text(replace(content, cards=others), numbers)
    return pieces + _below(told, others, own, capability, numbers)


def _below(
    text: str, to_pick: tuple[Card, ...], own: tuple[Button, ...], capability: Capability, numbers: dict[int, int]
) -> list[Piece]:
    """The cards without choices of their own, as rows, and what else can be done."""
    rows = tuple(_row(card, numbers) for card in to_pick if card.choices)
    if len(rows) == 1 and 1 + len(own) <= capability.buttons:
        rows = tuple(_button(card.choices[0], numbers) for card in to_pick if card.choices)  # its name stands above
    if len(rows) + len(own) <= capability.buttons:
        rows = tuple(replace(row, description="") for row in rows)  # its facts stand above
    return _message(text, (*rows, *own), capability)


def _show_product(content: ShowProduct, capability: Capability, numbers: dict[int, int]) -> list[Piece]:
    pieces: list[Piece] = []
    further = content.media[: capability.further_pictures] if capability.has_media else ()
    if len(further) > 1 and capability.has_gallery:
        pieces.append(Piece(gallery=further))
    else:
        pieces += [Piece(file=File("image", url, content.card.image_alt)) for url in further]
    buttons = tuple(_button(choice, numbers) for choice in wording.own_choices(content))
    return pieces + _message(wording.body_of(content), buttons, capability, file=_picture(content.card))


def _media(content: Media, capability: Capability, numbers: dict[int, int]) -> list[Piece]:
    if not capability.takes_file(content.media_type, content.mime, content.size):
        label = content.alt or content.filename
        return _in_pieces(OpenLink(content.text, content.choices, url=content.url, label=label), capability)
    buttons = tuple(_button(choice, numbers) for choice in content.choices)
    file = File(content.media_type, content.url, content.alt, content.filename)
    return _message(content.text, buttons, capability, file=file)


def _message(
    text: str,
    buttons: tuple[Button, ...],
    capability: Capability,
    *,
    link: Link | None = None,
    file: File | None = None,
) -> list[Piece]:
    """Text, choices, link and picture in as few messages as the channel allows; choices always come last."""
    if file is not None and not (file.url and file.media_type in capability.media):
        file = None
    if link and buttons and not capability.has_mixed_buttons:
        menu = wording.lines(*(_told(button) for button in buttons))
        text, buttons = wording.paragraphs(text, menu), ()
    if link and not _is_on_a_button(link, capability):
        text, link = wording.paragraphs(text, wording.link_text(link.label, link.url)), None
    if file is not None and not _carries(file, text, buttons, capability):
        caption_fits = size(text) <= capability.caption and file.media_type != "audio"
        first = Piece(text=text if caption_fits else "", file=file)
        if caption_fits and not buttons and not link:
            return [first]
        return [first, *_message("" if caption_fits else text, buttons, capability, link=link)]
    if not buttons and not link and file is None:
        return [Piece(text=part) for part in split(text, _fits(capability.text, capability))]
    if not buttons:
        return _last_with(text, Piece(link=link, file=file), capability)
    pieces = []
    for place, chunk in enumerate(_chunks(buttons, capability)):
        fitted, long_ones = _fit_labels(chunk, capability)
        said = text.splitlines() if place == 0 else []
        told = chunk if capability.tells_menus else long_ones
        menu = wording.lines(*(_told(button) for button in told if _numbered_line(button) not in said))
        words = wording.paragraphs((text.strip() if place == 0 else "") or wording.what_next(), menu)
        layout = Layout.LIST if _is_list(chunk, capability) else Layout.BUTTONS
        last = Piece(layout=layout, buttons=fitted, opener=wording.choose(), link=link, file=file)
        pieces += _last_with(words, last, capability)
        link = file = None
    return pieces


def _is_on_a_button(link: Link, capability: Capability) -> bool:
    has_room = not capability.link_address or size(link.url) <= capability.link_address
    return capability.link_buttons > 0 and has_room


def _last_with(text: str, last: Piece, capability: Capability) -> list[Piece]:
    """`last` with as much of the text's end as it can carry; what comes before goes ahead as text."""
    room = capability.caption if last.file else (capability.choice_text or capability.text)
    head, tail = split_tail(text, _fits(room, capability)) if text else ("", "")
    ahead = [Piece(text=part) for part in split(head, _fits(capability.text, capability))]
    return [*ahead, replace(last, text=tail or (last.link.label if last.link else ""))]


def _carries(file: File, text: str, buttons: tuple[Button, ...], capability: Capability) -> bool:
    """Whether picture, text and choices go into one message."""
    if file.media_type != "image" or not capability.card_buttons or _is_list(buttons, capability):
        return False
    long_ones = _fit_labels(buttons, capability)[1]
    menu = wording.lines(*(_told(button) for button in long_ones))
    return bool(buttons) and 0 < capability.caption >= size(wording.paragraphs(text, menu))


def _chunks(buttons: tuple[Button, ...], capability: Capability) -> list[tuple[Button, ...]]:
    if len(buttons) <= capability.buttons:
        return [buttons]
    room = max(capability.list_rows, capability.buttons)
    return [buttons[start : start + room] for start in range(0, len(buttons), room)]


def _is_list(buttons: tuple[Button, ...], capability: Capability) -> bool:
    """More than fit as buttons, or some that are told in more than their label: a row has a place for that."""
    if len(buttons) > capability.buttons:
        return True
    has_rows = capability.row_description > 0 and len(buttons) <= capability.list_rows
    return has_rows and any(button.description for button in buttons)


def _fit_labels(buttons: tuple[Button, ...], capability: Capability) -> tuple[tuple[Button, ...], tuple[Button, ...]]:
    """(buttons with labels that fit and differ, those of which something does not stand on them)."""
    is_list = _is_list(buttons, capability)
    room = capability.row_label if is_list else capability.button_label
    fitted: list[Button] = []
    long_ones: list[Button] = []
    taken: set[str] = set()
    for place, button in enumerate(buttons, start=1):
        label = shorten(button.label, room)
        has_room = is_list and capability.row_description
        if label != " ".join(button.label.split()) or (button.description and not has_room):
            long_ones.append(button)
        if label in taken or not label:
            label = shorten(f"{button.number or place}. {button.label}", room)
        taken.add(label)
        description = shorten(button.description, capability.row_description) if has_room else ""
        fitted.append(replace(button, label=label, description=description, full_label=button.label))
    return tuple(fitted), tuple(long_ones)


def _button(choice: Choice, numbers: dict[int, int]) -> Button:
    number = numbers.get(id(choice))
    payload = choice.token or f"#{number or choice.label}"
    return Button(label=choice.label, payload=payload, description=choice.description, number=number)


def _row(card: Card, numbers: dict[int, int]) -> Button:
    """A card without picture is picked by its name."""
    button = _button(card.choices[0], numbers)
    return replace(button, label=card.title, description=wording.card_facts(card))


def _number_of(card: Card, numbers: dict[int, int]) -> int | None:
    return numbers.get(id(card.choices[0])) if card.choices else None


def _picture(card: Card) -> File | None:
    return File("image", card.image_url, card.image_alt, page=card.url) if card.image_url else None


def _numbered_line(button: Button) -> str:
    return wording.choice_line(Choice(label=button.label), button.number)


def _told(button: Button) -> str:
    """The line of a menu, with what is told beside the label."""
    return wording.choice_line(Choice(label=button.label, description=button.description), button.number)


def _fits(room: int, capability: Capability) -> Callable[[str], bool]:
    return lambda text: size(text, capability.text_unit) <= room


def _with_plain(piece: Piece) -> Piece:
    """What the piece says without taps and pictures."""
    menu = wording.lines(
        *(
            _told(full)
            for button in piece.buttons
            if _numbered_line(full := replace(button, label=button.full_label or button.label)) not in piece.text
        )
    )
    link = wording.link_text(piece.link.label, piece.link.url) if piece.link else ""
    file = wording.link_text(piece.file.alt, piece.file.url) if piece.file and not piece.text else ""
    slides = (slide.plain for slide in piece.slides)
    return replace(piece, plain=wording.paragraphs(piece.text, file, *piece.gallery, *slides, link, menu))
