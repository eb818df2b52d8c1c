"""What one of a variant costs today, in a cart's currency and on its shopper's terms."""

from djmoney.money import Money

from apps.catalog.lists import FOR_EVERYONE, Terms, terms_for
from apps.catalog.models import Variant
from apps.catalog.products import NoPrice, price_of

from .models import Cart
from .money import money


def terms_of_cart(cart: Cart) -> Terms:
    """Which price lists count for the cart's shopper where it goes. In the merchant's scope."""
    country = cart.address.country if cart.address else ""
    return terms_for(cart.merchant, cart.customer_id, country=country)


def price_in(cart: Cart, variant: Variant) -> Money | None:
    """None where the merchant has set none in the cart's currency. Reads `all_prices` where they are loaded."""
    is_loaded = getattr(variant, "all_prices", None) is not None
    return current_price(variant, cart.currency, FOR_EVERYONE if is_loaded else terms_of_cart(cart))


def current_price(variant: Variant, currency: str, terms: Terms = FOR_EVERYONE) -> Money | None:
    """None where the merchant has set none. Reads `all_prices` where they are loaded."""
    try:
        price = price_of(variant, currency, terms)
    except NoPrice:
        return None
    return money(price.amount, currency)
