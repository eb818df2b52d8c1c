"""What one of a variant costs today, in a cart's currency."""

from djmoney.money import Money

from apps.catalog.models import Variant
from apps.catalog.products import NoPrice, price_of

from .money import money


def current_price(variant: Variant, currency: str) -> Money | None:
    """None where the merchant has set none. Reads `all_prices` where they are loaded."""
    try:
        price = price_of(variant, currency)
    except NoPrice:
        return None
    return money(price.amount, currency)
