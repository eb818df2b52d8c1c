"""Payments without a hosted page: a kept card is charged, and its bank may want to be asked first."""

from typing import Any
from urllib.parse import urlencode

from ..accounts import Account, own_url
from ..store import Store
from . import captures, customers, objects
from .errors import card, invalid
from .events import emit
from .sessions import DECLINES, LEAST, check_metadata, succeed, went_well

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
ASKS_BANK = ("authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication.")  # fmt: skip
NOT_SHOWN = ("payment_intent_authentication_failure", "", "The provided PaymentMethod has failed authentication.")


def create(store: Store, account: Account, values: dict[str, Any]) -> dict[str, Any]:
    """Raises `Refused` where Stripe would; with `confirm` also where the card is declined."""
    amount, currency = int(values["amount"]), values["currency"].lower()
    is_confirmed = _is_true(values.get("confirm"))
    if amount < LEAST:
        raise invalid("Amount must convert to at least 50 cents.", param="amount", code="amount_too_small")
    if _is_true(values.get("off_session")) and not is_confirmed:
        raise invalid("You can only use `off_session` when `confirm` is true.", param="off_session")
    check_metadata(values.get("metadata"), "metadata")
    if customer := values.get("customer"):
        customers.living(store, account, customer)
    if method := values.get("payment_method"):
        customers.method_for(store, account, method, customer)
    like_session = {"amount_total": amount, "currency": currency}
    if str(values.get("capture_method", "automatic_async")) not in ("automatic", "automatic_async", "manual"):
        raise invalid("Invalid capture_method", param="capture_method")
    intent = objects.new_payment_intent(store, like_session, values) | {
        "customer": customer, "payment_method": method,
        "status": "requires_confirmation" if method else "requires_payment_method",
    }  # fmt: skip
    emit(store, account, ("payment_intent.created", objects.save(store, account, intent)))
    return confirm(store, account, intent["id"], values) if is_confirmed else intent


def confirm(store: Store, account: Account, intent_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """Raises `Refused`: 400 where it cannot be, 402 where the bank says no; then the intent has changed all the same."""
    intent = objects.get(store, account, "payment_intent", intent_id, param="intent")
    if intent["status"] not in OPEN:
        raise _unexpected("confirm", intent)
    wanted = values.get("payment_method") or intent["payment_method"]
    if not wanted:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    method = customers.method_for(store, account, wanted, intent["customer"])
    intent |= {"payment_method": method["id"], "next_action": None, "last_payment_error": None}
    if code := method["_refuses"]:
        raise _declined(store, account, intent, DECLINES[code], method)
    if method["_asks_bank"] and _is_true(values.get("off_session")):
        raise _declined(store, account, intent, ASKS_BANK, method)
    if method["_asks_bank"]:
        return _ask_bank(store, account, intent, str(values.get("return_url") or ""))
    return _paid(store, account, intent, method)


def cancel(store: Store, account: Account, intent_id: str) -> dict[str, Any]:
    """Raises `Refused` when there is money already, or it was cancelled before."""
    intent = captures.current(store, account, intent_id, param="intent")
    if intent["status"] == "requires_capture":
        return captures.let_all_go(store, account, intent, "")
    if intent["status"] not in OPEN:
        raise _unexpected("cancel", intent)
    ended = {"status": "canceled", "canceled_at": int(store.now()), "next_action": None}
    emit(store, account, ("payment_intent.canceled", objects.save(store, account, intent | ended)))
    return objects.get(store, account, "payment_intent", intent_id)


def answer_bank(store: Store, account: Account, intent_id: str, *, passed: bool) -> str:
    """The cardholder answers their bank. Where their browser goes then; answering twice changes nothing."""
    with store.write():
        intent = objects.get(store, account, "payment_intent", intent_id)
        back = intent.get("_return_url", "")
        if intent["status"] == "requires_action":
            method = objects.get(store, account, "payment_method", intent["payment_method"])
            intent["next_action"] = None
            if passed:
                _paid(store, account, intent, method)
            else:
                _declined(store, account, intent, NOT_SHOWN, method)
        status = "succeeded" if passed else "failed"
        mark = "&" if "?" in back else "?"
        return f"{back}{mark}{urlencode({'payment_intent': intent_id, 'redirect_status': status})}" if back else ""


def _paid(store: Store, account: Account, intent: dict[str, Any], method: dict[str, Any]) -> dict[str, Any]:
    intent, charge = succeed(store, account, intent, method)
    emit(store, account, ("charge.succeeded", charge), (went_well(intent), intent))
    return intent


def _ask_bank(store: Store, account: Account, intent: dict[str, Any], return_url: str) -> dict[str, Any]:
    url = f"{own_url()}/sandbox/stripe/authenticate/{intent['id']}/"
    next_action: dict[str, Any] = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    if return_url:
        next_action = {"type": "redirect_to_url", "redirect_to_url": {"url": url, "return_url": return_url}}
    intent |= {"status": "requires_action", "next_action": next_action, "_return_url": return_url}
    emit(store, account, ("payment_intent.requires_action", objects.save(store, account, intent)))
    return intent


def _declined(
    store: Store, account: Account, intent: dict[str, Any], why: tuple[str, str, str], method: dict[str, Any]
) -> Exception:
    """What the card's bank said: kept and told, and the refusal that is the answer."""
    code, decline_code, message = why
    charge = objects.save(store, account, objects.new_charge(store, intent, paid=False, failure=code, method=method))
    error = {
        "charge": charge["id"], "code": code, "decline_code": decline_code or None, "message": message,
        "payment_method": objects.public(method), "type": "card_error",
    }  # fmt: skip
    intent |= {
        "status": "requires_payment_method", "payment_method": None, "latest_charge": charge["id"],
        "last_payment_error": error,
    }  # fmt: skip
    objects.save(store, account, intent)
    emit(store, account, ("charge.failed", charge), ("payment_intent.payment_failed", intent))
    return card(error | {"payment_intent": objects.public(intent)})


def _unexpected(verb: str, intent: dict[str, Any]) -> Exception:
    return invalid(
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
    )


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"
