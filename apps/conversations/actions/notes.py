"""What staff write for staff: no channel ever carries it."""

from typing import Any

from ..models import Conversation, Note
from .masking import clean_text
from .record import record_event

LONGEST = 2000


def keep_note(conversation: Conversation, author: Any, text: str, *, client_id: str = "") -> Note:
    """A row for the pane beside the thread and an event in it. `client_id` is the console's own number for it."""
    note: Note = Note.objects.create(
        merchant_id=conversation.merchant_id,
        conversation=conversation,
        author=author,
        text=clean_text(text.strip())[:LONGEST],
    )
    data = {"text": note.text, **({"client_id": client_id} if client_id else {})}
    record_event(conversation, "note", actor=author, data=data)
    return note
