"""Which of a shop's customers need what: a name for each of the 25 places a customer can stand at.

Recency and frequency are scores from 1 to 5, 5 for the best fifth of the shop (see `reckon`).
"""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

SCORES = range(1, 6)


class Segment(models.TextChoices):
    CHAMPION = "champion", pgettext_lazy("segment of customers", "champions")
    LOYAL = "loyal", pgettext_lazy("segment of customers", "loyal")
    PROMISING = "promising", pgettext_lazy("segment of customers", "promising")
    NEW = "new", pgettext_lazy("segment of customers", "new")
    DRIFTING = "drifting", pgettext_lazy("segment of customers", "drifting off")
    AT_RISK = "at_risk", pgettext_lazy("segment of customers", "at risk")
    ASLEEP = "asleep", pgettext_lazy("segment of customers", "asleep")


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is in a segment, from and to which score, and what it says of them."""

    segment: Segment
    recency: tuple[int, int]
    frequency: tuple[int, int]
    about: Promise

    def holds(self, recency: int, frequency: int) -> bool:
        return self.recency[0] <= recency <= self.recency[1] and self.frequency[0] <= frequency <= self.frequency[1]


# The first that holds counts.
RULES = (
    Rule(Segment.CHAMPION, (4, 5), (4, 5), _("Buy often and bought lately. Thank them; they bring others.")),
    Rule(Segment.LOYAL, (3, 5), (3, 5), _("Come back again and again. Show them what is new first.")),
    Rule(Segment.PROMISING, (4, 5), (2, 2), _("Bought lately, and not for the first time. One more reason, and they stay.")),
    Rule(Segment.NEW, (4, 5), (1, 1), _("Have only just begun. A good second order decides.")),
    Rule(Segment.DRIFTING, (3, 3), (1, 2), _("It has been a while. A kind word is enough now, and cheaper than later.")),
    Rule(Segment.AT_RISK, (1, 2), (3, 5), _("Used to buy often and have stopped. Ask them why, in person.")),
    Rule(Segment.ASLEEP, (1, 2), (1, 2), _("Few orders, long ago. Wake them only with something they wanted.")),
)  # fmt: skip


def segment_of(recency: int, frequency: int) -> Segment:
    """The name of this place; every place of the grid has one."""
    return next(rule.segment for rule in RULES if rule.holds(recency, frequency))
