"""A shop chooses one colour; everything readable on and beside it follows by arithmetic (WCAG 2 contrast)."""

import re
from dataclasses import dataclass

FALLBACK = "#0f766e"
LIGHT_SURFACE = "#ffffff"
DARK_SURFACE = "#272320"
INK = "#1f1b17"
PAPER = "#ffffff"
HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")


@dataclass(frozen=True, slots=True)
class Palette:
    """CSS colours ("#rrggbb"): the accent, text on it, its darker shade, and the accent as text by day and night."""

    accent: str
    on_accent: str
    hover: str
    text_light: str
    text_dark: str
    soft_light: str
    soft_dark: str


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two "#rrggbb" colours, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_on(background: str) -> str:
    """Ink or paper, whichever reads better on this background."""
    return PAPER if contrast(PAPER, background) >= contrast(INK, background) else INK


def readable(colour: str, background: str, *, ratio: float = 4.5) -> str:
    """The colour, moved towards ink or paper just as far as text on `background` needs."""
    goal = text_on(background)
    for step in range(21):
        mixed = mix(colour, goal, step / 20)
        if contrast(mixed, background) >= ratio:
            return mixed
    return goal


def mix(first: str, second: str, share: float) -> str:
    """`share` of the second colour in the first, 0 to 1."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def is_readable_accent(accent: str) -> bool:
    """Whether a button of this colour stands out (3:1) from the page by day and carries readable text (4.5:1)."""
    return bool(HEX.match(accent)) and contrast(accent, text_on(accent)) >= 4.5 and contrast(accent, "#f6f3ee") >= 3


def palette(accent: str) -> Palette:
    """All shades that follow from a shop's accent; anything but "#rrggbb" becomes the default accent."""
    chosen = accent if HEX.match(accent) else FALLBACK
    on_accent = text_on(chosen)
    return Palette(
        accent=chosen,
        on_accent=on_accent,
        hover=mix(chosen, "#000000" if on_accent == PAPER else "#ffffff", 0.18),
        text_light=readable(chosen, mix(chosen, LIGHT_SURFACE, 0.88), ratio=5),
        text_dark=readable(chosen, mix(chosen, DARK_SURFACE, 0.8), ratio=5),
        soft_light=mix(chosen, LIGHT_SURFACE, 0.9),
        soft_dark=mix(chosen, DARK_SURFACE, 0.82),
    )


def accent_css(accent: str) -> str:
    """The accent's shades as a `:root` rule for the tokens; every value is computed here, none is anybody's text."""
    shades = palette(accent)
    return (
        f":root{{--accent:{shades.accent};--on-accent:{shades.on_accent};--accent-hover:{shades.hover};"
        f"--accent-text:light-dark({shades.text_light},{shades.text_dark});"
        f"--accent-soft:light-dark({shades.soft_light},{shades.soft_dark})}}"
    )


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = [value / 255 for value in _channels(colour)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
