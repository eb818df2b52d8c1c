"""The currencies of the shop: what the shopper reads prices in, and going over to another."""

from typing import Any

from django.utils.translation import override

from apps.carts.actions import move_cart, open_cart
from apps.carts.currencies import choose_currency, sold_by
from apps.carts.errors import CartClosed
from apps.carts.spoken import currency_in_words
from apps.payments.models import CartTender

from .base import Desk


class Currencies(Desk):
    def currencies(self) -> dict[str, Any]:
        """{"now": code, "all": [{"code", "name"}]}, the shop's own first."""
        rows = [{"code": code, "name": currency_in_words(code, self.language)} for code in sold_by(self.customer)]
        return {"now": self.currency, "all": rows}

    def use_currency(self, *, code: str, drop: bool = False) -> dict[str, Any]:
        """Show prices in it from now on, the cart's as well: {"state": done | same | stuck | gone, "goods", "cards"}.

        `goods` are those of the cart that are not sold in it: with "stuck" nothing has changed, with "done" they are out.
        `cards` are the gift cards chosen for the cart that are in another currency, by their last letters.
        """
        with override(self.language):
            if code not in sold_by(self.customer):
                return {"state": "gone", "goods": [], "cards": []}
            cart = open_cart(self.customer)
            is_same = cart.currency == code
            try:
                moved = move_cart(cart, code, drop=drop)
            except CartClosed:
                return {"state": "gone", "goods": [], "cards": []}
            if not moved.is_done:
                return {"state": "stuck", "goods": list(moved.stuck), "cards": []}
            choose_currency(self.customer, code)
            self._paying.clear()
            foreign = CartTender.objects.filter(cart=cart, is_on=True, gift_card__isnull=False)
            cards = foreign.exclude(gift_card__issued_currency=code).values_list("gift_card__ends", flat=True)
            return {"state": "same" if is_same else "done", "goods": list(moved.stuck), "cards": list(cards)}
