"""Shoppers for a merchant's own programs: who they are, and what the last night reckoned of their orders."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.customers.models import Customer
from apps.insights.models import CustomerFigures
from apps.insights.segments import Segment

from .base import MerchantView, NewestFirst
from .money import MoneyField


class FiguresSerializer(serializers.ModelSerializer[CustomerFigures]):
    """Goods without tax and delivery, less what went back; scores from 1 to 5 compare the shop's customers."""

    value = MoneyField()
    average_order = MoneyField()

    class Meta:
        model = CustomerFigures
        fields = [
            "value", "orders", "average_order", "first_order_at", "last_order_at", "recency", "frequency", "monetary",
            "segment", "reckoned_at",
        ]  # fmt: skip
        read_only_fields = fields


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    id = serializers.CharField(source="public_id")
    phone = serializers.CharField()
    figures = FiguresSerializer(allow_null=True, default=None, help_text="null without an order that stands.")

    class Meta:
        model = Customer
        fields = ["id", "name", "email", "phone", "language", "created_at", "figures"]
        read_only_fields = fields


def customers() -> QuerySet[Customer]:
    return Customer.objects.filter(merged_into=None).select_related("figures")


class CustomerList(MerchantView, generics.ListAPIView):
    """Shoppers, newest first; `segment` narrows them to one of the segments."""

    serializer_class = CustomerSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Customer]:
        segment = self.request.query_params.get("segment")
        if not segment:
            return customers()
        if segment not in Segment.values:
            raise serializers.ValidationError({"segment": [f"One of {', '.join(Segment.values)}."]})
        return customers().filter(figures__segment=segment)

    @extend_schema(parameters=[OpenApiParameter("segment", str, enum=Segment.values)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CustomerDetail(MerchantView, generics.RetrieveAPIView):
    serializer_class = CustomerSerializer
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[Customer]:
        return customers()
