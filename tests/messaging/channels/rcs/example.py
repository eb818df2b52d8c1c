"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.gateway.keys import private_key
from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {
    "agent_id": "demoshop",
    "client_token": "rcs-client-token",
    "client_email": "shop@demo.iam.gserviceaccount.com",
    "private_key": private_key(),
    "number": "+18005551213",
}
# The same agent by the two providers.
VONAGE: dict[str, Any] = {
    "provider": "vonage",
    "agent_id": "demoshop",
    "api_key": "a1b2c3d4",
    "api_secret": "vonage-api-secret",
    "application_id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    "signature_secret": "vonage-signature-secret-of-32-chars",
    "status_callback": "https://shop.example/webhooks/rcs/main/",
}
TWILIO: dict[str, Any] = {
    "provider": "twilio",
    "agent_id": "demoshop",
    "account_sid": "AC" + "0" * 32,
    "auth_token": "twilio-auth-token",
    "status_callback": "https://shop.example/webhooks/rcs/main/",
}
SHOPPER = "+4915112345678"
NAME = "phones/+4915112345678/agentMessages/0f8fad5b-d9cb-569f-a165-70867728950e"
TAKEN: tuple[int, Any, dict[str, str]] = (200, {"name": NAME, "sendTime": "2026-10-01T12:00:00Z"}, {})
TAKEN_ID = "0f8fad5b-d9cb-569f-a165-70867728950e"
LINK = "sms:+18005551213?service_id=demoshop%40rbm.goog&body=Hi%20%23blue-shirt_2026"
PLATFORM = "rbm"
KNOWS_REPEATS = True
LENT = {"/token": {"access_token": "lent", "expires_in": 3599, "token_type": "Bearer"}}


def _refusal(code: int, status: str) -> tuple[int, Any]:
    return code, {"error": {"code": code, "message": "no", "status": status}}


MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    (*_refusal(404, "NOT_FOUND"), ErrorClass.UNREACHABLE),
    (*_refusal(400, "INVALID_ARGUMENT"), ErrorClass.BAD_REQUEST),
    (*_refusal(400, "FAILED_PRECONDITION"), ErrorClass.POLICY),
    (*_refusal(403, "PERMISSION_DENIED"), ErrorClass.AUTH),
    (*_refusal(429, "RESOURCE_EXHAUSTED"), ErrorClass.RETRY_AFTER),
    (*_refusal(503, "UNAVAILABLE"), ErrorClass.RETRY),
    (404, {}, ErrorClass.UNREACHABLE),
    (418, {}, ErrorClass.BAD_REQUEST),
]
NEVER: dict[str, str] = {
    "200 with an error inside": "Google's REST answers say no with a status of 400 or more",
    "window closed": "an agent may write at any time",
    "opted out": "UNSUBSCRIBE is an event of its own; what is sent after it is taken all the same",
}
OTHERWISE = {"500": ErrorClass.RETRY}  # said again under the same name, it is known there
FAULTS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
    ({"kind": "server_error"}, ErrorClass.RETRY),
    ({"kind": "error", "params": {"code": 404}}, ErrorClass.UNREACHABLE),
    ({"kind": "error", "params": {"code": 403}}, ErrorClass.AUTH),
    ({"kind": "error_in_200", "params": {"code": 404}}, ErrorClass.AMBIGUOUS),
    ({"kind": "cut"}, ErrorClass.AMBIGUOUS),
]
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "rbm": {
        "delivered.json": [("status", "")],
        "suggestion_response.json": [("choice", "")],
        "text.json": [("message", "text")],
        "unsubscribe.json": [("consent", "")],
        "url_verification.json": [],
        "user_file.json": [("message", "image")],
    }
}
