"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {
    "account_sid": "AC" + "0" * 32,
    "auth_token": "twilio-auth-token",
    "from_number": "+18005551212",
    "status_callback": "https://shop.example/webhooks/sms/main/",
}
SHOPPER = "+14158675309"
TAKEN: tuple[int, Any, dict[str, str]] = (201, {"sid": "SM77", "status": "queued"}, {})
TAKEN_ID = "SM77"
LINK = "sms:+18005551212?body=Hi%20%23blue-shirt_2026"
PLATFORM = "twilio"
# The same shop with a number at Vonage.
VONAGE: dict[str, Any] = {
    "provider": "vonage",
    "api_key": "a1b2c3d4",
    "api_secret": "vonage-api-secret",
    "application_id": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    "signature_secret": "vonage-signature-secret-of-32-chars",
    "from_number": "+18005551212",
    "status_callback": "https://shop.example/webhooks/sms/main/",
}
MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    *(
        (400, {"code": code}, meaning)
        for meaning, codes in {
            ErrorClass.RETRY_AFTER: (20429,),
            ErrorClass.OPTED_OUT: (21610,),
            ErrorClass.UNREACHABLE: (30003, 30005, 30006, 21211),
            ErrorClass.AUTH: (20003,),
            ErrorClass.BAD_REQUEST: (21617, 999),
        }.items()
        for code in codes
    ),
    (401, {}, ErrorClass.AUTH),
    (500, {"code": 99999, "message": "Internal Server Error", "status": 500}, ErrorClass.RETRY),
]
NEVER: dict[str, str] = {
    "200 with an error inside": "Twilio and Vonage's Messages API say no with a status of 400 or more",
    "window closed": "a text message may be sent at any time",
}
FAULTS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
    ({"kind": "error", "params": {"code": 21610}}, ErrorClass.OPTED_OUT),
    ({"kind": "error", "params": {"code": 20003}}, ErrorClass.AUTH),
    ({"kind": "error", "params": {"code": 30005}}, ErrorClass.UNREACHABLE),
    ({"kind": "cut"}, ErrorClass.AMBIGUOUS),
]
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "twilio_sms": {
        "inbound_mms.form": [("message", "image")],
        "inbound_sms.form": [("message", "text")],
        "inbound_stop.form": [("consent", "")],
        "status_delivered.form": [("status", "")],
    },
    "vonage": {
        "sms_api_inbound.json": [("message", "text")],
        "v0_inbound_mms.json": [("message", "image")],
        "v0_inbound_sms.json": [("message", "text")],
        "v0_message_status.json": [("status", "")],
        "v1_status_whatsapp_bsuid.json": [("status", "")],
    },
}
