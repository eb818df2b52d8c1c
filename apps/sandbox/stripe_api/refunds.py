"""Money back."""

from typing import Any

from ..accounts import Account
from ..store import Store
from . import objects
from .disputes import refuse_disputed
from .errors import invalid
from .events import emit
from .sessions import check_metadata


def create(store: Store, account: Account, values: dict[str, Any]) -> dict[str, Any]:
    """Raises `Refused` when more would go back than is there."""
    if not values.get("payment_intent") and not values.get("charge"):
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    charge = _charge_of(store, account, values)
    refuse_disputed(store, account, charge)
    let_go = charge["amount"] - charge["amount_captured"]  # by a capture of a part, which counts as refunded too
    left = charge["amount_captured"] - (charge["amount_refunded"] - let_go)
    amount = int(values.get("amount", left))
    if left <= 0:
        raise invalid(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        raise invalid(
            f"Refund amount ({amount} {charge['currency']}) is greater than unrefunded amount on charge ({left} {charge['currency']})",
            param="amount", code="amount_too_large",
        )  # fmt: skip
    if values.get("reason") and values["reason"] not in ("duplicate", "fraudulent", "requested_by_customer"):
        raise invalid("Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer", param="reason")
    check_metadata(values.get("metadata"), "metadata")
    status = str(store.setting("stripe_refund_status", "succeeded"))
    refund = objects.save(store, account, {
        "id": objects.make_id("refund"), "object": "refund", "amount": amount, "balance_transaction": None,
        "charge": charge["id"], "created": int(store.now()), "currency": charge["currency"], "destination_details": None,
        "metadata": values.get("metadata") or {}, "payment_intent": charge["payment_intent"], "reason": values.get("reason"),
        "receipt_number": None, "source_transfer_reversal": None, "status": status, "transfer_reversal": None,
    })  # fmt: skip
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    objects.save(store, account, charge)
    emit(store, account, ("refund.created", refund), ("charge.refunded", charge))
    return refund


def _charge_of(store: Store, account: Account, values: dict[str, Any]) -> dict[str, Any]:
    if values.get("charge"):
        return objects.get(store, account, "charge", values["charge"], param="charge")
    intent = objects.get(store, account, "payment_intent", values["payment_intent"], param="payment_intent")
    if intent["status"] != "succeeded" or not intent["latest_charge"]:
        raise invalid(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", param="payment_intent",
            code="payment_intent_unexpected_state",
        )  # fmt: skip
    return objects.get(store, account, "charge", intent["latest_charge"])


def finish(store: Store, account: Account, refund_id: str, *, failed: bool) -> dict[str, Any]:
    """A pending refund arrives, or comes back (then the charge counts it no more). One transaction."""
    with store.write():
        refund = objects.get(store, account, "refund", refund_id)
        refund |= {"status": "failed" if failed else "succeeded"}
        if failed:
            refund["failure_reason"] = "lost_or_stolen_card"
            charge = objects.get(store, account, "charge", refund["charge"])
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            objects.save(store, account, charge)
        objects.save(store, account, refund)
        happened = [("refund.updated", refund), *([("refund.failed", refund)] if failed else [])]
        emit(store, account, *happened)
        return refund
