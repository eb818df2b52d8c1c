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
    "line": (
        "LINE",
        "line",
        {
            "channel_secret": "sandbox-line-channel-secret",
            "access_token": "sandbox-line-access-token",
            "basic_id": "@demoshop",
            "profiles": "yes",
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
    "wechat": (
        "WeChat",
        "wechat",
        {
            "token": "sandboxWeChatToken",
            "app_id": "wx8d6f2a91c05b7e34",
            "app_secret": "sandbox-wechat-app-secret",
            "encoding_aes_key": "c2FuZGJveC13ZWNoYXQtYWVzLWtleS0zMi1ieXRlcyE",
            "original_id": "gh_5a1d3c7e9b20",
        },
    ),
    "viber": (
        "Viber",
        "viber",
        {
            "auth_token": "4453b6ac12345678-e02c5f12174805f9-sandbox",
            "sender_name": "Demo Shop",
            "chat_uri": "chatshopdemo",
        },
    ),
    "qq": (
        "QQ",
        "qq",
        {"app_id": "102000000", "app_secret": "sandbox-qq-app-secret", "links": "localhost, 127.0.0.1"},
    ),
    "apple": (
        "Apple Messages",
        "apple",
        {
            "msp_id": "b7a9c2d4-0f61-4a7c-9a57-8c2f5f0a1e33",
            "msp_secret": "c2FuZGJveC1hcHBsZS1tc3Atc2VjcmV0LW9mLWZvcnR5LWJ5dGVz",
            "business_id": "3c1f0b5e-6d0d-4c0a-b5a7-1f9e4d2a7c88",
        },
    ),
    "rcs": (
        "RCS",
        "rbm",
        {
            "agent_id": "chatshop_demo",
            "client_token": "sandbox-rcs-client-token",
            "client_email": "sandbox@demo.iam.gserviceaccount.example",
            "private_key": "",  # made when the demo is seeded
            "number": "+15005550007",
        },
    ),
}
