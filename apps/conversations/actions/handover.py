"""A platform's own desk, or another app there, takes a thread and gives it back: the assistant is silent in between."""

from typing import Any

from apps.messaging.events import ChannelEvent

from ..models import Conversation
from .baton import give_back, take_baton

# Who has a thread of Meta's is told by the id of an app, a page's inbox being one, too; when nobody has it, none is named.
# https://developers.facebook.com/docs/messenger-platform/handover-protocol
TAKEN = "take_thread_control"
META = ("pass_thread_control", TAKEN)
# https://developers.weixin.qq.com/doc/offiaccount/Customer_Service/Customer_Service_Management.html
DESK_TAKES, DESK_LEAVES = ("kf_create_session", "kf_switch_session"), "kf_close_session"


def change_hands(conversation: Conversation, event: ChannelEvent) -> None:
    """Taken: a person answers, whom we do not know, as after their words in the platform's inbox. Given back: the assistant
    does, unless somebody of ours took the thread. What is only asked for, or about roles, changes nothing."""
    is_taken = _is_taken(event, conversation.channel_account.config)
    if is_taken:
        take_baton(conversation, None, owner=Conversation.Owner.AGENT)
    elif is_taken is not None:
        give_back(conversation)


def _is_taken(event: ChannelEvent, config: dict[str, Any]) -> bool | None:
    if event.text in DESK_TAKES:
        return True
    if event.text == DESK_LEAVES:
        return False
    if event.text not in META:
        return None
    told = event.data.get("raw")
    owner = str((told.get("new_owner_app_id") if isinstance(told, dict) else "") or "")
    mine = str(config.get("app_id") or "")
    if not owner or not mine:
        return event.text == TAKEN  # an older shape names only who had it; and without an id of ours, a pass is to us
    return owner != mine
