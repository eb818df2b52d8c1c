"""The demo's channel accounts: title, which platform of the sandbox plays the other side, and the secrets both know."""

from typing import Any

CHANNELS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "webchat": ("Web chat", "", {}),
    "whatsapp": (
        "WhatsApp",
        "whatsapp",
        {
            "access_token": "sandbox-whatsapp-access-token",
            "app_secret": "sandbox-whatsapp-app-secret",
            "verify_token": "sandbox-whatsapp-verify-token",
            "phone_number_id": "106540352242922",
            "business_account_id": "102290129340398",
            "number": "15550783881",
        },
    ),
    "messenger": (
        "Messenger",
        "messenger",
        {
            "access_token": "sandbox-messenger-access-token",
            "app_secret": "sandbox-messenger-app-secret",
            "verify_token": "sandbox-messenger-verify-token",
            "page_id": "404217156637689",
            "app_id": "205552219930699",
            "username": "demoshop",
        },
    ),
    "instagram": (
        "Instagram",
        "instagram",
        {
            "access_token": "sandbox-instagram-access-token",
            "app_secret": "sandbox-instagram-app-secret",
            "verify_token": "sandbox-instagram-verify-token",
            "instagram_id": "17841405822304914",
            "page_id": "404217156637690",
            "app_id": "205552219930699",
            "username": "demoshop",
        },
    ),
    "telegram": (
        "Telegram",
        "telegram",
        {
            "bot_token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsandbox",
            "secret_token": "sandbox-telegram-secret",
            "username": "chatshop_demo_bot",
            "provider_token": "284685063:TEST:sandbox-telegram-provider",
        },
    ),
    "sms": (
        "SMS",
        "twilio",
        {
            "provider": "twilio",
            "account_sid": "AC5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
            "auth_token": "sandbox-twilio-auth-token",
            "from_number": "+15005550006",
        },
    ),
}
