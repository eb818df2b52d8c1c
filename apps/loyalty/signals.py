"""Sent after commit, only to wake: the fact itself is a LoyaltyEvent row."""

from django.dispatch import Signal

loyalty_event_recorded = Signal()  # membership_id: int, kind: str
