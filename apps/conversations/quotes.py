"""Which message answers which: what people are shown above an answer, and what a platform is told."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from apps.messaging.content import Quote

from .models import Conversation, Message, WirePart

SHOWN = 140  # characters of what is quoted


def quote_of(conversation: Conversation, seq: int) -> Quote | None:
    """The shopper's message of that number, to be answered; None where there is none any more."""
    found = conversation.messages.filter(seq=seq, author=Message.Author.SHOPPER).first()
    if found is None or found.content.get("kind") == "deleted":
        return None
    return Quote(seq, _words(found), _name_there(found))


def quoted_by(messages: Iterable[Message]) -> dict[int, dict[str, Any]]:
    """Message id → what it answers, as that stands now: `{"seq", "author", "text", "kind"}`. No query where none does."""
    asked = [(message, *_asked(message)) for message in messages]
    asked = [(message, seq, name) for message, seq, name in asked if seq or name]
    if not asked:
        return {}
    threads = {message.conversation_id for message, _seq, _name in asked}
    names = {name for _message, _seq, name in asked if name}
    parts = dict(
        WirePart.objects.filter(external_id__in=names, message__conversation__in=threads).values_list(
            "external_id", "message_id"
        )
    )
    is_meant = Q(seq__in={seq for _message, seq, _name in asked if seq}) | Q(pk__in=parts.values())
    is_meant |= Q(external_id__in=names) | Q(content__data__message_id__in=list(names))
    found = list(Message.objects.filter(is_meant, conversation__in=threads))
    by_seq = {(each.conversation_id, each.seq): each for each in found}
    by_name = {(each.conversation_id, _name_there(each)): each for each in found}
    by_pk = {each.pk: each for each in found}
    told = {}
    for message, seq, name in asked:
        thread = message.conversation_id
        by_its_name = (by_name.get((thread, name)) or by_pk.get(parts.get(name, 0))) if name else None
        meant = by_seq.get((thread, seq)) or by_its_name
        if meant is not None and meant.pk != message.pk:
            told[message.pk] = _shown(meant)
    return told


def _asked(message: Message) -> tuple[int, str]:
    """(number, name there) of what this one answers; of the shop's own only the number is known."""
    if message.is_inbound:
        return 0, message.reply_to
    return int((message.content.get("quote") or {}).get("seq", 0)), ""


def _name_there(message: Message) -> str:
    """Where events have names of their own, a message has another."""
    return str((message.content.get("data") or {}).get("message_id") or message.external_id)


def _shown(meant: Message) -> dict[str, Any]:
    kind = meant.content.get("kind", "")
    return {
        "seq": meant.seq,
        "author": meant.author,
        "text": _words(meant),
        "kind": meant.content.get("media_type") or kind,
    }


def _words(message: Message) -> str:
    """What was said with it; a file alone has none. Of ours nothing that only its reader may see."""
    said = message.content.get("text", "") if message.content.get("media_type") else message.text
    return " ".join(str(said or "").split())[:SHOWN]
