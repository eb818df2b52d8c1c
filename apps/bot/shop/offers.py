"""Offers and codes, as a cart that is shown tells of them."""

from typing import Any

from django.utils.translation import override

from apps.carts.actions import open_cart
from apps.carts.errors import CartClosed
from apps.carts.promotions.calculate import CURABLE, Adjustment, Kind, Offer, Refused
from apps.carts.promotions.codes import (
    CodeRefused,
    CodeUnknown,
    TooManyCodes,
    enter_code,
    known_code,
    remove_code,
    tidy_code,
)
from apps.carts.promotions.known import sets_with, takes_codes
from apps.carts.quote import Quote, offers_taken
from apps.merchants import clock

from . import sheets
from .base import Desk

MOST_NEAR = 2  # a cart says of so many offers what is missing for them


class Offers(Desk):
    @property
    def channel(self) -> str:
        """Where the shopper asks: some offers are for one channel."""
        return self.conversation.channel_account.kind

    def takes_codes(self) -> bool:
        return takes_codes(self.merchant)

    def set_with(self, *, product: int) -> dict[str, Any] | None:
        """{"name", "amount", "others": cards}: the first set at one price that this product makes with others that
        can all be had now; None where there is none."""
        with override(self.language):
            for kept in sets_with(self.merchant, product, clock.now()):
                wanted = sorted(kept.products - {product})
                others = [
                    card
                    for card in sheets.cards(self.merchant, wanted, language=self.language, terms=self.terms)
                    if card["stock"] != 0
                ]
                if len(others) == len(wanted) and str(kept.promotion.amount.currency) == self.currency:
                    return {
                        "name": kept.promotion.name,
                        "amount": self.money(kept.promotion.amount),
                        "others": others,
                    }
        return None

    def coupon_named(self, *, words: list[str]) -> str:
        """The first of these words that is a code of the shop or a voucher of the shopper, as kept; "" for none."""
        if not takes_codes(self.merchant):
            return ""
        cart = open_cart(self.customer)
        return next((code for word in words if (code := known_code(cart, word))), "")

    def enter_code(self, *, code: str) -> dict[str, Any]:
        """{"state": applied | kept | refused | unknown | too_many}; with why it does not apply (yet), or the offer."""
        with override(self.language):
            cart = open_cart(self.customer)
            try:
                refused = enter_code(cart, code, channel=self.channel)
            except CodeUnknown:
                return {"state": "unknown"}
            except CodeRefused as no:
                return {"state": "refused", "why": self._refused(no.refused)}
            except (TooManyCodes, CartClosed):
                return {"state": "too_many"}
            if refused is not None:
                return {"state": "kept", "why": self._refused(refused)}
            return {"state": "applied"}

    def remove_codes(self, *, words: list[str]) -> list[str]:
        """Take out the codes among these words, or all where none is; which ones went."""
        cart = open_cart(self.customer)
        named = [code for word in words if (code := tidy_code(word)) in cart.codes]
        return [code for word in (named or [""]) for code in remove_code(cart, word)]

    def _offer_facts(self, now: Quote) -> dict[str, Any]:
        refused = [no for no in now.offers.refused if no.offer.code]
        return {
            "offers": [
                {
                    **self._named(offer),
                    "amount": self.money(-amount),
                    "on": "delivery" if offer.kind == Kind.FREE_DELIVERY else "goods",
                }
                for offer, amount in offers_taken(now.offers)
            ],
            "goods": self.money(now.subtotal - now.discount),
            "delivery_list": self.money_or_free(now.delivery + now.delivery_discount),
            "promised": [self._named(offer) for offer in now.offers.promised],
            "near": [self._refused(no) for no in now.offers.near[:MOST_NEAR]] if now.lines else [],
            "refused": [self._refused(no) for no in refused],
            "codes": list(dict.fromkeys(offer.code for offer in _with_codes(now))),
            "takes_codes": takes_codes(self.merchant),
        }

    def _parts(self, parts: tuple[Adjustment, ...]) -> list[dict[str, Any]]:
        return [{**self._named(part.offer), "amount": self.money(-part.amount)} for part in parts]

    def _named(self, offer: Offer) -> dict[str, Any]:
        return {"name": offer.name, "offer": offer.name, "code": offer.code, "levels": offer.tier_names}

    def _titles(self, products: frozenset[int]) -> str:
        cards = (
            sheets.cards(self.merchant, sorted(products), language=self.language, terms=self.terms) if products else []
        )
        return ", ".join(card["title"] for card in cards)

    def _refused(self, no: Refused) -> dict[str, Any]:
        return {
            **self._named(no.offer),
            "reason": str(no.reason),
            "missing": self.money(no.missing) if no.missing is not None else "",
            "count": no.count,
            "goods": self._titles(no.absent),
            "amount": self.money(no.offer.amount) if no.offer.amount is not None else "",
            "at": self.moment(no.at),
            "other": no.other,
            "curable": no.reason in CURABLE,
        }


def _with_codes(now: Quote) -> list[Offer]:
    offers = [part.offer for part in now.offers.adjustments]
    offers += [no.offer for no in now.offers.refused] + list(now.offers.promised)
    return [offer for offer in offers if offer.code]
