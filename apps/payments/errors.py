"""Why no money goes back, in kinds."""

from django.utils.translation import gettext as _
from djmoney.money import Money

from apps.orders.models import Order

from .models import Dispute, GiftCard, Refund


class CannotRefund(Exception):
    """Why no money goes back now."""


class NothingToRefund(CannotRefund):
    """No money of this order is here, or all of it is on its way back already."""

    def __init__(self, order: Order, why: str = "no money is here that has not gone back already") -> None:
        super().__init__(f"order {order.number}: {why}")


class NothingChosen(NothingToRefund):
    """What was named comes to nothing."""

    def __init__(self, order: Order) -> None:
        super().__init__(
            order,
            "this comes to nothing; name lines that were paid for, more of the delivery, or neither of them to pay back "
            "everything",
        )


class MoneyDisputed(NothingToRefund):
    """The shopper has asked the bank for it: paid back here as well, it would go back twice."""

    def __init__(self, order: Order) -> None:
        Exception.__init__(
            self,
            _(
                "The bank has taken this payment of order %s back for its cardholder, so it cannot be paid back here: it "
                "would go back twice. Answer the dispute or accept it."
            )
            % order.number,
        )


class MoreThanLeft(CannotRefund):
    """Only `left` can go back: the rest is disputed, lost, or on its way back already."""

    def __init__(self, left: Money) -> None:
        super().__init__(f"only {left} can be paid back")
        self.left = left


class AmountChanged(CannotRefund):
    """What was agreed to is not what it comes to now; `amount` is."""

    def __init__(self, amount: Money) -> None:
        super().__init__(f"it comes to {amount} now")
        self.amount = amount


class NotTaken(CannotRefund):
    """Its money is only reserved, so it can be let go and cannot become credit."""

    def __init__(self, order: Order) -> None:
        super().__init__(
            f"order {order.number}: its money is reserved and not taken yet; it can be let go, but not become store credit"
        )


class NothingReserved(CannotRefund):
    """No money is reserved for this order, or it was taken or let go meanwhile."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"order {order.number}: no money is reserved that could be taken")


class NotCaptured(CannotRefund):
    """The provider would not take what is reserved."""

    def __init__(self, order: Order, why: str) -> None:
        super().__init__(f"order {order.number}: the money could not be taken: {why}")


class ExchangeOpen(CannotRefund):
    """It is half of an exchange under way: call the exchange off, or finish it, before money goes back."""


class GiftCardUsed(CannotRefund):
    """A gift card of the order has paid for something, or is about to: its price cannot go back any more."""

    def __init__(self, card: GiftCard, left: Money) -> None:
        super().__init__(
            f"gift card {card} has been used: {left} of {card.issued} are left on it, so what it cost is not paid back. "
            "Pay back the other goods by their lines, or grant what is left as store credit and block the card"
        )
        self.card = card
        self.left = left


class RefundKnown(CannotRefund):
    """Somebody has just paid back something else of this order: look again before more goes back."""

    def __init__(self, refund: Refund) -> None:
        super().__init__(f"{refund.amount} went back meanwhile")
        self.refund = refund


class NameOfPart(CannotRefund):
    """All of it was asked for by the name of a refund of a part: whoever asks means another one."""

    def __init__(self, refund: Refund) -> None:
        super().__init__(
            f"this name is that of a refund of {refund.amount}, a part of it; give the refund of everything its own name"
        )
        self.refund = refund


class CannotAnswer(Exception):
    """Why a dispute cannot be answered (any more)."""


class DisputeOver(CannotAnswer):
    """It is decided, with the bank already, or its time is over."""

    def __init__(self, dispute: Dispute) -> None:
        super().__init__(_("This dispute cannot be answered any more: %s.") % dispute.get_state_display())
        self.dispute = dispute


class AnsweredOtherwise(CannotAnswer):
    """Somebody of the shop has answered it in the other way meanwhile."""

    def __init__(self, dispute: Dispute) -> None:
        super().__init__(_("Somebody has answered this dispute already: %s.") % dispute.get_wish_display())
        self.dispute = dispute


class OnlyAsked(CannotAnswer):
    """Nothing was taken yet that could be accepted as lost."""

    def __init__(self) -> None:
        super().__init__(_("The bank only asks and has taken no money: answer it, or pay the order back."))
