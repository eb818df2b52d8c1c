"""A platform's call as it was written down: its body alone, or a JSON object of its headers and its body."""

import json


def recorded(content: bytes) -> tuple[dict[str, str], bytes]:
    """(headers with lower-case names, body) of `{"headers": {…}, "body": …}`; anything else is a body without headers."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}, content
    if not isinstance(found, dict) or set(found) != {"headers", "body"} or not isinstance(found["headers"], dict):
        return {}, content
    headers = {str(name).lower(): str(value) for name, value in found["headers"].items()}
    body = found["body"]
    return headers, body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
