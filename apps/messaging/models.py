"""Wordings a platform has approved, for the time when free text may not be sent."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

from .channel import TemplateRef, all_channels, channel_for
from .purposes import count_for


class Template(MerchantOwned):
    """One wording in one language on one account. `purpose` is what a content asks for ("order_shipped")."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("waiting for approval")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        PAUSED = "paused", _("paused")
        DISABLED = "disabled", _("switched off there")

    class Category(models.TextChoices):
        UTILITY = "utility", _("news of an order or a membership")
        MARKETING = "marketing", _("offer")

    channel_account = models.ForeignKey(
        "merchants.ChannelAccount", verbose_name=_("channel"), on_delete=models.CASCADE, related_name="templates"
    )
    purpose = models.CharField(_("purpose"), max_length=40)
    language = models.CharField(_("language"), max_length=10)
    name = models.CharField(_("name at the platform"), max_length=120)
    body = models.TextField(_("wording"), help_text=_("With {{1}}, {{2}} … for what changes."))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    category = models.CharField(_("category"), max_length=14, default=Category.UTILITY)
    platform_language = models.CharField(max_length=15, blank=True)  # as written there, where ours says it otherwise
    external_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(_("why not"), max_length=300, blank=True)  # in the platform's words
    has_more = models.BooleanField(default=False)  # a picture or code goes with it, which nothing here can give
    told_at = models.DateTimeField(_("state as of"), null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("approved wording")
        verbose_name_plural = _("approved wordings")
        constraints = [
            models.UniqueConstraint(
                fields=["channel_account", "purpose", "language"], name="template_once_per_language"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    @property
    def ref(self) -> TemplateRef:
        return TemplateRef(name=self.name, language=self.platform_language or self.language, body=self.body)

    @property
    def language_there(self) -> str:
        """As the platform writes it."""
        return self.platform_language or channel_for(self.channel_account.kind).template_language(self.language)

    def takes(self, count: int) -> bool:
        """Whether it can be sent with so many values."""
        channel = all_channels().get(self.channel_account.kind)
        return channel is not None and not self.has_more and channel.takes_values(self.body, count)

    @property
    def is_usable(self) -> bool:
        """Approved, and its places are those its purpose fills."""
        count = count_for(self.purpose)
        return self.state == self.State.APPROVED and count is not None and self.takes(count)


class MadeCode(MerchantOwned):
    """What a code to scan has to say where the platform makes it: asked for once for each word, for its codes last for ever
    and are counted."""

    channel_account = models.ForeignKey("merchants.ChannelAccount", on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=64)  # whoever scans it arrives with this
    address = models.CharField(max_length=300)
    made_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel_account", "word"], name="madecode_once")]

    def __str__(self) -> str:
        return self.address
