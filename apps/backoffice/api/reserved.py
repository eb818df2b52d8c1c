"""Reserved money for a merchant's own programs: taken, or let go, all that there is and once."""

from djmoney.money import Money
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.carts.money import from_minor
from apps.orders.models import Order
from apps.payments.actions import AmountChanged, NotCaptured, NothingReserved, let_reserved_go, take_reserved
from apps.payments.models import Capture, Refund

from .base import StrictSerializer, WholeNumber
from .money import MAX_MINOR
from .orders import OrderAct, OrderSerializer


class ReservedSerializer(StrictSerializer):
    amount = WholeNumber(
        min_value=1,
        max_value=MAX_MINOR,
        help_text="What you expect it to come to, in minor units of the order's currency: `reserved` of its payment. 409 if it "
        "does not.",
    )


def _standing(order: Order) -> Capture | None:
    """What is being taken of the order's reserved money, or was; of nothing, all of it was let go."""
    captures = Capture.objects.filter(payment__order=order).exclude(state=Capture.State.FAILED)
    found: Capture | None = captures.order_by("-pk").first()
    return found


def _capture(order: Order, *, amount: int) -> None:
    """Twice is once: who asks again for what was taken is told how the order stands."""
    agreed = from_minor(amount, order.currency)
    try:
        taken = take_reserved(order, agreed=agreed)
    except NothingReserved:
        found = _standing(order)
        if found is None or not found.amount.amount:
            raise
        taken = found
    if taken.amount != agreed:
        raise AmountChanged(taken.amount)
    if taken.state == Capture.State.FAILED:
        raise NotCaptured(order, taken.error)


def _release(order: Order, *, amount: int) -> None:
    agreed = from_minor(amount, order.currency)
    try:
        let_reserved_go(order, agreed=agreed)
    except NothingReserved:
        if not _was_let_go(order, agreed):
            raise


def _was_let_go(order: Order, agreed: Money) -> bool:
    """Whether all of it was, and so much with the last of it."""
    found = _standing(order)
    if found is None or found.amount.amount:
        return False
    last = Refund.objects.filter(payment=found.payment_id, is_release=True).order_by("-pk").first()
    return last is not None and last.amount == agreed


class OrderCapture(OrderAct):
    serializer_class = ReservedSerializer

    @extend_schema(
        responses=OrderSerializer,
        description="Take what is reserved and was not let go: all of it, once for an order. It is taken by itself when the "
        "first parcel leaves.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, _capture)


class OrderRelease(OrderAct):
    serializer_class = ReservedSerializer

    @extend_schema(
        responses=OrderSerializer,
        description="Let all that is reserved go; the order stays. A part is let go by `refund/` with its lines, and "
        "`cancel/` lets go by itself.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, _release)
