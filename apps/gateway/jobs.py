"""Who answers in a turn, and what a worker does besides turns and deliveries; keys are the queues NOTIFY names."""

from collections.abc import Callable

from apps.bot import effects
from apps.bot.turn import take_turn
from apps.notifications import actions as notifications
from apps.notifications import loyalty_news
from apps.payments import inbox as payments

from .turns import Respond

respond: Respond = take_turn


def _tell(limit: int) -> int:
    """News of orders first; they are waited for."""
    return notifications.run_due(limit) + loyalty_news.run_due(limit)


JOBS: dict[str, Callable[[int], int]] = {
    "effects": effects.run_due,
    "payments": payments.run_due,
    "notices": _tell,
}
