"""EasyPost's side of a parcel: a tracker for each number, and signed events whenever the carrier says something."""

import datetime as dt
import hashlib
import hmac
import json
import secrets
import unicodedata
from collections.abc import Mapping
from typing import Any

from . import courier
from .accounts import Account
from .platforms.easypost import scanned
from .store import Store

CONFIG = {"webhook_secret": "courier-secret", "api_key": "EZTK_courier", "mode": "test"}  # an account's, whole
STATUSES = frozenset(
    {
        "unknown", "pre_transit", "in_transit", "out_for_delivery", "delivered", "available_for_pickup",
        "return_to_sender", "failure", "cancelled", "error",
    }
)  # fmt: skip


def signature(secret: str, body: bytes) -> str:
    """The value of X-Hmac-Signature for these bytes."""
    key = unicodedata.normalize("NFKD", secret).encode()
    return "hmac-sha256-hex=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def sealed(config: Mapping[str, Any], body: bytes) -> tuple[str, dict[str, str]]:
    """What proves these bytes to whoever holds `config`: the query of the address, and headers in lower case."""
    return "", {"x-hmac-signature": signature(str(config.get("webhook_secret", "")), body)}


def tell(
    store: Store, account: Account, *, number: str, status: str, carrier: str = "DHL", times: int = 1
) -> dict[str, Any]:
    """Queue one event, `times` times alike; returns it. Raises `ValueError` for a status there is none of."""
    if status not in STATUSES:
        raise ValueError(f"no such status: {status}")
    event = event_of(number=number, status=status, carrier=carrier, mode=str(account.config.get("mode", "test")))
    body = json.dumps(event).encode()
    _query, seal = sealed(account.config, body)
    headers = {"content-type": "application/json", "user-agent": "EasyPost Web Hooks", **seal}
    if status != "pre_transit":
        scanned(store, account, number)
    for _ in range(times):
        courier.post(
            store, source=f"easypost/{account.name}", url=account.webhook_url, headers=headers, body=body,
            lane=f"easypost:{number}",
        )  # fmt: skip
    return event


def event_of(*, number: str, status: str, carrier: str, mode: str) -> dict[str, Any]:
    """A `tracker.updated` event as EasyPost writes it."""
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    step = {
        "object": "TrackingDetail", "message": status.replace("_", " "), "description": "", "status": status,
        "status_detail": "status_update", "datetime": now, "source": carrier, "carrier_code": None,
        "tracking_location": {"object": "TrackingLocation", "city": None, "state": None, "country": None, "zip": None},
    }  # fmt: skip
    tracker = {
        "id": "trk_" + hashlib.sha256(number.encode()).hexdigest()[:32], "object": "Tracker", "mode": mode,
        "tracking_code": number, "status": status, "status_detail": "status_update", "created_at": now,
        "updated_at": now, "signed_by": None, "weight": None, "est_delivery_date": None, "shipment_id": None,
        "carrier": carrier, "tracking_details": [step], "carrier_detail": None, "finalized": status == "delivered",
        "is_return": False, "public_url": "https://track.easypost.com/sandbox", "fees": [],
    }  # fmt: skip
    return {
        "id": "evt_" + secrets.token_hex(16), "object": "Event", "mode": mode, "description": "tracker.updated",
        "created_at": now, "updated_at": now, "previous_attributes": {"status": "unknown"}, "pending_urls": [],
        "completed_urls": [], "user_id": "user_sandbox", "status": "pending", "result": tracker,
    }  # fmt: skip
