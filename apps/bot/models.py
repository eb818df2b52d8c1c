"""What the bot keeps: where a talk stands, every turn as it happened, what it asked of the outside, what it can explain.

Cart, order and payment never live here; slots hold their ids.
"""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

PATIENCE = 6  # points a shopper has before the bot stops trying and offers a person


class Session(MerchantOwned):
    """Where the talk stands. `state` is `state.State` as JSON: frames, patience, what was shown and said last."""

    conversation = models.OneToOneField(
        "conversations.Conversation", on_delete=models.CASCADE, related_name="bot_session"
    )
    state = models.JSONField(default=dict)
    version = models.CharField(max_length=16, blank=True)  # of the flows that wrote `state`
    turns = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = scoped_manager()


class Turn(MerchantOwned):
    """Append-only flight recorder: all that went in and came out of one turn, enough to run it again."""

    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="turns")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()  # the clock the turn saw
    fence = models.PositiveIntegerField()
    inputs = models.JSONField()  # what the shopper or an internal event said, and about whom
    commands = models.JSONField(default=list)  # how it was read
    facts = models.JSONField(default=list)  # every answer of the shop: [name, arguments, result]
    outputs = models.JSONField(default=list)  # contents said
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)  # {"flows": …}
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["conversation", "number"], name="turn_number_once")]


class Effect(MerchantOwned):
    """Something that needs the outside: committed by a turn, done by the worker without a lock, answered as an event."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        FAILED = "failed", _("given up")

    conversation = models.ForeignKey("conversations.Conversation", on_delete=models.CASCADE, related_name="effects")
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=20)  # a function in effects.py
    args = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    fence = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="effect_waiting", condition=models.Q(state="waiting"))]


class Article(MerchantOwned):
    """An answer the merchant wrote, in one language; `topic` is the same in all of them."""

    topic = models.SlugField(_("topic"), max_length=40)
    language = models.CharField(_("language"), max_length=10)
    title = models.CharField(_("title"), max_length=60)
    body = models.TextField(_("answer"))
    keywords = ArrayField(models.CharField(max_length=80), verbose_name=_("what people ask"), default=list, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("answer to a question")
        verbose_name_plural = _("answers")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "topic", "language"], name="article_topic_once_per_language")
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.language})"
