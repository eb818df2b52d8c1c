"""Who works for a merchant, and as what."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..scoping import scoped_manager
from .location import Location
from .owned import MerchantOwned


class StaffRole(MerchantOwned):
    class Role(models.TextChoices):
        EXPERT = "expert", _("expert")
        ASSOCIATE = "associate", _("associate")
        LEAD = "lead", _("lead")
        MANAGER = "manager", _("manager")
        ADMIN = "admin", _("admin")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("colleague"), on_delete=models.CASCADE)
    role = models.CharField(_("role"), max_length=12, choices=Role.choices, default=Role.ASSOCIATE)
    location = models.ForeignKey(Location, verbose_name=_("location"), null=True, blank=True, on_delete=models.SET_NULL)
    languages = ArrayField(models.CharField(max_length=10), verbose_name=_("languages"), default=list, blank=True)
    skills = ArrayField(models.CharField(max_length=40), verbose_name=_("skills"), default=list, blank=True)
    capacity = models.PositiveSmallIntegerField(
        _("chats at a time"),
        default=4,
        db_default=4,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("Nobody is offered more than so many at once; experts never more than four."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = scoped_manager()

    MOST_FOR_EXPERTS = 4

    class Meta:
        verbose_name = _("colleague")
        verbose_name_plural = _("people")
        constraints = [models.UniqueConstraint(fields=["merchant", "user"], name="staffrole_once_per_merchant")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"

    @property
    def most_chats(self) -> int:
        """So many shoppers this person answers at once."""
        return min(self.capacity, self.MOST_FOR_EXPERTS) if self.role == self.Role.EXPERT else self.capacity
