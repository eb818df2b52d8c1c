"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {
    "auth_token": "4453b6ac12345678-e02c5f12174805f9-daf4bdd8d5d27a57",
    "sender_name": "Demo Shop",
    "chat_uri": "demoshop",
}
SHOPPER = "K917PBuvPZmhKfb8Vw3b2Q=="
TAKEN: tuple[int, Any, dict[str, str]] = (
    200,
    {"status": 0, "status_message": "ok", "message_token": 5741311803571721087, "chat_hostname": "SN-CHAT-05_"},
    {},
)
TAKEN_ID = "5741311803571721087"
LINK = "viber://pa?chatURI=demoshop&context=blue-shirt_2026"
PLATFORM = "viber"
MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    (200, {"status": 2, "status_message": "invalidAuthToken"}, ErrorClass.AUTH),
    (200, {"status": 3, "status_message": "badData"}, ErrorClass.BAD_REQUEST),
    (200, {"status": 4, "status_message": "missingData"}, ErrorClass.BAD_REQUEST),
    (200, {"status": 5, "status_message": "receiverNotRegistered"}, ErrorClass.UNREACHABLE),
    (200, {"status": 6, "status_message": "receiverNotSubscribed"}, ErrorClass.OPTED_OUT),
    (200, {"status": 9, "status_message": "publicAccountSuspended"}, ErrorClass.AUTH),
    (200, {"status": 11, "status_message": "receiverNoSuitableDevice"}, ErrorClass.UNREACHABLE),
    (200, {"status": 12, "status_message": "tooManyRequests"}, ErrorClass.RETRY_AFTER),
    (200, {"status": 14, "status_message": "incompatibleWithVersion"}, ErrorClass.BAD_REQUEST),
    (200, {"status": 21, "status_message": "unsupportedCountry"}, ErrorClass.POLICY),
    (200, {"status": 24, "status_message": "noBalance"}, ErrorClass.POLICY),
    (200, {"status": 100, "status_message": "generalError"}, ErrorClass.RETRY),
    (500, {"status": 3, "status_message": "badData"}, ErrorClass.RETRY),
]
NEVER: dict[str, str] = {
    "window closed": "subscribers can be written to at any time",
}
FAULTS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
    ({"kind": "rate_limit", "params": {"retry_after": 3}}, ErrorClass.RETRY_AFTER),
    ({"kind": "server_error"}, ErrorClass.RETRY),
    ({"kind": "error", "params": {"code": 6}}, ErrorClass.OPTED_OUT),
    ({"kind": "error", "params": {"code": 2}}, ErrorClass.AUTH),
    ({"kind": "error_in_200"}, ErrorClass.BAD_REQUEST),
    ({"kind": "cut"}, ErrorClass.AMBIGUOUS),
]
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "viber": {
        "conversation_started.json": [("conversation_started", ""), ("referral", "")],
        "delivered.json": [("status", "")],
        "failed.json": [("status", "")],
        "picture_message.json": [("message", "image")],
        "subscribed.json": [("consent", "")],
        "text_message.json": [("message", "text")],
        "unsubscribed.json": [("consent", "")],
        "webhook_check.json": [],
    }
}
