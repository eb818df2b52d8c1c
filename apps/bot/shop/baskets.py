"""What a shopper put together in a platform's own basket, taken over at our own prices and as far as it is there."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.utils.translation import override
from djmoney.money import Money

from apps.carts.actions import MAX_LINES, MAX_QUANTITY, open_cart, top_up
from apps.carts.models import Cart
from apps.carts.money import money
from apps.carts.pricing import price_in, terms_of_cart
from apps.catalog.models import Product, Variant
from apps.catalog.prices import with_prices
from apps.catalog.products import variant_label

from .carts import Carts, named_variants

MOST_DIGITS = 12  # of a price that can be one
MOST_SHOWN = 24  # characters of a price or an article number that is not ours


class Baskets(Carts):
    def take_basket(self, *, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Put the rows ({"sku", "quantity", "unit_price", "currency"}) into the shopper's cart, each at least so many
        times: twice is once. What they say of prices is never taken, only told apart from ours:

        {"taken": kinds that are in the cart now, "priced": [{"title", "price", "told"}] that cost something else here,
        "short": [{"title", "left"}], "limited": titles of which more were wanted than go into an order, "sold_out",
        "full" (no room in the cart), "gone" (not for sale, or not in this currency), "uncounted": titles,
        "unknown": articles}.
        """
        cart = open_cart(self.customer)
        known = {row.sku: row for row in named_variants().filter(sku__in={row["sku"] for row in rows})}
        priced = _for_sale(cart, list(known.values()))
        wanted: dict[int, int] = {}
        for row in rows:
            variant = known.get(row["sku"])
            if variant is not None and variant.pk in priced and _pieces(row):
                wanted[variant.pk] = wanted.get(variant.pk, 0) + _pieces(row)
        there = top_up(self.customer, wanted) if wanted else {}
        with override(self.language):
            titles = {row.pk: variant_label(row) for row in known.values()}
        found = self._missed(cart, wanted, there, titles)
        named = [(known[row["sku"]], row) for row in rows if row["sku"] in known]
        return found | {
            "taken": len(there),
            "priced": self._told_otherwise([(one, row) for one, row in named if one.pk in there], priced, titles),
            "gone": _once(titles[one.pk] for one, _ in named if one.pk not in priced),
            "uncounted": _once(titles[one.pk] for one, row in named if one.pk in priced and not _pieces(row)),
            "unknown": _once(row["sku"][:MOST_SHOWN] or "?" for row in rows if row["sku"] not in known),
        }

    def _missed(
        self, cart: Cart, wanted: dict[int, int], there: dict[int, int], titles: dict[int, str]
    ) -> dict[str, Any]:
        """What was not to be had in the number that was wanted, by its reason."""
        absent = [pk for pk in wanted if pk not in there]
        is_full = bool(absent) and cart.lines.count() >= MAX_LINES
        fewer = [pk for pk, count in wanted.items() if there.get(pk, count) < count]
        return {
            "short": [{"title": titles[pk], "left": there[pk]} for pk in fewer if there[pk] < MAX_QUANTITY],
            "limited": [titles[pk] for pk in fewer if there[pk] == MAX_QUANTITY],
            "full": [titles[pk] for pk in absent] if is_full else [],
            "sold_out": [] if is_full else [titles[pk] for pk in absent],
        }

    def _told_otherwise(
        self, named: list[tuple[Variant, dict[str, Any]]], priced: dict[int, Money], titles: dict[int, str]
    ) -> list[dict[str, str]]:
        """Where the basket told another price than ours, or one in another currency."""
        found = []
        for variant, row in named:
            ours, told = priced[variant.pk], _told_price(row)
            if row["unit_price"] and told != ours:
                said = self.money(told) if told else f"{row['unit_price']} {row['currency']}".strip()[:MOST_SHOWN]
                found.append({"title": titles[variant.pk], "price": self.money(ours), "told": said})
        return found


def _for_sale(cart: Cart, variants: list[Variant]) -> dict[int, Money]:
    """{variant: what one costs the shopper of this cart}; without those that are not for sale."""
    sold = [row for row in variants if row.is_active and row.product.status == Product.Status.ACTIVE]
    with_prices(sold, terms_of_cart(cart))
    prices = {row.pk: price_in(cart, row) for row in sold}
    return {pk: price for pk, price in prices.items() if price is not None}


def _pieces(row: dict[str, Any]) -> int:
    """How many are wanted; 0 where that is no number of things."""
    count = row["quantity"]
    return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0


def _told_price(row: dict[str, Any]) -> Money | None:
    """The price of the basket; None where it is no amount of money."""
    try:
        amount = Decimal(row["unit_price"])
    except InvalidOperation:
        return None
    is_money = amount.is_finite() and abs(amount.adjusted()) < MOST_DIGITS and row["currency"] in settings.CURRENCIES
    return money(amount, row["currency"]) if is_money else None


def _once(titles: Any) -> list[str]:
    return list(dict.fromkeys(titles))
