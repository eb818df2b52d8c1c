"""Codes that are worth money: made, found in what people write, and known by a fingerprint that gives nothing away.

Five groups of five from an alphabet without look-alikes: 125 random bits, so a plain hash cannot be guessed back.
"""

import hashlib
import re
import secrets
import unicodedata
from itertools import pairwise

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, SIZE = 5, 5
SHOWN = 4  # the last symbols, by which people tell their cards apart
_SYMBOL = "[0-9A-Za-z０-９Ａ-Ｚａ-ｚ]"
_GROUP = re.compile(_SYMBOL + "{5}")
# Groups with something between them, or all in one; a longer token is somebody's address, not a code.
_RUN = re.compile(
    rf"(?<!{_SYMBOL})(?:{_SYMBOL}{{5}}(?:[\s\-–—_.·]{{1,3}}{_SYMBOL}{{5}}(?!{_SYMBOL})){{4,20}}|{_SYMBOL}{{25}}(?!{_SYMBOL}))"
)
_MISREAD = str.maketrans("OILU", "011V")
_LEAST = 3  # digits, and letters: five words of five letters are no code, nor is a long number


def new_code() -> str:
    """A fresh one, written in groups; to be told once and kept nowhere."""
    while True:
        symbols = "".join(secrets.choice(ALPHABET) for _ in range(GROUPS * SIZE))
        if _is_mixed(symbols):
            return "-".join(symbols[at : at + SIZE] for at in range(0, len(symbols), SIZE))


def is_code(text: str) -> bool:
    """Whether a shopper who writes this is understood: as many symbols of ours as a code has, letters and digits."""
    symbols = tidy(text)
    return len(symbols) == GROUPS * SIZE and set(symbols) <= set(ALPHABET) and _is_mixed(symbols)


def fingerprint(code: str) -> str:
    """What a code is known by, however it was typed: case, groups and look-alikes do not matter."""
    return hashlib.sha256(tidy(code).encode()).hexdigest()


def ending(code: str) -> str:
    """The part that may be shown."""
    return tidy(code)[-SHOWN:]


def tidy(code: str) -> str:
    """The bare symbols as we write them."""
    plain = unicodedata.normalize("NFKC", code).upper()
    return "".join(char for char in plain if char.isalnum()).translate(_MISREAD)


def hide_codes(text: str) -> tuple[str, list[dict[str, str]]]:
    """The text with every code cut to its ending, and what the codes are known by: `[{"ends", "token"}]`."""
    found: list[dict[str, str]] = []

    def hidden(match: re.Match[str]) -> str:
        return _hide(match[0], found)

    return (_RUN.sub(hidden, text), found) if len(text) >= GROUPS * SIZE else (text, found)


def _hide(run: str, found: list[dict[str, str]]) -> str:
    """Words of five letters may stand beside a code: it is where the dashes are, else where the digits are."""
    groups = list(_GROUP.finditer(run))
    windows = [groups[at : at + GROUPS] for at in range(len(groups) - GROUPS + 1)]
    mixed = [window for window in windows if _is_mixed(_symbols(window))]
    if not mixed:
        return run
    code = max(mixed, key=lambda window: (_is_dashed(run, window), sum(map(str.isdigit, _symbols(window)))))
    before = _hide(run[: code[0].start()], found)
    found.append({"ends": _symbols(code)[-SHOWN:], "token": fingerprint(_symbols(code))})
    return f"{before}•••• {_symbols(code)[-SHOWN:]}{_hide(run[code[-1].end() :], found)}"


def _is_dashed(run: str, window: list[re.Match[str]]) -> bool:
    return all("-" in run[one.end() : two.start()] for one, two in pairwise(window))


def _symbols(window: list[re.Match[str]]) -> str:
    return tidy("".join(group[0] for group in window))


def _is_mixed(symbols: str) -> bool:
    digits = sum(char.isdigit() for char in symbols)
    return _LEAST <= digits <= len(symbols) - _LEAST
