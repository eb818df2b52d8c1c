"""Orders for a merchant's own programs: read them, say they were shipped, undo them."""

from collections import Counter
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.carts.money import from_minor, money
from apps.orders.actions import deliver_order, ship_order
from apps.orders.models import (
    Fulfilment,
    FulfilmentLine,
    HandedCode,
    Order,
    OrderAdjustment,
    OrderEvent,
    OrderLine,
)
from apps.payments.actions import cancel_order, refund_lines, refund_order, take_at_till
from apps.payments.models import Capture, Payment, Refund, RefundLine

from .acts import Act
from .base import MerchantView, NameField, NewestFirst, SaidField, StrictSerializer, WholeNumber
from .money import MAX_MINOR, MoneyField
from .problems import Conflict


class HandedCodeSerializer(serializers.ModelSerializer[HandedCode]):
    """A licence code a piece was given, by its last four symbols: whole it is told to its buyer alone."""

    ends = serializers.CharField(source="code.ends", help_text="Empty where the code is too short to tell any of it.")

    class Meta:
        model = HandedCode
        fields = ["piece", "ends", "given_at", "withdraw_at", "withdrawn_at"]
        read_only_fields = fields


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    variant = serializers.CharField(source="variant.public_id")
    unit_price = MoneyField()
    line_total = MoneyField()
    discount = MoneyField()
    tax_amount = MoneyField()
    codes = serializers.SerializerMethodField()

    class Meta:
        model = OrderLine
        fields = [
            "variant", "title", "sku", "quantity", "comes_as", "shipped", "handed", "dropped", "returned", "unit_price",
            "line_total", "discount", "tax_percent", "tax_amount", "codes",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(HandedCodeSerializer(many=True))
    def get_codes(self, line: OrderLine) -> Any:
        return HandedCodeSerializer(sorted(line.codes.all(), key=lambda handed: handed.piece), many=True).data


class FulfilmentLineSerializer(serializers.ModelSerializer[FulfilmentLine]):
    variant = serializers.CharField(source="line.variant.public_id")

    class Meta:
        model = FulfilmentLine
        fields = ["variant", "quantity"]
        read_only_fields = fields


class AdjustmentSerializer(serializers.ModelSerializer[OrderAdjustment]):
    """One offer's part of the discount: off the line at this place of `lines`, or off delivery where it is null."""

    line = serializers.SerializerMethodField()
    amount = MoneyField()

    class Meta:
        model = OrderAdjustment
        fields = ["label", "line", "amount", "source", "code"]
        read_only_fields = fields

    def get_line(self, part: OrderAdjustment) -> int | None:
        lines = [line.pk for line in part.order.lines.all()]
        return lines.index(part.line_id) if part.line_id is not None else None


class FulfilmentSerializer(serializers.ModelSerializer[Fulfilment]):
    lines = FulfilmentLineSerializer(many=True)

    class Meta:
        model = Fulfilment
        fields = [
            "position", "state", "carrier", "tracking_number", "tracking_url", "shipped_at", "delivered_at", "lines",
        ]  # fmt: skip
        read_only_fields = fields


class RefundLineSerializer(serializers.ModelSerializer[RefundLine]):
    variant = serializers.CharField(source="line.variant.public_id")
    amount = serializers.SerializerMethodField()
    tax = serializers.SerializerMethodField()

    class Meta:
        model = RefundLine
        fields = ["variant", "quantity", "amount", "tax"]
        read_only_fields = fields

    @extend_schema_field(MoneyField)
    def get_amount(self, part: RefundLine) -> Any:
        return in_money(part.amount, part.refund)

    @extend_schema_field(MoneyField)
    def get_tax(self, part: RefundLine) -> Any:
        return in_money(part.tax, part.refund)


class RefundSerializer(serializers.ModelSerializer[Refund]):
    amount = MoneyField()
    delivery = serializers.SerializerMethodField()
    tax = serializers.SerializerMethodField()
    lines = RefundLineSerializer(many=True)

    class Meta:
        model = Refund
        fields = [
            "state", "amount", "delivery", "tax", "reason", "to_credit", "to_exchange", "created_at", "lines",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(MoneyField)
    def get_delivery(self, refund: Refund) -> Any:
        return in_money(refund.delivery, refund)

    @extend_schema_field(MoneyField)
    def get_tax(self, refund: Refund) -> Any:
        return in_money(refund.tax, refund)


def in_money(amount: Decimal, whole: Refund | Payment) -> Any:
    """A part of the refund or payment on the wire."""
    return MoneyField().to_representation(money(amount, str(whole.amount.currency)))


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    """One attempt to pay; what it brought and what has gone back of it."""

    id = serializers.CharField(source="public_id")
    amount = MoneyField()
    reserved = serializers.SerializerMethodField()
    captured = serializers.SerializerMethodField()
    refunded = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields = [
            "id", "tender", "taken_as", "state", "amount", "reserved", "captured", "refunded", "capture_before",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(MoneyField)
    def get_reserved(self, payment: Payment) -> Any:
        """What can be taken or let go of it now; nothing while it is being taken."""
        asked = [capture for capture in payment.captures.all() if capture.state != Capture.State.FAILED]
        if payment.state != Payment.State.AUTHORISED or asked:
            return in_money(Decimal(0), payment)
        back = [refund.amount.amount for refund in payment.refunds.all() if refund.state != Refund.State.FAILED]
        return in_money(payment.authorised - sum(back), payment)

    @extend_schema_field(MoneyField)
    def get_captured(self, payment: Payment) -> Any:
        return in_money(payment.captured, payment)

    @extend_schema_field(MoneyField)
    def get_refunded(self, payment: Payment) -> Any:
        return in_money(payment.refunded, payment)


class OrderEventSerializer(serializers.ModelSerializer[OrderEvent]):
    class Meta:
        model = OrderEvent
        fields = ["kind", "created_at"]
        read_only_fields = fields


class OrderSerializer(serializers.ModelSerializer[Order]):
    id = serializers.CharField(source="public_id")
    subtotal = MoneyField()
    discount_total = MoneyField()
    delivery_total = MoneyField()
    delivery_discount = MoneyField()
    tax_total = MoneyField()
    total = MoneyField()
    shipping_address = serializers.DictField(child=serializers.CharField())
    point = serializers.DictField(
        child=serializers.CharField(), help_text="Where it is picked up; {} where it goes home."
    )
    lines = OrderLineSerializer(many=True)
    adjustments = AdjustmentSerializer(many=True)
    fulfilments = FulfilmentSerializer(many=True)
    events = OrderEventSerializer(many=True)
    payments = PaymentSerializer(many=True)
    refunds = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = [
            "id", "number", "status", "payment_status", "fulfilment_status", "subtotal", "discount_total",
            "delivery_total", "delivery_discount", "tax_total", "tax_by", "total", "is_tax_inclusive", "language",
            "contact_name", "contact_email", "contact_phone", "shipping_address", "point", "delivery_name", "placed_at",
            "created_at", "lines",
            "adjustments", "fulfilments", "payments", "refunds", "events",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(RefundSerializer(many=True))
    def get_refunds(self, order: Order) -> Any:
        found = [refund for payment in order.payments.all() for refund in payment.refunds.all()]
        return RefundSerializer(sorted(found, key=lambda refund: refund.pk), many=True).data


class SomeOfSerializer(StrictSerializer):
    variant = serializers.CharField(max_length=32)
    quantity = WholeNumber(min_value=1, max_value=1_000_000)


class ShipSerializer(StrictSerializer):
    lines = SomeOfSerializer(
        many=True, required=False, default=None, allow_empty=False, help_text="What is in it; all that is left without."
    )
    position = WholeNumber(
        min_value=1, max_value=999, required=False, default=None,
        help_text="The how-manieth parcel of the order this is: said twice, it is sent once.",
    )  # fmt: skip
    carrier = serializers.CharField(max_length=40)
    tracking_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    tracking_url = serializers.URLField(max_length=400, required=False, allow_blank=True, default="")


class ReasonSerializer(StrictSerializer):
    reason = SaidField(max_length=120, required=False, allow_blank=True, default="")


class RefundOrderSerializer(StrictSerializer):
    lines = SomeOfSerializer(
        many=True, required=False, default=None, allow_empty=False,
        help_text="What goes back; everything there is without `lines` and `delivery`.",
    )  # fmt: skip
    delivery = WholeNumber(
        min_value=0, max_value=MAX_MINOR, required=False, default=None,
        help_text="Of what was paid for the delivery, in minor units of the order's currency.",
    )  # fmt: skip
    amount = WholeNumber(
        min_value=1, max_value=MAX_MINOR, required=False, default=None,
        help_text="What you expect it to come to, in minor units; 409 if it does not.",
    )  # fmt: skip
    drop = serializers.BooleanField(
        required=False, default=False, help_text="What of the lines was not sent will not be; it is for sale again."
    )
    request = NameField(
        max_length=80,
        required=False,
        allow_blank=True,
        default="",
        help_text="A name of yours: said twice, it is paid back once.",
    )
    to_credit = serializers.BooleanField(
        required=False, default=False, help_text="Becomes the shopper's store credit at once."
    )
    reason = SaidField(max_length=120, required=False, allow_blank=True, default="")


class TillSerializer(StrictSerializer):
    taken_as = serializers.ChoiceField(choices=[(str(way), way.label) for way in Payment.AT_TILL])
    amount = WholeNumber(
        min_value=1, max_value=MAX_MINOR, help_text="What was taken, in minor units; 409 if something else is due."
    )
    slip = NameField(max_length=60, required=False, allow_blank=True, default="", help_text="The terminal's receipt.")


class DeliverSerializer(StrictSerializer):
    position = WholeNumber(
        min_value=1,
        max_value=999,
        required=False,
        default=None,
        help_text="Which parcel; all that are on their way without.",
    )


def orders() -> QuerySet[Order]:
    codes = HandedCode.objects.select_related("code").defer("code__sealed")
    return Order.objects.prefetch_related(
        "lines__variant",
        Prefetch("lines__codes", codes),
        "adjustments",
        "fulfilments__lines__line__variant",
        "events",
        "payments__captures",
        "payments__refunds__lines__line__variant",
    )


class OrderList(MerchantView, generics.ListAPIView):
    """Orders, newest first."""

    serializer_class = OrderSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Order]:
        found = orders()
        status = self.request.query_params.get("status")
        if status:
            if status not in Order.Status.values:
                raise serializers.ValidationError({"status": [f"One of {', '.join(Order.Status.values)}."]})
            found = found.filter(status=status)
        return found

    @extend_schema(parameters=[OpenApiParameter("status", str, enum=Order.Status.values)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class OrderDetail(MerchantView, generics.RetrieveAPIView):
    serializer_class = OrderSerializer
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[Order]:
        return orders()


class OrderAct(Act):
    """One act on one order."""

    told = OrderSerializer

    def all_there_are(self) -> QuerySet[Order]:
        return orders()


def lines_named(order: Order, wanted: list[dict[str, Any]] | None) -> dict[int, int] | None:
    """Line id → how many, for goods named by their variants. None for all; 409 for what is not in the order."""
    if wanted is None:
        return None
    lines = {line.variant.public_id: line.pk for line in order.lines.all()}
    if unknown := [some["variant"] for some in wanted if some["variant"] not in lines]:
        raise Conflict(f"Not in this order: {', '.join(unknown)}.")
    chosen: Counter[int] = Counter()
    for some in wanted:
        chosen[lines[some["variant"]]] += some["quantity"]
    return dict(chosen)


def _ship(order: Order, *, lines: list[dict[str, Any]] | None, **parcel: Any) -> None:
    ship_order(order, lines=lines_named(order, lines), **parcel)


def _deliver(order: Order, *, position: int | None) -> None:
    if position is None:
        deliver_order(order)
    else:
        deliver_order(order, parcel=generics.get_object_or_404(order.fulfilments.all(), position=position))


def _refund(
    order: Order,
    *,
    lines: list[dict[str, Any]] | None,
    delivery: int | None,
    amount: int | None,
    reason: str,
    to_credit: bool,
    **wanted: Any,
) -> None:
    expected = None if amount is None else from_minor(amount, order.currency)
    if lines is None and delivery is None:
        if wanted["drop"]:
            raise serializers.ValidationError({"drop": ["Say which lines will not be sent."]})
        refund_order(order, agreed=expected, request=wanted["request"], reason=reason, to_credit=to_credit)
        return
    refund_lines(
        order,
        lines=lines_named(order, lines) or {},
        delivery=from_minor(delivery or 0, order.currency),
        agreed=expected,
        reason=reason,
        to_credit=to_credit,
        **wanted,
    )


def _take_at_till(order: Order, *, amount: int, **taken: Any) -> None:
    take_at_till(order, agreed=from_minor(amount, order.currency), **taken)


class OrderShip(OrderAct):
    serializer_class = ShipSerializer

    @extend_schema(responses=OrderSerializer, description="The parcel is with the carrier; the shopper is told.")
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, _ship)


class OrderDeliver(OrderAct):
    serializer_class = DeliverSerializer

    @extend_schema(
        responses=OrderSerializer,
        description="It has arrived; after the last parcel the shopper is asked for a rating.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, _deliver)


class OrderPaidInShop(OrderAct):
    serializer_class = TillSerializer

    @extend_schema(
        responses=OrderSerializer,
        description="What is left to pay was taken by hand, in cash or at a card terminal: the order is placed.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, _take_at_till)


class OrderCancel(OrderAct):
    serializer_class = ReasonSerializer

    @extend_schema(
        responses=OrderSerializer, description="Ends an order that has not been shipped; what was paid goes back."
    )
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, cancel_order)


class OrderRefund(OrderAct):
    serializer_class = RefundOrderSerializer

    @extend_schema(
        responses=OrderSerializer,
        description="Pays back lines and delivery, or everything that was captured and not yet refunded.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, _refund)
