"""What Viber draws beside words: keyboards under the thread, and cards of buttons in it.

developers.viber.com/docs/tools/keyboards: a keyboard and a card are grids of six columns; a card has seven rows.
"""

import html
from typing import Any

from apps.messaging.rendering import Button, Link, Slide, shorten, size

COLUMNS, CARD_ROWS = 6, 7
CARDS = 6  # in one message
KEYBOARD_ROWS = 12
BUTTON_TEXT = 250  # characters, marks included
NAME, LABEL = 150, 60  # of them for what a card is called, and for what stands on a card's button
PICTURE_ROWS = 3
PLACES = {"location": ("location-picker", "📍"), "phone": ("share-phone", "📱")}


def keyboard(buttons: tuple[Button, ...], link: Link | None = None) -> dict[str, Any]:
    """Short labels share a row. The link comes first, where there is a row left for it: it stands in the words, too."""
    keys = [key for row in _rows(buttons) for key in row]
    if link is not None and len(_rows(buttons)) < KEYBOARD_ROWS:
        keys.insert(0, {"Columns": COLUMNS, "Rows": 1, **_opens(link), "Text": marked(link.label, BUTTON_TEXT)})
    return {"Type": "keyboard", "DefaultHeight": False, "Buttons": keys}


def asking_keyboard(what: str, buttons: tuple[Button, ...] = ()) -> dict[str, Any]:
    """A key that gives the phone's place or number, and below it what may be picked instead."""
    action, sign = PLACES[what]
    key = {"Columns": COLUMNS, "Rows": 1, "ActionType": action, "ActionBody": what, "Text": sign}
    return {"Type": "keyboard", "DefaultHeight": False, "Buttons": [key, *keyboard(buttons)["Buttons"]]}


def carousel(slides: tuple[Slide, ...]) -> dict[str, Any]:
    """At most six cards side by side; each has exactly seven rows, or the next would begin inside it."""
    return {
        "Type": "rich_media",
        "ButtonsGroupColumns": COLUMNS,
        "ButtonsGroupRows": CARD_ROWS,
        "BgColor": "#FFFFFF",
        "Buttons": [part for slide in slides for part in _card(slide)],
    }


def _card(slide: Slide) -> list[dict[str, Any]]:
    """Picture, words, its buttons. A tap on the picture is the first button's."""
    picture_rows = PICTURE_ROWS if slide.image_url else 0
    words_rows = CARD_ROWS - picture_rows - len(slide.buttons)
    parts = []
    if slide.image_url:
        parts.append({**_cell(picture_rows), **_does(slide.buttons[:1]), "Image": slide.image_url})
    parts.append({**_cell(words_rows), **_does(()), "Text": _card_words(slide), "TextHAlign": "left"})
    return parts + [{**_cell(1), **_does((button,)), "Text": marked(button.label, LABEL)} for button in slide.buttons]


def _cell(rows: int) -> dict[str, Any]:
    return {"Columns": COLUMNS, "Rows": rows}


def _does(buttons: tuple[Button, ...]) -> dict[str, Any]:
    if not buttons:
        return {"ActionType": "none", "ActionBody": "none"}
    return _answers(buttons[0].payload)


def _card_words(slide: Slide) -> str:
    """The name in bold, below it what is told of it, within what a button's words may have, marks included."""
    title = marked(slide.title, NAME)
    room = BUTTON_TEXT - size(f"<b>{title}</b><br>")
    facts = marked(slide.subtitle, room)
    return f"<b>{title}</b><br>{facts}" if facts else f"<b>{title}</b>"


def marked(words: str, room: int) -> str:
    """The words as HTML that takes no more than `room` characters, cut between words where it must be cut."""
    for limit in range(min(size(words), room), 0, -5):
        lines = [shorten(line, limit) for line in words.splitlines()]
        written = "<br>".join(html.escape(line, quote=False) for line in lines)
        if size(written) <= room:
            return written
    return ""


def _rows(buttons: tuple[Button, ...]) -> list[list[dict[str, Any]]]:
    """As many in a row as have room beside each other, and never more than twelve rows."""
    rows: list[list[Button]] = []
    for button in buttons:
        if rows and (len(rows[-1]) + 1) * max(map(_width, (*rows[-1], button))) <= COLUMNS:
            rows[-1].append(button)
        else:
            rows.append([button])
    return [[_key(button, COLUMNS // len(row)) for button in row] for row in rows]


def _width(button: Button) -> int:
    """Columns its label needs: a Chinese character takes the room of two letters."""
    units = sum(2 if ord(char) > 0x2E7F else 1 for char in button.label)
    return 2 if units <= 8 else 3 if units <= 16 else COLUMNS


def _key(button: Button, columns: int) -> dict[str, Any]:
    return {"Columns": columns, "Rows": 1, **_answers(button.payload), "Text": marked(button.label, BUTTON_TEXT)}


def _answers(payload: str) -> dict[str, Any]:
    """What the button sends in the shopper's name stays out of their thread: it is a token."""
    return {"ActionType": "reply", "ActionBody": payload, "Silent": True}


def _opens(link: Link) -> dict[str, Any]:
    return {"ActionType": "open-url", "ActionBody": link.url, "Silent": True}
