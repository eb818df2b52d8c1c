"""What a merchant does to connect a number, by who carries it."""

from django.utils.translation import gettext_lazy as _

from apps.messaging.guides import Guide

TRY = _("Come back and press “Check now”, then text the number from your own phone.")
REGISTER = _("In the US, register the number for A2P 10DLC first; without that carriers drop what you send.")

TWILIO = Guide(
    label="Twilio",
    desk="https://console.twilio.com/",
    asked=("provider", "account_sid", "auth_token"),
    steps=(
        _("In Twilio's console, buy a number that can send and receive SMS."),
        _(
            "Console → Account info: copy the Account SID and the Auth Token into the fields below, and the number with its +. Save."
        ),
        _(
            "Phone numbers → your number → Messaging → “A message comes in”: choose Webhook, paste the address below, HTTP POST. Save there."
        ),
        REGISTER,
        TRY,
    ),
)
# developer.vonage.com/en/dashboard/control/api-settings, developer.vonage.com/en/messages/code-snippets/configure-webhooks
VONAGE = Guide(
    label="Vonage",
    desk="https://dashboard.vonage.com/",
    asked=("provider", "signature_secret", "application_id", "private_key", "api_key", "api_secret"),
    steps=(
        _("In Vonage's dashboard, rent a number that can send and receive SMS."),
        _(
            "Settings → API settings: choose the Messages API for SMS. Copy the signature secret into the field below, and the API key with its secret: by them the check sees where your number's messages go."
        ),
        _(
            "Applications → Create a new application: generate its keys and keep the file with the private key; switch on Messages and paste the address below twice, as Inbound URL and as Status URL. Save there."
        ),
        _(
            "Link your number to the application. Copy the application's ID, the whole private key and the number with its + into the fields below, and save."
        ),
        REGISTER,
        TRY,
    ),
)
GUIDES = {"twilio": TWILIO, "vonage": VONAGE}
