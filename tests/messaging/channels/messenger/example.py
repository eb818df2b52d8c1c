"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {
    "app_secret": "messenger-app-secret",
    "verify_token": "messenger-verify-token",
    "access_token": "messenger-access-token",
    "page_id": "404217156637689",
    "app_id": "205552219930699",
    "username": "demoshop",
}
SHOPPER = "1423587017700273"
TAKEN: tuple[int, Any, dict[str, str]] = (200, {"recipient_id": "1423587017700273", "message_id": "m_77"}, {})
TAKEN_ID = "m_77"
LINK = "https://m.me/demoshop?ref=blue-shirt_2026"
PLATFORM = "messenger"
MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    (403, {"error": {"code": 10, "error_subcode": 2018300}}, ErrorClass.UNREACHABLE),
    (400, {"error": {"code": 2018300}}, ErrorClass.UNREACHABLE),
    (403, {"error": {"code": 10, "error_subcode": 2018065}}, ErrorClass.WINDOW_CLOSED),
    (403, {"error": {"code": 10, "error_subcode": 2018108}}, ErrorClass.UNREACHABLE),
    (403, {"error": {"code": 10, "error_subcode": 1893063}}, ErrorClass.POLICY),
    (403, {"error": {"code": 200, "error_subcode": 1545041}}, ErrorClass.OPTED_OUT),
    (403, {"error": {"code": 10}}, ErrorClass.AUTH),
    (400, {"error": {"code": 100, "error_subcode": 2018001}}, ErrorClass.UNREACHABLE),
    (400, {"error": {"code": 10, "error_subcode": 2018278}}, ErrorClass.WINDOW_CLOSED),
    (400, {"error": {"code": 551, "error_subcode": 1545041}}, ErrorClass.OPTED_OUT),
    (500, {"error": {"code": 1200}}, ErrorClass.RETRY),
    (400, {"error": {"code": 100}}, ErrorClass.BAD_REQUEST),
]
NEVER: dict[str, str] = {
    "200 with an error inside": "Graph says no with a status of 400 or more, and its error beside it",
}
FAULTS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
    ({"kind": "server_error"}, ErrorClass.RETRY),
    ({"kind": "error", "params": {"code": 551}}, ErrorClass.OPTED_OUT),
    ({"kind": "error", "params": {"code": 10, "subcode": 2018278}}, ErrorClass.WINDOW_CLOSED),
    ({"kind": "error", "params": {"code": 190}}, ErrorClass.AUTH),
    ({"kind": "cut"}, ErrorClass.AMBIGUOUS),
]
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "messenger": {
        "delivery.json": [("status", ""), ("status", "")],
        "echoMessage.json": [("echo", "text")],
        "imageMessage.json": [("message", "image")],
        "linkReferral.json": [("referral", "")],
        "optin.json": [("consent", ""), ("referral", "")],
        "postback.json": [("choice", "")],
        "postbackReferral.json": [("conversation_started", ""), ("referral", "")],
        "quickReplyMessage.json": [("choice", "")],
        "reactionReact.json": [("reaction", "")],
        "read.json": [("status", "")],
        "textMessage.json": [("message", "text")],
    }
}
