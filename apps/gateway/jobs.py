"""Who answers in a turn, and what a worker does besides turns and deliveries; keys are the queues NOTIFY names."""

from collections.abc import Callable

from apps.bot import effects
from apps.bot.turn import take_turn
from apps.catalog import waitlist
from apps.notifications import actions as notifications
from apps.notifications import loyalty_news, turns
from apps.orders import labelling, tracking
from apps.payments import inbox as payments
from apps.routing import offers

from . import keeping
from .turns import Respond


def notices(limit: int) -> int:
    """Lines for what was sold out move, and what happened is told: news of orders first, they are waited for."""
    done = waitlist.run_due(limit) + notifications.run_due(limit)
    return done + turns.run_due(limit) + loyalty_news.run_due(limit)


respond: Respond = take_turn


JOBS: dict[str, Callable[[int], int]] = {
    "effects": effects.run_due,
    "payments": payments.run_due,
    "tracking": tracking.run_due,
    "labels": labelling.run_due,
    "notices": notices,
    "offers": offers.run_due,
    "files": keeping.run_due,
}
