"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {
    "bot_token": "12345:telegram-bot-token",
    "secret_token": "telegram-secret-token",
    "username": "demo_shop_bot",
}
SHOPPER = "427770117"
TAKEN: tuple[int, Any, dict[str, str]] = (200, {"ok": True, "result": {"message_id": 77}}, {})
TAKEN_ID = "77"
LINK = "https://t.me/demo_shop_bot?start=blue-shirt_2026"
PLATFORM = "telegram"
MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    (403, {"error_code": 403, "description": "Forbidden: bot was blocked by the user"}, ErrorClass.OPTED_OUT),
    (401, {"error_code": 401, "description": "Unauthorized"}, ErrorClass.AUTH),
    (400, {"error_code": 400, "description": "Bad Request: chat not found"}, ErrorClass.UNREACHABLE),
    (400, {"error_code": 400, "description": "Bad Request: BUTTON_DATA_INVALID"}, ErrorClass.BAD_REQUEST),
    (200, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}, ErrorClass.UNREACHABLE),
    (502, {"ok": False, "error_code": 502, "description": "Bad Gateway"}, ErrorClass.RETRY),
    (502, {}, ErrorClass.AMBIGUOUS),
]
NEVER: dict[str, str] = {
    "window closed": "whoever pressed Start can be written to at any time",
}
FAULTS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit", "params": {"retry_after": 3}}, ErrorClass.RETRY_AFTER),
    ({"kind": "error", "params": {"code": 403}}, ErrorClass.OPTED_OUT),
    ({"kind": "error", "params": {"code": 401}}, ErrorClass.AUTH),
    ({"kind": "error_in_200"}, ErrorClass.BAD_REQUEST),
    ({"kind": "cut"}, ErrorClass.AMBIGUOUS),
]
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "telegram": {
        "callback_query_full.json": [("choice", "")],
        "editedMessage.json": [("message_edited", "")],
        "groupMessage.json": [("ignored", "")],
        "locationMessage.json": [("message", "location")],
        "photoMessage.json": [("message", "image")],
        "preCheckoutQuery.json": [("precheckout", "")],
        "start_deep_link.json": [("conversation_started", ""), ("referral", "")],
        "successful_payment.json": [("payment_update", "")],
        "textMessage.json": [("message", "text")],
        "user_blocked_bot.json": [("consent", "")],
    }
}
