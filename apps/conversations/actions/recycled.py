"""Whoever writes from a number that was silent for long, or that moved, need not be who wrote from it before."""

from typing import Any

from apps.customers.actions import IDLE, follow, identify, set_apart
from apps.customers.models import Identity
from apps.customers.registry import holds_anything
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import channel_for
from apps.messaging.events import ChannelEvent, EventKind

from ..models import Conversation

NOT_THEIRS = (EventKind.INTERNAL, EventKind.ECHO, EventKind.HANDOVER)  # says nothing of who has the number


def part_ways(conversation: Conversation, event: ChannelEvent) -> Identity | None:
    """The first word after a long silence: who was known by this number keeps thread and things, and is returned; the
    writer gets a thread of their own. None while there is no reason to doubt."""
    since = conversation.last_inbound_at
    if since is None or event.kind in NOT_THEIRS or event.occurred_at - since < IDLE:
        return None
    former = conversation.identity
    if not channel_for(former.channel_account.kind).is_known_by_number:
        return None
    set_apart(former)
    return former


def change_numbers(account: ChannelAccount, events: list[ChannelEvent]) -> dict[str, dict[str, Any]]:
    """A shopper's id on the platform changed: same person, same thread; but who has anything of their own here proves
    first that it is them. Whoever had the new id until then keeps what is theirs.

    Returns what an event under the old id is to say instead, by that id.
    """
    new_ids: dict[str, dict[str, Any]] = {}
    for event in events:
        new = event.data.get("new") if event.kind == EventKind.IDENTITY_CHANGED else None
        if isinstance(new, dict):
            new_ids |= _change(account, event, new)
    return new_ids


def _change(account: ChannelAccount, event: ChannelEvent, new: dict[str, Any]) -> dict[str, dict[str, Any]]:
    old_id, user_id = event.external_user_id, str(new.get("new_user_id") or new.get("user_id") or "")
    number = str(new.get("new_wa_id") or new.get("wa_id") or "")
    new_id = user_id or number
    if not new_id or new_id == old_id:
        return {}
    aliases = {"user_id": user_id, "phone": number, "wa_id": number}
    aliases = event.aliases | {key: value for key, value in aliases.items() if value}
    same = Identity.objects.filter(channel_account=account).select_related("customer", "channel_account__merchant")
    mine, theirs = same.filter(external_id=old_id).first(), same.filter(external_id=new_id).first()
    if theirs is not None:
        if mine is None or theirs.created_at >= event.occurred_at:
            return {}  # they have written from the new one already
        set_apart(theirs)
    if mine is not None and holds_anything(mine.customer):
        set_apart(mine)
        follow(identify(account, new_id, display_name=mine.display_name, phone=number, aliases=aliases), mine)
    elif mine is not None:
        same.filter(pk=mine.pk).update(external_id=new_id)
    return {old_id: {"external_user_id": new_id, "aliases": aliases}}
