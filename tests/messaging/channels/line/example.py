"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {
    "channel_secret": "line-channel-secret",
    "access_token": "line-access-token",
    "basic_id": "@demoshop",
}
SHOPPER = "U206d25c2ea6bd87c17655609a1c37cb8"
TAKEN: tuple[int, Any, dict[str, str]] = (
    200,
    {"sentMessages": [{"id": "461230966842064897", "quoteToken": "IStG5h1Tz7b"}]},
    {},
)
TAKEN_ID = "461230966842064897"
LINK = "https://line.me/R/oaMessage/%40demoshop/?Hi%20%23blue-shirt_2026"
PLATFORM = "line"
INVALID = "The property, 'to', in the request body is invalid (line: -, column: -)"
MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    (400, {"message": "The request body has 1 error(s)", "details": [{"message": "May not be empty"}]}, ErrorClass.BAD_REQUEST),
    (400, {"message": INVALID}, ErrorClass.UNREACHABLE),
    (400, {"message": "Failed to send messages"}, ErrorClass.UNREACHABLE),
    (401, {"message": "Authentication failed. Confirm that the access token is valid."}, ErrorClass.AUTH),
    (403, {"message": "Access to this API is not available for your account"}, ErrorClass.AUTH),
    (413, {"message": "Payload Too Large"}, ErrorClass.BAD_REQUEST),
    (429, {"message": "The API rate limit has been exceeded. Try again later."}, ErrorClass.RETRY_AFTER),
    (429, {"message": "You have reached your monthly limit."}, ErrorClass.POLICY),
    (500, {"message": "Internal server error"}, ErrorClass.RETRY),
]  # fmt: skip
NEVER: dict[str, str] = {
    "200 with an error inside": "LINE says no with a status of 400 or more",
    "window closed": "friends can be pushed to at any time",
    "opted out": "a push to whoever blocked the account is taken, and nothing tells",
}
ASKS_AGAIN = ("500", "503")  # at once, with the reply token: it is good for one message only
FAULTS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
    ({"kind": "rate_limit", "params": {"retry_after": 7}}, ErrorClass.RETRY_AFTER),
    ({"kind": "server_error", "params": {"status": 503}}, ErrorClass.RETRY),
    ({"kind": "error", "params": {"status": 401}}, ErrorClass.AUTH),
    ({"kind": "error", "params": {"status": 429}}, ErrorClass.POLICY),
    ({"kind": "error_in_200"}, ErrorClass.AMBIGUOUS),
    ({"kind": "cut"}, ErrorClass.AMBIGUOUS),
]
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "line": {
        "batch_all_28_events.json": [
            ("message", "text"), ("ignored", ""), ("message", "video"), ("message", "audio"), ("message", "location"),
            ("message", "sticker"), ("conversation_started", ""), ("consent", ""), ("ignored", ""), ("ignored", ""),
            ("choice", ""), ("ignored", ""), ("ignored", ""), ("account_linked", ""), ("ignored", ""), ("ignored", ""),
            ("choice", ""), ("choice", ""), ("choice", ""), ("ignored", ""), ("ignored", ""), ("message", "file"),
            ("ignored", ""), ("ignored", ""), ("message", "image"), ("ignored", ""), ("message_edited", ""), ("ignored", ""),
        ],
        "follow.json": [("conversation_started", "")],
        "image.json": [("ignored", "")],  # of a room of several people
        "postback.json": [("choice", "")],
        "redelivery.json": [("message", "text")],
        "text.json": [("message", "text")],
        "unfollow.json": [("consent", "")],
        "unknown_type.json": [("ignored", "")],
    }
}  # fmt: skip
