"""Gift cards and store credit of the shopper. Refusals come back as a state, never as exceptions."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import override

from apps.carts.actions import open_cart, set_gift
from apps.carts.errors import CartClosed
from apps.carts.models import Cart
from apps.carts.money import zero
from apps.carts.quote import Quote
from apps.catalog.models import Product
from apps.merchants import clock
from apps.merchants.prepared import Prepared
from apps.messaging.sealed import seal
from apps.orders.models import Order
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
    sold_to,
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


def _tenders_of(cart: int) -> "QuerySet[CartTender]":
    return CartTender.objects.filter(cart=cart, is_on=True).select_related("gift_card")


_find_tenders = Prepared(_tenders_of, cart=int)  # every look into a cart asks


SHOWN = 8  # at most


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

    def gift_cards_on_sale(self) -> list[int]:
        """The products that are gift cards, the most wanted first."""
        sold = Product.objects.filter(comes_as=Product.ComesAs.GIFT_CARD, status=Product.Status.ACTIVE)
        return list(sold.order_by("-popularity", "pk").values_list("pk", flat=True)[:SHOWN])

    def bought_cards(self) -> list[dict[str, Any]]:
        """The gift cards this shopper has bought, the latest first: {"code": sealed, "amount", "balance", "to", "message"}."""
        with override(self.language):
            cards = [card for card in sold_to(self.customer)[:SHOWN] if card.is_usable(clock.now())]
            return [self._bought(card, card.sold_in.order) for card in cards if card.sold_in is not None]

    def _bought(self, card: GiftCard, order: Order) -> dict[str, Any]:
        return {
            "code": seal("gift_card", card.public_id, shown=str(card)),
            "amount": self.money(card.issued),
            "balance": self.money(card_balance(card)),
            "to": order.gift_to,
            "message": order.gift_message,
        }

    def keep_gift(self, *, to: str, message: str) -> dict[str, Any]:
        """For whom the gift cards in the cart are; or {"problem"}."""
        try:
            cart = set_gift(open_cart(self.customer), to=to, message=message)
        except CartClosed:
            return {"problem": "gone"}
        return {"to": cart.gift_to}

    def credit(self) -> str:
        """The shopper's store credit in their currency; "" for none."""
        amount = credit_of(self.customer, self.currency)
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
        rows = _find_tenders(cart=cart.pk)
        return {"chosen": [{"ends": row.gift_card.ends if row.gift_card else ""} for row in rows]}

    def _tender_facts(self, cart: Cart, now: Quote) -> dict[str, Any]:
        """How the total is paid: by cards and credit, and what is left; with credit that could be used and is not."""
        split = split_for(cart, now.total, gift_cards=now.gift_cards, now=clock.now())
        has_credit = any(part.gift_card is None for part in split.parts)
        is_open = split.due > now.gift_cards and not has_credit
        unused = credit_of(self.customer, cart.currency) if is_open else zero(cart.currency)
        return {
            "tenders": [self._part(part) for part in split.parts],
            "due": self.money(split.due),
            "only_money": bool(now.gift_cards.amount and (split.parts or self._chosen(cart)["chosen"])),
            "agreed": f"{now.hash}:{split.due.amount}",
            "unused_credit": self.money(unused) if unused.amount else "",
        }

    def _part(self, part: Part) -> dict[str, Any]:
        return {"ends": part.gift_card.ends if part.gift_card else "", "amount": self.money(-part.amount)}
