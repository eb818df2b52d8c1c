"""Devices in a store that colleagues share."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..scoping import scoped_manager
from .location import Location
from .owned import MerchantOwned


class Tablet(MerchantOwned):
    """A device in a store that colleagues share. It knows itself by a key only it has; who is at it proves so by a PIN."""

    name = models.CharField(_("name"), max_length=60, help_text=_("As it is called in the store: Counter, Shoes."))
    location = models.ForeignKey(
        Location,
        verbose_name=_("location"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        help_text=_("Only colleagues of this store, or of none, are shown on it. Empty: everybody."),
    )
    locks_after = models.PositiveSmallIntegerField(
        _("locks after minutes"),
        default=5,
        db_default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("So long nobody touches it, and it asks for a PIN again."),
    )
    code_hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)  # to pair it
    code_until = models.DateTimeField(null=True, blank=True, editable=False)
    key_hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)  # of its cookie
    paired_at = models.DateTimeField(_("paired"), null=True, blank=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("at it now"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
    )
    touched_at = models.DateTimeField(_("last touched"), null=True, blank=True, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("tablet")
        verbose_name_plural = _("tablets")
        constraints = [
            models.UniqueConstraint(fields=["key_hash"], condition=~models.Q(key_hash=""), name="tablet_key_once"),
            models.UniqueConstraint(fields=["code_hash"], condition=~models.Q(code_hash=""), name="tablet_code_once"),
            models.CheckConstraint(
                name="tablet_nobody_at_an_unpaired_one", condition=models.Q(user=None) | ~models.Q(key_hash="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.location}" if self.location else self.name
