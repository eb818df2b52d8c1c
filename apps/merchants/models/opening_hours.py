"""When a person answers."""

import datetime as dt
from typing import Any, ClassVar

from django.db import models
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from ..scoping import scoped_manager
from .owned import MerchantOwned


class OpeningHours(MerchantOwned):
    """When a person answers; no row for a weekday means closed. Times are the merchant's local time."""

    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=list(WEEKDAYS.items()))
    opens = models.TimeField(_("opens"), default=dt.time(9))
    closes = models.TimeField(_("closes"), default=dt.time(18))

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="openinghours_weekday"),
            models.CheckConstraint(condition=models.Q(opens__lt=models.F("closes")), name="openinghours_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()}: {self.opens:%H:%M}–{self.closes:%H:%M}"
