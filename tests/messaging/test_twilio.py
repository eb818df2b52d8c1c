"""Twilio's webhooks that are no forms: signed by the checksum in their address."""

import base64
import hashlib
import hmac

import pytest

from apps.messaging.channel import Forged, WebhookRequest, channel_for

from .channels.sms.example import ACCOUNT

BODY = '{"Level":"WARNING","AccountSid":"ACelsewhere","Payload":"Grüße"}'.encode()
PLACE = "https://shop.example/webhooks/sms/main/"


def signed(body: bytes, *, checksum: str = "") -> WebhookRequest:
    checksum = checksum or hashlib.sha256(body).hexdigest()
    url = f"{PLACE}?bodySHA256={checksum}"
    digest = hmac.new(ACCOUNT["auth_token"].encode(), url.encode(), hashlib.sha1).digest()
    headers = {"x-twilio-signature": base64.b64encode(digest).decode(), "content-type": "application/json"}
    return WebhookRequest("POST", url, headers, {"bodySHA256": checksum}, body)


@pytest.mark.parametrize("body", [BODY, b'[{"type": "com.twilio.error-logs.error.logged"}]'])
def test_json_of_the_account_is_let_in_and_is_nobodys_message(body: bytes) -> None:
    sms, request = channel_for("sms"), signed(body)
    sms.verify(request, ACCOUNT)
    (event,) = sms.parse(request, ACCOUNT)
    assert (event.kind, event.data["reason"]) == ("ignored", "an event of the account")


def test_json_with_another_checksum_or_none_is_forged() -> None:
    sms = channel_for("sms")
    genuine = signed(BODY)
    other = WebhookRequest("POST", genuine.url, genuine.headers, genuine.query, BODY.replace(b"WARNING", b"NOTHING"))
    bare_digest = hmac.new(ACCOUNT["auth_token"].encode(), PLACE.encode(), hashlib.sha1).digest()
    bare = WebhookRequest("POST", PLACE, {"x-twilio-signature": base64.b64encode(bare_digest).decode()}, {}, BODY)
    for request in (other, bare, signed(BODY, checksum="0" * 64)):
        with pytest.raises(Forged):
            sms.verify(request, ACCOUNT)
