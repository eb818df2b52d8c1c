"""What came of points, for a merchant's own programs: vouchers of members, and friends they invited."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.loyalty.actions import judge_referral
from apps.loyalty.models import Referral, RewardVoucher

from ..doers import with_programs
from .actors import ActorField
from .base import MerchantView, NewestFirst
from .money import MoneyField
from .problems import Conflict

ORDER = "order:"
CUSTOMER = OpenApiParameter("customer", str, description="A customer's id.")


class OrderField(serializers.CharField):
    """The id of an order that a row names as "order:…"; null for none."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **kwargs)

    def to_representation(self, reference: str) -> str | None:  # type: ignore[override]
        return reference.removeprefix(ORDER) or None


class VoucherSerializer(serializers.ModelSerializer[RewardVoucher]):
    """As its reward was when it was made. Only its owner can use it."""

    customer = serializers.CharField(source="membership.customer.public_id")
    member = serializers.CharField(source="membership.public_id")
    kind = serializers.CharField(help_text="Of the reward.")
    reward = serializers.CharField(source="reward.public_id")
    name = serializers.CharField(source="reward.name")
    amount = MoneyField(allow_null=True)
    order = OrderField(source="used_for", help_text="Where it was used.")

    class Meta:
        model = RewardVoucher
        fields = [
            "code", "state", "customer", "member", "reward", "name", "kind", "amount", "sku", "cost", "order", "used_at", "expires_at",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReferralSerializer(serializers.ModelSerializer[Referral]):
    """Both are paid when the friend's first order can no longer be returned."""

    referrer = serializers.CharField(source="referrer.customer.public_id", help_text="A customer's id, as `friend` is.")
    friend = serializers.CharField(source="friend.public_id")
    order = OrderField(source="reference", help_text="The friend's first.")
    judged_by = ActorField("decided_by")

    class Meta:
        model = Referral
        fields = ["id", "referrer", "friend", "state", "reason", "order", "due_at", "judged_by", "created_at"]
        read_only_fields = fields


def _in_state(found: QuerySet[Any], asked: str | None, states: list[str]) -> QuerySet[Any]:
    if asked and asked not in states:
        raise serializers.ValidationError({"state": [f"One of {', '.join(states)}."]})
    return found.filter(state=asked) if asked else found


class VoucherView(MerchantView, generics.GenericAPIView):
    serializer_class = VoucherSerializer
    pagination_class = NewestFirst
    lookup_field = "code"

    def get_queryset(self) -> QuerySet[RewardVoucher]:
        found: QuerySet[RewardVoucher] = RewardVoucher.objects.select_related("membership__customer", "reward")
        return found


class VoucherList(VoucherView, generics.ListAPIView):
    """What members redeemed their points for, newest first."""

    def get_queryset(self) -> QuerySet[RewardVoucher]:
        asked = self.request.query_params
        found = _in_state(super().get_queryset(), asked.get("state"), RewardVoucher.State.values)
        if customer := asked.get("customer"):
            found = found.filter(membership__customer__public_id=customer)
        return found

    @extend_schema(parameters=[CUSTOMER, OpenApiParameter("state", str, enum=RewardVoucher.State.values)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class VoucherDetail(VoucherView, generics.RetrieveAPIView):
    """One voucher, by its code."""


def referrals() -> QuerySet[Referral]:
    found = Referral.objects.select_related("referrer__customer", "friend", "decided_by")
    return with_programs(found, "decided_with")


class ReferralView(MerchantView, generics.GenericAPIView):
    serializer_class = ReferralSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Referral]:
        return referrals()


class ReferralList(ReferralView, generics.ListAPIView):
    """Who brought whom, newest first. What looks like one person is in `review` and waits for a judgement."""

    def get_queryset(self) -> QuerySet[Referral]:
        return _in_state(referrals(), self.request.query_params.get("state"), Referral.State.values)

    @extend_schema(parameters=[OpenApiParameter("state", str, enum=Referral.State.values)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class ReferralDetail(ReferralView, generics.RetrieveAPIView):
    """One invitation."""


class ReferralApprove(ReferralView):
    @extend_schema(request=None, responses=ReferralSerializer, description="These are two people: pay when due.")
    def post(self, request: Request, pk: int) -> Response:
        return self.judge(is_fine=True)

    def judge(self, *, is_fine: bool) -> Response:
        """Twice is once; what does not wait for a judgement is a conflict."""
        judged = judge_referral(self.get_object(), is_fine=is_fine, reference=self.token.reference)
        is_refused = judged.state == Referral.State.REFUSED
        if not judged.is_judged or is_refused == is_fine:
            raise Conflict("It does not wait for a judgement.")
        return Response(self.get_serializer(referrals().get(pk=judged.pk)).data)


class ReferralRefuse(ReferralApprove):
    @extend_schema(request=None, responses=ReferralSerializer, description="This is one person: nothing is paid.")
    def post(self, request: Request, pk: int) -> Response:
        return self.judge(is_fine=False)
