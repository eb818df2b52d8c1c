"""Events: kept for listing, and pushed as signed webhooks with whatever weather is switched on.

Weather of an account: {"duplicate": extra copies, "reorder": bool, "delay": seconds, "drop": bool,
"redeliver_after": seconds (the first attempt is lost)}.
"""

import json
from typing import Any

import stripe

from .. import courier
from ..accounts import Account
from ..store import Store
from . import objects

REORDER_STEP = 0.3
CALM: dict[str, Any] = {"duplicate": 0, "reorder": False, "delay": 0, "drop": False, "redeliver_after": 0}


def weather(store: Store, account: Account) -> dict[str, Any]:
    return {**CALM, **store.setting(f"stripe_weather:{account.name}", {})}


def set_weather(store: Store, account: Account, **changes: Any) -> dict[str, Any]:
    """Raises `ValueError` for a switch that is not there."""
    if unknown := set(changes) - set(CALM):
        raise ValueError(f"no such switch: {', '.join(sorted(unknown))}")
    store.set_setting(f"stripe_weather:{account.name}", {**weather(store, account), **changes})
    return weather(store, account)


def emit(
    store: Store, account: Account, *happened: tuple[str, dict[str, Any]], key: str | None = None
) -> list[dict[str, Any]]:
    """One event per (type, object), in order; call it inside `write()`."""
    made = []
    for kind, thing in happened:
        event = {
            "id": objects.make_id("event"), "object": "event", "api_version": stripe.api_version,
            "created": int(store.now()), "data": {"object": objects.public(thing)}, "livemode": False,
            "pending_webhooks": 1, "request": {"id": None, "idempotency_key": key}, "type": kind,
        }  # fmt: skip
        objects.save(store, account, event)
        made.append(event)
    push(store, account, made)
    return made


def push(store: Store, account: Account, events: list[dict[str, Any]]) -> None:
    """To the shop's webhook address, as the weather will have it."""
    now = weather(store, account)
    if now["drop"]:
        return
    for place, event in enumerate(events):
        delay = float(now["delay"]) + float(now["redeliver_after"])
        if now["reorder"]:
            delay += (len(events) - place) * REORDER_STEP
        for copy in range(1 + int(now["duplicate"])):
            send(store, account, event, delay=delay + copy * 0.05)


def send(store: Store, account: Account, event: dict[str, Any], *, delay: float = 0.0) -> None:
    body = json.dumps(event, ensure_ascii=False, indent=2).encode()
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        courier.SIGN_LATE: str(account.config.get("webhook_secret", "")),
    }
    courier.post(
        store, source=f"stripe/{account.name}", url=account.webhook_url, headers=headers, body=body, delay=delay,
        retries=courier.STRIPE_RETRIES,
    )  # fmt: skip
