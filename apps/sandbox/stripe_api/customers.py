"""Customers, and the cards they let be kept: attached at checkout, shown, detached; never a number."""

from typing import Any

from ..accounts import Account
from ..store import Store
from . import objects
from .errors import invalid, missing
from .events import emit
from .sessions import check_metadata


def create(store: Store, account: Account, values: dict[str, Any]) -> dict[str, Any]:
    """Raises `Refused` for metadata out of bounds."""
    check_metadata(values.get("metadata"), "metadata")
    made = objects.save(store, account, {
        "id": objects.make_id("customer"), "object": "customer", "created": int(store.now()),
        "description": values.get("description"), "email": values.get("email"), "livemode": False,
        "metadata": values.get("metadata") or {}, "name": values.get("name"), "phone": values.get("phone"),
    })  # fmt: skip
    emit(store, account, ("customer.created", made))
    return made


def retrieve(store: Store, account: Account, customer_id: str) -> dict[str, Any]:
    """One that was deleted is known as such, and as nothing else."""
    found = objects.get(store, account, "customer", customer_id)
    return _gone(found) if found.get("deleted") else found


def living(store: Store, account: Account, customer_id: str) -> dict[str, Any]:
    """Raises `Refused` (resource_missing) for a deleted one, too."""
    found = objects.get(store, account, "customer", customer_id, param="customer")
    if found.get("deleted"):
        raise missing("customer", customer_id, param="customer")
    return found


def delete(store: Store, account: Account, customer_id: str) -> dict[str, Any]:
    """Their cards go with them. Raises `Refused` for one that has gone."""
    found = objects.save(store, account, living(store, account, customer_id) | {"deleted": True})
    for method in objects.every(store, account, "payment_method"):
        if method["customer"] == customer_id:
            objects.save(store, account, method | {"customer": None})
    emit(store, account, ("customer.deleted", found))
    return _gone(found)


def _gone(customer: dict[str, Any]) -> dict[str, Any]:
    return {"id": customer["id"], "object": "customer", "deleted": True}


def method_for(store: Store, account: Account, method_id: str, customer_id: str | None) -> dict[str, Any]:
    """The card, if it may be charged for this customer. Raises `Refused`."""
    method = objects.get(store, account, "payment_method", method_id, param="payment_method")
    if customer_id is None or method["customer"] is None:
        raise invalid(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a "
            "connected account without Customer attachment, or was detached from a Customer. It may not be used again.",
            param="payment_method",
        )
    if method["customer"] != customer_id:
        raise invalid(
            f"The customer does not have a payment method with the ID {method_id}. The payment method must be attached to the customer.",
            param="payment_method", code="resource_missing",
        )  # fmt: skip
    return method


def detach(store: Store, account: Account, method_id: str) -> dict[str, Any]:
    """It can never be charged again. Raises `Refused` for one that is nobody's."""
    method = objects.get(store, account, "payment_method", method_id, param="payment_method")
    if method["customer"] is None:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            param="payment_method",
        )
    detached = objects.save(store, account, method | {"customer": None})
    emit(store, account, ("payment_method.detached", detached))
    return detached
