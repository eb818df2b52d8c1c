"""The stock's book for a merchant's own programs: every piece that came, went or was counted, and by whom."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.models import StockMovement, Variant

from ..doers import with_programs
from .actors import ActorField
from .base import MerchantView, NewestFirst


class MovementSerializer(serializers.ModelSerializer[StockMovement]):
    location = serializers.CharField(source="level.location.name")
    location_id = serializers.CharField(source="level.location.public_id")
    actor = ActorField()

    class Meta:
        model = StockMovement
        fields = ["id", "kind", "quantity", "location", "location_id", "reference", "reason", "actor", "created_at"]
        read_only_fields = fields


class VariantMovements(MerchantView, generics.ListAPIView):
    """Every movement of a variant's stock, newest first; `kind` narrows it."""

    serializer_class = MovementSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[StockMovement]:
        of_variant = StockMovement.objects.filter(level__variant__public_id=self.kwargs.get("public_id"))
        if kind := self.request.query_params.get("kind"):
            if kind not in StockMovement.Kind.values:
                raise serializers.ValidationError({"kind": [f"One of {', '.join(StockMovement.Kind.values)}."]})
            of_variant = of_variant.filter(kind=kind)
        return with_programs(of_variant.select_related("level__location", "actor"))

    @extend_schema(parameters=[OpenApiParameter("kind", str, enum=StockMovement.Kind.values)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        generics.get_object_or_404(Variant.objects.all(), public_id=kwargs["public_id"])
        return super().get(request, *args, **kwargs)
