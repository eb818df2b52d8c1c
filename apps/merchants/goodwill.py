"""How much a colleague may give away by hand, at once and in a day. Whoever runs the shop may give anything.

The person's own row is the first lock a gift takes, before orders, members and accounts: two at once wait for each
other there, and the second counts what the first has given.
"""

from collections.abc import Iterable
from decimal import ROUND_UP, Decimal
from typing import Any

from babel.numbers import format_currency, format_decimal
from django.contrib.auth import get_user_model
from django.db.models import Sum
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _
from djmoney.money import Money

from . import clock
from .markets import worth_at_home
from .models import Goodwill, Merchant, StaffRole

MOST_NAMES = 3


class OverLimit(Exception):
    """More than this person may give; the sentence says how much they may, and who may give it instead."""

    def __init__(self, *, most: Decimal | None, left: Decimal | None, unit: str, owners: Iterable[str]) -> None:
        said = []
        if most is not None:
            said.append(_("At once you can give up to %s by hand.") % in_unit(most, unit))
        if left is not None:
            said.append(_("Left for today: %s.") % in_unit(left, unit))
        names = list(owners)
        if names:
            said.append(_("For more, ask whoever runs the shop: %s.") % ", ".join(names))
        else:
            said.append(_("For more, ask whoever runs the shop."))
        super().__init__(" ".join(said))
        self.most, self.left = most, left


class Gift:
    """Begun before anything else is locked, inside a transaction; `write` what it came to before that ends.

    Without an `actor` it is nobody's hand (a program, a rule, the shopper), and nothing is counted.
    """

    def __init__(self, merchant: Merchant, actor: Any) -> None:
        self.merchant, self.actor = merchant, actor
        if actor is not None:
            get_user_model().objects.select_for_update(no_key=True).get(pk=actor.pk)

    def write(self, kind: str, amount: Decimal, *, unit: str, key: str) -> None:
        """So much more is given. The same `key` again changes nothing. Raises `OverLimit`."""
        if self.actor is None or amount <= 0:
            return
        amount, unit = self._at_home(amount, unit)
        mine = Goodwill.objects.filter(merchant=self.merchant)
        if mine.filter(kind=kind, key=key).exists():
            return
        day = clock.now().astimezone(self.merchant.zone).date()
        rows = mine.filter(given_by=self.actor, unit=unit, day=day)
        before = rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        most, most_a_day = (None, None) if self._is_owner() else self._limits(unit)
        is_over = most is not None and amount > most
        if is_over or (most_a_day is not None and before + amount > most_a_day):
            left = None if most_a_day is None else max(most_a_day - before, Decimal(0))
            raise OverLimit(most=most, left=left, unit=unit, owners=self._owners())
        Goodwill.objects.create(
            merchant=self.merchant,
            given_by=self.actor,
            kind=kind,
            key=key,
            unit=unit,
            amount=amount,
            day=day,
            before=before,
            most=most,
            most_a_day=most_a_day,
        )

    def _at_home(self, amount: Decimal, unit: str) -> tuple[Decimal, str]:
        """Money of a further currency counts as what it is worth in the shop's own, where the shop has a rate for it."""
        worth = None if unit == Goodwill.IN_POINTS else worth_at_home(self.merchant, Money(amount, unit))
        if worth is None or unit == self.merchant.currency:
            return amount, unit
        return worth.quantize(Decimal("0.001"), ROUND_UP), self.merchant.currency

    def _limits(self, unit: str) -> tuple[Decimal | None, Decimal | None]:
        """(at once, in a day) as they are now, None for no limit; of money the shop has no rate for, nothing."""
        shop = Merchant.objects.get(pk=self.merchant.pk)
        if unit == Goodwill.IN_POINTS:
            return _decimal(shop.points_most), _decimal(shop.points_most_a_day)
        if unit == shop.currency or shop.goodwill_most is shop.goodwill_most_a_day is None:
            return shop.goodwill_most, shop.goodwill_most_a_day
        return Decimal(0), Decimal(0)

    def _is_owner(self) -> bool:
        runs = StaffRole.objects.filter(merchant=self.merchant, role=StaffRole.Role.ADMIN, is_active=True)
        return bool(self.actor.is_superuser or runs.filter(user=self.actor).exists())

    def _owners(self) -> list[str]:
        runs = StaffRole.objects.filter(merchant=self.merchant, role=StaffRole.Role.ADMIN, is_active=True)
        return [str(role.user) for role in runs.select_related("user").order_by("pk")[:MOST_NAMES]]


def in_unit(amount: Decimal, unit: str) -> str:
    """ "€20.00", "200 points", as the active language writes it."""
    locale = to_locale(get_language() or "en")
    if unit == Goodwill.IN_POINTS:
        return ngettext("%s point", "%s points", int(amount)) % format_decimal(amount, locale=locale)
    return format_currency(amount, unit, locale=locale)


def days_add_up() -> list[str]:
    """Each gift of a person stands after all they gave before it on that day, and a limit is never passed."""
    wrong, sums = [], dict[tuple[Any, ...], Decimal]()
    for row in Goodwill.objects.exclude(given_by=None).order_by("pk"):
        of_day = (row.merchant_id, row.given_by_id, row.unit, row.day)
        before = sums.get(of_day, Decimal(0))
        sums[of_day] = before + row.amount
        if row.before != before:
            wrong.append(f"gift {row.pk} counts {row.before} before it, and {before} were given")
        if row.most_a_day is not None and sums[of_day] > row.most_a_day:
            wrong.append(f"gift {row.pk} makes {sums[of_day]} {row.unit} on {row.day}, over {row.most_a_day}")
    return wrong


def _decimal(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)
