"""Gift cards and store credit of the shopper. Refusals come back as a state, never as exceptions."""

from typing import Any

from django.utils.translation import override

from apps.carts.actions import open_cart
from apps.carts.errors import CartClosed
from apps.carts.models import Cart
from apps.carts.money import zero
from apps.carts.quote import Quote
from apps.merchants import clock
from apps.payments.actions import (
    GiftCardEmpty,
    GiftCardForeign,
    GiftCardLocked,
    GiftCardOver,
    GiftCardUnknown,
    TooManyCards,
    cards_of,
    drop_tenders,
    find_gift_card,
    use_credit,
    use_gift_card,
)
from apps.payments.models import CartTender, GiftCard
from apps.payments.tenders import Part, card_balance, credit_of, split_for

from .base import Desk

REFUSED: dict[type[Exception], str] = {
    GiftCardUnknown: "unknown", GiftCardLocked: "locked", GiftCardOver: "over", GiftCardEmpty: "empty",
    GiftCardForeign: "foreign", TooManyCards: "too_many", CartClosed: "too_many",
}  # fmt: skip


class Tenders(Desk):
    def has_gift_cards(self) -> bool:
        """Whether the shop has ever made one."""
        return bool(GiftCard.objects.filter(merchant=self.merchant)[:1])

    def gift_card(self, *, token: str) -> dict[str, Any]:
        """The card with this code: {"state": found | unknown | locked, "ends", "balance", "until", "is_usable"}."""
        with override(self.language):
            try:
                return {"state": "found", **self._card(find_gift_card(self.customer, token))}
            except tuple(REFUSED) as refused:
                return {"state": REFUSED[type(refused)]}

    def use_gift_card(self, *, token: str) -> dict[str, Any]:
        """{"state": applied | unknown | locked | over | empty | foreign | too_many}; with the card where it is one."""
        with override(self.language):
            card: GiftCard | None = None
            try:
                card = find_gift_card(self.customer, token)
                use_gift_card(open_cart(self.customer), card)
            except tuple(REFUSED) as refused:
                return {"state": REFUSED[type(refused)], **(self._card(card) if card else {})}
            return {"state": "applied", **self._card(card)}

    def gift_cards(self) -> list[dict[str, Any]]:
        """The cards this shopper has used or put into a cart, the latest first."""
        with override(self.language):
            return [self._card(card) for card in cards_of(self.customer)]

    def credit(self) -> str:
        """The shopper's store credit; "" for none."""
        amount = credit_of(self.customer, self.merchant.currency)
        return self.money(amount) if amount.amount else ""

    def use_credit(self) -> dict[str, Any]:
        """{"credit"}: what there is, now to be used for the cart; "" for none."""
        amount = self.credit()
        if amount:
            use_credit(open_cart(self.customer))
        return {"credit": amount}

    def drop_tenders(self) -> int:
        return drop_tenders(open_cart(self.customer))

    def _card(self, card: GiftCard) -> dict[str, Any]:
        until = card.expires_at
        return {
            "ends": card.ends,
            "token": card.fingerprint,
            "balance": self.money(card_balance(card)),
            "is_empty": not card_balance(card).amount,
            "until": self.day(until.astimezone(self.merchant.zone).date()) if until else "",
            "is_usable": card.is_usable(clock.now()),
        }

    def _chosen(self, cart: Cart) -> dict[str, Any]:
        """What the cart shall be paid with, while it is not known how much it comes to."""
        rows = CartTender.objects.filter(cart=cart, is_on=True).select_related("gift_card")
        return {"chosen": [{"ends": row.gift_card.ends if row.gift_card else ""} for row in rows]}

    def _tender_facts(self, cart: Cart, now: Quote) -> dict[str, Any]:
        """How the total is paid: by cards and credit, and what is left; with credit that could be used and is not."""
        split = split_for(cart, now.total, now=clock.now())
        has_credit = any(part.gift_card is None for part in split.parts)
        unused = zero(cart.currency) if has_credit or not split.due.amount else credit_of(self.customer, cart.currency)
        return {
            "tenders": [self._part(part) for part in split.parts],
            "due": self.money(split.due),
            "agreed": f"{now.hash}:{split.due.amount}",
            "unused_credit": self.money(unused) if unused.amount else "",
        }

    def _part(self, part: Part) -> dict[str, Any]:
        return {"ends": part.gift_card.ends if part.gift_card else "", "amount": self.money(-part.amount)}
