"""What goes with a product and what may stand in for it."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.models import Product, Relation

from .base import StrictSerializer
from .catalog import CatalogView

MOST = 50


class RelationsSerializer(StrictSerializer):
    """Ids of products, in order. A list that is left out stays as it is."""

    goes_with = serializers.ListField(child=serializers.CharField(max_length=32), max_length=MOST, required=False)
    instead = serializers.ListField(child=serializers.CharField(max_length=32), max_length=MOST, required=False)

    def validate_goes_with(self, ids: list[str]) -> list[Product]:
        return self._others(ids)

    def validate_instead(self, ids: list[str]) -> list[Product]:
        return self._others(ids)

    def _others(self, ids: list[str]) -> list[Product]:
        if self.context["product"].public_id in ids:
            raise serializers.ValidationError("A product is not related to itself.")
        if len(set(ids)) < len(ids):
            raise serializers.ValidationError("A product stands here twice.")
        found = {product.public_id: product for product in Product.objects.filter(public_id__in=ids)}
        if missing := [other for other in ids if other not in found]:
            raise serializers.ValidationError(f"There is no product {missing[0]}.")
        return [found[other] for other in ids]


class ProductRelations(CatalogView):
    """What a product goes with, and what may be offered instead of it."""

    serializer_class = RelationsSerializer

    def get_queryset(self) -> Any:
        return Product.objects.all()

    @extend_schema(responses=RelationsSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        return Response(_told(generics.get_object_or_404(self.get_queryset(), public_id=public_id)))

    @extend_schema(request=RelationsSerializer, responses=RelationsSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """Each list sent replaces the one there is."""
        with transaction.atomic():
            rows = self.get_queryset().select_for_update(no_key=True)
            product = generics.get_object_or_404(rows, public_id=public_id)
            sent = RelationsSerializer(data=request.data, context={**self.get_serializer_context(), "product": product})
            sent.is_valid(raise_exception=True)
            for kind, others in sent.validated_data.items():
                product.relations.filter(kind=kind).delete()
                Relation.objects.bulk_create(
                    Relation(merchant=self.merchant, product=product, other=other, kind=kind, position=place)
                    for place, other in enumerate(others)
                )
        return Response(_told(product))


def _told(product: Product) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {kind: [] for kind in Relation.Kind.values}
    for kind, other in product.relations.values_list("kind", "other__public_id"):
        told[kind].append(other)
    return told
