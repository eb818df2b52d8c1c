"""What the Telegram Bot API refuses, from its documentation and python-telegram-bot's constants.

Each check returns the description after "Bad Request: ", or "" when all is well.
"""

import re
from html.parser import HTMLParser
from typing import Any

from .media_types import is_one_of

TEXT, CAPTION, CALLBACK_DATA, CALLBACK_TEXT = 4096, 1024, 64, 200
BUTTONS, BUTTONS_PER_ROW, ALBUM = 100, 8, (2, 10)
INVOICE_TITLE, INVOICE_DESCRIPTION, INVOICE_PAYLOAD = 32, 255, 128  # the payload in bytes
# https://core.telegram.org/bots/payments/currencies.json: decimals, least and most; a few of them, rounded.
INVOICED = {
    "EUR": (2, 82, 827805), "USD": (2, 100, 1000000), "GBP": (2, 72, 720365), "CHF": (2, 91, 915009),
    "JPY": (0, 108, 1088524), "BRL": (2, 545, 5452697), "INR": (2, 7455, 74550499), "PLN": (2, 378, 3784050),
}  # fmt: skip
HTML_TAGS = frozenset(
    (
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "a",
        "code",
        "pre",
        "span",
        "tg-spoiler",
        "tg-emoji",
        "blockquote",
    )
)
BUTTON_ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "copy_text", "callback_game", "pay", "switch_inline_query_chosen_chat",
)  # fmt: skip
MARKDOWN_RESERVED = re.compile(r"(?<!\\)[#+\-=|{}.!](?![^\[]*\]\()")


class _Markup(HTMLParser):
    """Counts the characters that remain and notices tags Telegram does not know or that do not close."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self.problem = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in HTML_TAGS:
            self.problem = self.problem or f'Unsupported start tag "{tag}" at byte offset {self.getpos()[1]}'
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problem = self.problem or f"Unexpected end tag at byte offset {self.getpos()[1]}"

    def handle_data(self, data: str) -> None:
        self.text += data


def visible(text: str, parse_mode: str) -> tuple[str, str]:
    """(text after entities, what is wrong with the markup)."""
    if parse_mode.lower() == "html":
        markup = _Markup()
        markup.feed(text)
        markup.close()
        unclosed = f'Can\'t find end tag corresponding to start tag "{markup.open[-1]}"' if markup.open else ""
        return markup.text, markup.problem or unclosed
    if parse_mode.lower() == "markdownv2":
        bare = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", text, flags=re.DOTALL)
        if found := MARKDOWN_RESERVED.search(bare):
            return text, f"Character '{found.group()}' is reserved and must be escaped with the preceding '\\'"
        return re.sub(r"\\(.)", r"\1", text), ""
    return text, ""


def text_problem(text: Any, parse_mode: Any, *, limit: int = TEXT, required: bool = True) -> str:
    if not isinstance(text, str):
        return "message text is empty" if required else ""
    shown, broken = visible(text, str(parse_mode or ""))
    if broken:
        return f"can't parse entities: {broken}"
    if required and not shown.strip():
        return "message text is empty"
    if len(shown) > limit:
        return "message is too long" if limit == TEXT else "message caption is too long"
    return ""


def markup_problem(markup: Any) -> str:
    """An inline keyboard's rows, labels and data; reply keyboards pass with their labels checked."""
    if markup in (None, "", {}):
        return ""
    if not isinstance(markup, dict):
        return "can't parse reply keyboard markup JSON object"
    if "inline_keyboard" not in markup:
        known = ("keyboard", "remove_keyboard", "force_reply")
        return "" if any(name in markup for name in known) else "object expected as reply markup"
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or any(not isinstance(row, list) for row in rows):
        return 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    if any(len(row) > BUTTONS_PER_ROW for row in rows) or sum(len(row) for row in rows) > BUTTONS:
        return "reply markup is too long"
    return next((found for row in rows for button in row if (found := button_problem(button))), "")


def button_problem(button: Any) -> str:
    if not isinstance(button, dict) or not str(button.get("text", "")).strip():
        return (
            "text buttons are unallowed in the inline keyboard"
            if isinstance(button, dict)
            else "button must be an Object"
        )
    if sum(action in button for action in BUTTON_ACTIONS) != 1:
        return "inline keyboard button must have exactly one action"
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= CALLBACK_DATA:
        return "BUTTON_DATA_INVALID"
    if "url" in button and not re.fullmatch(r"(https?|tg)://[^\s/]+\S*", str(button["url"])):
        return f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL"
    return ""


def invoice_problem(values: dict[str, Any]) -> str:
    """An invoice in money (its Stars are not played): https://core.telegram.org/bots/api#sendinvoice"""
    for name, most in (("title", INVOICE_TITLE), ("description", INVOICE_DESCRIPTION)):
        if not 1 <= len(str(values.get(name) or "")) <= most:
            return f"invoice {name} is empty or too long"
    if not 1 <= len(str(values.get("payload") or "").encode()) <= INVOICE_PAYLOAD:
        return "invoice payload is empty or too long"
    if not re.fullmatch(r"\d+:(TEST|LIVE):\S+", str(values.get("provider_token") or "")):
        return "PAYMENT_PROVIDER_INVALID"
    if values.get("currency") not in INVOICED:
        return "CURRENCY_INVALID"
    prices = values.get("prices") or []
    is_list = isinstance(prices, list) and prices and all(isinstance(price, dict) for price in prices)
    if not is_list or any(not str(one.get("label") or "") or type(one.get("amount")) is not int for one in prices):
        return "can't parse prices JSON object"
    _decimals, least, most = INVOICED[values["currency"]]
    if not least <= sum(price["amount"] for price in prices) <= most:
        return "CURRENCY_TOTAL_AMOUNT_INVALID"
    rows = (values.get("reply_markup") or {}).get("inline_keyboard") or []
    if rows and "pay" not in rows[0][0]:
        return "the first button of an invoice must be a Pay button"
    return ""


# https://core.telegram.org/bots/api#sending-files: by address a document is a PDF or a ZIP
BY_ADDRESS = {
    "photo": ("jpg", "jpeg", "png", "webp"), "video": ("mp4",), "document": ("pdf", "zip", "gif"), "audio": ("mp3", "m4a"),
}  # fmt: skip


def file_problem(value: Any, field: str = "") -> str:
    """A file_id or an address of a file Telegram fetches as this `field`."""
    if not isinstance(value, str) or not value.strip():
        return "there is no photo in the request"
    if ":" in value and not re.fullmatch(r"(https?|attach)://\S+", value):
        return "invalid file HTTP URL specified: Wrong URL"
    if field in BY_ADDRESS and not is_one_of(value, BY_ADDRESS[field]):
        return "wrong type of the web page content"
    return ""


def album_problem(media: Any) -> str:
    if not isinstance(media, list) or not ALBUM[0] <= len(media) <= ALBUM[1]:
        return f"media group must contain {ALBUM[0]}-{ALBUM[1]} items"
    for item in media:
        if not isinstance(item, dict) or item.get("type") not in ("photo", "video", "audio", "document"):
            return 'can\'t parse InputMedia: Field "type" is wrong'
        found = file_problem(item.get("media"), item["type"]) or text_problem(
            item.get("caption"), item.get("parse_mode"), limit=CAPTION, required=False
        )
        if found:
            return found
    return ""
