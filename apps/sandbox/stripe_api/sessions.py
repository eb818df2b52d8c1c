"""Checkout sessions: made by the shop, finished by a shopper on the hosted page, or run out."""

import re
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_noop

from ..accounts import Account, own_url
from ..store import Store
from . import captures, objects
from .errors import invalid, missing
from .events import emit

SHORTEST, LONGEST = 30 * 60, 24 * 3600
GRACE_SECONDS = 5  # clocks differ; Stripe too takes "30 minutes" computed a moment ago
LEAST = 50
BANK_SECONDS = 20
ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"]
)
DECLINES = {
    "declined": ("card_declined", "generic_decline", gettext_noop("Your card was declined.")),
    "insufficient_funds": ("card_declined", "insufficient_funds", gettext_noop("Your card has insufficient funds.")),
    "expired_card": ("expired_card", "expired_card", gettext_noop("Your card has expired.")),
}
# How a card that pays here is known, and what it does when it is charged again without the shopper.
PLASTIC: dict[str, dict[str, Any]] = {
    "success": {"last4": "4242"},
    "mastercard": {"last4": "4444"},
    "asks_bank": {"last4": "3184", "asks_bank": True},
    "declined_later": {"last4": "0341", "refuses": "declined"},
}


def create(store: Store, account: Account, values: dict[str, Any]) -> dict[str, Any]:
    """Raises `Refused` where Stripe would."""
    _check(store, values)
    if values.get("customer"):
        _check_customer(store, account, values)
    lines = [_line(item, place) for place, item in enumerate(values["line_items"])]
    currency = lines[0]["currency"]
    if any(line["currency"] != currency for line in lines):
        raise invalid("All line items must have the same currency.", param="line_items")
    shipping = _shipping(values, currency)
    subtotal = sum(line["amount_subtotal"] for line in lines)
    total = subtotal + shipping
    if total < LEAST:
        raise invalid(
            f"The Checkout Session's total amount must convert to at least 50 cents. {total} {currency} is too small.",
            code="amount_too_small",
        )
    session_id = objects.make_id("checkout.session")
    now = int(store.now())
    session = {
        "id": session_id, "object": "checkout.session", "after_expiration": None, "allow_promotion_codes": None,
        "amount_subtotal": subtotal, "amount_total": total, "automatic_tax": {"enabled": False, "status": None},
        "billing_address_collection": values.get("billing_address_collection"), "cancel_url": values.get("cancel_url"),
        "client_reference_id": values.get("client_reference_id"), "consent": None, "created": now, "currency": currency,
        "customer": values.get("customer"), "customer_creation": None if values.get("customer") else "if_required",
        "customer_details": None if not values.get("customer_email") else {"email": values["customer_email"], "name": None, "phone": None, "address": None},
        "customer_email": values.get("customer_email"), "expires_at": int(values.get("expires_at", now + LONGEST)),
        "invoice": None, "livemode": False, "locale": values.get("locale"), "metadata": values.get("metadata") or {},
        "mode": values["mode"], "payment_intent": None, "payment_link": None,
        "payment_method_types": values.get("allowed_payment_method_types") or ["card"], "payment_status": "unpaid",
        "shipping_cost": {"amount_total": shipping, "amount_subtotal": shipping, "amount_tax": 0} if shipping else None,
        "saved_payment_method_options": values.get("saved_payment_method_options"),
        "status": "open", "custom_text": values.get("custom_text"), "submit_type": values.get("submit_type"), "success_url": values.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": shipping, "amount_tax": 0},
        "ui_mode": values.get("ui_mode", "hosted_page"), "url": f"{own_url()}/sandbox/stripe/pay/{session_id}/",
        "_line_items": {"object": "list", "data": lines, "has_more": False, "url": f"/v1/checkout/sessions/{session_id}/line_items"},
        "_intent": values.get("payment_intent_data") or {}, "_bank": "",
    }  # fmt: skip
    return objects.save(store, account, session)


def _check(store: Store, values: dict[str, Any]) -> None:
    if values.get("mode") != "payment":
        message = (
            "This sandbox has no setup or subscription mode." if values.get("mode") else "Missing required param: mode."
        )
        raise invalid(message, param="mode", code="" if values.get("mode") else "parameter_missing")
    if not values.get("line_items"):
        raise invalid("You must pass line_items in payment mode.", param="line_items", code="parameter_missing")
    if not isinstance(values["line_items"], list) or len(values["line_items"]) > 100:
        raise invalid("Invalid array: line_items takes up to 100 items.", param="line_items")
    if not values.get("success_url") and values.get("ui_mode", "hosted_page") in ("hosted", "hosted_page"):
        raise invalid("Missing required param: success_url.", param="success_url", code="parameter_missing")
    for name in ("success_url", "cancel_url"):
        if values.get(name) and not re.match(r"https?://[^\s/]", values[name]):
            raise invalid(f"Not a valid URL: {values[name]}", param=name, code="url_invalid")
    if len(values.get("client_reference_id", "")) > 200:
        raise invalid("client_reference_id may be up to 200 characters.", param="client_reference_id")
    if values.get("customer_email") and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", values["customer_email"]):
        raise invalid(
            f"Invalid email address: {values['customer_email']}", param="customer_email", code="email_invalid"
        )
    if keeps_cards(values) and not values.get("customer"):
        raise invalid(
            "You can only use `payment_method_save` with a customer.",
            param="saved_payment_method_options[payment_method_save]",
        )
    check_metadata(values.get("metadata"), "metadata")
    check_metadata((values.get("payment_intent_data") or {}).get("metadata"), "payment_intent_data[metadata]")
    if "expires_at" in values:
        ahead = int(values["expires_at"]) - store.now()
        if not SHORTEST - GRACE_SECONDS <= ahead <= LONGEST + GRACE_SECONDS:
            raise invalid(
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
                param="expires_at",
            )


def _check_customer(store: Store, account: Account, values: dict[str, Any]) -> None:
    if values.get("customer_email"):
        raise invalid("You may only specify one of these parameters: customer, customer_email.", param="customer")
    found = objects.get(store, account, "customer", values["customer"], param="customer")
    if found.get("deleted"):
        raise missing("customer", values["customer"], param="customer")


def check_metadata(metadata: Any, param: str) -> None:
    """At most 50 keys of 40 characters with values of 500. Raises `Refused`."""
    if metadata in (None, ""):
        return
    if not isinstance(metadata, dict):
        raise invalid("Invalid object", param=param)
    if len(metadata) > 50:
        raise invalid("Metadata can have up to 50 keys.", param=param)
    for key, value in metadata.items():
        if len(key) > 40:
            raise invalid(f"Metadata keys can be up to 40 characters: {key}", param=param)
        if len(str(value)) > 500:
            raise invalid(f"Metadata values can be up to 500 characters: {key}", param=f"{param}[{key}]")


def _line(item: dict[str, Any], place: int) -> dict[str, Any]:
    price = item.get("price_data")
    param = f"line_items[{place}]"
    if not price:
        raise invalid(f"No such price: '{item.get('price', '')}'", param=f"{param}[price]", code="resource_missing")
    quantity = int(item.get("quantity", 1))
    if quantity < 1:
        raise invalid("Quantity must be at least 1.", param=f"{param}[quantity]", code="parameter_invalid_integer")
    if not re.fullmatch(r"[a-z]{3}", str(price["currency"]).lower()):
        raise invalid(f"Invalid currency: {price['currency']}", param=f"{param}[price_data][currency]")
    name = (price.get("product_data") or {}).get("name", "")
    if not name and not price.get("product"):
        raise invalid(
            "product_data needs a name.", param=f"{param}[price_data][product_data][name]", code="parameter_missing"
        )
    if ("unit_amount" in price) == ("unit_amount_decimal" in price):
        raise invalid("Give one of unit_amount and unit_amount_decimal.", param=f"{param}[price_data][unit_amount]")
    unit = Decimal(str(price.get("unit_amount", price.get("unit_amount_decimal"))))
    if unit < 0:
        raise invalid(
            "Invalid non-negative integer", param=f"{param}[price_data][unit_amount]", code="parameter_invalid_integer"
        )
    amount = int((unit * quantity).quantize(Decimal(1)))
    return {
        "id": f"li_{place}", "object": "item", "amount_discount": 0, "amount_subtotal": amount, "amount_tax": 0,
        "amount_total": amount, "currency": str(price["currency"]).lower(), "description": name, "quantity": quantity,
        "price": {"object": "price", "unit_amount": int(unit), "currency": str(price["currency"]).lower()},
        "_images": (price.get("product_data") or {}).get("images") or [],
    }  # fmt: skip


def _shipping(values: dict[str, Any], currency: str) -> int:
    options = values.get("shipping_options") or []
    if not options:
        return 0
    amount = (options[0].get("shipping_rate_data") or {}).get("fixed_amount") or {}
    if amount.get("currency", currency).lower() != currency:
        raise invalid("The shipping rate must have the session's currency.", param="shipping_options")
    return int(amount.get("amount", 0))


def expire(store: Store, account: Account, session: dict[str, Any]) -> dict[str, Any]:
    """Raises `Refused` unless it is open."""
    if session["status"] != "open":
        raise invalid(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of {session["status"]}.'
        )
    objects.save(store, account, session | {"status": "expired", "url": None})
    session = objects.get(store, account, "checkout.session", session["id"])
    emit(store, account, ("checkout.session.expired", session))
    return session


def keeps_cards(session: dict[str, Any]) -> bool:
    """Whether the page has a box by which the shopper lets the card be kept."""
    return bool((session.get("saved_payment_method_options") or {}).get("payment_method_save") == "enabled")


def pay(
    store: Store, account: Account, session_id: str, *, card: str = "success", email: str = "", keep: bool = False
) -> dict[str, Any]:
    """The shopper presses Pay. `card`: a key of PLASTIC or DECLINES, bank_success or bank_failure; `keep`: the box is
    ticked. One transaction.

    Returns {"outcome": "paid"|"declined"|"processing"|"closed", "message", "url"}; paying twice changes nothing.
    """
    with store.write():
        session = current(store, account, session_id)
        if session["status"] == "complete":
            return {"outcome": "closed", "message": "", "url": success_url(session)}
        if session["status"] == "expired":
            return {
                "outcome": "closed",
                "message": gettext_noop("This link has expired."),
                "url": session["cancel_url"] or "",
            }
        intent = _intent_of(store, account, session)
        if reserves(intent) and card.startswith("bank_"):
            card = "declined"  # the real page does not even offer it: a debit cannot be reserved
        if card in DECLINES:
            return _decline(store, account, session, intent, card)
        session["customer_details"] = {
            "email": email or session["customer_email"],
            "name": None,
            "phone": None,
            "address": None,
        }
        if card.startswith("bank_"):
            return _start_bank(store, account, session, intent, card)
        owner = session["customer"] if keep and keeps_cards(session) else None
        method = objects.save(store, account, objects.new_payment_method(store, customer=owner, **PLASTIC[card]))
        intent, charge = succeed(store, account, intent, method, email)
        paid = "unpaid" if reserves(intent) else "paid"  # what is only reserved is not yet in the account
        done = {"status": "complete", "payment_status": paid, "payment_intent": intent["id"], "url": None}
        session = objects.save(store, account, session | done)
        emit(
            store,
            account,
            *([("payment_method.attached", method)] if owner else []),
            ("charge.succeeded", charge),
            (went_well(intent), intent),
            ("checkout.session.completed", session),
        )
        return {"outcome": "paid", "message": "", "url": success_url(session)}


def _intent_of(store: Store, account: Account, session: dict[str, Any]) -> dict[str, Any]:
    if session["payment_intent"]:
        return objects.get(store, account, "payment_intent", session["payment_intent"])
    intent = objects.save(store, account, objects.new_payment_intent(store, session, session["_intent"]))
    session["payment_intent"] = intent["id"]
    emit(store, account, ("payment_intent.created", intent))
    return intent


def succeed(
    store: Store, account: Account, intent: dict[str, Any], method: dict[str, Any], email: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The money is here, or reserved where the intent is to be captured by hand: the intent and its charge."""
    intent["payment_method"] = method["id"]
    charge = objects.save(store, account, objects.new_charge(store, intent, paid=True, email=email, method=method))
    taken = {"status": "succeeded", "amount_received": intent["amount"]}
    held = {"status": "requires_capture", "amount_capturable": intent["amount"]}
    intent |= held if reserves(intent) else taken
    intent |= {"latest_charge": charge["id"], "last_payment_error": None}
    return objects.save(store, account, intent), charge


def reserves(intent: dict[str, Any]) -> bool:
    """Whether its money is reserved first and captured later."""
    return bool(intent["capture_method"] == "manual")


def went_well(intent: dict[str, Any]) -> str:
    """The event that says that the cardholder has done their part."""
    kind = "amount_capturable_updated" if intent["status"] == "requires_capture" else "succeeded"
    return f"payment_intent.{kind}"


def _decline(
    store: Store, account: Account, session: dict[str, Any], intent: dict[str, Any], card: str
) -> dict[str, Any]:
    code, decline_code, message = DECLINES[card]
    charge = objects.save(store, account, objects.new_charge(store, intent, paid=False, failure=code))
    intent |= {
        "status": "requires_payment_method", "latest_charge": charge["id"],
        "last_payment_error": {"code": code, "decline_code": decline_code, "message": message, "type": "card_error", "charge": charge["id"]},
    }  # fmt: skip
    objects.save(store, account, intent)
    objects.save(store, account, session)
    emit(store, account, ("charge.failed", charge), ("payment_intent.payment_failed", intent))
    return {"outcome": "declined", "message": message, "url": ""}


def _start_bank(
    store: Store, account: Account, session: dict[str, Any], intent: dict[str, Any], card: str
) -> dict[str, Any]:
    intent = objects.save(store, account, intent | {"status": "processing", "payment_method_types": ["sepa_debit"]})
    session = objects.save(store, account, session | {
        "status": "complete", "payment_intent": intent["id"], "url": None, "_bank": card, "_bank_due": store.now() + float(store.setting("bank_seconds", BANK_SECONDS)),
    })  # fmt: skip
    emit(store, account, ("payment_intent.processing", intent), ("checkout.session.completed", session))
    return {"outcome": "processing", "message": "", "url": success_url(session)}


def settle_bank(store: Store, account: Account, session: dict[str, Any]) -> None:
    """The bank has made up its mind about a delayed payment."""
    intent = objects.get(store, account, "payment_intent", session["payment_intent"])
    if session["_bank"] == "bank_success":
        method = objects.save(store, account, objects.new_payment_method(store, kind="sepa_debit"))
        intent, charge = succeed(store, account, intent, method)
        session = objects.save(store, account, session | {"payment_status": "paid", "_bank": ""})
        emit(
            store,
            account,
            ("charge.succeeded", charge),
            ("payment_intent.succeeded", intent),
            ("checkout.session.async_payment_succeeded", session),
        )
        return
    intent |= {
        "status": "requires_payment_method",
        "last_payment_error": {
            "code": "payment_intent_payment_attempt_failed",
            "message": "The bank refused the debit.",
            "type": "card_error",
        },
    }
    intent = objects.save(store, account, intent)
    session = objects.save(store, account, session | {"_bank": ""})
    emit(store, account, ("payment_intent.payment_failed", intent), ("checkout.session.async_payment_failed", session))


def current(store: Store, account: Account, session_id: str) -> dict[str, Any]:
    """The session as it is now: one whose time has come is expired first. Raises `Refused`."""
    session = objects.get(store, account, "checkout.session", session_id)
    if session["status"] == "open" and session["expires_at"] <= store.now():
        session = expire(store, account, session)
    if session["payment_intent"]:
        captures.current(store, account, session["payment_intent"])
    return session


def success_url(session: dict[str, Any]) -> str:
    return str(session["success_url"] or "").replace("{CHECKOUT_SESSION_ID}", quote(session["id"]))


def pass_time(store: Store, account: Account) -> None:
    """What happens by the clock alone: expiry and slow banks."""
    rows = store.all(
        "select id from objects where account = ? and kind = 'checkout.session' and (json_extract(data, '$._bank') != ''"
        " or (json_extract(data, '$.status') = 'open' and json_extract(data, '$.expires_at') <= ?))",
        account.name, store.now(),
    )  # fmt: skip
    for row in rows:
        with store.write():
            session = current(store, account, row["id"])
            if session["_bank"] and session["_bank_due"] <= store.now():
                settle_bank(store, account, session)
    captures.pass_time(store, account)
