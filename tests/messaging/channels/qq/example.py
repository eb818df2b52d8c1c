"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {
    "app_id": "102005927",
    "app_secret": "naOC0ocQE3shWLAfffVLB1rhYPG7",
    "links": "shop.example, carrier.example",
}
SHOPPER = "E4F4AEA33253A2797FB897C50B81D7ED"
HANDLE = "ROBOT1.0_.b6nx.CVryAO0nR58RXuU6SC.m92gc19j02qKqdm8ek!"
LENT = {"/app/getAppAccessToken": {"access_token": "qq-lent-token", "expires_in": "7200"}}
TAKEN: tuple[int, Any, dict[str, str]] = (200, {"id": "ROBOT1.0_answer!", "timestamp": 1699240365}, {})
TAKEN_ID = "ROBOT1.0_answer!"
LINK = ""
PLATFORM = "qq"
KNOWS_REPEATS = True
MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    (401, {"code": 11243, "message": "ErrorCheckTokenNotPass"}, ErrorClass.AUTH),
    (400, {"code": 11252, "message": "ErrorCheckAppPrivilegeFailed"}, ErrorClass.RETRY),
    (400, {"code": 11263, "message": "ErrorCheckGuildAuth"}, ErrorClass.RETRY),
    (400, {"code": 11242, "message": "ErrorCheckTokenFailed"}, ErrorClass.RETRY),
    (400, {"code": 22009, "message": "msg limit exceed"}, ErrorClass.RETRY_AFTER),
    (400, {"code": 304003, "message": "URL_NOT_ALLOWED"}, ErrorClass.POLICY),
    (400, {"code": 304027, "message": "MSG_EXPIRE"}, ErrorClass.WINDOW_CLOSED),
    (400, {"code": 40034128, "err_code": 40034128}, ErrorClass.WINDOW_CLOSED),
    (400, {"code": 40034102, "err_code": 40034102}, ErrorClass.WINDOW_CLOSED),
    (400, {"code": 304037, "message": "no buttons"}, ErrorClass.BAD_REQUEST),
    (400, {"code": 40054004, "err_code": 40054004}, ErrorClass.OPTED_OUT),
    (400, {"code": 11265, "message": "ErrorRobotHasBaned"}, ErrorClass.AUTH),
    (200, {"code": 50006, "message": "CannotSendEmptyMessage"}, ErrorClass.BAD_REQUEST),
    (504, {}, ErrorClass.RETRY),
]
NEVER: dict[str, str] = {}
OTHERWISE = {"500": ErrorClass.RETRY}  # said again under the same name, it is known there
ASKS_AGAIN = ("revoked token",)  # at once: the token was only lent, and another is lent for the same secret
FAULTS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
    ({"kind": "rate_limit", "params": {"retry_after": 3}}, ErrorClass.RETRY_AFTER),
    ({"kind": "server_error"}, ErrorClass.RETRY),
    ({"kind": "error", "params": {"code": 40054004}}, ErrorClass.OPTED_OUT),
    ({"kind": "error", "params": {"code": 40034128}}, ErrorClass.WINDOW_CLOSED),
    ({"kind": "error", "params": {"code": 304003}}, ErrorClass.POLICY),
    ({"kind": "error", "params": {"code": 11265}}, ErrorClass.AUTH),
    ({"kind": "error_in_200"}, ErrorClass.BAD_REQUEST),
    ({"kind": "cut"}, ErrorClass.AMBIGUOUS),
]
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "qq": {
        "c2c_message_text.json": [("message", "text")],
        "group_at_message.json": [("ignored", "")],
        "interaction_button.json": [("choice", "")],
        "url_validation.json": [],
    }
}
