"""Money back, and cardholders who complain."""

from typing import Any

from ..accounts import Account
from ..store import Store
from . import objects
from .errors import invalid
from .events import emit
from .sessions import check_metadata


def create(store: Store, account: Account, values: dict[str, Any]) -> dict[str, Any]:
    """Raises `Refused` when more would go back than is there."""
    if not values.get("payment_intent") and not values.get("charge"):
        raise invalid("One of the following params should be provided for this request: payment_intent or charge.")
    charge = _charge_of(store, account, values)
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


def dispute(store: Store, account: Account, intent_id: str) -> dict[str, Any]:
    """The cardholder complains to the bank: the whole amount is in question. One transaction. Raises `Refused`."""
    with store.write():
        intent = objects.get(store, account, "payment_intent", intent_id)
        if not intent["latest_charge"] or intent["status"] != "succeeded":
            raise invalid("There is no charge to dispute.")
        charge = objects.get(store, account, "charge", intent["latest_charge"])
        if charge["disputed"]:
            raise invalid("This charge is already disputed.")
        made = objects.save(store, account, {
            "id": objects.make_id("dispute"), "object": "dispute", "amount": charge["amount_captured"], "charge": charge["id"],
            "created": int(store.now()), "currency": charge["currency"], "evidence": {},
            "evidence_details": {"due_by": int(store.now()) + 7 * 86400, "has_evidence": False, "past_due": False, "submission_count": 0},
            "is_charge_refundable": False, "livemode": False, "metadata": {}, "payment_intent": intent["id"],
            "reason": "product_not_received", "status": "needs_response",
        })  # fmt: skip
        objects.save(store, account, charge | {"disputed": True})
        emit(store, account, ("charge.dispute.created", made), ("charge.dispute.funds_withdrawn", made))
        return made


def answer_dispute(store: Store, account: Account, dispute_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """Evidence; submitting "winning_evidence" or "losing_evidence" as uncategorized_text decides it, as in test mode."""
    found = objects.get(store, account, "dispute", dispute_id)
    found["evidence"] |= values.get("evidence") or {}
    found["metadata"] |= values.get("metadata") or {}
    if str(values.get("submit", "false")).lower() != "true":
        return objects.save(store, account, found)
    verdict = {"winning_evidence": "won", "losing_evidence": "lost"}.get(
        found["evidence"].get("uncategorized_text", ""), "under_review"
    )
    found["status"] = verdict
    objects.save(store, account, found)
    happened = [("charge.dispute.updated", found)]
    if verdict in ("won", "lost"):
        happened.append(("charge.dispute.closed", found))
    if verdict == "won":
        happened.append(("charge.dispute.funds_reinstated", found))
    emit(store, account, *happened)
    return found


def close_dispute(store: Store, account: Account, dispute_id: str) -> dict[str, Any]:
    """The shop gives in."""
    found = objects.save(store, account, objects.get(store, account, "dispute", dispute_id) | {"status": "lost"})
    emit(store, account, ("charge.dispute.closed", found))
    return found
