"""The cards the shopper let be kept: called by name, paid with after a yes, forgotten. Refusals come back as a problem."""

from typing import Any

from apps.carts.money import to_minor
from apps.merchants import clock
from apps.orders.actions import find_order
from apps.payments.actions import CardGone, forget_card, kept_cards, may_keep_cards, usable_cards
from apps.payments.models import SavedCard
from apps.payments.tenders import amount_due

from .base import Desk


class Cards(Desk):
    def cards(self) -> list[dict[str, Any]]:
        """Those that can be paid with now, the latest first."""
        return [_card(card) for card in usable_cards(self.customer)]

    def my_cards(self) -> list[dict[str, Any]]:
        """Every card that is kept, those that are over as well."""
        return [_card(card) for card in kept_cards(self.customer)]

    def keeps_cards(self) -> bool:
        """Whether a card could be kept the next time."""
        return may_keep_cards(self.merchant)

    def due(self, *, number: str) -> dict[str, Any]:
        """What is left to pay of an order of theirs: {"amount", "minor"}; {"problem": gone} for somebody else's."""
        order = find_order(self.customer, number)
        if order is None:
            return {"problem": "gone"}
        due = amount_due(order)
        return {"amount": self.money(due), "minor": to_minor(due)}

    def forget_card(self, *, card: int) -> dict[str, Any]:
        """{"name"} of what is forgotten now, or {"problem": gone}."""
        try:
            return {"name": str(forget_card(self.customer, card))}
        except CardGone:
            return {"problem": "gone"}


def _card(card: SavedCard) -> dict[str, Any]:
    return {
        "card": card.pk,
        "name": str(card),
        "ends": card.last4,
        "until": f"{card.exp_month:02}/{card.exp_year}",
        "is_over": card.is_over(clock.now()),
    }
