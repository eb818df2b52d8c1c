"""What LINE's app shows: up to five message objects a call, cards as flex bubbles, choices as quick replies.

Only the newest message's quick replies are on the screen, so all but the last message carry their choices as buttons.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import Any

from django.utils.translation import override

from apps.messaging.channel import Capability, WireMessage
from apps.messaging.content import Content
from apps.messaging.rendering import Button, Link, Piece, floor_text, render, shorten, split
from apps.messaging.rendering.wording import paragraphs, send_place

REPLY, PUSH = "v2/bot/message/reply", "v2/bot/message/push"
LOADING = "v2/bot/chat/loading/start"
MESSAGES = 5  # in one call
QUICK_REPLIES, LABEL, CARDS, ON_CARD = 13, 20, 10, 3
TEXT, ALT, DATA, DISPLAYED, URI = 5000, 400, 300, 300, 1000
Json = dict[str, Any]


def calls(content: Content, capability: Capability, *, language: str) -> list[WireMessage]:
    """One call, or as many as five messages each need; the first may answer, the others are pushed. Pure."""
    pieces = render(content, capability, language=language)
    if any(piece.is_typing for piece in pieces):
        return [WireMessage(body={}, path=LOADING)]
    with override(language):
        found = _messages(pieces)
    plain = paragraphs(*(piece.plain for piece in pieces))
    batches = [found[start : start + MESSAGES] for start in range(0, len(found), MESSAGES)]
    wires = [
        WireMessage(body={"messages": batch}, path=PUSH if place else REPLY) for place, batch in enumerate(batches)
    ]
    if len(wires) != 1:
        return [replace(wire, text=plain if place == 0 else "") for place, wire in enumerate(wires)]
    return [replace(wires[0], text=plain, instead=_in_words(content, found, language))]


def _in_words(content: Content, found: list[Json], language: str) -> WireMessage | None:
    """The same without pictures and cards, should LINE refuse one of them (a picture it cannot load, say)."""
    if all(message["type"] == "text" for message in found):
        return None
    said = floor_text(content, language)
    texts: list[Json] = [_text(part) for part in split(said, lambda part: len(part.encode("utf-16-le")) // 2 <= TEXT)]
    return WireMessage(body={"messages": texts[:MESSAGES]}, path=REPLY, text=said)


def _messages(pieces: list[Piece]) -> list[Json]:
    found: list[Json] = []
    last = pieces[-1] if pieces else None
    for is_card, group in groupby(pieces, key=lambda piece: piece.is_card):
        if is_card:
            found.append(_row_of_cards(list(group)))
            continue
        for piece in group:
            found += _shown(piece, is_last=piece is last)
    return found


def _shown(piece: Piece, *, is_last: bool) -> list[Json]:
    """A piece's messages, its choices on the last of them."""
    if piece.gallery:
        return [_picture(url) for url in piece.gallery]
    if piece.asks_for:
        place = {"type": "location", "label": send_place()[:LABEL]}
        return [{**_text(piece.text), **_quick([place, *(_postback(button) for button in piece.buttons)])}]
    on_it: tuple[Button, ...] = ()
    if piece.file and (piece.buttons or piece.link):
        on_it = piece.buttons[:ON_CARD]
        found = [_flex(piece.text or piece.plain, _bubble(piece, on_it))]
    elif piece.file:
        found = [_picture(piece.file.url), *([_text(piece.text)] if piece.text else [])]
    elif piece.link:
        found = _linked(piece, piece.link)
    else:
        found = [_text(piece.text)]
    rest = piece.buttons[len(on_it) :]
    if not rest:
        return found
    if is_last:
        return [*found[:-1], {**found[-1], **_quick([_postback(button) for button in rest])}]
    buttons = [_button(_postback(button)) for button in rest]
    return [*found, _flex(piece.plain, {"type": "bubble", "body": _box(buttons)})]


def _text(words: str) -> Json:
    return {"type": "text", "text": words}


def _picture(url: str) -> Json:
    """The shop keeps one size; LINE makes none itself."""
    return {"type": "image", "originalContentUrl": url, "previewImageUrl": url}


def _linked(piece: Piece, link: Link) -> list[Json]:
    """Words and the one place they lead to. An address in a bubble's words cannot be tapped, so then they stand apart."""
    button = _button(_open(link), style="primary")
    if "://" in piece.text or piece.text == link.label:
        ahead = [_text(piece.text)] if piece.text != link.label else []
        return [*ahead, _flex(link.label, {"type": "bubble", "body": _box([button])})]
    bubble = {"type": "bubble", "body": _box([_words(piece.text)]), "footer": _box([button])}
    return [_flex(piece.text, bubble)]


def _row_of_cards(cards: list[Piece]) -> Json:
    bubbles = [_bubble(card, card.buttons) for card in cards]
    container = bubbles[0] if len(bubbles) == 1 else {"type": "carousel", "contents": bubbles}
    return _flex(" · ".join(card.text.partition("\n")[0] for card in cards), container)


def _bubble(piece: Piece, buttons: Iterable[Button]) -> Json:
    """A picture, what it is in bold, the rest of its words, and its buttons."""
    title, _, rest = piece.text.strip().partition("\n")
    words = [_words(title, weight="bold")] if title else []
    words += [_words(rest.strip(), size="sm", margin="md")] if rest.strip() else []
    bubble: Json = {"type": "bubble"}
    if piece.file:
        shape = {"size": "full", "aspectRatio": "1:1", "aspectMode": "cover"}
        bubble["hero"] = {"type": "image", "url": piece.file.url, **shape}
    if words:
        bubble["body"] = _box(words)
    links = [_button(_open(piece.link), style="primary")] if piece.link else []
    footer = [*links, *(_button(_postback(button)) for button in buttons)]
    if footer:
        bubble["footer"] = _box(footer)
    return bubble


def _flex(alt: str, container: Json) -> Json:
    return {"type": "flex", "altText": shorten(alt, ALT), "contents": container}


def _box(contents: list[Json]) -> Json:
    return {"type": "box", "layout": "vertical", "spacing": "sm", "contents": contents}


def _words(said: str, **look: str) -> Json:
    return {"type": "text", "text": said, "wrap": True, **look}


def _button(action: Json, *, style: str = "link") -> Json:
    return {"type": "button", "style": style, "height": "sm", "action": action}


def _quick(actions: list[Json]) -> Json:
    return {"quickReply": {"items": [{"type": "action", "action": action} for action in actions]}}


def _postback(button: Button) -> Json:
    """What is told to us, and what stands in the chat as the shopper's own words."""
    shown = shorten(button.full_label or button.label, DISPLAYED)
    return {"type": "postback", "label": button.label, "data": button.payload[:DATA], "displayText": shown}


def _open(link: Link) -> Json:
    return {"type": "uri", "label": shorten(link.label, LABEL), "uri": link.url}
