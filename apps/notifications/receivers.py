"""A new fact wakes a worker; the row, not the signal, is what makes sure it is told."""

from typing import Any

from django.dispatch import receiver

from apps.catalog.signals import turn_began
from apps.conversations.actions.record import notify_workers
from apps.loyalty.signals import loyalty_event_recorded
from apps.messaging.sealed import on_open
from apps.orders.codes import licence_for
from apps.orders.signals import order_event_recorded
from apps.payments.actions import code_for

from .order_words import SPEAKERS

on_open("gift_card", code_for)
on_open("licence_code", licence_for)


@receiver(order_event_recorded)
def wake(sender: Any, *, kind: str, **facts: Any) -> None:
    if kind in SPEAKERS:
        notify_workers("notices")


@receiver(loyalty_event_recorded)
def wake_for_points(sender: Any, **facts: Any) -> None:
    notify_workers("notices")


@receiver(turn_began)
def wake_for_turn(sender: Any, **facts: Any) -> None:
    notify_workers("notices")
