"""Disputes for a merchant's own programs: what a bank has taken back, what the shop says, and giving in."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.payments.actions import CannotAnswer, accept_dispute, answer_dispute, invoice_of, save_evidence
from apps.payments.models import Dispute

from ..disputing import MOST_TALK, MOST_TOLD, proposed
from .acts import Act
from .base import MerchantView, NewestFirst, SaidField, StrictSerializer
from .money import MoneyField
from .problems import Conflict


def _text(longest: int, told: str = "") -> SaidField:
    return SaidField(max_length=longest, required=False, allow_blank=True, help_text=told)


class EvidenceSerializer(StrictSerializer):
    """What a bank reads, as on the desk's page."""

    name = _text(200, "The shopper's.")
    email = serializers.EmailField(max_length=200, required=False, allow_blank=True)
    address = _text(1000)
    goods = _text(4000)
    carrier = _text(200)
    tracking_number = _text(400)
    shipped_on = _text(100)
    arrived_on = _text(100)
    explanation = _text(MOST_TOLD)
    conversation = _text(MOST_TALK + 1000, "What was said in the thread; proposed without codes and card numbers.")
    sends_invoice = serializers.BooleanField(required=False, help_text="The invoice goes along as a PDF.")


class DisputeSerializer(serializers.ModelSerializer[Dispute]):
    id = serializers.CharField(source="public_id")
    order = serializers.CharField(source="payment.order.public_id")
    order_number = serializers.CharField(source="payment.order.number")
    amount = MoneyField()
    withheld = MoneyField(help_text="What the provider took from the payout for it, in the payout's currency.")
    fee = MoneyField()
    answer = serializers.ChoiceField(
        source="wish", choices=Dispute.Wish.choices, help_text="What the shop said; empty: nothing yet."
    )
    answered_at = serializers.DateTimeField(source="wished_at", allow_null=True)
    can_answer = serializers.BooleanField(source="is_to_answer")

    class Meta:
        model = Dispute
        fields = [
            "id", "order", "order_number", "provider_ref", "reason", "state", "is_inquiry", "amount", "withheld", "fee",
            "opened_at", "due_by", "can_answer", "answer", "answered_at", "error",
        ]  # fmt: skip
        read_only_fields = fields


class NothingSerializer(StrictSerializer):
    pass


def disputes() -> QuerySet[Dispute]:
    found: QuerySet[Dispute] = Dispute.objects.select_related("payment__order__merchant")
    return found


def _evidence_of(dispute: Dispute) -> dict[str, Any]:
    """The draft, or what was handed in, or what the shop knows."""
    return proposed(dispute, invoice_of(dispute))


class DisputeList(MerchantView, generics.ListAPIView):
    """What banks have taken back or ask about, newest first."""

    serializer_class = DisputeSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Dispute]:
        found = disputes()
        state = self.request.query_params.get("state")
        if state:
            if state not in Dispute.State.values:
                raise serializers.ValidationError({"state": [f"One of {', '.join(Dispute.State.values)}."]})
            found = found.filter(state=state)
        return found

    @extend_schema(parameters=[OpenApiParameter("state", str, enum=Dispute.State.values)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class DisputeDetail(MerchantView, generics.RetrieveAPIView):
    serializer_class = DisputeSerializer
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[Dispute]:
        return disputes()


class DisputeEvidence(MerchantView, generics.GenericAPIView):
    """What would be handed in: the draft, or what the shop knows of the order. A draft is kept as often as wanted."""

    serializer_class = EvidenceSerializer

    @extend_schema(responses=EvidenceSerializer, operation_id="disputes_evidence_retrieve")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(_evidence_of(generics.get_object_or_404(disputes(), public_id=public_id)))

    @extend_schema(responses=EvidenceSerializer, description="Keep this as the draft. The bank does not see it yet.")
    def put(self, request: Request, public_id: str) -> Response:
        dispute = generics.get_object_or_404(disputes(), public_id=public_id)
        body = self.get_serializer(data=request.data or {})
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        try:
            kept = save_evidence(dispute, said, sends_invoice=said.pop("sends_invoice", True))
        except CannotAnswer as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response({**kept.evidence, "sends_invoice": kept.sends_invoice})


class DisputeAct(Act):
    """One act on one dispute."""

    told = DisputeSerializer

    def all_there_are(self) -> QuerySet[Dispute]:
        return disputes()


def _submit(dispute: Dispute, **said: Any) -> None:
    """What the program leaves out is as it was proposed."""
    whole = {**_evidence_of(dispute), **said}
    answer_dispute(dispute, whole, sends_invoice=whole.pop("sends_invoice", True))


class DisputeSubmit(DisputeAct):
    serializer_class = EvidenceSerializer

    @extend_schema(
        responses=DisputeSerializer,
        description="Hand it in to the bank, which takes evidence once: sent again, nothing more is handed in. What you leave "
        "out is as in `evidence/`; an empty text takes it out.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, _submit)


class DisputeAccept(DisputeAct):
    serializer_class = NothingSerializer

    @extend_schema(
        request=None,
        responses=DisputeSerializer,
        description="Let the cardholder have the money. It cannot be undone; an inquiry cannot be accepted.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        return self.perform(request, public_id, accept_dispute)
