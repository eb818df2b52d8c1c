"""Money that is only reserved: captured once, cancelled, or gone when its days are over.

https://docs.stripe.com/payments/place-a-hold-on-a-payment-method
"""

from typing import Any

from ..accounts import Account
from ..store import Store
from . import objects
from .errors import invalid
from .events import emit


def capture(store: Store, account: Account, intent_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """Once, for all or a part; what is left of it is let go. Raises `Refused` where Stripe would."""
    intent = current(store, account, intent_id, param="intent")
    if intent["status"] != "requires_capture":
        raise invalid(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}. Only a PaymentIntent "
            "with one of the following statuses may be captured: requires_capture.",
            code="payment_intent_unexpected_state",
        )
    if "final_capture" in values and str(values["final_capture"]).lower() != "true":
        raise invalid("This PaymentIntent does not support multicapture.", param="final_capture")
    most = intent["amount_capturable"]
    amount = int(values.get("amount_to_capture", most))
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount_to_capture", code="parameter_invalid_integer")
    if amount > most:
        raise invalid(
            f"The amount to capture ({amount}) is greater than the capturable amount ({most}) of this PaymentIntent.",
            param="amount_to_capture", code="amount_too_large",
        )  # fmt: skip
    if trouble := store.setting("stripe_capture_refuses", ""):
        raise invalid(str(trouble), code="capture_charge_authorization_expired")
    charge = objects.get(store, account, "charge", intent["latest_charge"])
    charge |= {"captured": True, "amount_captured": amount, "amount_refunded": most - amount}
    intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    objects.save(store, account, charge)
    objects.save(store, account, intent)
    _page_is_paid(store, account, intent_id)
    let_go = [_let_go(store, account, charge, most - amount)] if amount < most else []
    emit(
        store,
        account,
        ("charge.captured", charge),
        ("payment_intent.succeeded", intent),
        *[("refund.created", refund) for refund in let_go],
    )
    return intent


def _let_go(store: Store, account: Account, charge: dict[str, Any], amount: int) -> dict[str, Any]:
    """ "Any additional amount is automatically refunded": no cent of it had been taken."""
    return objects.save(store, account, {
        "id": objects.make_id("refund"), "object": "refund", "amount": amount, "balance_transaction": None,
        "charge": charge["id"], "created": int(store.now()), "currency": charge["currency"], "destination_details": None,
        "metadata": {}, "payment_intent": charge["payment_intent"], "reason": None, "receipt_number": None,
        "source_transfer_reversal": None, "status": "succeeded", "transfer_reversal": None,
    })  # fmt: skip


def _page_is_paid(store: Store, account: Account, intent_id: str) -> None:
    for session in objects.every(store, account, "checkout.session"):
        if session["payment_intent"] == intent_id:
            objects.save(store, account, session | {"payment_status": "paid"})


def let_all_go(store: Store, account: Account, intent: dict[str, Any], reason: str) -> dict[str, Any]:
    """Cancelled by the shop (`reason` "" ), or by Stripe when its days are over ("automatic"). It is reserved."""
    charge = objects.get(store, account, "charge", intent["latest_charge"])
    charge |= {"amount_refunded": charge["amount"], "refunded": True}
    intent |= {
        "status": "canceled", "canceled_at": int(store.now()), "amount_capturable": 0, "next_action": None,
        "cancellation_reason": reason or None,
    }  # fmt: skip
    objects.save(store, account, charge)
    objects.save(store, account, intent)
    told = "charge.expired" if reason else "charge.refunded"
    emit(store, account, (told, charge), ("payment_intent.canceled", intent))
    return intent


def current(store: Store, account: Account, intent_id: str, *, param: str = "id") -> dict[str, Any]:
    """The intent as it is now: what is reserved for too long is so no more. Raises `Refused`."""
    intent = objects.get(store, account, "payment_intent", intent_id, param=param)
    if intent["status"] == "requires_capture" and _until(store, account, intent) <= store.now():
        with store.write():
            return let_all_go(store, account, intent, "automatic")
    return intent


def _until(store: Store, account: Account, intent: dict[str, Any]) -> float:
    charge = objects.get(store, account, "charge", intent["latest_charge"])
    return float(charge["payment_method_details"]["card"]["capture_before"])


def pass_time(store: Store, account: Account) -> None:
    """What runs out by the clock alone."""
    rows = store.all(
        "select id from objects where account = ? and kind = 'payment_intent'"
        " and json_extract(data, '$.status') = 'requires_capture'",
        account.name,
    )
    for row in rows:
        current(store, account, row["id"])
