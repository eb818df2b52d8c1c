"""Stripe's objects in the store, and the shapes they have on the wire. Amounts are minor units."""

import json
from typing import Any

from ..accounts import Account
from ..store import Store
from ..wire import new_id
from .errors import missing

KIND_OF_PREFIX = {
    "cs": "checkout.session",
    "pi": "payment_intent",
    "ch": "charge",
    "re": "refund",
    "evt": "event",
    "dp": "dispute",
    "cus": "customer",
    "pm": "payment_method",
    "file": "file",
    "txn": "balance_transaction",
    "taxcalc": "tax.calculation",
    "tax": "tax.transaction",
}
ONLY_EXPANDED = frozenset({"line_items", "tax_breakdown"})  # kept under a name of their own until they are asked for
RESERVED_SECONDS = 7 * 86400  # how long a card's bank keeps money that is not captured
NAMES = {"checkout.session": "checkout session", "payment_method": "PaymentMethod", "evt": "event"}


def make_id(kind: str) -> str:
    prefix = next(prefix for prefix, name in KIND_OF_PREFIX.items() if name == kind)
    return new_id("cs_test_" if prefix == "cs" else f"{prefix}_", 40 if prefix == "cs" else 24)


def save(store: Store, account: Account, thing: dict[str, Any]) -> dict[str, Any]:
    """Insert or replace; call it inside `write()`."""
    store.run(
        "insert into objects (id, account, kind, created, data) values (?, ?, ?, ?, ?)"
        " on conflict (id) do update set data = excluded.data",
        thing["id"], account.name, thing["object"], store.now(), json.dumps(thing, ensure_ascii=False),
    )  # fmt: skip
    return thing


def get(store: Store, account: Account, kind: str, wanted: str, *, param: str = "id") -> dict[str, Any]:
    """Raises `Refused` (resource_missing)."""
    row = store.one("select data from objects where id = ? and account = ? and kind = ?", wanted, account.name, kind)
    if row is None:
        raise missing(NAMES.get(kind, kind), wanted, param=param)
    found: dict[str, Any] = json.loads(row["data"])
    return found


def every(store: Store, account: Account, kind: str) -> list[dict[str, Any]]:
    """Newest first, as Stripe lists."""
    rows = store.all("select data from objects where account = ? and kind = ? order by seq desc", account.name, kind)
    return [json.loads(row["data"]) for row in rows]


def listed(
    things: list[dict[str, Any]], values: dict[str, Any], url: str, *, same: tuple[str, ...] = ()
) -> dict[str, Any]:
    """One page of a list: `same` fields filter by equality, `created` by range, cursors by id."""
    for name in same:
        if name in values:
            things = [thing for thing in things if thing.get(name) == values[name]]
    created = values.get("created")
    for operator, holds in RANGES.items():
        if isinstance(created, dict) and operator in created:
            things = [thing for thing in things if holds(thing["created"], int(created[operator]))]
    if isinstance(created, str):
        things = [thing for thing in things if thing["created"] == int(created)]
    ids = [thing["id"] for thing in things]
    limit = max(1, min(100, int(values.get("limit", 10))))
    if values.get("starting_after") in ids:
        things = things[ids.index(values["starting_after"]) + 1 :]
    if values.get("ending_before") in ids:
        things = things[: ids.index(values["ending_before"])][-limit:]
    return {"object": "list", "url": url, "has_more": len(things) > limit, "data": things[:limit]}


RANGES = {
    "gte": lambda left, right: left >= right, "gt": lambda left, right: left > right,
    "lte": lambda left, right: left <= right, "lt": lambda left, right: left < right,
}  # fmt: skip


def new_payment_intent(store: Store, session: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    intent_id = make_id("payment_intent")
    return {
        "id": intent_id, "object": "payment_intent", "amount": session["amount_total"], "amount_capturable": 0,
        "amount_received": 0, "automatic_payment_methods": None, "canceled_at": None, "cancellation_reason": None,
        "capture_method": values.get("capture_method", "automatic_async"), "client_secret": f"{intent_id}_secret_sandbox",
        "confirmation_method": "automatic", "created": int(store.now()), "currency": session["currency"], "customer": session.get("customer"),
        "description": values.get("description"), "last_payment_error": None, "latest_charge": None, "livemode": False,
        "metadata": values.get("metadata") or {}, "next_action": None, "payment_method": None,
        "payment_method_types": ["card"], "processing": None, "receipt_email": values.get("receipt_email"), "review": None,
        "shipping": values.get("shipping"), "statement_descriptor": values.get("statement_descriptor"),
        "status": "requires_payment_method", "transfer_data": None, "transfer_group": values.get("transfer_group"),
    }  # fmt: skip


def new_payment_method(
    store: Store, *, last4: str = "4242", kind: str = "card", customer: str | None = None, **behaviour: Any
) -> dict[str, Any]:
    """What was paid with; kept for `customer` if they let it be. `behaviour`: refuses (a key of DECLINES), asks_bank."""
    brand = "mastercard" if last4 == "4444" else "visa"
    card = {"brand": brand, "last4": last4, "exp_month": 12, "exp_year": 2034, "funding": "credit", "country": "US"}
    return {
        "id": make_id("payment_method"), "object": "payment_method", "allow_redisplay": "always" if customer else "unspecified",
        "billing_details": {"address": None, "email": None, "name": None, "phone": None}, "created": int(store.now()),
        "customer": customer, "livemode": False, "metadata": {}, "type": kind, kind: card if kind == "card" else {},
        "_refuses": behaviour.get("refuses", ""), "_asks_bank": behaviour.get("asks_bank", False),
    }  # fmt: skip


def new_charge(
    store: Store,
    intent: dict[str, Any],
    *,
    paid: bool,
    failure: str = "",
    email: str = "",
    method: dict[str, Any] | None = None,
) -> dict[str, Any]:
    card = method["card"] if method and method["type"] == "card" else {"brand": "visa", "last4": "4242"}
    is_taken = paid and intent["capture_method"] != "manual"
    shown = {"brand": card["brand"], "last4": card["last4"]}
    if paid and not is_taken:
        shown["capture_before"] = int(store.now()) + RESERVED_SECONDS
    return {
        "id": make_id("charge"), "object": "charge", "amount": intent["amount"],
        "amount_captured": intent["amount"] if is_taken else 0, "amount_refunded": 0, "balance_transaction": None,
        "billing_details": {"address": None, "email": email or None, "name": None, "phone": None}, "captured": is_taken,
        "created": int(store.now()), "currency": intent["currency"], "customer": intent["customer"], "description": intent["description"],
        "disputed": False, "failure_code": failure or None, "failure_message": "Your card was declined." if failure else None,
        "livemode": False, "metadata": dict(intent["metadata"]), "outcome": {"network_status": "approved_by_network" if paid else "declined_by_network", "type": "authorized" if paid else "issuer_declined"},
        "paid": paid, "payment_intent": intent["id"], "payment_method": intent["payment_method"],
        "payment_method_details": {"card": shown, "type": "card"}, "receipt_url": None,
        "refunded": False, "status": "succeeded" if paid else "failed",
    }  # fmt: skip


def expand(store: Store, account: Account, thing: dict[str, Any], wanted: list[str]) -> dict[str, Any]:
    """Ids replaced by their objects along each path ("payment_intent.latest_charge", "data.payment_intent")."""
    for path in wanted:
        thing = _expand(store, account, thing, path.split("."))
    return thing


def _expand(store: Store, account: Account, thing: Any, keys: list[str]) -> Any:
    if not keys or thing is None:
        return thing
    if isinstance(thing, list):
        return [_expand(store, account, item, keys) for item in thing]
    key, rest = keys[0], keys[1:]
    value = thing.get(key) if isinstance(thing, dict) else None
    kind = KIND_OF_PREFIX.get(value.split("_")[0], "") if isinstance(value, str) else ""
    if kind:
        value = get(store, account, kind, str(value))
    if key in ONLY_EXPANDED and isinstance(thing, dict):
        value = thing.get(f"_{key}", value)
    return {**thing, key: _expand(store, account, value, rest)}


def public(thing: Any) -> Any:
    """Without what only the sandbox remembers (names with a leading underscore)."""
    if isinstance(thing, list):
        return [public(item) for item in thing]
    if isinstance(thing, dict):
        return {key: public(value) for key, value in thing.items() if not key.startswith("_")}
    return thing
