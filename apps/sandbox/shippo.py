"""Shippo's side of a parcel: a track for each number, and webhooks with a token and a seal whenever the carrier says
something. As https://docs.goshippo.com/docs/tracking/tracking has them; a status may be followed by its detail.
"""

import datetime as dt
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from . import courier
from .accounts import Account
from .platforms.shippo import scanned
from .store import Store

CONFIG = {
    "webhook_token": "courier-token", "hmac_secret": "courier-seal", "api_token": "shippo_test_courier", "mode": "test",
}  # fmt: skip
DETAILS = {
    "PRE_TRANSIT": ("information_received",),
    "TRANSIT": (
        "address_issue", "contact_carrier", "delayed", "delivery_attempted", "delivery_rescheduled",
        "delivery_scheduled", "location_inaccessible", "notice_left", "out_for_delivery", "package_accepted",
        "package_arrived", "package_damaged", "package_departed", "package_forwarded", "package_held",
        "package_processed", "package_processing", "pickup_available", "reschedule_delivery",
    ),
    "DELIVERED": ("delivered",),
    "RETURNED": ("return_to_sender", "package_unclaimed"),
    "FAILURE": ("package_undeliverable", "package_disposed", "package_lost"),
    "UNKNOWN": ("other",),
}  # fmt: skip
STATUSES = frozenset({*DETAILS, *(f"{word}:{detail}" for word, details in DETAILS.items() for detail in details)})


def signature(secret: str, body: bytes) -> str:
    """The value of Shippo-Auth-Signature for these bytes, now."""
    moment = str(int(time.time()))
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def sealed(config: Mapping[str, Any], body: bytes) -> tuple[str, dict[str, str]]:
    """What proves these bytes to whoever holds `config`: the query of the address, and headers in lower case."""
    secret = str(config.get("hmac_secret", ""))
    seal = {"shippo-auth-signature": signature(secret, body)} if secret else {}
    return urlencode({"token": str(config.get("webhook_token", ""))}), seal


def tell(
    store: Store, account: Account, *, number: str, status: str, carrier: str = "dhl_germany", times: int = 1
) -> dict[str, Any]:
    """Queue one event, `times` times alike; returns it. Raises `ValueError` for a status there is none of."""
    if status not in STATUSES:
        raise ValueError(f"no such status: {status}")
    event = event_of(number=number, status=status, carrier=carrier, mode=str(account.config.get("mode", "test")))
    body = json.dumps(event).encode()
    query, seal = sealed(account.config, body)
    if not status.startswith("PRE_TRANSIT"):
        scanned(store, account, number)
    for _ in range(times):
        courier.post(
            store, source=f"shippo/{account.name}", url=f"{account.webhook_url}?{query}",
            headers={"content-type": "application/json", "user-agent": "Shippo", **seal}, body=body,
            lane=f"shippo:{number}",
        )  # fmt: skip
    return event


def event_of(*, number: str, status: str, carrier: str, mode: str) -> dict[str, Any]:
    """A `track_updated` webhook as Shippo writes it."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    word, _, detail = status.partition(":")
    substatus = {"code": detail, "text": detail.replace("_", " "), "action_required": False} if detail else None
    step = {
        "object_created": now, "object_updated": now, "object_id": hashlib.sha256(f"{number}{now}".encode()).hexdigest()[:32],
        "status": word, "status_details": word.lower(), "status_date": now, "substatus": substatus,
        "location": {"city": "", "state": "", "zip": "", "country": ""},
    }  # fmt: skip
    is_test = mode == "test"
    track = {
        "messages": [], "carrier": carrier, "tracking_number": number, "address_from": None, "address_to": None,
        "eta": None, "original_eta": None, "servicelevel": {"token": "", "name": None}, "metadata": "",
        "tracking_status": step, "tracking_history": [step], "transaction": None, "test": is_test,
    }  # fmt: skip
    return {"event": "track_updated", "test": is_test, "carrier": carrier, "metadata": "", "data": track}
