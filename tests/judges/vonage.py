"""Would Vonage take it? Its own SDK's models (vonage-messages) read each call; what they drop or refuse is a complaint."""

import importlib
import os
from typing import Any

import pytest

MODELS = {
    ("sms", "text"): "Sms",
    ("mms", "image"): "MmsImage",
    ("rcs", "text"): "RcsText",
    ("rcs", "image"): "RcsImage",
    ("rcs", "video"): "RcsVideo",
    ("rcs", "file"): "RcsFile",
    ("rcs", "card"): "RcsCardMessage",
    ("rcs", "carousel"): "RcsCarouselMessage",
    ("rcs", "custom"): "RcsCustom",
}
AS_FIELD = {"from": "from_", "type": "type_"}


class Unavailable(Exception):
    """The SDK is not installed."""


def judged(call: dict[str, Any]) -> list[str]:
    """`complaints` for a test: without the SDK it is skipped, or fails where STRICT=1."""
    try:
        return complaints(call)
    except Unavailable as missing:
        if os.environ.get("STRICT") == "1":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(f"NOT JUDGED: {missing}")


def complaints(call: dict[str, Any]) -> list[str]:
    """What is wrong with this body of POST /v1/messages; [] for nothing. Raises `Unavailable`."""
    try:
        models = importlib.import_module("vonage_messages.models")
    except ImportError as error:
        raise Unavailable("vonage-messages is not installed (it is in the development lock)") from error
    name = MODELS.get((str(call.get("channel")), str(call.get("message_type"))))
    if name is None:
        return [f"no message of type {call.get('message_type')!r} on {call.get('channel')!r}"]
    try:
        read = getattr(models, name).model_validate(_with_field_names(call))
    except ValueError as error:
        return str(error).splitlines()
    written = read.model_dump(by_alias=True, exclude_none=True, mode="json")
    return [] if written == call else [f"it would be sent as {written}"]


def _with_field_names(value: Any) -> Any:
    """The models read `from` and `type` only under the names they have in Python."""
    if isinstance(value, dict):
        return {AS_FIELD.get(key, key): _with_field_names(item) for key, item in value.items()}
    return [_with_field_names(item) for item in value] if isinstance(value, list) else value
