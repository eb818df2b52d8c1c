"""Pick-up points of a way of delivery, and a carrier's list of them, for a merchant's own programs."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.carts.models import DeliveryMethod, PickupPoint
from apps.carts.point_import import import_points
from apps.orders.promised import promised_points

from .base import MerchantView, NewestFirst
from .problems import Conflict

LARGEST_FILE = 5 * 1024 * 1024  # bytes


class PointSerializer(serializers.Serializer[Any]):
    """Where a parcel waits for its shopper. `reference` is the carrier's own number of it."""

    id = serializers.CharField(source="public_id")
    reference = serializers.CharField()
    name = serializers.CharField()
    street = serializers.CharField()
    postcode = serializers.CharField()
    city = serializers.CharField()
    country = serializers.CharField()
    hours = serializers.CharField(help_text="As shoppers read them.")
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    is_active = serializers.BooleanField(help_text="Whether shoppers may choose it.")


class PointFileSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=100, help_text="CSV in UTF-8, one row a point, with a heading.")

    def validate_file(self, file: Any) -> Any:
        if file.size > LARGEST_FILE:
            raise serializers.ValidationError("No more than 5 MB.")
        return file


class RowErrorSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="As an editor counts, the heading being 1.")
    column = serializers.CharField()
    message = serializers.CharField()


class PointReportSerializer(serializers.Serializer[Any]):
    """What was done, or with `is_applied` false what would have been. `awaited` are gone from the list and stay open until
    the parcels that go there have come."""

    rows = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    reopened = serializers.IntegerField()
    closed = serializers.IntegerField()
    awaited = serializers.IntegerField()
    unplaced = serializers.IntegerField(help_text="Without coordinates.")
    is_applied = serializers.BooleanField()
    errors = RowErrorSerializer(many=True)  # type: ignore[assignment]


class PointView(MerchantView, generics.GenericAPIView):
    serializer_class: Any = PointSerializer
    pagination_class = NewestFirst

    def method(self) -> DeliveryMethod:
        ways = DeliveryMethod.objects.select_related("merchant")
        found: DeliveryMethod = generics.get_object_or_404(ways, pk=self.kwargs["pk"])
        return found


class PointList(PointView, generics.ListAPIView):
    """All points of a way of delivery, newest first."""

    def get_queryset(self) -> QuerySet[PickupPoint]:
        if getattr(self, "swagger_fake_view", False):
            return PickupPoint.objects.none()
        found: QuerySet[PickupPoint] = self.method().points.all()
        return found


class PointImport(PointView):
    serializer_class = PointFileSerializer
    parser_classes = [MultiPartParser]

    @extend_schema(
        request={"multipart/form-data": PointFileSerializer},
        parameters=[OpenApiParameter("dry_run", bool, description="Only look: nothing is written.")],
        responses={200: PointReportSerializer, 422: PointReportSerializer},
        description="A carrier's list, all of it: points are known by the carrier's number, those it does not name any more are "
        "closed. With an error in any row nothing is done, and the answer is 422.",
    )
    def post(self, request: Request, pk: int) -> Response:
        method = self.method()
        if not method.to_point:
            raise Conflict("This way of delivery does not go to pick-up points.")
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        is_dry_run = request.query_params.get("dry_run", "").lower() in ("1", "true")
        report = import_points(method, body.validated_data["file"], promised=promised_points, is_dry_run=is_dry_run)
        return Response(
            PointReportSerializer(report).data, status=status.HTTP_422_UNPROCESSABLE_ENTITY if report.errors else 200
        )
