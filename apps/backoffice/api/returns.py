"""Returns, claims and exchanges for a merchant's own programs: read them, judge them, settle them."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.carts.money import from_minor, money, to_minor
from apps.catalog.models import Variant
from apps.conversations.models import Attachment
from apps.orders.actions import ReturnMoved, approve_return, label_again, receive_return, reckon_exchange
from apps.orders.documents.label_links import sheet_url
from apps.orders.models import Order, ReturnLabel, ReturnLine, ReturnRequest
from apps.payments.actions import (
    BY_SHOP,
    ask_exchange,
    cancel_return,
    decline_return,
    pay_url,
    refund_return,
    refunds_of,
    send_replacement,
)

from ..photos import photo_url, photos_of
from .acts import Act
from .base import MerchantView, NameField, NewestFirst, SaidField, StrictSerializer, WholeNumber
from .money import MAX_MINOR
from .orders import RefundSerializer, lines_named, orders


class ReturnLineSerializer(serializers.ModelSerializer[ReturnLine]):
    variant = serializers.CharField(source="line.variant.public_id")
    title = serializers.CharField(source="line.title")
    replacement = serializers.CharField(source="replacement.public_id", default=None, allow_null=True)

    class Meta:
        model = ReturnLine
        fields = ["variant", "title", "quantity", "restocked", "replacement", "is_reserved"]
        read_only_fields = fields


class ReturnLabelSerializer(serializers.ModelSerializer[ReturnLabel]):
    id = serializers.CharField(source="public_id")
    url = serializers.SerializerMethodField(help_text="Its PDF, for a week; empty until it is ready.")

    class Meta:
        model = ReturnLabel
        fields = ["id", "state", "carrier", "tracking_number", "tracking_url", "expires_at", "url", "error"]
        read_only_fields = fields

    def get_url(self, label: ReturnLabel) -> str:
        return sheet_url(label) if label.state == ReturnLabel.State.READY else ""


class PictureSerializer(serializers.ModelSerializer[Attachment]):
    id = serializers.CharField(source="public_id")
    url = serializers.SerializerMethodField(help_text="Where it can be looked at, for a week.")

    class Meta:
        model = Attachment
        fields = ["id", "media_type", "url"]
        read_only_fields = fields

    def get_url(self, picture: Attachment) -> str:
        return photo_url(picture)


class ReturnSerializer(serializers.ModelSerializer[ReturnRequest]):
    id = serializers.CharField(source="public_id")
    name = serializers.SerializerMethodField(help_text="What the shopper knows it by.")
    order = serializers.CharField(source="order.public_id")
    exchange_order = serializers.CharField(
        source="exchange_order.public_id", default=None, allow_null=True, help_text="Of goods of another price."
    )
    pay_url = serializers.SerializerMethodField(help_text="Where the shopper pays the difference, while it is due.")
    photos = serializers.SerializerMethodField(help_text="How many there are in the thread.")
    pictures = serializers.SerializerMethodField(help_text="Those of them that can be looked at.")
    lines = ReturnLineSerializer(many=True)
    refunds = serializers.SerializerMethodField()
    postage = serializers.SerializerMethodField(
        help_text="What its label costs the shopper, in minor units of the order's currency."
    )
    labels = ReturnLabelSerializer(many=True)

    class Meta:
        model = ReturnRequest
        fields = [
            "id", "name", "order", "kind", "state", "wish", "reason", "note", "photos", "pictures", "instructions", "label_url",
            "declined_because", "to_credit", "exchange_order", "pay_url", "carrier", "tracking_number", "tracking_url", "created_at", "decided_at", "received_at",
            "settled_at", "lines", "refunds", "way", "postage", "labels",
        ]  # fmt: skip
        read_only_fields = fields

    def get_name(self, request: ReturnRequest) -> str:
        return str(request)

    def get_pay_url(self, request: ReturnRequest) -> str:
        is_due = request.state == ReturnRequest.State.UNPAID and request.exchange_order is not None
        return pay_url(request.exchange_order) if is_due and request.exchange_order else ""

    def get_postage(self, request: ReturnRequest) -> int:
        return to_minor(money(request.postage, request.order.currency))

    def get_photos(self, request: ReturnRequest) -> int:
        return len(request.photos)

    @extend_schema_field(PictureSerializer(many=True))
    def get_pictures(self, request: ReturnRequest) -> Any:
        pictures = getattr(request, "pictures", None)
        if pictures is None:
            pictures = photos_of([request]).get(request.pk, [])
        return PictureSerializer(pictures, many=True).data

    @extend_schema_field(RefundSerializer(many=True))
    def get_refunds(self, request: ReturnRequest) -> Any:
        if request.settled_at is None:
            return []
        return RefundSerializer(refunds_of(request).prefetch_related("lines__line__variant"), many=True).data


class NothingSerializer(StrictSerializer):
    """No body."""


class ApproveSerializer(StrictSerializer):
    instructions = serializers.CharField(
        max_length=1000, required=False, allow_blank=True, default="", help_text="A word to the shopper."
    )
    label_url = serializers.URLField(max_length=400, required=False, allow_blank=True, default="")


class DeclineSerializer(StrictSerializer):
    reason = SaidField(max_length=300, help_text="The shopper reads it.")


class RestockSerializer(StrictSerializer):
    variant = serializers.CharField(max_length=32)
    quantity = WholeNumber(min_value=0, max_value=1_000_000)


class ReceiveSerializer(StrictSerializer):
    restock = RestockSerializer(
        many=True, required=False, default=None, help_text="What goes back on sale; all of it without, none for []."
    )


class PayBackSerializer(StrictSerializer):
    delivery = WholeNumber(
        min_value=0, max_value=MAX_MINOR, required=False, default=0,
        help_text="Of what was paid for the delivery, in minor units of the order's currency.",
    )  # fmt: skip
    amount = WholeNumber(
        min_value=0, max_value=MAX_MINOR, required=False, default=None,
        help_text="What you expect it to come to, in minor units; 409 if it does not.",
    )  # fmt: skip
    to_credit = serializers.BooleanField(
        required=False, default=None, allow_null=True, help_text="As store credit; as the shopper wished without."
    )


class SendSerializer(StrictSerializer):
    carrier = serializers.CharField(max_length=40)
    tracking_number = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    tracking_url = serializers.URLField(max_length=400, required=False, allow_blank=True, default="")


def returns() -> QuerySet[ReturnRequest]:
    found: QuerySet[ReturnRequest] = ReturnRequest.objects.select_related("order__merchant", "exchange_order")
    labels = ReturnLabel.objects.select_related("request__order__customer").defer("sheet", "code")
    return found.prefetch_related("lines__line__variant", "lines__replacement", Prefetch("labels", labels))


class ReturnList(MerchantView, generics.ListAPIView):
    """Returns, claims and exchanges, newest first."""

    serializer_class = ReturnSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[ReturnRequest]:
        found = returns()
        if state := self.request.query_params.get("state"):
            if state not in ReturnRequest.State.values:
                raise serializers.ValidationError({"state": [f"One of {', '.join(ReturnRequest.State.values)}."]})
            found = found.filter(state=state)
        if order := self.request.query_params.get("order"):
            found = found.filter(order__public_id=order)
        return found

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        sent = photos_of(page or ())
        for request in page or ():
            request.pictures = sent.get(request.pk, [])
        return page

    @extend_schema(
        parameters=[OpenApiParameter("state", str, enum=ReturnRequest.State.values), OpenApiParameter("order", str)]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class ReturnDetail(MerchantView, generics.RetrieveAPIView):
    serializer_class = ReturnSerializer
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[ReturnRequest]:
        return returns()


class ReturnAct(Act):
    """One step with one return."""

    told = ReturnSerializer

    def all_there_are(self) -> QuerySet[ReturnRequest]:
        return returns()


def _receive(found: ReturnRequest, *, restock: list[dict[str, Any]] | None) -> None:
    receive_return(found, restock=lines_named(found.order, restock))


def _refund(found: ReturnRequest, *, delivery: int, amount: int | None, to_credit: bool | None) -> None:
    currency = found.order.currency
    agreed = None if amount is None else from_minor(amount, currency)
    refund_return(found, delivery=from_minor(delivery, currency), agreed=agreed, to_credit=to_credit)


class ExchangeSerializer(StrictSerializer):
    variant = serializers.CharField(max_length=32, help_text="Of the order: what goes back.")
    quantity = WholeNumber(min_value=1, max_value=1_000_000, required=False, default=1)
    instead = serializers.CharField(max_length=32, help_text="The variant the shopper gets, of another price.")
    worth = WholeNumber(
        min_value=0, max_value=MAX_MINOR, help_text="What goes back is worth, in minor units; 409 if it is not."
    )
    price = WholeNumber(min_value=0, max_value=MAX_MINOR, help_text="What the other costs; 409 if it does not.")
    to_credit = serializers.BooleanField(required=False, default=False, help_text="What is over becomes store credit.")
    request = NameField(max_length=80, help_text="A name of yours: said twice, it is one exchange.")


class OrderExchange(Act):
    """An exchange that was agreed elsewhere: for goods of another price, with both amounts said."""

    serializer_class = ExchangeSerializer
    told = ReturnSerializer

    def all_there_are(self) -> QuerySet[Any]:
        return orders()

    @extend_schema(responses=ReturnSerializer, description="Where something is due, it waits until that is paid.")
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, _exchange)

    def answer(self, order: Any, made: Any) -> Any:
        return returns().get(pk=made.pk)


def _exchange(
    order: Order, *, variant: str, quantity: int, instead: str, worth: int, price: int, to_credit: bool, request: str
) -> ReturnRequest:
    other = generics.get_object_or_404(Variant.objects.select_related("product"), public_id=instead)
    reckon_exchange(order, other, quantity)
    return ask_exchange(
        order,
        lines=lines_named(order, [{"variant": variant, "quantity": quantity}]) or {},
        variant=other,
        agreed=(from_minor(worth, order.currency), from_minor(price, order.currency)),
        to_credit=to_credit,
        request=request,
        confirmed_by=BY_SHOP,
    )


class ReturnApprove(ReturnAct):
    serializer_class = ApproveSerializer

    @extend_schema(
        responses=ReturnSerializer, description="The shopper gets the instructions, or hears the claim is right."
    )
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, approve_return)


class ReturnLabelAgain(ReturnAct):
    serializer_class = NothingSerializer

    @extend_schema(
        responses=ReturnSerializer, description="The label there is, or a new one for one that failed or has run out."
    )
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, _label)


def _label(found: ReturnRequest) -> ReturnRequest:
    if label_again(found) is None:
        raise ReturnMoved(found, "make a label for")
    return found


class ReturnDecline(ReturnAct):
    serializer_class = DeclineSerializer

    @extend_schema(responses=ReturnSerializer, description="Before it is approved, or once it was seen.")
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, decline_return)


class ReturnReceive(ReturnAct):
    serializer_class = ReceiveSerializer

    @extend_schema(responses=ReturnSerializer, description="It is here; an exchange's replacement is laid aside.")
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, _receive)


class ReturnRefund(ReturnAct):
    serializer_class = PayBackSerializer

    @extend_schema(responses=ReturnSerializer, description="Pays its goods back, once, and a part of the delivery.")
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, _refund)


class ReturnSend(ReturnAct):
    serializer_class = SendSerializer

    @extend_schema(
        responses=ReturnSerializer, description="The replacement is with the carrier; 409 where there is none."
    )
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, send_replacement)


class ReturnCancel(ReturnAct):
    serializer_class = NothingSerializer

    @extend_schema(responses=ReturnSerializer, description="It never came, or the shopper keeps it.")
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, cancel_return)
