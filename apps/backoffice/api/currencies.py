"""The currencies a shop sells in beside its own: where they are paid in, and prices filled in by a fixed rate."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.filling import fill_prices
from apps.catalog.models import Price
from apps.merchants.models import ShopCurrency

from ..choosing import countries
from .base import MerchantView, StrictSerializer, WholeNumber
from .keeping import one_at_a_time
from .problems import Conflict

LEAST_RATE = Decimal("0.000001")


class CurrencySerializer(StrictSerializer):
    currency = serializers.CharField(read_only=True)
    countries = serializers.ListField(
        child=serializers.RegexField(r"\A[A-Z]{2}\Z"),
        required=False,
        max_length=250,
        help_text="Who pays in it without asking. A country pays in one currency.",
    )
    rate = serializers.DecimalField(
        max_digits=12,
        decimal_places=6,
        min_value=LEAST_RATE,
        required=False,
        allow_null=True,
        help_text="How much of it one unit of the shop's own currency is. Changes no price that is there.",
    )
    ending = serializers.ChoiceField(
        choices=ShopCurrency.Ending.choices, required=False, help_text="How prices that are filled in are rounded."
    )
    position = WholeNumber(min_value=0, max_value=32_767, required=False)
    prices = serializers.IntegerField(read_only=True)

    def validate_countries(self, codes: list[str]) -> list[str]:
        known = {code for code, _ in countries()}
        if unknown := [code for code in codes if code not in known]:
            raise serializers.ValidationError(f"There is no country {unknown[0]}.")
        return codes

    @transaction.atomic
    def create(self, data: dict[str, Any]) -> ShopCurrency:
        one_at_a_time(self.context["merchant"])
        return self._save(ShopCurrency(merchant=self.context["merchant"]), data)

    @transaction.atomic
    def update(self, row: ShopCurrency, data: dict[str, Any]) -> ShopCurrency:
        one_at_a_time(self.context["merchant"])
        return self._save(generics.get_object_or_404(ShopCurrency.objects.select_related("merchant"), pk=row.pk), data)

    def _save(self, row: ShopCurrency, data: dict[str, Any]) -> ShopCurrency:
        for name, value in data.items():
            setattr(row, name, value)
        known = ShopCurrency.objects.exclude(pk=row.pk)
        if known.filter(currency=row.currency).exists():
            raise Conflict("The shop sells in this currency already.")
        try:
            row.full_clean(exclude=["merchant"])
        except ValidationError as refused:
            raise serializers.ValidationError(refused.message_dict) from refused
        row.save()
        return sold_in().get(pk=row.pk)


class NewCurrencySerializer(CurrencySerializer):
    currency = serializers.ChoiceField(choices=settings.CURRENCIES)  # type: ignore[assignment]


class FilledSerializer(serializers.Serializer[Any]):
    filled = serializers.IntegerField(help_text="Prices that are new.")
    currency = CurrencySerializer()


def sold_in() -> QuerySet[ShopCurrency]:
    """Each with how many `prices` there are in it."""
    priced = Price.objects.filter(amount_currency=OuterRef("currency")).order_by().values("amount_currency")
    counted = Subquery(priced.annotate(n=Count("pk")).values("n"), output_field=IntegerField())
    rows: QuerySet[ShopCurrency] = ShopCurrency.objects.annotate(prices=Coalesce(counted, 0))
    return rows.order_by("position", "pk")


class CurrencyView(MerchantView, generics.GenericAPIView):
    serializer_class = CurrencySerializer
    pagination_class = None
    lookup_field = "currency"

    def get_queryset(self) -> QuerySet[ShopCurrency]:
        return sold_in()

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return {**context, "merchant": self.merchant} if self.request is not None and self.request.auth else context


class CurrencyList(CurrencyView, generics.ListAPIView):
    """The further currencies of the shop in its order; its own needs no entry."""

    @extend_schema(request=NewCurrencySerializer, responses={201: CurrencySerializer})
    def post(self, request: Request) -> Response:
        body = NewCurrencySerializer(data=request.data or {}, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        return Response(CurrencySerializer(body.save()).data, status=status.HTTP_201_CREATED)


class CurrencyDetail(CurrencyView, generics.RetrieveUpdateDestroyAPIView):
    """One of them, by its code. Deleted, it is no longer offered; carts and prices that are in it stay."""

    http_method_names = ["get", "patch", "delete", "head", "options"]


class CurrencyFill(CurrencyView):
    @extend_schema(
        request=None,
        responses=FilledSerializer,
        description="Whatever has a price in the shop's own currency and none in this one gets one by the rate. Prices that "
        "are there stay; again adds only what is missing.",
    )
    def post(self, request: Request, currency: str) -> Response:
        row = self.get_object()
        if row.rate is None:
            raise Conflict("Give the currency a fixed rate first.")
        made = fill_prices(self.merchant, row)
        return Response(FilledSerializer({"filled": made, "currency": self.get_object()}).data)
