"""EasyPost speaks for a hundred carriers: its `tracker.created` and `tracker.updated` events, signed over the raw body."""

import datetime as dt
import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from apps.merchants.doors import Malformed, NotConfigured, SignatureWrong
from apps.merchants.storable import is_storable

from ..carrier import Carrier, News, Status

HEADER, SCHEME = "x-hmac-signature", "hmac-sha256-hex="
ABOUT_PARCELS = ("tracker.created", "tracker.updated")
STATUSES = {
    "unknown": Status.UNKNOWN,
    "pre_transit": Status.PRE_TRANSIT,
    "in_transit": Status.IN_TRANSIT,
    "out_for_delivery": Status.OUT_FOR_DELIVERY,
    "available_for_pickup": Status.PICK_UP,
    "delivered": Status.DELIVERED,
    "return_to_sender": Status.RETURNING,
    "failure": Status.FAILURE,
    "error": Status.UNKNOWN,  # of the tracking, not of the parcel
    "cancelled": Status.UNKNOWN,  # of the label
}


class EasyPost(Carrier):
    name, label = "easypost", "EasyPost"
    required_config = ("webhook_secret",)
    secret_config = ("webhook_secret",)
    config_help: ClassVar[Mapping[str, Any]] = {
        "webhook_secret": _("The secret you give EasyPost together with the webhook's address; signs its news."),
        "mode": _('"test" takes news of test parcels and no others.'),
    }

    def verify(self, headers: Mapping[str, str], body: bytes, config: Mapping[str, Any]) -> None:
        secret = config.get("webhook_secret")
        if not isinstance(secret, str) or not secret:
            raise NotConfigured("webhook_secret is missing")
        key = unicodedata.normalize("NFKD", secret).encode()
        due = SCHEME + hmac.new(key, body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(headers.get(HEADER, "").encode(), due.encode()):
            raise SignatureWrong

    def parse_webhook(self, body: bytes) -> News | None:
        try:
            event = json.loads(body)
            if event["description"] not in ABOUT_PARCELS:
                return None
            tracker = event["result"]
            word = str(tracker["status"])
            if not is_storable([word, tracker.get("carrier")]):
                raise Malformed
            return News(
                id=_some(event["id"], most=120),
                number=_some(tracker["tracking_code"], most=60),
                carrier=str(tracker.get("carrier") or "")[:40],
                status=STATUSES.get(word, Status.UNKNOWN),
                text=word[:200],
                occurred_at=_moment(_last(tracker, word) or tracker.get("updated_at") or event["created_at"]),
                is_test=event.get("mode") == "test",
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            raise Malformed from error


def _some(value: Any, *, most: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= most or not is_storable(value):
        raise Malformed
    return value


def _last(tracker: Mapping[str, Any], word: str) -> Any:
    """When the carrier saw it so; the details come oldest first."""
    seen = [step["datetime"] for step in tracker.get("tracking_details") or () if step.get("status") == word]
    return seen[-1] if seen else None


def _moment(written: Any) -> dt.datetime:
    """Some carriers' times have no zone: they are taken as UTC."""
    moment = dt.datetime.fromisoformat(written)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
