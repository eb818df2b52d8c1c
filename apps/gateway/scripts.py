"""The web chat's script: small modules on disk, one file on the wire."""

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path

from django.conf import settings

# Order matters: each file may use what stands before it.
MODULES = (
    "shared/dom.js",
    "shared/links.js",
    "shared/files.js",
    "shared/quote.js",
    "shared/socket.js",
    "chat/store.js",
    "chat/contents.js",
    "chat/thread.js",
    "chat/attach.js",
    "chat/composer.js",
    "chat/app.js",
)
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)


class Script:
    """Bytes as sent, plain and gzipped, with a name that changes when they do."""

    def __init__(self, text: str) -> None:
        self.body = text.encode()
        self.zipped = gzip.compress(self.body, 9, mtime=0)
        self.version = hashlib.sha256(self.body).hexdigest()[:12]


def _static(path: str) -> Path:
    return Path(settings.BASE_DIR) / "static" / path


def bundle() -> str:
    """The modules joined in one scope; their names are unique across files."""
    parts = [_COMMENT.sub("", _static(f"js/{name}").read_text("utf-8")) for name in MODULES]
    joined = "".join(_EXPORT.sub("", _IMPORT.sub("", part)) for part in parts)
    return f'"use strict";(()=>{{\n{joined}}})();\n'


@cache
def chat_script() -> Script:
    return Script(bundle())


@cache
def widget_script() -> Script:
    return Script(_static("widget.js").read_text("utf-8"))


@cache
def tokens_css() -> str:
    """The design tokens, laid into the page itself so that they cost no request."""
    text = re.sub(r"/\*.*?\*/", "", _static("css/tokens.css").read_text("utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "", text)


@cache
def chat_css() -> Script:
    return Script(_static("css/base.css").read_text("utf-8") + _static("css/chat.css").read_text("utf-8"))
