"""Which parameters Stripe knows, read from the TypedDicts of its own Python library."""

import importlib
import re
from functools import cache
from types import ModuleType
from typing import Any

from .errors import invalid

# What the library takes beside the parameters themselves; none of it travels as a parameter.
OPTIONS = frozenset(
    ("api_key", "stripe_version", "stripe_account", "stripe_context", "max_network_retries", "idempotency_key", "content_type", "headers")
)  # fmt: skip
FREE_FORM = frozenset({"metadata", "file"})


@cache
def _module(name: str) -> ModuleType:
    return importlib.import_module(f"stripe.params.{name}")


def check(values: dict[str, Any], *, module: str, model: str) -> None:
    """Raises `Refused` for a name, a nested name, a missing required name or a value outside its list."""
    found = _module(module)
    _check(values, found, getattr(found, model), "")


def _check(values: dict[str, Any], module: ModuleType, model: Any, prefix: str) -> None:
    known = {name: note for name, note in model.__annotations__.items() if prefix or name not in OPTIONS}
    for name, value in values.items():
        full = f"{prefix}[{name}]" if prefix else name
        if name not in known:
            raise invalid(f"Received unknown parameter: {full}", param=full, code="parameter_unknown")
        if name not in FREE_FORM:
            _check_value(value, module, str(known[name]), full)
    for name in getattr(model, "__required_keys__", ()):
        full = f"{prefix}[{name}]" if prefix else name
        if name in known and name not in values:
            raise invalid(f"Missing required param: {full}.", param=full, code="parameter_missing")


def _check_value(value: Any, module: ModuleType, note: str, full: str) -> None:
    nested = next(
        (name for name in re.findall(r"\b[A-Z]\w+\b", note) if "Params" in name and hasattr(module, name)), ""
    )
    if nested:
        if isinstance(value, dict):
            _check(value, module, getattr(module, nested), full)
        elif isinstance(value, list):
            for place, item in enumerate(value):
                _check_value(item, module, note, f"{full}[{place}]")
        elif value != "" and "str" not in note:
            raise invalid(f"Invalid {'array' if 'List' in note or 'list' in note else 'object'}", param=full)
        return
    if isinstance(value, dict | list):
        if isinstance(value, list) and re.search(r"list\[", note, re.IGNORECASE):
            return
        if isinstance(value, dict) and re.search(r"dict\[", note, re.IGNORECASE):
            return
        raise invalid(f"Invalid string: {value}", param=full)
    if re.search(r"(?<!\w)bool(?!\w)", note) and str(value).lower() in ("true", "false"):
        return
    if allowed := re.search(r"Literal\[(.*?)\]", note):
        words = re.findall(r"['\"]([^'\"]+)['\"]", allowed.group(1))
        if words and value not in words:
            raise invalid(f"Invalid {full}: must be one of {', '.join(words[:-1])}, or {words[-1]}", param=full)
    if re.search(r"(?<!\w)int(?!\w)", note) and "str" not in note and not re.fullmatch(r"-?\d+", str(value)):
        raise invalid(f"Invalid integer: {value}", param=full, code="parameter_invalid_integer")
    if re.search(r"(?<!\w)bool(?!\w)", note):
        raise invalid(f"Invalid boolean: {value}", param=full)
