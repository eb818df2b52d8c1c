"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {
    "msp_id": "5f0a5c1e-7d5b-4a0e-9a58-2f6a0f0c1d11",
    "msp_secret": "YXBwbGUtbXNwLXNlY3JldC1vZi1mb3J0eS1ieXRlcy1mb3ItdGVzdHM",  # gitleaks:allow (of nobody)
    "business_id": "0d6f4c1a-3b52-4d0f-8f3e-6f0f2b9c7a10",
}
SHOPPER = "urn:mbid:AQAAY45PVG4jg/ni/q6rWSYuu9d7Ga6K22bxp0iUmPkdOwxr3yAbisjO="
TAKEN: tuple[int, Any, dict[str, str]] = (200, b"", {})  # Apple says nothing more
TAKEN_ID = "600b03be-7dcf-525e-9a61-1c182e501a75"
SAYS_NOTHING = True  # an empty answer is a yes
KNOWS_REPEATS = True  # by the id that we choose
BELOW = "message"  # what the platform puts behind our webhook's address
LINK = (
    "https://bcrw.apple.com/urn:biz:0d6f4c1a-3b52-4d0f-8f3e-6f0f2b9c7a10"
    "?biz-intent-id=blue-shirt_2026&body=Hi%20%23blue-shirt_2026"
)
PLATFORM = "apple"
MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    (400, {}, ErrorClass.BAD_REQUEST),
    (401, {}, ErrorClass.AUTH),
    (403, {}, ErrorClass.AUTH),
    (404, {}, ErrorClass.UNREACHABLE),
    (410, {}, ErrorClass.OPTED_OUT),
    (413, {}, ErrorClass.BAD_REQUEST),
    (429, {}, ErrorClass.RETRY_AFTER),
    (500, {}, ErrorClass.RETRY),
    (503, {}, ErrorClass.RETRY),
]
NEVER: dict[str, str] = {
    "200 with an error inside": "Apple's answers have no body: the status is all they say",
    "window closed": "there is no time limit once the shopper has written",
}
OTHERWISE: dict[str, ErrorClass | None] = {
    "500": ErrorClass.RETRY,  # said again under the same id, it is known there
    "taken, and half of the answer": None,  # nothing of the answer is needed
}
FAULTS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
    ({"kind": "server_error"}, ErrorClass.RETRY),
    ({"kind": "error", "params": {"code": 410}}, ErrorClass.OPTED_OUT),
    ({"kind": "error", "params": {"code": 403}}, ErrorClass.AUTH),
]
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "apple": {"text_inbound.json": [("referral", ""), ("message", "text")]},
}
