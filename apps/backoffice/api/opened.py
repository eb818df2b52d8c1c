"""Returns and claims that a merchant's own program opens for an order, by the rules of the thread."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders.actions import TooMany, ask_return
from apps.orders.actions.cancel import lock_order
from apps.orders.models import Order, ReturnRequest
from apps.payments.returnable import most_to_return

from .acts import Act
from .base import NameField, SaidField, StrictSerializer, WholeNumber
from .orders import lines_named, orders
from .problems import Conflict
from .returns import ReturnSerializer, returns

KINDS = [ReturnRequest.Kind.RETURN.value, ReturnRequest.Kind.CLAIM.value]
MOST_LINES = 200


class GoodsSerializer(StrictSerializer):
    variant = serializers.CharField(max_length=32, help_text="Of the order.")
    quantity = WholeNumber(min_value=1, max_value=1_000_000, required=False, default=1)


class OpenReturnSerializer(StrictSerializer):
    """A return is within the shop's days, a claim has no end; what was opened already is not opened again."""

    kind = serializers.ChoiceField(choices=KINDS)
    lines = serializers.ListField(child=GoodsSerializer(), min_length=1, max_length=MOST_LINES)
    reason = serializers.ChoiceField(
        choices=ReturnRequest.Reason.choices, required=False, default=ReturnRequest.Reason.OTHER.value
    )
    wish = serializers.ChoiceField(
        choices=ReturnRequest.Wish.choices,
        required=False,
        default=ReturnRequest.Wish.MONEY.value,
        help_text="replacement: the same again, of a claim only.",
    )
    note = SaidField(
        max_length=500, required=False, allow_blank=True, default="", help_text="What the shopper says of it."
    )
    to_credit = serializers.BooleanField(required=False, default=False, help_text="As store credit.")
    request = NameField(max_length=80, help_text="A name of yours: said twice, it is one return.")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["kind"] == ReturnRequest.Kind.RETURN and data["wish"] != ReturnRequest.Wish.MONEY:
            raise serializers.ValidationError({"wish": ["What goes back as a return is paid back. See exchange/."]})
        return data


class OrderReturns(Act):
    """The returns and claims of an order are told by `returns/?order=`."""

    serializer_class = OpenReturnSerializer
    told = ReturnSerializer

    def all_there_are(self) -> QuerySet[Any]:
        return orders()

    @extend_schema(
        responses={201: ReturnSerializer},
        description="Opens a return or a claim. Where the shop takes back without a look it is approved at once, with its "
        "label. The shopper hears of it when it is approved. 409 for more than can go back.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        answer = self.perform(request, public_id, _open)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    def answer(self, order: Any, made: Any) -> Any:
        return returns().get(pk=made.pk)


@transaction.atomic
def _open(order: Order, *, lines: list[dict[str, Any]], **wanted: Any) -> ReturnRequest:
    """By the rules of the thread: goods that were paid back without coming do not come. Raises `Conflict` for a name that
    another return has."""
    order = lock_order(order)
    counted = lines_named(order, lines) or {}
    if known := order.returns.filter(request=wanted["request"]).first():
        if known.kind != wanted["kind"] or dict(known.lines.values_list("line", "quantity")) != counted:
            raise Conflict("Another return has this name.")
        return known
    most = most_to_return(order, wanted["kind"])
    for pk, quantity in counted.items():
        if quantity > most.get(pk, 0):
            raise TooMany(order, "take back", left=most.get(pk, 0))
    return ask_return(order, lines=counted, **wanted)
