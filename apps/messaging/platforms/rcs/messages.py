"""What RCS shows, in the words of Google's AgentContentMessage: suggestions, rich cards, carousels, files.

Every provider passes these on or has words of its own for them.
"""

from typing import Any

from apps.messaging.rendering import Button, Link, Piece, Slide, shorten

LABEL, TITLE, DESCRIPTION = 25, 200, 2000  # characters
CARD_SUGGESTIONS = 4
CARDS = 10  # side by side
ACTION = "action:"  # before the postback of what the phone does itself: nothing was chosen


def content_of(piece: Piece, *, share: str) -> list[dict[str, Any]]:
    """The messages that say this piece; `share` is the label that asks for a place."""
    replies = [_reply(button) for button in piece.buttons]
    if piece.slides:
        return [_with(replies, carousel(piece.slides))]
    if piece.link is not None and piece.file is None and 0 < len(piece.text) <= DESCRIPTION:
        return [_linked(piece.link, piece.text, replies)]
    suggestions = [*_links(piece.link), *replies]
    if piece.gallery:
        return [{"contentInfo": {"fileUrl": url}} for url in piece.gallery]
    if piece.asks_for == "location":
        shown = {"text": shorten(share, LABEL), "postbackData": f"{ACTION}location", "shareLocationAction": {}}
        return [{"text": piece.text, "suggestions": [{"action": shown}, *replies]}]
    if piece.file is None:
        return [_with(suggestions, {"text": piece.text})]
    if piece.file.media_type in ("image", "video") and piece.text:
        title, _, rest = piece.text.partition("\n")
        if len(title) <= TITLE and len(rest.strip()) <= DESCRIPTION:
            return [standalone(piece.file.url, title, rest.strip(), suggestions)]
    if not piece.text:
        return [_with(suggestions, {"contentInfo": {"fileUrl": piece.file.url}})]
    return [{"contentInfo": {"fileUrl": piece.file.url}}, _with(suggestions, {"text": piece.text})]


def standalone(url: str, title: str, text: str, suggestions: list[dict[str, Any]]) -> dict[str, Any]:
    """A picture with its words; what does not fit on the card can be tapped below it."""
    card = _card(title, text, url, suggestions[:CARD_SUGGESTIONS])
    shown = {"richCard": {"standaloneCard": {"cardOrientation": "VERTICAL", "cardContent": card}}}
    return _with(suggestions[CARD_SUGGESTIONS:], shown)


def _linked(link: Link, text: str, replies: list[dict[str, Any]]) -> dict[str, Any]:
    """What is tapped below a message goes away with the next one; a link on a card stays where it is."""
    card = {"description": text, "suggestions": _links(link)}
    shown = {"richCard": {"standaloneCard": {"cardOrientation": "VERTICAL", "cardContent": card}}}
    return _with(replies, shown)


def carousel(slides: tuple[Slide, ...]) -> dict[str, Any]:
    """Cards side by side."""
    cards = [
        _card(slide.title, slide.subtitle, slide.image_url, [_reply(button) for button in slide.buttons])
        for slide in slides
    ]
    return {"richCard": {"carouselCard": {"cardWidth": "MEDIUM", "cardContents": cards}}}


def _card(title: str, text: str, url: str, suggestions: list[dict[str, Any]]) -> dict[str, Any]:
    card: dict[str, Any] = {"title": title}
    if text:
        card["description"] = text
    if url:
        card["media"] = {"height": "MEDIUM", "contentInfo": {"fileUrl": url}}
    return _with(suggestions, card)


def _with(suggestions: list[dict[str, Any]], shown: dict[str, Any]) -> dict[str, Any]:
    return {**shown, "suggestions": suggestions} if suggestions else shown


def _reply(button: Button) -> dict[str, Any]:
    return {"reply": {"text": button.label, "postbackData": button.payload}}


def _links(link: Link | None) -> list[dict[str, Any]]:
    if link is None:
        return []
    shown = {"text": shorten(link.label, LABEL), "postbackData": f"{ACTION}link", "openUrlAction": {"url": link.url}}
    return [{"action": shown}]
