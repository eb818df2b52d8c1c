"""What QQ can be shown: words with the addresses it lets pass, and, for bots that were granted them, buttons.

bot.q.qq.com: "send.md" (addresses have to be registered), "markdown.md", "msg-btn.md".
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from apps.messaging.content import NUMBERS
from apps.messaging.rendering import shorten

ADDRESS = re.compile(r"https?://[!-~]*[A-Za-z0-9/_=&#%~+-]")  # what ends a sentence is none of it
MARKS = re.compile(r"([\\`*_{}\[\]()#+!|<>~-])")
ROWS, IN_A_ROW = 5, 5
LABELS = {1: 20, 2: 10}  # characters of a label, by how many share a row
CALLBACK, JUMP, EVERYBODY = 1, 0, 2


def hosts_of(setting: str) -> frozenset[str]:
    """The names of the setting: "shop.example, pay.example"."""
    return frozenset(name.lower() for name in re.split(r"[\s,;]+", setting) if name)


def is_registered(url: str, hosts: Iterable[str]) -> bool:
    host = (urlsplit(url).hostname or "").lower()
    return any(host == name or host.endswith("." + name) for name in hosts)


def with_addresses(words: str, hosts: frozenset[str], *, otherwise: str = "") -> str:
    """Registered addresses as they are; others without their scheme, or `otherwise` in their place."""

    def told(found: re.Match[str]) -> str:
        if is_registered(found[0], hosts):
            return found[0]
        return otherwise or found[0].partition("://")[2]

    return ADDRESS.sub(told, words)


def as_markdown(words: str) -> str:
    """The words as they are, addresses untouched: nothing in them may become a heading, a list or a link."""
    parts, place = [], 0
    for found in ADDRESS.finditer(words):
        parts += [MARKS.sub(r"\\\1", words[place : found.start()]), found[0]]
        place = found.end()
    return "".join([*parts, MARKS.sub(r"\\\1", words[place:])])


def keyboard(choices: list[list[str]], link: list[str] | None = None) -> dict[str, Any]:
    """Buttons of (label, payload); the menu in words above says them in full. The link leads out of the thread."""
    jump = [_button("link", link[0], {"type": JUMP, "data": link[1]})] if link else []
    room = ROWS - len(jump)
    in_a_row = next((count for count in range(1, IN_A_ROW + 1) if count * room >= len(choices)), IN_A_ROW)
    buttons = [
        _button(str(number), _label(label, number, in_a_row), {"type": CALLBACK, "data": payload})
        for number, (label, payload) in zip(NUMBERS, choices[: room * in_a_row], strict=False)
    ]
    rows = [buttons[start : start + in_a_row] for start in range(0, len(buttons), in_a_row)]
    return {"content": {"rows": [{"buttons": row} for row in ([jump] if jump else []) + rows]}}


def _label(label: str, number: int, in_a_row: int) -> str:
    return shorten(label, LABELS[in_a_row]) if in_a_row in LABELS else str(number)


def _button(name: str, label: str, action: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name,
        "render_data": {"label": shorten(label, 20), "visited_label": shorten(label, 20), "style": 1},
        "action": {**action, "permission": {"type": EVERYBODY}, "unsupport_tips": shorten(label, 20)},
    }
