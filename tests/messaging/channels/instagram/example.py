"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {
    "app_secret": "instagram-app-secret",
    "verify_token": "instagram-verify-token",
    "access_token": "instagram-access-token",
    "instagram_id": "17841405822304914",
    "page_id": "404217156637690",
    "app_id": "205552219930699",
    "username": "demoshop",
}
SHOPPER = "1254477777772919"
TAKEN: tuple[int, Any, dict[str, str]] = (200, {"recipient_id": SHOPPER, "message_id": "aWdfZAG1f77"}, {})
TAKEN_ID = "aWdfZAG1f77"
LINK = "https://ig.me/m/demoshop?ref=blue-shirt_2026"
PLATFORM = "instagram"
MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    (400, {"error": {"code": 100, "error_subcode": 2534037}}, ErrorClass.UNREACHABLE),
    (403, {"error": {"code": 10, "error_subcode": 2534022}}, ErrorClass.WINDOW_CLOSED),
    (400, {"error": {"code": 100, "error_subcode": 2534014}}, ErrorClass.UNREACHABLE),
    (400, {"error": {"code": 551, "error_subcode": 1545041}}, ErrorClass.OPTED_OUT),
    (429, {"error": {"code": 80002}}, ErrorClass.RETRY_AFTER),
    (403, {"error": {"code": 10}}, ErrorClass.AUTH),
    (401, {"error": {"code": 190}}, ErrorClass.AUTH),
    (500, {"error": {"code": -1}}, ErrorClass.RETRY),
    (400, {"error": {"code": 100}}, ErrorClass.BAD_REQUEST),
]
NEVER: dict[str, str] = {
    "200 with an error inside": "Graph says no with a status of 400 or more, and its error beside it",
}
FAULTS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
    ({"kind": "server_error"}, ErrorClass.RETRY),
    ({"kind": "error", "params": {"code": 551}}, ErrorClass.OPTED_OUT),
    ({"kind": "error", "params": {"code": 10, "subcode": 2534022}}, ErrorClass.WINDOW_CLOSED),
    ({"kind": "error", "params": {"code": 190}}, ErrorClass.AUTH),
    ({"kind": "cut"}, ErrorClass.AMBIGUOUS),
    ({"kind": "error_in_200"}, ErrorClass.AMBIGUOUS),
]
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "instagram": {
        "quick_reply.json": [("choice", "")],
        "seen.json": [("status", "")],
        "share_attachment.json": [("message", "link")],
        "story_reply.json": [("message", "text"), ("referral", "")],
        "text.json": [("message", "text")],
    }
}
