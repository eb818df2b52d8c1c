"""Wordings a platform has approved, for the time when free text may not be sent."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

from .channel import TemplateRef


class Template(MerchantOwned):
    """One wording in one language on one account. `purpose` is what a content asks for ("order_shipped")."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("waiting for approval")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        PAUSED = "paused", _("paused")

    channel_account = models.ForeignKey("merchants.ChannelAccount", on_delete=models.CASCADE, related_name="templates")
    purpose = models.CharField(_("purpose"), max_length=40)
    language = models.CharField(_("language"), max_length=10)
    name = models.CharField(_("name at the platform"), max_length=120)
    body = models.TextField(_("wording"), help_text=_("With {{1}}, {{2}} … for what changes."))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        constraints = [
            models.UniqueConstraint(
                fields=["channel_account", "purpose", "language"], name="template_once_per_language"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    @property
    def ref(self) -> TemplateRef:
        return TemplateRef(name=self.name, language=self.language, body=self.body)
