"""An account, a shopper, and what the platform's answers mean."""

from typing import Any

from apps.messaging.channel import ErrorClass

ACCOUNT: dict[str, Any] = {
    "app_secret": "whatsapp-app-secret",
    "verify_token": "whatsapp-verify-token",
    "access_token": "whatsapp-access-token",
    "phone_number_id": "106540352242922",
    "number": "+15550783881",
}
SHOPPER = "16505551234"
TAKEN: tuple[int, Any, dict[str, str]] = (200, {"messages": [{"id": "wamid.taken"}]}, {})
TAKEN_ID = "wamid.taken"
LINK = "https://wa.me/15550783881?text=Hi%20%23blue-shirt_2026"
PLATFORM = "whatsapp"
MEANINGS: list[tuple[int, Any, ErrorClass]] = [
    *(
        (400, {"error": {"code": code}}, meaning)
        for meaning, codes in {
            ErrorClass.RETRY: (2, 131000, 131016, 133016),
            ErrorClass.RETRY_AFTER: (4, 613, 80007, 130429, 131056),
            ErrorClass.WINDOW_CLOSED: (131047,),
            ErrorClass.OPTED_OUT: (131050, 551),
            ErrorClass.UNREACHABLE: (131026, 130472, 131049),
            ErrorClass.AUTH: (190, 10, 200, 299),
            ErrorClass.POLICY: (368, 131031, 131048),
            ErrorClass.BAD_REQUEST: (131008, 131009, 131051, 132000, 132012, 999999),
        }.items()
        for code in codes
    ),
    (401, {}, ErrorClass.AUTH),
    (400, {"error": "odd"}, ErrorClass.BAD_REQUEST),
    (400, {"error": {"code": 10, "error_subcode": 2018278}}, ErrorClass.WINDOW_CLOSED),
]
NEVER: dict[str, str] = {
    "200 with an error inside": "Graph says no with a status of 400 or more, and its error beside it",
}
FAULTS: list[tuple[dict[str, Any], ErrorClass]] = [
    ({"kind": "rate_limit"}, ErrorClass.RETRY_AFTER),
    ({"kind": "error", "params": {"code": 131047}}, ErrorClass.WINDOW_CLOSED),
    ({"kind": "error", "params": {"code": 190}}, ErrorClass.AUTH),
    ({"kind": "error", "params": {"code": 131050}}, ErrorClass.OPTED_OUT),
    ({"kind": "error", "params": {"code": 131026}}, ErrorClass.UNREACHABLE),
    ({"kind": "cut"}, ErrorClass.AMBIGUOUS),
]
SAMPLES: dict[str, dict[str, list[tuple[str, str]]]] = {
    "whatsapp": {
        "bsuid_status_delivered.json": [("status", "")],
        "bsuid_username_only_text.json": [("message", "text")],
        "meta_button_message.json": [("choice", "")],
        "meta_contact_sharing_message.json": [("message", "contact")],
        "meta_group_create_message.json": [("ignored", "")],
        "meta_group_remove_participants.json": [("ignored", "")],
        "meta_group_settings_update.json": [("ignored", "")],
        "meta_image_message.json": [("message", "image")],
        "meta_interactive_button_reply_message.json": [("choice", "")],
        "meta_interactive_list_reply_message.json": [("choice", "")],
        "meta_location_message.json": [("message", "location")],
        "meta_order_message.json": [("order", "")],
        "meta_reaction_message.json": [("reaction", "")],
        "meta_system_message.json": [("identity_changed", "")],
        "meta_text_message.json": [("message", "text")],
        "meta_text_message_from_click_to_whatsapp_ad.json": [("referral", ""), ("message", "text")],
        "meta_text_message_with_context_product_inquiry.json": [("message", "text")],
        "meta_unsupported_message.json": [("message", "unsupported")],
    }
}
