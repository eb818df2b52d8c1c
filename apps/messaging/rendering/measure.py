"""How long a text is for a platform, and where it may be cut."""

import re
import unicodedata
from collections.abc import Callable

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("^{}\\[~]|€\f")  # two septets each
# What a phone's 7-bit alphabet lacks but has an honest twin for.
GSM_TWINS = str.maketrans(
    {
        "…": "...", "–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "×": "x", "·": "-",
        "•": "-", "\u00a0": " ", "\u202f": " ", "\u2011": "-", "✓": "+", "○": "-", "→": "->",
    }
)  # fmt: skip
SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})

PARAGRAPH = re.compile(r"\n{2,}")
LINE = re.compile(r"\n+")
SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？；])")
WORD = re.compile(r"\s+")
LINK = re.compile(r"https?://[!-~]+")
BREAKS = (PARAGRAPH, LINE, SENTENCE, WORD)

Fits = Callable[[str], bool]


def size(text: str, unit: str = "chars") -> int:
    """Its length as platforms count: bytes of UTF-8, or UTF-16 units, so that an emoji is never undercounted."""
    if unit == "bytes":
        return len(text.encode("utf-8"))
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def is_gsm(text: str) -> bool:
    return all(char in GSM_BASIC or char in GSM_EXTENDED for char in text)


def for_sms(text: str) -> str:
    """The same words in the cheaper alphabet where only typography stands in the way."""
    plain = text.translate(GSM_TWINS)
    return plain if is_gsm(plain) else text.translate(SPACES)


def segments(text: str) -> int:
    """How many SMS segments carry this text: 160 or 153 septets each, 70 or 67 units where it needs UCS-2."""
    if is_gsm(text):
        costs, single, joined = [2 if char in GSM_EXTENDED else 1 for char in text], 160, 153
    else:
        costs, single, joined = [2 if ord(char) > 0xFFFF else 1 for char in text], 70, 67
    if sum(costs) <= single:
        return 1
    count, room = 1, joined
    for cost in costs:  # neither an escape pair nor a surrogate pair may be torn apart
        if cost > room:
            count, room = count + 1, joined
        room -= cost
    return count


def shorten(label: str, limit: int) -> str:
    """The label within `limit` units, cut at a word boundary with "…" where it must be cut."""
    label = " ".join(label.split())
    if size(label) <= limit:
        return label
    kept = _longest_prefix(label, lambda part: size(part) < limit)
    head = label[:kept]
    space = head.rfind(" ")
    if not label[kept].isspace() and space > kept // 3:
        head = head[:space]
    return head.rstrip(" ,;:·-–—(/") + "…"


def split(text: str, fits: Fits) -> list[str]:
    """The text in parts that fit, in order, cut at the largest natural break; a link is never cut if it fits alone."""
    parts = []
    text = text.strip()
    while text:
        if fits(text):
            parts.append(text)
            break
        cut = _cut(text, _longest_prefix(text, fits))
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [part for part in parts if part]


def split_tail(text: str, fits_tail: Fits) -> tuple[str, str]:
    """(head, tail): the longest tail that fits and starts at a natural break; head "" if everything fits."""
    text = text.strip()
    if fits_tail(text):
        return "", text
    for pattern in BREAKS:
        for match in pattern.finditer(text):
            if text[match.end() :].strip() and fits_tail(text[match.end() :]):
                return text[: match.start()].rstrip(), text[match.end() :].lstrip()
    parts = split(text, fits_tail)
    return "".join(parts[:-1]), parts[-1]


def _longest_prefix(text: str, fits: Fits) -> int:
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(text[:middle]):
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: str, room: int) -> int:
    for pattern in BREAKS:
        ends = [match.end() for match in pattern.finditer(text[: room + 1]) if match.start() <= room]
        useful = [end for end in ends if end >= room // 3 and text[:end].strip()]
        if useful:
            return useful[-1]
    anywhere = [match.end() for match in WORD.finditer(text[: room + 1]) if text[: match.end()].strip()]
    return anywhere[-1] if anywhere else _inside_word(text, room)


def _inside_word(text: str, room: int) -> int:
    """A cut where there is no space: before a link rather than in it, and never inside a composed letter."""
    for match in LINK.finditer(text):
        if 0 < match.start() < room < match.end():
            return match.start()
    cut = room
    while cut > 1 and (unicodedata.combining(text[cut]) or text[cut] in "\u200d\ufe0f" or text[cut - 1] == "\u200d"):
        cut -= 1
    return cut
