"""What points are good for, the levels, and the one set of rules by which points are earned."""

from collections.abc import Hashable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.loyalty.models import LoyaltyProgramme, Reward, RewardKind, Tier
from apps.merchants.models import Merchant

from .cells import Amount, Choice, Number, Text, Whole, YesNo
from .named import NamedSheet
from .rows import RowSheet
from .sheet import Column, in_languages
from .taking import Take, WrongColumn

DAYS = Whole(most=32_767)
POINTS = Whole(most=1_000_000)


class RewardSheet(NamedSheet):
    name = "rewards"
    about = gettext_lazy(
        "A row for each reward. One that is not in the file stays; to end it, write no under “is_active”."
    )
    model = Reward

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        return (
            *self.identity(merchant),
            Column("kind", Choice(tuple(RewardKind.values))),
            Column("cost", Whole(least=1), is_needed=True),
            Column("amount", Amount()),
            Column("sku", Text()),
            Column("valid_days", DAYS),
            Column("position", DAYS),
            Column("is_active", YesNo()),
        )


class TierSheet(RowSheet):
    name = "levels"
    about = gettext_lazy("A row for each level, known by the points in twelve months that lead to it.")
    model = Tier
    needed = ("threshold",)

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        return (
            Column("threshold", Whole(most=100_000_000), is_key=True),
            *in_languages(merchant, "name", is_needed=True),
            Column("earn_percent", Whole(least=100, most=1000)),
        )

    def key(self, cells: dict[str, str]) -> Hashable:
        said = cells["threshold"]
        if not (said.isascii() and said.isdigit() and len(said) < 10):
            raise WrongColumn("threshold", _("Write a whole number."))
        return int(said)

    def known(self, take: Take, keys: set[Any]) -> dict[Hashable, Any]:
        return {row.threshold: row for row in Tier.objects.filter(threshold__in=keys)}

    def fresh(self, take: Take, key: Any) -> Tier:
        return Tier(merchant=take.merchant, threshold=key)


class ProgrammeSheet(RowSheet):
    name = "earning-rules"
    about = gettext_lazy("One row: a shop has one set of rules.")
    model = LoyaltyProgramme

    def columns(self, merchant: Merchant) -> Sequence[Column]:
        return (
            Column("is_active", YesNo()),
            Column("points", Whole(most=100_000)),
            Column("per_amount", Number()),
            Column("rounding", Choice(tuple(LoyaltyProgramme.Rounding.values))),
            Column("return_days", DAYS),
            Column("expiry_months", DAYS),
            Column("clawback", Choice(tuple(LoyaltyProgramme.Clawback.values))),
            *(Column(f"{name}_bonus", POINTS) for name in ("first_order", "review", "birthday", "referrer", "friend")),
            Column("grace_days", DAYS),
            Column("terms_url", Text()),
        )

    def key(self, cells: dict[str, str]) -> Hashable:
        return "rules"

    def known(self, take: Take, keys: set[Any]) -> dict[Hashable, Any]:
        row = LoyaltyProgramme.objects.first()
        return {"rules": row} if row else {}
