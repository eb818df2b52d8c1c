"""Sent after commit, only to wake: the fact itself is an OrderEvent row."""

from django.dispatch import Signal

order_event_recorded = Signal()  # order_id: int, kind: str
