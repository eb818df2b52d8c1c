"""Meta's news of an account itself: it is stopped, warned, badly rated, or all is well again.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/account_update (and
phone_number_quality_update, message_template_quality_update beside it), of a page
https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events/messaging_policy_enforcement
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from apps.messaging.channel import ErrorClass
from apps.messaging.events import ChannelEvent, EventKind
from apps.messaging.platforms.meta.graph import classify
from apps.messaging.reading import fingerprint, ignored, items, mapping, moment, text, whole

THREAD = "account"  # no shopper's: it waits in a line of its own
ENDED = ("ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "PARTNER_REMOVED")
WORSE, BETTER = ("FLAGGED", "DOWNGRADE"), ("UNFLAGGED", "UPGRADE")
NOT_REGISTERED = 133010
ACTIONS = {"block": "not_active", "warning": "breaks_rules", "unblock": ""}

News = dict[str, str]  # about what, the finding's code ("" where it is over) and what its sentence names


def account_news(change: dict[str, Any], entry: Mapping[str, Any]) -> ChannelEvent:
    """One change in our words; what says neither good nor bad is `ignored`."""
    field, value = text(change.get("field")), mapping(change.get("value"))
    told = READERS[field](value)
    if told is None:
        return ignored(change, reason=field)
    return _event(told, moment(entry.get("time")), [entry.get("time"), value])


def errors_news(change: dict[str, Any], errors: list[Any], at: dt.datetime) -> ChannelEvent:
    """Errors that stand where messages should: of the number, and of nobody's message."""
    for error in map(mapping, errors):
        code = whole(error.get("code"))
        if code == NOT_REGISTERED or classify(code, 400) in (ErrorClass.POLICY, ErrorClass.AUTH):
            said = text(error.get("message")) or text(error.get("title"))
            return _event({"about": "account", "code": "not_active", "said": f"{code} {said}"}, at, change)
    return ignored(change, reason="errors", at=at)


def policy_news(part: dict[str, Any], item: dict[str, Any], at: dt.datetime) -> ChannelEvent:
    """A page was warned, stopped, or may write again."""
    code = ACTIONS.get(text(part.get("action")))
    if code is None:
        return ignored(item, reason="policy", at=at)
    return _event({"about": "account", "code": code, "said": text(part.get("reason"))}, at, item)


def _event(told: News, at: dt.datetime, source: Any) -> ChannelEvent:
    return ChannelEvent(
        kind=EventKind.ACCOUNT,
        external_event_id=f"account:{fingerprint(source)}",
        external_user_id="",
        thread_key=THREAD,
        occurred_at=at,
        data={key: said for key, said in told.items() if said},
    )


def _account(value: dict[str, Any]) -> News | None:
    event = text(value.get("event")).upper()
    state = mapping(value.get("ban_info")).get("waba_ban_state")
    ban = " ".join(map(text, state)) if isinstance(state, list) else text(state)
    limits = [text(mapping(one).get("restriction_type")) for one in items(value.get("restriction_info"))]
    if "REINSTATE" in ban.upper() or event == "ACCOUNT_RECONNECTED":
        return {"about": "account", "code": ""}
    if ban or event in (*ENDED, "ACCOUNT_RESTRICTION"):
        said = ban or ", ".join(filter(None, limits)) or event
        return {"about": "account", "code": "not_active", "said": said}
    if event == "ACCOUNT_VIOLATION":
        said = text(mapping(value.get("violation_info")).get("violation_type"))
        return {"about": "account", "code": "breaks_rules", "said": said or event}
    return None


def _number_quality(value: dict[str, Any]) -> News | None:
    event = text(value.get("event")).upper()
    if event not in (*WORSE, *BETTER):
        return None
    said = " ".join(filter(None, (event, text(value.get("current_limit")))))
    return {"about": "quality", "code": "poor_quality" if event in WORSE else "", "said": said}


def _wording_quality(value: dict[str, Any]) -> News | None:
    name, score = text(value.get("message_template_name")), text(value.get("new_quality_score")).upper()
    if not name or not score:
        return None
    return {"about": f"wording {name}", "code": "poor_wording" if score == "RED" else "", "name": name, "said": score}


READERS: dict[str, Callable[[dict[str, Any]], News | None]] = {
    "account_update": _account,
    "phone_number_quality_update": _number_quality,
    "message_template_quality_update": _wording_quality,
}
