"""Telegram signs nothing: it repeats the secret word that setWebhook was given."""

from typing import Any

from apps.messaging.channel import WebhookRequest

HEADER = "x-telegram-bot-api-secret-token"
SECRET = "secret_token"
IS_OVER_BODY = False


def signed(body: bytes, config: dict[str, Any]) -> WebhookRequest:
    return WebhookRequest("POST", "https://shop.example/webhooks/telegram/main/", {HEADER: config[SECRET]}, {}, body)
