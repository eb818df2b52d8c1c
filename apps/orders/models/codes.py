"""Which code was given for which piece of an order."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants import clock
from apps.merchants.models import MerchantOwned
from apps.merchants.scoping import scoped_manager

from .order import OrderLine


class HandedCode(MerchantOwned):
    """A code of the pool belongs to one piece of one line, for good: it was read, so it never becomes free again."""

    line = models.ForeignKey(OrderLine, verbose_name=_("goods"), on_delete=models.PROTECT, related_name="codes")
    piece = models.PositiveIntegerField(_("piece"))  # which of that line's, from 1
    code = models.OneToOneField(
        "catalog.LicenceCode", verbose_name=_("licence code"), on_delete=models.PROTECT, related_name="handed"
    )
    given_at = models.DateTimeField(_("given on"), default=clock.now, editable=False)
    withdraw_at = models.DateTimeField(_("to be withdrawn since"), null=True, editable=False)  # its price went back
    withdrawn_at = models.DateTimeField(_("withdrawn on"), null=True, editable=False)  # the shop has seen to it

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("given code")
        verbose_name_plural = _("given codes")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["line", "piece"], name="handedcode_once_for_each_piece"),
            models.CheckConstraint(condition=models.Q(piece__gte=1), name="handedcode_piece"),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None) | models.Q(withdraw_at__isnull=False),
                name="handedcode_withdrawn_when_asked",
            ),
        ]
        indexes = [
            models.Index(
                fields=["withdraw_at"],
                name="handedcode_to_withdraw",
                condition=models.Q(withdraw_at__isnull=False, withdrawn_at=None),
            )
        ]

    def __str__(self) -> str:
        return str(self.code)
