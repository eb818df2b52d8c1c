"""What a digital product hands over: a file of the shop's own, or a link to where it is to be had."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.merchants.models import MerchantOwned
from apps.merchants.private import PrivateStorage
from apps.merchants.scoping import scoped_manager

from .goods import Product


class Digital(MerchantOwned):
    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="digital")
    file = models.FileField(_("file"), upload_to="digital/", storage=PrivateStorage(), blank=True)
    url = models.URLField(_("or a link"), max_length=500, blank=True, help_text=_("To where the buyer gets it."))

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("what is handed over")
        verbose_name_plural = _("what is handed over")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(file="", url__gt="") | models.Q(file__gt="", url=""),
                name="digital_is_one_thing",
                violation_error_message=_("Give a file or a link, one of the two."),
            )
        ]

    def __str__(self) -> str:
        return self.file.name.rpartition("/")[2] if self.file else self.url
