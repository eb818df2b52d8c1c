"""A shopper's name on the platform changes: same person, same thread."""

from dataclasses import replace
from typing import Any

from apps.customers.actions import rename_identity
from apps.merchants.models import ChannelAccount
from apps.messaging.events import ChannelEvent, EventKind


def follow_renames(account: ChannelAccount, events: list[ChannelEvent]) -> list[ChannelEvent]:
    """Do what these events tell of new names; what came under the old one in the same batch is from the same person."""
    new_names: dict[str, dict[str, Any]] = {}
    for event in events:
        aliases = _new_names(event)
        external_id = aliases.get("user_id") or aliases.get("wa_id") or ""
        if external_id and rename_identity(
            account, event.external_user_id, event.aliases, external_id=external_id, aliases=aliases
        ):
            new_names[event.external_user_id] = {"external_user_id": external_id, "aliases": aliases}
    return [replace(event, **new_names.get(event.external_user_id, {})) for event in events] if new_names else events


def _new_names(event: ChannelEvent) -> dict[str, str]:
    """As aliases; empty for any other event."""
    told = event.data.get("new") if event.kind == EventKind.IDENTITY_CHANGED else None
    new = {key: str(value) for key, value in told.items()} if isinstance(told, dict) else {}
    number = new.get("new_wa_id") or new.get("wa_id") or ""
    names = {
        "user_id": new.get("new_user_id") or new.get("user_id") or "",
        "parent_user_id": new.get("parent_user_id", ""),
        "wa_id": number,
        "phone": number,
    }
    return {key: name for key, name in names.items() if name}
