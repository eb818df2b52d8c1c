"""What the shop sells in beside its own currency."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..scoping import scoped_manager
from .owned import MerchantOwned


class ShopCurrency(MerchantOwned):
    """A currency the shop sells in beside its own. Who is in one of the countries pays in it, unless they chose another."""

    class Ending(models.TextChoices):
        EXACT = "exact", _("exactly")
        WHOLE = "1", _("to a whole amount")
        NINE = "0.99", _("to .99")
        FIVE = "0.95", _("to .95")

    currency = models.CharField(
        _("currency"), max_length=3, choices=[(code, code) for code in sorted(settings.CURRENCIES)]
    )
    countries = ArrayField(
        models.CharField(max_length=2),
        verbose_name=_("countries that pay in it"),
        default=list,
        blank=True,
        help_text=_("Country codes with commas between them: US, CA. Empty: only who asks for it."),
    )
    rate = models.DecimalField(
        _("fixed rate"),
        max_digits=12,
        decimal_places=6,
        null=True,
        blank=True,
        help_text=_(
            "How much of it one unit of the shop's own currency is. Prices are filled in by it when you say so, and points "
            "are reckoned by it; without a rate there are neither."
        ),
    )
    ending = models.CharField(
        _("prices filled in are rounded"), max_length=5, choices=Ending.choices, default=Ending.EXACT
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("further currency")
        verbose_name_plural = _("further currencies")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "currency"],
                name="shopcurrency_once",
                violation_error_message=_("The shop sells in this currency already."),
            ),
            models.CheckConstraint(
                condition=models.Q(rate=None) | models.Q(rate__gt=0),
                name="shopcurrency_rate_above_nothing",
                violation_error_message=_("A rate is more than nothing."),
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="shopcurrency_three_capitals"
            ),
        ]

    def __str__(self) -> str:
        return self.currency

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Countries are kept as capital letters, each once."""
        self.countries = sorted({country.strip().upper() for country in self.countries if country.strip()})
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """The shop's own currency needs no row, and a country pays in one currency."""
        if self.currency == self.merchant.currency:
            raise ValidationError({"currency": _("This is the shop's own currency.")})
        mine = {country.strip().upper() for country in self.countries}
        for other in ShopCurrency.objects.filter(merchant=self.merchant_id).exclude(pk=self.pk):
            if both := sorted(mine & set(other.countries)):
                told = {"countries": ", ".join(both), "currency": other.currency}
                raise ValidationError({"countries": _("%(countries)s: pays in %(currency)s already.") % told})
