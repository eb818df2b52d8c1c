"""What can be done in a thread. Other apps import from here."""

from .baton import hand_back, lock_all, on_wire_since, put_in_line, take_over
from .choices import resolve_choice
from .internal import insert_internal_event
from .lock import lock_threads
from .masking import CODES, clean_text, mask_cards, mask_secrets
from .notes import keep_note
from .receive import Received, receive
from .record import notify_workers, record_event
from .send import language_of, send_message, window_closes_at

__all__ = [
    "CODES",
    "Received",
    "clean_text",
    "hand_back",
    "insert_internal_event",
    "keep_note",
    "language_of",
    "lock_all",
    "lock_threads",
    "mask_cards",
    "mask_secrets",
    "notify_workers",
    "on_wire_since",
    "put_in_line",
    "receive",
    "record_event",
    "resolve_choice",
    "send_message",
    "take_over",
    "window_closes_at",
]
