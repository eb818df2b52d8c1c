"""Licence codes that a variant hands out: a pool of them, each kept sealed and given to one buyer."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from encrypted_fields.fields import EncryptedCharField

from apps.merchants import clock
from apps.merchants.models import MerchantOwned, new_public_id
from apps.merchants.scoping import scoped_manager

from .goods import Variant

LONGEST_CODE = 200


class CodePool(MerchantOwned):
    """The codes of one variant. Its stock is the number of its free codes, so that no more are held or sold."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    variant = models.OneToOneField(
        Variant, verbose_name=_("variant"), on_delete=models.PROTECT, related_name="code_pool"
    )
    location = models.ForeignKey(
        "merchants.Location", verbose_name=_("location"), on_delete=models.PROTECT, editable=False
    )
    low_at = models.PositiveIntegerField(
        _("warn at"), default=10, help_text=_("The first page says so when no more free codes than this are left.")
    )
    created_at = models.DateTimeField(_("created on"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("code pool")
        verbose_name_plural = _("code pools")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return str(self.variant)


class LicenceCode(MerchantOwned):
    """One code. It is told to its buyer alone; everybody else reads its end, where it is long enough to have one."""

    public_id = models.CharField(max_length=32, unique=True, default=new_public_id, editable=False)
    pool = models.ForeignKey(CodePool, verbose_name=_("code pool"), on_delete=models.PROTECT, related_name="codes")
    sealed: Any = EncryptedCharField(max_length=LONGEST_CODE, editable=False)
    fingerprint = models.CharField(max_length=64, editable=False)
    ends = models.CharField(_("ends in"), max_length=4, blank=True, editable=False)
    is_free = models.BooleanField(_("free"), default=True, editable=False)
    created_at = models.DateTimeField(_("created on"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("licence code")
        verbose_name_plural = _("licence codes")
        ordering = ["pk"]
        constraints = [
            # Whichever pool it is brought to: nobody is sold what somebody else has.
            models.UniqueConstraint(fields=["merchant", "fingerprint"], name="licencecode_once"),
        ]
        indexes = [models.Index(fields=["pool", "id"], name="licencecode_free", condition=models.Q(is_free=True))]

    def __str__(self) -> str:
        return f"•••• {self.ends}".strip()
