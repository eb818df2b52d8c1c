"""A merchant's own places on the channels."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedJSONField

from ..scoping import scoped_manager
from .owned import MerchantOwned


class ChannelAccount(MerchantOwned):
    """A merchant's number, page or bot on one channel: a row without behaviour.

    `name` is the path part of its webhook address (`/webhooks/<kind>/<name>/`) and unique per kind.
    `config` keys are the channel's own (docs/adding-a-channel.md); secrets in it are stored encrypted.
    """

    kind = models.CharField(_("kind"), max_length=20)
    name = models.SlugField(_("name"), max_length=60)
    title = models.CharField(_("title"), max_length=80, blank=True)
    config: Any = EncryptedJSONField(_("access data"), default=dict)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="channelaccount_address")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        # The encrypted column would turn a missing secret into the word "None", which anybody could sign with.
        self.config = {key: value for key, value in self.config.items() if value not in (None, "")}
        super().save(*args, **kwargs)
