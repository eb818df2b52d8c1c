"""What Google's RBM API refuses of an agent's message, from its REST reference.

`problem(message)` names the first thing wrong in words; "" for a message that can be sent.
"""

import json
import re
from typing import Any

from .media_types import is_one_of

TEXT, LABEL, POSTBACK, TITLE, DESCRIPTION, ADDRESS = 3072, 25, 2048, 200, 2000, 2048
SUGGESTIONS, CARD_SUGGESTIONS = 11, 4
CARDS = (2, 10)
PAYLOAD = 250_000  # bytes of the whole message
# developers.google.com/business-communications/rcs-business-messaging: supported media types
FILES = (
    *("jpg", "jpeg", "png", "gif", "pdf", "vcf"), *("mp4", "m4v", "mpeg", "mpg", "webm", "3gp"),
    *("aac", "mp3", "m4a", "amr", "3gp", "ogg"),
)  # fmt: skip
KINDS = ("text", "richCard", "contentInfo", "fileName", "uploadedRbmFile")
HEIGHTS = ("SHORT", "MEDIUM", "TALL")
ACTIONS = (
    *("openUrlAction", "dialAction", "viewLocationAction", "shareLocationAction"),
    *("createCalendarEventAction", "composeAction"),
)


def problem(message: dict[str, Any]) -> str:
    content = message.get("contentMessage")
    if not isinstance(content, dict):
        return "contentMessage is required."
    if len(json.dumps(message).encode()) > PAYLOAD:
        return "The message is too large."
    if "ttl" in message and not re.fullmatch(r"\d+(\.\d{1,9})?s", str(message["ttl"])):
        return "ttl is no duration."
    kinds = [kind for kind in KINDS if kind in content]
    if len(kinds) != 1:
        return "A message has exactly one content."
    return _content(kinds[0], content[kinds[0]]) or _suggestions(content.get("suggestions", []), SUGGESTIONS)


def _content(kind: str, value: Any) -> str:
    if kind == "text":
        return _string(value, "text", TEXT)
    if kind == "contentInfo":
        return _file(value)
    if kind != "richCard" or not isinstance(value, dict):
        return "This content is not played here."
    standalone, carousel = value.get("standaloneCard"), value.get("carouselCard")
    if isinstance(standalone, dict) and carousel is None:
        if standalone.get("cardOrientation") not in ("VERTICAL", "HORIZONTAL"):
            return "cardOrientation is required."
        return _card(standalone.get("cardContent"))
    if isinstance(carousel, dict) and standalone is None:
        cards = carousel.get("cardContents")
        if not isinstance(cards, list) or not CARDS[0] <= len(cards) <= CARDS[1]:
            return "A carousel has 2 to 10 cards."
        if carousel.get("cardWidth") not in ("SMALL", "MEDIUM"):
            return "cardWidth is required."
        return next((found for card in cards if (found := _card(card))), "")
    return "A rich card is a standalone card or a carousel."


def _card(card: Any) -> str:
    if not isinstance(card, dict) or not any(card.get(name) for name in ("title", "description", "media")):
        return "A card has a title, a description or media."
    for name, limit in (("title", TITLE), ("description", DESCRIPTION)):
        if name in card and (found := _string(card[name], name, limit)):
            return found
    if "media" in card:
        media = card["media"]
        if not isinstance(media, dict) or media.get("height") not in HEIGHTS:
            return "height of media is required."
        if found := _file(media.get("contentInfo")):
            return found
    return _suggestions(card.get("suggestions", []), CARD_SUGGESTIONS)


def _file(info: Any) -> str:
    address = info.get("fileUrl") if isinstance(info, dict) else None
    found = _address(address, "fileUrl")
    return found or ("" if is_one_of(address, FILES) else "The file is of an unsupported type.")


def _suggestions(found: Any, most: int) -> str:
    if not isinstance(found, list) or len(found) > most:
        return f"There are at most {most} suggestions."
    return next((wrong for one in found if (wrong := _suggestion(one))), "")


def _suggestion(one: Any) -> str:
    if not isinstance(one, dict) or len(one) != 1 or not isinstance(one.get("reply", one.get("action")), dict):
        return "A suggestion is a reply or an action."
    shown = one.get("reply") or one.get("action") or {}
    wrong = _string(shown.get("text"), "text of a suggestion", LABEL)
    wrong = wrong or _string(shown.get("postbackData"), "postbackData", POSTBACK)
    if wrong or "reply" in one:
        return wrong
    actions = [name for name in ACTIONS if name in shown]
    if len(actions) != 1:
        return "An action does exactly one thing."
    return _address(shown["openUrlAction"].get("url"), "url") if actions == ["openUrlAction"] else ""


def _string(value: Any, name: str, limit: int) -> str:
    if not isinstance(value, str) or not value.strip():
        return f"{name} must be a non-empty string."
    return f"{name} is longer than {limit} characters." if len(value) > limit else ""


def _address(value: Any, name: str) -> str:
    found = _string(value, name, ADDRESS)
    return found or ("" if value.startswith(("https://", "http://")) else f"{name} must be a web address.")
