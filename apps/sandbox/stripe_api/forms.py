"""Stripe's form encoding: `line_items[0][price_data][currency]=eur` and back into nested values."""

import hashlib
import re
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from .errors import invalid


def decode(raw: bytes | str) -> dict[str, Any]:
    """Nested dicts and lists of strings. Raises `Refused` where a name is used both plainly and with brackets."""
    text = raw.decode(errors="replace") if isinstance(raw, bytes) else raw
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        keys = [re.split(r"\[", name, maxsplit=1)[0], *re.findall(r"\[([^\]]*)\]", name)]
        node = tree
        for place, key in enumerate(keys):
            key = str(len(node)) if key == "" else key
            if place == len(keys) - 1:
                node[key] = value
            else:
                node = node.setdefault(key, {})
                if not isinstance(node, dict):
                    raise invalid(f"Invalid parameter: {name}", param=name)
    return {key: _lists(value) for key, value in tree.items()}


def decode_upload(raw: bytes, content_type: str) -> dict[str, Any]:
    """The parts of a multipart body by name; a file is {"filename", "size", "type", "sha256"}."""
    found: dict[str, Any] = {}
    whole: Any = message_from_bytes(b"content-type: " + content_type.encode() + b"\r\n\r\n" + raw, policy=HTTP)
    for part in whole.iter_parts():
        content = part.get_payload(decode=True) or b""
        name, filename = part.get_param("name", header="content-disposition"), part.get_filename()
        digest = hashlib.sha256(content).hexdigest()
        kind = "pdf" if content.startswith(b"%PDF-") else "unknown"
        found[str(name)] = (
            {"filename": filename, "size": len(content), "type": kind, "sha256": digest}
            if filename
            else content.decode(errors="replace")
        )
    return found


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(inner) for key, inner in value.items()}
