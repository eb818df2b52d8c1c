"""Invoices and credit notes for a merchant's own programs: those of an order, and the file of each."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders.documents.views import file_of
from apps.orders.models import Document, Order
from apps.payments.documents import documents_of

from .base import MerchantView
from .money import MoneyField


class RateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    percent = serializers.DecimalField(max_digits=6, decimal_places=3, coerce_to_string=True)
    net = serializers.CharField(help_text="An exact decimal in the document's currency.")
    tax = serializers.CharField()
    gross = serializers.CharField()


class DocumentSerializer(serializers.ModelSerializer[Document]):
    id = serializers.CharField(source="public_id")
    refers_to = serializers.CharField(source="refers_to.number", default=None, allow_null=True)
    net = MoneyField()
    tax = MoneyField()
    gross = MoneyField()
    rates = RateSerializer(many=True, source="body.rates")
    file = serializers.SerializerMethodField(help_text="Where its PDF is, for the same token.")

    class Meta:
        model = Document
        fields = ["id", "kind", "number", "issued_on", "refers_to", "language", "net", "tax", "gross", "rates", "file"]
        read_only_fields = fields

    def get_file(self, document: Document) -> str:
        return f"/api/v1/documents/{document.public_id}/file/"


class OrderDocuments(MerchantView, generics.GenericAPIView):
    serializer_class = DocumentSerializer
    pagination_class = None

    @extend_schema(
        responses=DocumentSerializer(many=True),
        description="The order's invoice and what was credited of it, oldest first; none before it is paid.",
    )
    def get(self, request: Request, public_id: str) -> Response:
        order = generics.get_object_or_404(Order.objects.select_related("merchant"), public_id=public_id)
        return Response(DocumentSerializer(documents_of(order), many=True).data)


class Whatever(BaseContentNegotiation):
    """A file is what it is; its refusals are problem details."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class DocumentFile(MerchantView, generics.GenericAPIView):
    serializer_class = DocumentSerializer
    content_negotiation_class = Whatever

    @extend_schema(
        responses={(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY, description="The PDF.")},
        description="The document as a PDF, the same bytes every time.",
    )
    def get(self, request: Request, public_id: str) -> HttpResponse:
        return file_of(generics.get_object_or_404(Document.objects.all(), public_id=public_id))
