"""Shoppers for a merchant's own programs: who they are, and what the last night reckoned of their orders."""

from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.customers.actions import LONGEST_TAG, MOST_TAGS, WrongTag, change_tags, tags_named, tags_of, tidy_tags
from apps.customers.models import Customer, CustomerTag
from apps.insights.models import CustomerFigures
from apps.insights.segments import Segment

from .base import MerchantView, NewestFirst, StrictSerializer
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


class TagName(serializers.CharField):
    """A tag as it is kept: without spaces around or doubled within."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_TAG, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        said = super().to_internal_value(data)
        try:
            return tidy_tags([said])[0]
        except WrongTag as wrong:
            raise serializers.ValidationError(str(wrong)) from wrong


class TagsSerializer(StrictSerializer):
    tags = serializers.ListField(child=TagName(), max_length=MOST_TAGS)


class CustomerTagSerializer(serializers.ModelSerializer[CustomerTag]):
    customers = serializers.IntegerField()

    class Meta:
        model = CustomerTag
        fields = ["name", "customers"]
        read_only_fields = fields


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    id = serializers.CharField(source="public_id")
    phone = serializers.CharField()
    tags = serializers.SerializerMethodField()
    figures = FiguresSerializer(allow_null=True, default=None, help_text="null without an order that stands.")

    class Meta:
        model = Customer
        fields = ["id", "name", "email", "phone", "language", "tags", "created_at", "figures"]
        read_only_fields = fields

    def get_tags(self, customer: Customer) -> list[str]:
        return [tagging.tag.name for tagging in customer.taggings.all()]


def customers() -> QuerySet[Customer]:
    return Customer.objects.filter(merged_into=None).select_related("figures").prefetch_related("taggings__tag")


class CustomerList(MerchantView, generics.ListAPIView):
    """Shoppers, newest first; `segment` narrows them to one of the segments, `tag` to those who bear it."""

    serializer_class = CustomerSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Customer]:
        found, segment = customers(), self.request.query_params.get("segment")
        if tag := self.request.query_params.get("tag"):
            found = found.filter(taggings__tag__in=tags_named(tag))
        if not segment:
            return found
        if segment not in Segment.values:
            raise serializers.ValidationError({"segment": [f"One of {', '.join(Segment.values)}."]})
        return found.filter(figures__segment=segment)

    @extend_schema(
        parameters=[
            OpenApiParameter("segment", str, enum=Segment.values),
            OpenApiParameter("tag", str, description="In any case."),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CustomerDetail(MerchantView, generics.RetrieveAPIView):
    serializer_class = CustomerSerializer
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[Customer]:
        return customers()


class CustomerTags(MerchantView, generics.GenericAPIView):
    """What the shop calls a shopper. Never told in the chat."""

    serializer_class = TagsSerializer

    @extend_schema(
        responses=CustomerSerializer,
        description="All of them at once: what is not sent is taken off. New tags are made.",
    )
    def put(self, request: Request, public_id: str) -> Response:
        body = self.get_serializer(data=request.data or {})
        body.is_valid(raise_exception=True)
        with transaction.atomic():
            rows = Customer.objects.filter(merged_into=None).select_for_update(no_key=True)
            customer = generics.get_object_or_404(rows, public_id=public_id)
            before, now = set(tags_of(customer.pk)), set(body.validated_data["tags"])
            kept = {name.casefold() for name in now}
            change_tags([customer], put=now, take={name for name in before if name.casefold() not in kept})
        return Response(CustomerSerializer(customers().get(pk=customer.pk)).data)


class CustomerTagList(MerchantView, generics.ListAPIView):
    """The shop's tags by name, each with how many bear it."""

    serializer_class = CustomerTagSerializer
    pagination_class = None

    def get_queryset(self) -> QuerySet[CustomerTag]:
        borne = Count("taggings", filter=Q(taggings__customer__merged_into=None))
        return CustomerTag.objects.annotate(customers=borne).order_by(Lower("name"), "pk")
