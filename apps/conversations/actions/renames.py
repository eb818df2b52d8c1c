"""A shopper's name on the platform changes: same person, same thread; but a number that moved is a reason to doubt."""

from dataclasses import replace
from typing import Any

from django.db.models import Q

from apps.customers.actions import (
    find_identity,
    follow,
    identify,
    known_as,
    lose_number,
    names_of,
    rename_identity,
    set_apart,
)
from apps.customers.models import Identity
from apps.customers.registry import holds_anything
from apps.merchants.models import ChannelAccount
from apps.messaging.events import ChannelEvent, EventKind

from ..models import Conversation


def follow_renames(account: ChannelAccount, events: list[ChannelEvent]) -> list[ChannelEvent]:
    """Do what these events tell of new names; what came under the old one in the same batch is from the same person."""
    new_names: dict[str, dict[str, Any]] = {}
    for event in events:
        aliases = _new_names(event)
        external_id = aliases.get("user_id") or aliases.get("wa_id") or ""
        if external_id and _rename(account, event, external_id, aliases):
            new_names[event.external_user_id] = {"external_user_id": external_id, "aliases": aliases}
    return [replace(event, **new_names.get(event.external_user_id, {})) for event in events] if new_names else events


def _rename(account: ChannelAccount, event: ChannelEvent, external_id: str, aliases: dict[str, str]) -> bool:
    """Who has anything of their own here under the old name proves first that it is them. Whoever had the new name until
    then, or any of them, keeps what is theirs. False where nothing changed."""
    former = find_identity(account, event.external_user_id, event.aliases)
    if former is None:
        return False
    known = known_as(account, external_id, aliases)
    threads = Conversation.objects.filter(Q(identity=former) | Q(identity__in=known)).order_by("pk")
    list(threads.select_for_update(no_key=True, of=("self",)))
    theirs = list(known.exclude(pk=former.pk))
    if any(row.created_at >= event.occurred_at for row in theirs):
        return False  # they have written under the new one already
    for row in theirs:
        _give_up(row, external_id, aliases)
    if former.external_id != external_id and holds_anything(former.customer):
        set_apart(former)
        number = aliases.get("phone", "")
        follow(identify(account, external_id, display_name=former.display_name, phone=number, aliases=aliases), former)
        return True
    told = event.external_user_id, event.aliases
    return rename_identity(account, *told, external_id=external_id, aliases=aliases)


def _give_up(identity: Identity, external_id: str, aliases: dict[str, str]) -> None:
    """Names that somebody else goes by now. Who has a user id of their own loses a number that was only noted of them."""
    user_id = identity.aliases.get("user_id")
    is_filed_so = identity.external_id in names_of(external_id, aliases)
    if is_filed_so or (user_id and user_id == aliases.get("user_id")):
        set_apart(identity)
    else:
        lose_number(identity)


def _new_names(event: ChannelEvent) -> dict[str, str]:
    """As aliases; empty for any other event."""
    return dict(event.data.get("new", {})) if event.kind == EventKind.IDENTITY_CHANGED else {}
