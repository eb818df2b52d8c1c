"""Points for a merchant's own programs: who has how many and why, and corrections with a reason."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.loyalty.actions import correct_points
from apps.loyalty.errors import LoyaltyRefusal
from apps.loyalty.models import LoyaltyMembership, PointsEntry
from apps.loyalty.points import MOST_AT_ONCE

from ..doers import with_programs
from .actors import ActorField
from .base import MerchantView, NewestFirst, SaidField, StrictSerializer, WholeNumber
from .problems import Conflict


class MembershipSerializer(serializers.ModelSerializer[LoyaltyMembership]):
    id = serializers.CharField(source="public_id")
    customer = serializers.CharField(source="customer.public_id")
    tier = serializers.CharField(source="tier.name", default="")
    tier_id = serializers.CharField(source="tier.public_id", default="")

    class Meta:
        model = LoyaltyMembership
        fields = ["id", "customer", "balance", "pending", "lifetime", "tier", "tier_id", "joined_at"]
        read_only_fields = fields


class PointsEntrySerializer(serializers.ModelSerializer[PointsEntry]):
    actor = ActorField()

    class Meta:
        model = PointsEntry
        fields = [
            "id", "kind", "rule", "points", "reference", "reason", "actor", "available_at", "expires_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class CorrectionSerializer(StrictSerializer):
    points = WholeNumber(min_value=-MOST_AT_ONCE, max_value=MOST_AT_ONCE, help_text="Below zero takes points away.")
    reason = SaidField(max_length=200)
    key = serializers.RegexField(
        r"\A[\w.:-]{1,60}\Z", help_text="Your own name for this correction: once, however often it is sent."
    )

    def validate_points(self, points: int) -> int:
        if not points:
            raise serializers.ValidationError("A correction moves something.")
        return points


def memberships() -> QuerySet[LoyaltyMembership]:
    return LoyaltyMembership.objects.filter(ended_at=None).select_related("customer", "tier")


def entries() -> QuerySet[PointsEntry]:
    return with_programs(PointsEntry.objects.select_related("actor"), where=Q(rule=PointsEntry.Rule.DESK))


class MembershipList(MerchantView, generics.ListAPIView):
    """Members, newest first; `customer` narrows it to one."""

    serializer_class = MembershipSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[LoyaltyMembership]:
        customer = self.request.query_params.get("customer")
        return memberships().filter(customer__public_id=customer) if customer else memberships()

    @extend_schema(parameters=[OpenApiParameter("customer", str, description="A customer's id.")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class MembershipDetail(MerchantView, generics.RetrieveAPIView):
    serializer_class = MembershipSerializer
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[LoyaltyMembership]:
        return memberships()


class MembershipHistory(MerchantView, generics.ListAPIView):
    """Every line of a member's book, newest first."""

    serializer_class = PointsEntrySerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[PointsEntry]:
        return entries().filter(membership__public_id=self.kwargs.get("public_id"))

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        generics.get_object_or_404(memberships(), public_id=kwargs["public_id"])
        return super().get(request, *args, **kwargs)


class MembershipCorrection(MerchantView, generics.GenericAPIView):
    serializer_class = CorrectionSerializer

    @extend_schema(
        responses=PointsEntrySerializer,
        description="Give or take points by hand. The same key again answers with the same line and moves nothing; "
        "more than can be spent is not taken.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        member = generics.get_object_or_404(memberships(), public_id=public_id)
        body = self.get_serializer(data=request.data or {})
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        try:
            entry = correct_points(
                member,
                points=wanted["points"],
                reason=wanted["reason"],
                reference=self.token.reference,
                source=f"api:{wanted['key']}",
            )
        except LoyaltyRefusal as refusal:
            raise Conflict(str(refusal)) from refusal
        if entry.points != wanted["points"]:
            raise Conflict("Another correction has this key.")
        return Response(PointsEntrySerializer(entries().get(pk=entry.pk)).data)
