"""Meta's news of an approved wording (webhook field `message_template_status_update`), the same on all its channels."""

from collections.abc import Mapping
from typing import Any

from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.platforms.meta.graph import TEMPLATE_STATES, reason_in_words
from apps.messaging.reading import fingerprint, ignored, mapping, moment, text

FIELD = "message_template_status_update"
LOCKED_FOR = {
    **dict.fromkeys(("FIRST_PAUSE", "SECOND_PAUSE", "RATE_LIMITING_PAUSE"), "paused"),
    "UNPAUSE": "approved",
    "DISABLED": "disabled",
}
THREAD = "templates"  # no shopper's: it waits in a line of its own


def template_news(change: dict[str, Any], entry: Mapping[str, Any]) -> ChannelEvent:
    """One change in our words; one that names nothing we know is `ignored`."""
    value = mapping(change.get("value"))
    name, state = text(value.get("message_template_name")), _state(value)
    if not name or state is None:
        return ignored(change, reason=FIELD)
    data = {
        "name": name,
        "language": text(value.get("message_template_language")),
        "external_id": text(value.get("message_template_id")),
        "state": state,
        "reason": reason_in_words(value.get("reason")),
    }
    at = text(entry.get("time"))
    return ChannelEvent(
        kind=EventKind.TEMPLATE,
        external_event_id=f"template:{fingerprint([at, value])}",
        external_user_id="",
        thread_key=THREAD,
        occurred_at=moment(at),
        data={key: said for key, said in data.items() if said},
    )


def _state(value: dict[str, Any]) -> str | None:
    """What is locked cannot be changed, which says nothing of sending; why it was locked does."""
    event, title = (text(said).upper() for said in (value.get("event"), mapping(value.get("other_info")).get("title")))
    return LOCKED_FOR.get(title) if event == "LOCKED" else TEMPLATE_STATES.get(event)
