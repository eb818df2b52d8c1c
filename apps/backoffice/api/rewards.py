"""What points are given for and good for, for a merchant's own programs: the rules, the levels, the rewards."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.loyalty.models import LoyaltyProgramme, Reward, RewardKind, Tier
from apps.loyalty.points import MOST_AT_ONCE

from .base import WholeNumber
from .keeping import KeptSerializer, KeptView, NamesField
from .money import MoneyField

SMALL = 32_767


def _points(**kwargs: Any) -> WholeNumber:
    return WholeNumber(min_value=0, max_value=MOST_AT_ONCE, **kwargs)


def _days(default: int, **kwargs: Any) -> WholeNumber:
    return WholeNumber(min_value=0, max_value=SMALL, default=default, **kwargs)


class ProgrammeSerializer(KeptSerializer):
    """Sent whole: what is left out is as in a new shop."""

    model = LoyaltyProgramme
    there_is = "The rules were made in this moment. Read them first."

    is_active = serializers.BooleanField(default=False, help_text="Off, nothing is earned and the thread is silent.")
    points = WholeNumber(min_value=0, max_value=100_000, default=1)
    per_amount = serializers.DecimalField(
        max_digits=12,
        decimal_places=3,
        min_value=Decimal("0.001"),
        default=Decimal(1),
        help_text="So many points for every such amount of the shop's currency.",
    )
    rounding = serializers.ChoiceField(
        choices=LoyaltyProgramme.Rounding.choices, default=LoyaltyProgramme.Rounding.DOWN.value
    )
    return_days = _days(30, help_text="Before points can be spent.")
    expiry_months = _days(12, help_text="0 is never.")
    grace_days = _days(30, help_text="Before a lower level.")
    clawback = serializers.ChoiceField(
        choices=LoyaltyProgramme.Clawback.choices, default=LoyaltyProgramme.Clawback.CLAMP.value
    )
    first_order_bonus = _points(default=0)
    review_bonus = _points(default=0)
    birthday_bonus = _points(default=0)
    referrer_bonus = _points(default=0, help_text="For who invited a friend.")
    friend_bonus = _points(default=0, help_text="For the friend.")
    terms_url = serializers.URLField(
        max_length=200, allow_blank=True, default="", help_text="Shown before somebody joins."
    )


class TierSerializer(KeptSerializer):
    """Reached with so many points in the last twelve months; its members earn faster."""

    model = Tier
    there_is = "There is a level from so many points on already."

    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(max_length=40)
    translations = NamesField()
    threshold = _points()
    earn_percent = WholeNumber(
        min_value=100, max_value=1000, required=False, help_text="150 gives half as many points again."
    )


class RewardSerializer(KeptSerializer):
    """Money off has an amount, a free product the number (SKU) of it, free delivery neither."""

    model = Reward

    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(max_length=60)
    translations = NamesField()
    kind = serializers.ChoiceField(choices=RewardKind.choices)
    cost = WholeNumber(min_value=1, max_value=MOST_AT_ONCE, help_text="In points.")
    amount = MoneyField(currencies=settings.CURRENCIES, required=False, allow_null=True)
    sku = serializers.CharField(max_length=64, required=False, allow_blank=True)
    valid_days = WholeNumber(
        min_value=0, max_value=SMALL, required=False, help_text="Of the voucher; 0 is without end."
    )
    position = WholeNumber(min_value=0, max_value=SMALL, required=False)
    is_active = serializers.BooleanField(required=False)


class Programme(KeptView):
    """How points are earned; there is one set of rules in a shop, or none."""

    serializer_class = ProgrammeSerializer
    pagination_class = None

    def rules(self) -> LoyaltyProgramme | None:
        found: LoyaltyProgramme | None = LoyaltyProgramme.objects.first()
        return found

    @extend_schema(
        operation_id="loyalty_programme_retrieve",
        description="404 where the shop has none.",
        responses=ProgrammeSerializer,
    )
    def get(self, request: Request) -> Response:
        return Response(ProgrammeSerializer(generics.get_object_or_404(LoyaltyProgramme.objects.all())).data)

    @extend_schema(
        responses={200: ProgrammeSerializer, 201: ProgrammeSerializer},
        description="These rules, instead of what there was. Points that are given stay.",
    )
    def put(self, request: Request) -> Response:
        rules = self.rules()
        body = self.get_serializer(rules, data=request.data or {})
        body.is_valid(raise_exception=True)
        body.save()
        return Response(body.data, status=status.HTTP_200_OK if rules else status.HTTP_201_CREATED)

    @extend_schema(responses=ProgrammeSerializer, description="Some of the rules.")
    def patch(self, request: Request) -> Response:
        rules = generics.get_object_or_404(LoyaltyProgramme.objects.all())
        body = self.get_serializer(rules, data=request.data or {}, partial=True)
        body.is_valid(raise_exception=True)
        body.save()
        return Response(body.data)


class TierView(KeptView):
    serializer_class = TierSerializer
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[Tier]:
        found: QuerySet[Tier] = Tier.objects.all()
        return found


class TierList(TierView, generics.ListCreateAPIView):
    """The levels, newest first; or a new one. Members follow when their points next move. Price lists and promotions may
    be for some of them."""


class TierDetail(TierView, generics.RetrieveUpdateDestroyAPIView):
    """One level. Deleted, its members have none until their points lead to another."""

    http_method_names = ["get", "patch", "delete", "head", "options"]


class RewardView(KeptView):
    serializer_class = RewardSerializer
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[Reward]:
        found: QuerySet[Reward] = Reward.objects.all()
        return found


class RewardList(RewardView, generics.ListCreateAPIView):
    """What points are good for, newest first; or a new reward."""


class RewardDetail(RewardView, generics.RetrieveUpdateDestroyAPIView):
    """One reward; vouchers are as it was when they were made. What somebody redeemed is only put away (`is_active`): 409."""

    in_use = "Somebody has redeemed it. Set is_active to false instead."
    http_method_names = ["get", "patch", "delete", "head", "options"]
