"""Who is here to answer, and who was given what."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager


class Presence(MerchantOwned):
    """A person's console says every few seconds that it is open; silence means away."""

    class State(models.TextChoices):
        AVAILABLE = "available", _("available")
        AWAY = "away", _("away")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State.choices, default=State.AVAILABLE)
    seen_at = models.DateTimeField()

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name_plural = "presences"
        constraints = [models.UniqueConstraint(fields=["merchant", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.state}"


class Assignment(MerchantOwned):
    """One asking for a person, from the question to the answer; its times are the shop's service record."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("waiting")
        TAKEN = "taken", _("taken")
        RETURNED = "returned", _("given back")
        WITHDRAWN = "withdrawn", _("called off")

    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="assignments")
    reason = models.CharField(max_length=40)
    context = models.JSONField(default=dict)  # what the assistant knew and tried; shown to whoever takes it
    is_after_hours = models.BooleanField(default=False)
    offered_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    asked_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(outcome__in=["waiting", "taken"]),
                name="assignment_one_running",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.outcome}"
