"""What was given away by hand."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .. import clock
from ..scoping import scoped_manager
from .owned import MerchantOwned


class Goodwill(MerchantOwned):
    """What somebody of the shop gave away by hand, under which limit. Append-only: a person's rows of a day add up."""

    class Kind(models.TextChoices):
        CREDIT = "credit", _("store credit")
        GIFT_CARD = "gift_card", _("gift card")
        REFUND = "refund", _("refund")
        POINTS = "points", _("points")

    IN_POINTS = "points"  # the unit of what is no money

    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("given by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    key = models.CharField(max_length=120)  # whoever gives the same again has given it once
    unit = models.CharField(max_length=6)  # a currency's code, or IN_POINTS
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=3)
    day = models.DateField(_("day"))  # the merchant's
    before = models.DecimalField(_("given before that day"), max_digits=19, decimal_places=3)
    most = models.DecimalField(max_digits=19, decimal_places=3, null=True)  # none for whoever runs the shop
    most_a_day = models.DecimalField(max_digits=19, decimal_places=3, null=True)
    created_at = models.DateTimeField(_("date"), default=clock.now, editable=False)

    objects: ClassVar[Any] = scoped_manager()

    class Meta:
        verbose_name = _("given by hand")
        verbose_name_plural = _("given by hand")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "kind", "key"], name="goodwill_once"),
            # Two at once would both stand after the same sum.
            models.UniqueConstraint(
                fields=["merchant", "given_by", "unit", "day", "before"],
                condition=models.Q(most_a_day__isnull=False),
                name="goodwill_one_after_the_other",
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0, before__gte=0), name="goodwill_gives"),
            models.CheckConstraint(
                condition=models.Q(most__isnull=True) | models.Q(amount__lte=models.F("most")), name="goodwill_within"
            ),
            models.CheckConstraint(
                condition=models.Q(most_a_day__isnull=True)
                | models.Q(before__lte=models.F("most_a_day") - models.F("amount")),
                name="goodwill_within_the_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.unit}"
