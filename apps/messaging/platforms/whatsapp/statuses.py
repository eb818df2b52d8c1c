"""What WhatsApp tells of a message of ours."""

from typing import Any

from apps.messaging.events import ChannelEvent, EventKind, Receipt
from apps.messaging.platforms.meta import graph
from apps.messaging.reading import ignored, items, mapping, moment, text, whole

from .people import numbers

RECEIPTS = {
    "sent": Receipt.SENT,
    "delivered": Receipt.DELIVERED,
    "read": Receipt.READ,
    "played": Receipt.READ,
    "failed": Receipt.FAILED,
}


def status_news(status: dict[str, Any], item: Any) -> list[ChannelEvent]:
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
    aliases = {
        "user_id": text(status.get("recipient_user_id")),
        "parent_user_id": text(status.get("recipient_parent_user_id")),
        **numbers(text(status.get("recipient_id"))),
    }
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
            aliases={key: value for key, value in aliases.items() if value},
            data=data,
        )
    ]
