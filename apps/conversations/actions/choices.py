"""Choices on offer: a tap's token, a typed number and a typed label all lead to the same row."""

import datetime as dt
import secrets
import unicodedata
from typing import Any, TypeVar

from django.db.models import QuerySet

from apps.merchants.prepared import Prepared
from apps.messaging.content import Content, all_choices, numbered, with_tokens

from ..models import Conversation, PendingChoice

LIFETIME = dt.timedelta(hours=24)
C = TypeVar("C", bound=Content)


def _of_the_latest(conversation: int) -> QuerySet[PendingChoice]:
    mine = PendingChoice.objects.filter(conversation_id=conversation)
    latest = mine.order_by("-message_id").values("message_id")[:1]
    found: QuerySet[PendingChoice] = mine.filter(message_id=latest)
    return found


_latest_offer = Prepared(_of_the_latest, conversation=int)


def new_token() -> str:
    """`c:` and ten characters (60 random bits): short enough for every platform's button payload."""
    return f"c:{secrets.token_urlsafe(8)[:10]}"


def give_tokens(content: C) -> tuple[C, list[tuple[str, int | None, str, Any]]]:
    """The content with tokens stamped in, and (token, typed number or None, label, action) of every choice that acts."""
    offered = {id(choice): choice for choice in all_choices(content) if choice.action}
    if not offered:
        return content, []
    numbers = {id(choice): number for number, choice in numbered(content)}
    tokens = {key: new_token() for key in offered}
    rows = [(tokens[key], numbers.get(key), choice.label[:200], choice.action) for key, choice in offered.items()]
    return with_tokens(content, tokens), rows


def resolve_choice(
    conversation: Conversation, *, token: str = "", number: int | None = None, label: str = ""
) -> PendingChoice | None:
    """What the shopper picked: a token of any age (`is_expired` says so), else against the latest offer still good."""
    if token:
        return PendingChoice.objects.filter(conversation=conversation, token=token).first()
    on_offer = [choice for choice in _latest_offer(conversation=conversation.pk) if not choice.is_expired]
    if number is not None:
        return next((choice for choice in on_offer if choice.number == number), None)
    wanted = _plain(label)
    same = [choice for choice in on_offer if wanted and _plain(choice.label) == wanted]
    return same[0] if len(same) == 1 or (same and all(row.action == same[0].action for row in same)) else None


def _plain(label: str) -> str:
    """Letters and digits only, without case or width, so that "✅ Yes!" and "yes" are one."""
    folded = unicodedata.normalize("NFKC", label).casefold()
    return " ".join("".join(char if char.isalnum() else " " for char in folded).split())
