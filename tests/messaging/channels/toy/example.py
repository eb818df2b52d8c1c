"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {"secret": "a-piece-of-string"}
SHOPPER = "ana"
TAKEN: tuple[int, Any, dict[str, str]] = (200, {"heard": "t-77"}, {})
TAKEN_ID = "t-77"
LINK = ""
MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    (400, {"no": "left"}, ErrorClass.OPTED_OUT),
    (400, {"no": "stranger"}, ErrorClass.UNREACHABLE),
    (200, {"no": "stranger"}, ErrorClass.UNREACHABLE),
    (403, {"no": "key"}, ErrorClass.AUTH),
    (400, {}, ErrorClass.BAD_REQUEST),
]
NEVER = {"window closed": "the string hangs there day and night"}
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {}
