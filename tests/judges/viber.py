"""Viber's own Python library as a judge: does it know every field of a message, and does it find nothing missing?

It knows no lengths; these are in the sandbox's rules, written from Viber's pages.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .prism import Unavailable

MESSAGES = "viberbot.api.messages"
CLASSES = {
    "text": "TextMessage",
    "picture": "PictureMessage",
    "video": "VideoMessage",
    "file": "FileMessage",
    "url": "URLMessage",
    "rich_media": "RichMediaMessage",
}
ENVELOPE = ("receiver", "sender")


def complaints(body: dict[str, Any]) -> list[str]:
    """What is wrong with this send_message call; [] if nothing. Raises `Unavailable`."""
    if find_spec("viberbot") is None:
        raise Unavailable("needs viberbot 1.0.12 (pip install viberbot==1.0.12)")
    name = CLASSES.get(str(body.get("type")))
    if name is None:
        return [f"viberbot knows no type {body.get('type')}"]
    message = getattr(import_module(MESSAGES), name)().from_dict(dict(body))
    found = [] if message.validate() else [f"{name} is not valid"]
    known = message.to_dict()
    given = {key: value for key, value in body.items() if key not in ENVELOPE}
    return [*found, *(f"{key} is not told by {name}" for key, value in given.items() if known.get(key) != value)]
