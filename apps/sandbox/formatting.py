"""Marked-up text as runs a page can show safely: [{"t": text, "s": "b"|"i"|"s"|"c"|"", "h": address}]."""

import re
from html.parser import HTMLParser
from typing import Any

ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
WHATSAPP = re.compile(r"(?<!\w)(\*[^*\n]+\*|_[^_\n]+_|~[^~\n]+~|```[^`]+```|`[^`\n]+`)(?!\w)")
MARKDOWN = re.compile(r"(\*[^*\n]+\*|__[^_\n]+__|_[^_\n]+_|~[^~\n]+~|```[^`]+```|`[^`\n]+`|\[[^\]]+\]\([^)]+\))")
STYLE = {"*": "b", "_": "i", "~": "s", "`": "c"}
TAG_STYLE = {"b": "b", "strong": "b", "i": "i", "em": "i", "s": "s", "del": "s", "strike": "s", "code": "c", "pre": "c"}
Run = dict[str, Any]


def _run(text: str, style: str = "", address: str = "") -> Run:
    return {"t": text, **({"s": style} if style else {}), **({"h": address} if address else {})}


def plain(text: str, style: str = "") -> list[Run]:
    """Only addresses become links."""
    runs: list[Run] = []
    place = 0
    for found in ADDRESS.finditer(text):
        if found.start() > place:
            runs.append(_run(text[place : found.start()], style))
        runs.append(_run(found.group(), style, found.group()))
        place = found.end()
    return [*runs, _run(text[place:], style)] if place < len(text) else runs


def whatsapp(text: str) -> list[Run]:
    return [
        run
        for piece in WHATSAPP.split(text)
        if piece
        for run in (plain(piece.strip("*_~`"), STYLE[piece[0]]) if WHATSAPP.fullmatch(piece) else plain(piece))
    ]


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[Run] = []
        self.styles: list[str] = []
        self.address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.address = dict(attrs).get("href") or ""
        self.styles.append(TAG_STYLE.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self.address = ""
        if self.styles:
            self.styles.pop()

    def handle_data(self, data: str) -> None:
        style = next((style for style in reversed(self.styles) if style), "")
        is_link = re.match(r"https?://", self.address)
        self.runs.extend([_run(data, style, self.address)] if is_link else plain(data, style))


def telegram(text: str, parse_mode: str) -> list[Run]:
    mode = parse_mode.lower()
    if mode == "html":
        reader = _Html()
        reader.feed(text)
        reader.close()
        return reader.runs
    if mode.startswith("markdown"):
        return [run for piece in MARKDOWN.split(text) if piece for run in _markdown(piece)]
    return plain(text)


def _markdown(piece: str) -> list[Run]:
    bare = re.sub(r"\\(.)", r"\1", piece)
    if link := re.fullmatch(r"\[([^\]]+)\]\((https?://[^)]+)\)", bare):
        return [_run(link.group(1), "", link.group(2))]
    if MARKDOWN.fullmatch(piece) and piece[0] in STYLE:
        return plain(bare.strip("*_~`"), STYLE[piece[0]])
    return plain(bare)


def words_in(shown: dict[str, Any]) -> str:
    """What a drawn message says, in one line (see `screens`)."""
    cards = [card.get("header", "") for card in shown.get("cards", [])]
    words = "".join(run["t"] for run in shown.get("text", []))
    said = [shown.get("header", ""), words, *cards]
    return " ".join(" ".join(said).split())
