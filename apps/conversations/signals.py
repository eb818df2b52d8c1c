"""Sent after commit. They only wake: whoever must act reads the rows."""

from django.dispatch import Signal

message_recorded = Signal()  # conversation_id: int, seq: int
thread_changed = Signal()  # conversation_id: int, event_id: int
