"""Prices in a further currency, filled in by the merchant's fixed rate where there are none (docs/decisions/currencies.md).

They are prices like any others from then on: a rate that changes later changes none of them.
"""

from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef
from djmoney.money import Money

from apps.merchants.currency import exponent
from apps.merchants.models import Merchant, ShopCurrency

from .index import refresh
from .models import Price

AT_ONCE = 1000
ONE = Decimal(1)


def converted(amount: Decimal, row: ShopCurrency) -> Decimal:
    """An amount of the shop's own currency by the row's rate, with its ending; something never becomes nothing.

    Raises `ValueError` for a row without a rate.
    """
    if row.rate is None:
        raise ValueError(f"{row.currency} has no rate")
    if not amount:
        return Decimal(0)
    places = exponent(row.currency)
    least = ONE.scaleb(-places)
    exact = amount * row.rate
    if row.ending == ShopCurrency.Ending.EXACT:
        return max(exact.quantize(least, rounding=ROUND_HALF_UP), least)
    if row.ending == ShopCurrency.Ending.WHOLE or not places:
        return max(exact.quantize(ONE, rounding=ROUND_HALF_UP), ONE)
    below = ONE - Decimal(row.ending)
    return max((exact + below).quantize(ONE, rounding=ROUND_HALF_UP), ONE) - below


@transaction.atomic
def fill_prices(merchant: Merchant, row: ShopCurrency) -> int:
    """A price in this currency for all that has one in the shop's own and none in it; returns how many. Again adds only
    what is missing. In the merchant's scope.

    Raises `ValueError` for a row without a rate, or of another shop.
    """
    if row.merchant_id != merchant.pk:
        raise ValueError("this currency is another shop's")
    theirs = Price.objects.filter(variant=OuterRef("variant"), amount_currency=row.currency)
    missing = Price.objects.filter(~Exists(theirs), amount_currency=merchant.currency)
    products: set[int] = set()
    made = 0
    rows = list(missing.order_by("pk").values_list("variant_id", "variant__product_id", "amount", "compare_at"))
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        fresh = [_price(merchant, row, variant, amount, before) for variant, _product, amount, before in part]
        made += len(Price.objects.bulk_create(fresh, ignore_conflicts=True))
        products |= {product for _variant, product, _amount, _before in part}
    refresh(merchant, sorted(products))
    return made


def _price(merchant: Merchant, row: ShopCurrency, variant: int, amount: Decimal, before: Decimal | None) -> Price:
    now = converted(amount, row)
    was = converted(before, row) if before is not None else None
    return Price(  # type: ignore[misc]  # the stubs take a MoneyField for a DecimalField
        merchant=merchant,
        variant_id=variant,
        amount=Money(now, row.currency),
        compare_at=Money(was, row.currency) if was is not None and was > now else None,
    )
