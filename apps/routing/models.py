"""Who is here to answer, and who was given what."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager


class Presence(MerchantOwned):
    """Whether a person takes chats, as they said it with the switch, and when their console was last open.

    Silence means gone, whatever the switch says; how many chats they hold is counted from the threads.
    """

    class State(models.TextChoices):
        AVAILABLE = "available", _("available")
        ON_SHIFT = "on_shift", _("at work, for own shoppers only")
        AWAY = "away", _("away")
        OFF = "off", _("off")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    state = models.CharField(max_length=10, choices=State.choices, default=State.AVAILABLE)
    note = models.CharField(max_length=80, blank=True, default="", db_default="")  # when they are back, for colleagues
    switched_at = models.DateTimeField(null=True, blank=True)  # by their own hand; a console that just opens is none
    seen_at = models.DateTimeField()

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name_plural = "presences"
        constraints = [models.UniqueConstraint(fields=["merchant", "user"], name="presence_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.state}"


class Assignment(MerchantOwned):
    """One asking for a person, from the question to the answer; its times are the shop's service record.

    Who is asked just now is its open `Offer` and nothing else. `given_by`: a colleague passes the thread on. Until somebody
    accepts, whoever had it goes on having it, unless it was put in line: the thread's owner says which.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("waiting")
        TAKEN = "taken", _("taken")
        RETURNED = "returned", _("given back")
        WITHDRAWN = "withdrawn", _("called off")

    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="assignments")
    reason = models.CharField(max_length=40)
    context = models.JSONField(default=dict)  # what the assistant knew and tried; shown to whoever takes it
    is_after_hours = models.BooleanField(default=False)
    wanted = models.ForeignKey(  # whom the shopper asked for by name, or the colleague who passes it on
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_column="offered_to_id",  # its name since the first day: the version before this one still writes it
    )
    # "store:<number>", "skill:<name>" or "role:expert" a thread is passed on to; "" for no group
    meant_for = models.CharField(max_length=60, blank=True, default="", db_default="")
    given_by = models.ForeignKey(
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
        indexes = [
            models.Index(
                fields=["merchant", "asked_at"], name="assignment_waiting", condition=models.Q(outcome="waiting")
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}: {self.outcome}"


class Offer(MerchantOwned):
    """Somebody was asked to take a chat, for half a minute: who, when, and what became of it."""

    class Outcome(models.TextChoices):
        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        LAPSED = "lapsed", _("not answered")
        WITHDRAWN = "withdrawn", _("called off")

    class Reason(models.TextChoices):
        """Why it was declined."""

        BUSY = "busy", _("busy with somebody else")
        TOPIC = "topic", _("not my topic")
        LANGUAGE = "language", _("not my language")
        BREAK = "break", _("about to take a break")

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="offers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    is_known = models.BooleanField(default=False)  # they have answered this shopper before
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.OPEN)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True, default="")
    made_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"], condition=models.Q(outcome__in=["open", "accepted"]), name="offer_one_standing"
            ),
        ]
        indexes = [models.Index(fields=["until"], name="offer_open", condition=models.Q(outcome="open"))]

    def __str__(self) -> str:
        return f"{self.assignment_id} to {self.user_id}: {self.outcome}"
