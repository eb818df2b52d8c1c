"""What the desk remembers of its own work."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants import clock
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager


class ImportedFile(MerchantOwned):
    """A file that gave or counted something: brought once more, it changes nothing. `digest` is of what its rows say."""

    sheet = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    actor = models.ForeignKey("accounts.User", null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        constraints = [models.UniqueConstraint(fields=["merchant", "sheet", "digest"], name="importedfile_once")]

    def __str__(self) -> str:
        return f"{self.sheet} {self.created_at:%Y-%m-%d}"
