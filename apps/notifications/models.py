"""Which facts have been spoken of. One row per fact, so that a fact is told once however often it is swept."""

from typing import Any, ClassVar

from django.db import models

from apps.merchants import clock
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager


class Notice(MerchantOwned):
    source = models.CharField(max_length=20)  # which app's fact: "order"
    event = models.BigIntegerField()  # its row
    message = models.ForeignKey(
        "conversations.Message", null=True, on_delete=models.SET_NULL, related_name="notices"
    )  # what was said; none where the fact needed no words or nobody could be reached
    attempts = models.PositiveSmallIntegerField(default=0)  # that failed
    next_at = models.DateTimeField(null=True, blank=True)  # when to try again; None once it is settled or given up
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "event"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.source}:{self.event}"
