"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {
    "token": "wechatToken1",
    "app_id": "wx2c2769f8efd9abc2",
    "app_secret": "wechat-app-secret",
    "original_id": "gh_7f083739789a",
}
AES_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"  # with it the account is in safe mode
SHOPPER = "oIHn4sq2k0rG1wZ7dQXb1pJq9xYc"
LENT = {"/cgi-bin/stable_token": {"access_token": "76_lentToken", "expires_in": 7200}}
TAKEN: tuple[int, Any, dict[str, str]] = (200, {"errcode": 0, "errmsg": "ok", "msgid": 77}, {})
TAKEN_ID = "77"
LINK = ""
PLATFORM = "wechat"
MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    (200, {"errcode": code, "errmsg": "…"}, meaning)
    for meaning, codes in {
        ErrorClass.RETRY: (-1,),
        ErrorClass.RETRY_AFTER: (45009, 45011),
        ErrorClass.WINDOW_CLOSED: (45015, 45047, 43101),
        ErrorClass.OPTED_OUT: (43004, 43019, 48002, 50005),
        ErrorClass.UNREACHABLE: (40003,),
        ErrorClass.AUTH: (40001, 40014, 42001, 40013, 40164, 48001),
        ErrorClass.POLICY: (40200, 48004, 87014),
        ErrorClass.BAD_REQUEST: (40007, 40008, 45002, 45008, 47001, 47003, 99999),
    }.items()
    for code in codes
] + [(500, {"errcode": -1, "errmsg": "system error"}, ErrorClass.RETRY)]
NEVER: dict[str, str] = {}
ASKS_AGAIN = ("revoked token",)  # at once: the token was only lent, and another is lent for the same secret
FAULTS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
    ({"kind": "server_error"}, ErrorClass.RETRY),
    ({"kind": "error", "params": {"code": 43004}}, ErrorClass.OPTED_OUT),
    ({"kind": "error_in_200", "params": {"code": 45015}}, ErrorClass.WINDOW_CLOSED),
    ({"kind": "error", "params": {"code": 48001}}, ErrorClass.AUTH),
    ({"kind": "cut"}, ErrorClass.AMBIGUOUS),
]
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "wechat": {
        "image.xml": [("message", "image")],
        "location.xml": [("message", "location")],
        "menu_click.xml": [("choice", "")],
        "scan.xml": [("referral", "")],
        "subscribe.xml": [("conversation_started", ""), ("consent", "")],
        "subscribe_scan.xml": [("conversation_started", ""), ("referral", ""), ("consent", "")],
        "text.xml": [("message", "text")],
        "unknown.xml": [("ignored", "")],
        "unsubscribe.xml": [("consent", "")],
    }
}
