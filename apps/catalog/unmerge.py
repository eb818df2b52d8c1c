"""Wishes and places in line of two who were joined, and of two who are two again."""

from typing import Any

from apps.customers.models import Customer

from .waitlist import move_alerts, return_alerts
from .wishes import move_wishes, return_wishes


def join(source: Customer, target: Customer) -> dict[str, Any]:
    return {"wishes": move_wishes(source, target), "alerts": move_alerts(source, target)}


def part(source: Customer, target: Customer, moved: dict[str, Any] | None) -> None:
    """Merges from before there were wishes have nothing to give back."""
    if moved:
        return_wishes(source, target, moved["wishes"])
        return_alerts(source, target, moved["alerts"])
