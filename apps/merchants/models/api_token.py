"""Keys of programs."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..scoping import scoped_manager
from .owned import MerchantOwned


class ApiToken(MerchantOwned):
    """A merchant's key to /api/v1/. Only its hash is kept; the key itself is shown once."""

    REFERENCE: ClassVar[str] = "token:"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    can_write = models.BooleanField(_("may change things"), default=False)
    created_at = models.DateTimeField(_("created on"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked on"), null=True, blank=True)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        """How a row names the program it comes from, which is no user and has no limit: "token:12"."""
        return f"{self.REFERENCE}{self.pk}"
