"""What WhatsApp tells of a message of ours."""

from decimal import Decimal
from typing import Any

from apps.messaging.events import ChannelEvent, EventKind, Receipt
from apps.messaging.platforms.meta import graph
from apps.messaging.reading import fingerprint, ignored, items, mapping, moment, text, whole

from .people import numbers

RECEIPTS = {
    "sent": Receipt.SENT,
    "delivered": Receipt.DELIVERED,
    "read": Receipt.READ,
    "played": Receipt.READ,
    "failed": Receipt.FAILED,
}


# WhatsApp's word on a payment is no money yet: that is booked where whoever takes it tells us, as of any other.
PAYMENTS = {"captured": "claimed", "failed": "failed", "pending": "pending"}


def status_news(status: dict[str, Any], item: Any) -> list[ChannelEvent]:
    """Of one message to one person: what is told of a group names no user, and of a payment no message."""
    if text(status.get("recipient_type")) == "group":
        return [ignored(item, reason="group", at=moment(status.get("timestamp")))]
    return _payment(status, item) if text(status.get("type")) == "payment" else _receipt(status, item)


def _receipt(status: dict[str, Any], item: Any) -> list[ChannelEvent]:
    receipt, target = RECEIPTS.get(text(status.get("status"))), text(status.get("id"))
    who = text(status.get("recipient_user_id")) or text(status.get("recipient_id"))
    at = moment(status.get("timestamp"))
    if receipt is None or not target:
        return [ignored(item, reason="status not understood", user=who, at=at)]
    errors = [mapping(error) for error in items(status.get("errors"))]
    error_class = str(graph.classify(whole(errors[0].get("code")), 400)) if errors else ""
    data: dict[str, Any] = {"errors": errors[:3]} if errors else {}
    if key := text(status.get("biz_opaque_callback_data")):
        data["key"] = key
    return [
        ChannelEvent(
            kind=EventKind.STATUS,
            external_event_id=f"{target}:{status['status']}",
            external_user_id=who,
            occurred_at=at,
            thread_key=who,
            target=target,
            receipt=str(receipt),
            error_class=error_class,
            aliases=_aliases(status),
            data=data,
        )
    ]


def _payment(status: dict[str, Any], item: Any) -> list[ChannelEvent]:
    """https://developers.facebook.com/docs/whatsapp/cloud-api/payments-api/payments-in/pg"""
    part, state = mapping(status.get("payment")), PAYMENTS.get(text(status.get("status")))
    who = text(status.get("recipient_user_id")) or text(status.get("recipient_id"))
    at = moment(status.get("timestamp"))
    if state is None or not who:
        return [ignored(item, reason="payment not understood", user=who, at=at)]
    amount = mapping(part.get("amount"))
    data = {
        "state": state,
        "reference": text(part.get("reference_id")),
        "amount": _sum(whole(amount.get("value")), whole(amount.get("offset"))),
        "currency": text(part.get("currency")),
        "provider_charge": text(mapping(part.get("transaction")).get("id")),
    }
    return [
        ChannelEvent(
            kind=EventKind.PAYMENT_UPDATE,
            external_event_id=fingerprint(item),
            external_user_id=who,
            occurred_at=at,
            thread_key=who,
            aliases=_aliases(status),
            data={key: value for key, value in data.items() if value},
        )
    ]


def _sum(value: int | None, offset: int | None) -> str:
    return str(Decimal(value) / offset) if value is not None and offset and offset > 0 else ""


def _aliases(status: dict[str, Any]) -> dict[str, str]:
    aliases = {
        "user_id": text(status.get("recipient_user_id")),
        "parent_user_id": text(status.get("recipient_parent_user_id")),
        **numbers(text(status.get("recipient_id"))),
    }
    return {key: value for key, value in aliases.items() if value}
