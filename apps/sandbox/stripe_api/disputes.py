"""Cardholders who complain, and what the shop says to it: https://docs.stripe.com/disputes/how-disputes-work."""

import datetime as dt
from typing import Any

from ..accounts import Account
from ..store import Store
from . import objects
from .errors import invalid
from .events import emit

DAYS = 7  # the shop has to answer; a card network gives 7 to 21
FEE = 1500  # minor units, for each dispute that is received
REASONS = (
    "bank_cannot_process", "check_returned", "credit_not_processed", "customer_initiated", "debit_not_authorized",
    "duplicate", "fraudulent", "general", "incorrect_account_details", "insufficient_funds", "noncompliant",
    "product_not_received", "product_unacceptable", "subscription_canceled", "unrecognized",
)  # fmt: skip
ANSWERABLE = {"needs_response": "under_review", "warning_needs_response": "warning_under_review"}
LONGEST_TEXT, LONGEST_EVIDENCE = 20_000, 150_000  # characters
LARGEST_FILE = 5_000_000  # bytes
FILES = (
    "cancellation_policy", "customer_communication", "customer_signature", "duplicate_charge_documentation", "receipt",
    "refund_policy", "service_documentation", "shipping_documentation", "uncategorized_file",
)  # fmt: skip
VERDICTS = {"winning_evidence": "won", "losing_evidence": "lost"}


def raise_on(
    store: Store, account: Account, intent_id: str, *, reason: str = "product_not_received", inquiry: bool = False
) -> dict[str, Any]:
    """The cardholder complains to the bank: it takes all that was captured and not refunded, or with `inquiry` only asks. One transaction.

    Raises `Refused`.
    """
    if reason not in REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(REASONS)}", param="reason")
    with store.write():
        intent = objects.get(store, account, "payment_intent", intent_id)
        if not intent["latest_charge"]:
            raise invalid("There is no charge to dispute.")
        charge = objects.get(store, account, "charge", intent["latest_charge"])
        if charge["disputed"]:
            raise invalid("This charge is already disputed.")
        let_go = charge["amount"] - charge["amount_captured"]  # by a capture of a part, which counts as refunded too
        left = charge["amount_captured"] - max(0, charge["amount_refunded"] - let_go)
        if left <= 0:
            raise invalid("There is nothing left of this charge to dispute.")
        made: dict[str, Any] = {
            "id": objects.make_id("dispute"), "object": "dispute", "amount": left, "balance_transactions": [],
            "charge": charge["id"], "created": int(store.now()), "currency": charge["currency"], "evidence": {},
            "evidence_details": {"due_by": int(store.now()) + DAYS * 86400, "has_evidence": False, "past_due": False, "submission_count": 0},
            "is_charge_refundable": inquiry, "livemode": False, "metadata": {}, "payment_intent": intent["id"],
            "reason": reason, "status": "warning_needs_response" if inquiry else "needs_response",
        }  # fmt: skip
        happened = [("charge.dispute.created", made)]
        if not inquiry:
            _move(store, made, -made["amount"], fee=FEE)
            happened.append(("charge.dispute.funds_withdrawn", made))
        objects.save(store, account, made)
        objects.save(store, account, charge | {"disputed": True})
        emit(store, account, *happened)
        return made


def escalate(store: Store, account: Account, dispute_id: str) -> dict[str, Any]:
    """The bank was not content with an inquiry and takes the money. One transaction. Raises `Refused`."""
    with store.write():
        found = objects.get(store, account, "dispute", dispute_id)
        if found["status"] not in ("warning_needs_response", "warning_under_review"):
            raise invalid("This dispute is no inquiry.")
        found |= {"status": "needs_response", "is_charge_refundable": False}
        found["evidence_details"] |= {"due_by": int(store.now()) + DAYS * 86400, "submission_count": 0}
        _move(store, found, -found["amount"], fee=FEE)
        objects.save(store, account, found)
        emit(store, account, ("charge.dispute.updated", found), ("charge.dispute.funds_withdrawn", found))
        return found


def answer(store: Store, account: Account, dispute_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """Evidence; submitting "winning_evidence" or "losing_evidence" as uncategorized_text decides it, as in test mode.

    Raises `Refused` once it was handed in, is decided, or its time is over.
    """
    found = objects.get(store, account, "dispute", dispute_id)
    evidence = values.get("evidence") or {}
    _refuse_closed(store, found)
    _check_evidence(store, account, found["evidence"] | evidence)
    found["evidence"] |= evidence
    found["metadata"] |= values.get("metadata") or {}
    found["evidence_details"]["has_evidence"] = bool(found["evidence"])
    if str(values.get("submit", "true")).lower() != "true":
        objects.save(store, account, found)
        emit(store, account, ("charge.dispute.updated", found))
        return found
    found["evidence_details"]["submission_count"] += 1
    found["status"] = ANSWERABLE[found["status"]]
    objects.save(store, account, found)
    emit(store, account, ("charge.dispute.updated", found))
    verdict = VERDICTS.get(found["evidence"].get("uncategorized_text", ""))
    return _decide(store, account, found, verdict) if verdict else found


def close(store: Store, account: Account, dispute_id: str) -> dict[str, Any]:
    """The shop gives in. Raises `Refused`."""
    found = objects.get(store, account, "dispute", dispute_id)
    if found["status"] != "needs_response":
        raise invalid(f"Dispute {found['id']} cannot be closed because its status is {found['status']}.")
    return _decide(store, account, found, "lost")


def decide(store: Store, account: Account, dispute_id: str, *, won: bool) -> dict[str, Any]:
    """The bank has made up its mind; an inquiry it lets be. One transaction. Raises `Refused`."""
    with store.write():
        found = objects.get(store, account, "dispute", dispute_id)
        if found["status"] in ("won", "lost", "warning_closed"):
            raise invalid("This dispute is decided.")
        if found["status"].startswith("warning_"):
            return _decide(store, account, found, "warning_closed")
        return _decide(store, account, found, "won" if won else "lost")


def upload(store: Store, account: Account, values: dict[str, Any]) -> dict[str, Any]:
    """A file to show to the bank. Raises `Refused`."""
    sent = values.get("file")
    if not isinstance(sent, dict):
        raise invalid("Invalid file: it must be sent as multipart/form-data.", param="file")
    if values["purpose"] == "dispute_evidence" and (sent["type"] != "pdf" or sent["size"] > LARGEST_FILE):
        raise invalid("Files for dispute_evidence are PDF, JPEG or PNG of at most 5 MB.", param="file")
    return objects.save(store, account, {
        "id": objects.make_id("file"), "object": "file", "created": int(store.now()), "expires_at": None,
        "filename": sent["filename"], "links": None, "purpose": values["purpose"], "size": sent["size"], "title": None,
        "type": sent["type"], "url": None,
    })  # fmt: skip


def refuse_disputed(store: Store, account: Account, charge: dict[str, Any]) -> None:
    """What the bank has taken does not go back a second time. Raises `Refused` (charge_disputed)."""
    if not charge["disputed"]:
        return
    for found in objects.every(store, account, "dispute"):
        if found["charge"] == charge["id"] and not found["is_charge_refundable"]:
            raise invalid(
                f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
            )


def _decide(store: Store, account: Account, found: dict[str, Any], verdict: str) -> dict[str, Any]:
    found |= {"status": verdict, "is_charge_refundable": verdict in ("won", "warning_closed")}
    happened = [("charge.dispute.closed", found)]
    if verdict == "won":
        _move(store, found, found["amount"], fee=0)
        happened.append(("charge.dispute.funds_reinstated", found))
    objects.save(store, account, found)
    emit(store, account, *happened)
    return found


def _move(store: Store, found: dict[str, Any], amount: int, *, fee: int) -> None:
    found["balance_transactions"].append({
        "id": objects.make_id("balance_transaction"), "object": "balance_transaction", "amount": amount,
        "created": int(store.now()), "currency": found["currency"], "fee": fee, "net": amount - fee,
        "reporting_category": "dispute" if amount < 0 else "dispute_reversal", "source": found["id"],
        "status": "available", "type": "adjustment",
    })  # fmt: skip


def _refuse_closed(store: Store, found: dict[str, Any]) -> None:
    due = found["evidence_details"]["due_by"]
    if found["status"] not in ANSWERABLE or found["evidence_details"]["submission_count"]:
        raise invalid(f"Dispute {found['id']} is {found['status']}: its evidence can no longer be updated.")
    if due < store.now():
        raise invalid(f"The evidence for this dispute was due {dt.datetime.fromtimestamp(due, dt.UTC):%Y-%m-%d}.")


def _check_evidence(store: Store, account: Account, evidence: dict[str, Any]) -> None:
    texts = {name: text for name, text in evidence.items() if isinstance(text, str) and name not in FILES}
    for name, text in texts.items():
        if len(text) > LONGEST_TEXT:
            raise invalid(f"Invalid string: must be at most {LONGEST_TEXT} characters", param=f"evidence[{name}]")
    if sum(map(len, texts.values())) > LONGEST_EVIDENCE:
        raise invalid(f"The evidence may have at most {LONGEST_EVIDENCE} characters.", param="evidence")
    for name in FILES:
        if evidence.get(name):
            objects.get(store, account, "file", evidence[name], param=f"evidence[{name}]")
