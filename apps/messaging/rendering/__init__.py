"""Content in, pieces of a channel out; pure."""

from .ladder import Button, File, Layout, Link, Piece, Slide, floor_text, render
from .measure import for_sms, segments, shorten, size, split
from .wording import quoting

__all__ = [
    "Button",
    "File",
    "Layout",
    "Link",
    "Piece",
    "Slide",
    "floor_text",
    "for_sms",
    "quoting",
    "render",
    "segments",
    "shorten",
    "size",
    "split",
]
