"""Content in, pieces of a channel out; pure."""

from .ladder import Button, File, Layout, Link, Piece, Slide, floor_text, render
from .measure import for_sms, segments, shorten, size, split

__all__ = [
    "Button",
    "File",
    "Layout",
    "Link",
    "Piece",
    "Slide",
    "floor_text",
    "for_sms",
    "render",
    "segments",
    "shorten",
    "size",
    "split",
]
