"""Gift cards and store credit for a merchant's own programs."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.customers.models import Customer
from apps.ledger.actions import KeyUsed, NotEnough
from apps.ledger.models import Posting
from apps.merchants import clock
from apps.payments.actions import CardKnown, OverAlready, ReasonMissing, WorthNothing, grant_credit, issue_gift_card
from apps.payments.models import GiftCard
from apps.payments.tenders import CREDIT, card_balance, credit_of

from ..doers import with_programs
from .actors import ActorField
from .base import MerchantView, MomentField, NewestFirst, SaidField, StrictSerializer
from .money import MoneyField
from .problems import Conflict

OVER = "This moment has passed."
KEY = r"\A[\w.:-]{1,60}\Z"


class GiftCardSerializer(StrictSerializer):
    """`code` is told in the answer that makes the card, and never again."""

    id = serializers.CharField(source="public_id", read_only=True)
    ends = serializers.CharField(read_only=True)
    issued = MoneyField(currencies=settings.CURRENCIES)
    balance = serializers.SerializerMethodField()
    expires_at = MomentField(required=False, allow_null=True)
    is_blocked = serializers.BooleanField(required=False)
    note = SaidField(max_length=200, required=False, allow_blank=True)
    order = serializers.CharField(
        source="sold_in.order.number", read_only=True, default=None, help_text="The order it was sold with, if it was."
    )
    voided_at = serializers.DateTimeField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)

    @extend_schema_field(MoneyField())
    def get_balance(self, card: GiftCard) -> dict[str, Any]:
        return MoneyField().to_representation(card_balance(card))

    def validate_expires_at(self, moment: dt.datetime | None) -> dt.datetime | None:
        """A card that shall end now is blocked; a day that has passed is a slip."""
        is_unchanged = self.instance is not None and moment == self.instance.expires_at
        if moment is not None and moment <= clock.now() and not is_unchanged:
            raise serializers.ValidationError(OVER)
        return moment

    def update(self, card: GiftCard, data: dict[str, Any]) -> GiftCard:
        if "issued" in data:
            raise serializers.ValidationError({"issued": ["What a card was made with stays."]})
        for name, value in data.items():
            setattr(card, name, value)
        if data:
            card.save(update_fields=list(data))
        return card


class NewGiftCardSerializer(StrictSerializer):
    issued = MoneyField(currencies=settings.CURRENCIES)
    expires_at = MomentField(required=False, allow_null=True, default=None)
    note = SaidField(max_length=200, required=False, allow_blank=True, default="")
    key = serializers.RegexField(
        KEY, help_text="Your own name for this card: it is made once, however often it is sent."
    )


class MadeGiftCardSerializer(GiftCardSerializer):
    code = serializers.CharField(read_only=True)


class GiftCardList(MerchantView, generics.ListAPIView):
    serializer_class = GiftCardSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[GiftCard]:
        return GiftCard.objects.select_related("merchant", "sold_in__order")

    @extend_schema(request=NewGiftCardSerializer, responses={201: MadeGiftCardSerializer})
    def post(self, request: Request) -> Response:
        body = NewGiftCardSerializer(data=request.data or {}, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        try:
            card, code = issue_gift_card(
                self.merchant,
                wanted["issued"],
                expires_at=wanted["expires_at"],
                note=wanted["note"],
                reference=self.token.reference,
                key=wanted["key"],
            )
        except CardKnown as known:
            raise Conflict("A card was made under this key already; its code is not told again.") from known
        except OverAlready as over:
            raise serializers.ValidationError({"expires_at": [OVER]}) from over
        except WorthNothing as refused:
            raise Conflict("A card holds more than nothing, in a currency of the shop.") from refused
        told = {**GiftCardSerializer(card).data, "code": code}
        return Response(told, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class GiftCardDetail(MerchantView, generics.RetrieveUpdateAPIView):
    serializer_class = GiftCardSerializer
    lookup_field = "public_id"
    http_method_names = ["get", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[GiftCard]:
        return GiftCard.objects.select_related("merchant", "sold_in__order")


class CreditSerializer(serializers.Serializer[Any]):
    customer = serializers.CharField()
    balance = MoneyField()


class CreditEntrySerializer(serializers.ModelSerializer[Posting]):
    kind = serializers.CharField(source="transfer.kind")
    minor = serializers.SerializerMethodField()
    currency = serializers.CharField(source="amount_currency")
    reference = serializers.CharField(source="transfer.reference")
    reason = serializers.CharField(source="transfer.reason")
    actor = ActorField("transfer.actor")
    created_at = serializers.DateTimeField(source="transfer.created_at")

    class Meta:
        model = Posting
        fields = ["id", "kind", "minor", "currency", "reference", "reason", "actor", "created_at"]
        read_only_fields = fields

    def get_minor(self, posting: Posting) -> int:
        """Below zero: it was taken."""
        amount = posting.amount
        minor = MoneyField().to_representation(abs(amount))["minor"]
        return int(minor if amount.amount > 0 else -minor)


class GrantSerializer(StrictSerializer):
    amount = MoneyField(currencies=settings.CURRENCIES)
    takes = serializers.BooleanField(required=False, default=False, help_text="Take it away instead.")
    reason = SaidField(max_length=200)
    key = serializers.RegexField(
        r"\A[\w.:-]{1,60}\Z", help_text="Your own name for this: once, however often it is sent."
    )


class CustomerCredit(MerchantView, generics.GenericAPIView):
    """A customer's store credit in the shop's own currency; what is granted in another is answered in that one."""

    serializer_class = CreditSerializer

    def _customer(self, public_id: str) -> Customer:
        return generics.get_object_or_404(Customer.objects.filter(merged_into=None), public_id=public_id)

    def _told(self, customer: Customer, currency: str = "") -> Response:
        balance = credit_of(customer, currency or customer.merchant.currency)
        return Response(CreditSerializer({"customer": customer.public_id, "balance": balance}).data)

    def get(self, request: Request, public_id: str) -> Response:
        return self._told(self._customer(public_id))

    @extend_schema(request=GrantSerializer, responses=CreditSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        customer = self._customer(public_id)
        body = GrantSerializer(data=request.data or {}, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        amount = -wanted["amount"] if wanted["takes"] else wanted["amount"]
        try:
            grant_credit(
                customer,
                amount,
                reason=wanted["reason"],
                reference=self.token.reference,
                key=f"api:{wanted['key']}",
            )
        except NotEnough as short:
            raise Conflict("There is not as much credit as that.") from short
        except KeyUsed as used:
            raise Conflict("Another amount or customer has this key.") from used
        except (WorthNothing, ReasonMissing) as refused:
            raise Conflict("Credit needs an amount in a currency of the shop and a reason.") from refused
        return self._told(customer, str(amount.currency))


class CustomerCreditHistory(MerchantView, generics.ListAPIView):
    """Every movement of a customer's credit, newest first."""

    serializer_class = CreditEntrySerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Posting]:
        customer = Customer.objects.filter(public_id=self.kwargs.get("public_id")).values_list("pk", flat=True).first()
        postings: QuerySet[Posting] = Posting.objects.filter(
            account__kind=CREDIT, account__owner=f"customer:{customer}"
        )
        return with_programs(postings.select_related("transfer__actor"), "transfer__reference")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        generics.get_object_or_404(Customer.objects.all(), public_id=kwargs["public_id"])
        return super().get(request, *args, **kwargs)
