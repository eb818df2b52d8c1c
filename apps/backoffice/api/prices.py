"""What a variant will cost and did cost, for a merchant's own programs."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.models import PricePlan, PriceRecord, Variant
from apps.catalog.planning import NewPrice, PlanClash, PlanOver, PlanRefused, PlanWithoutPrice, plan_prices, stop_plan

from .base import MomentField, StrictSerializer
from .catalog import CatalogView
from .money import MoneyField
from .problems import Conflict


class PlanSerializer(StrictSerializer):
    id = serializers.CharField(source="public_id", read_only=True)
    sku = serializers.CharField(source="variant.sku", read_only=True)
    name = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    amount = MoneyField(currencies=settings.CURRENCIES)
    compare_at = MoneyField(required=False, allow_null=True, default=None, currencies=settings.CURRENCIES)
    starts_at = MomentField()
    ends_at = MomentField(
        required=False, allow_null=True, default=None, help_text="Left out: it becomes the price of the list."
    )
    cancelled_at = serializers.DateTimeField(read_only=True)

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        before = data["compare_at"]
        if before is not None and before.currency != data["amount"].currency:
            raise serializers.ValidationError({"compare_at": ["It has the currency of the amount."]})
        return data

    def create(self, data: dict[str, Any]) -> PricePlan:
        new = NewPrice(self.context["variant"], data["amount"], data["compare_at"])
        when = {name: data[name] for name in ("starts_at", "ends_at", "name")}
        try:
            return plan_prices(self.context["merchant"], [new], **when)[0]
        except PlanClash as refusal:
            raise Conflict(str(refusal)) from refusal
        except PlanWithoutPrice as refusal:
            raise serializers.ValidationError({"amount": [str(refusal)]}) from refusal
        except PlanRefused as refusal:
            raise serializers.ValidationError({"starts_at": [str(refusal)]}) from refusal


class RecordSerializer(serializers.ModelSerializer[PriceRecord]):
    amount = MoneyField(allow_null=True)
    compare_at = MoneyField(allow_null=True)
    currency = serializers.CharField(source="amount_currency")

    class Meta:
        model = PriceRecord
        fields = ["at", "currency", "amount", "compare_at"]
        read_only_fields = fields


class OfVariant(CatalogView):
    """About the variant that the address names."""

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return {**context, "variant": self.variant()} if "merchant" in context else context

    def variant(self) -> Variant:
        found: Variant = generics.get_object_or_404(Variant, public_id=self.kwargs["public_id"])
        return found


class PlanList(OfVariant, generics.ListCreateAPIView):
    """The planned prices of a variant, newest first; or a new one, which begins and ends by itself."""

    serializer_class = PlanSerializer

    def get_queryset(self) -> QuerySet[PricePlan]:
        return PricePlan.objects.filter(variant=self.variant()).select_related("variant")


class PlanStop(CatalogView):
    """Call a planned price off before it begins, or end it now while it runs."""

    serializer_class = PlanSerializer

    @extend_schema(request=None, responses=PlanSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        plan = generics.get_object_or_404(PricePlan, public_id=public_id)
        try:
            stopped = stop_plan(plan)
        except PlanOver as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(self.get_serializer(stopped).data, status=status.HTTP_200_OK)


class PriceHistory(OfVariant, generics.ListAPIView):
    """Every change of the list's price, newest first; no amount where it was not sold. Planned prices lie over it."""

    serializer_class = RecordSerializer

    def get_queryset(self) -> QuerySet[PriceRecord]:
        return PriceRecord.objects.filter(variant=self.variant())
