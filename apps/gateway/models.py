"""What the doors themselves remember."""

from typing import ClassVar

from django.db import models


class PeriodicRun(models.Model):
    """A scheduled job in one of its periods: two schedulers may ring, the row lets one of them in."""

    job = models.CharField(max_length=60)
    period_start = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects: ClassVar[models.Manager["PeriodicRun"]] = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "period_start"], name="periodicrun_once")]

    def __str__(self) -> str:
        return f"{self.job} {self.period_start:%Y-%m-%d %H:%M}"
