"""Digital goods for a merchant's own programs: the file or link of a product, and the pools its codes come from."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.licence_codes import MOST_AT_ONCE, Added, NoPool, Why, add_codes, counted, open_pool, take_back
from apps.catalog.models import CodePool, Digital, Product, Variant
from apps.catalog.models.codes import LONGEST_CODE
from apps.merchants.afterwards import after_commit

from .base import MerchantView, NewestFirst, StrictSerializer, WholeNumber
from .documents import Whatever
from .problems import Conflict

LARGEST_FILE = 200 * 1024 * 1024  # bytes
MOST_PIECES = 1_000_000


class DigitalSerializer(StrictSerializer):
    """A file or a link, one of the two."""

    file = serializers.SerializerMethodField(help_text="The file's name; empty where it is a link.")
    size = serializers.SerializerMethodField(help_text="Of the file, in bytes.")
    url = serializers.URLField(max_length=500, help_text="Where the buyer gets it; empty where it is a file.")

    def get_file(self, digital: Digital) -> str:
        return str(digital) if digital.file else ""

    def get_size(self, digital: Digital) -> int:
        return int(digital.file.size) if digital.file and digital.file.storage.exists(digital.file.name) else 0


class DigitalFileSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=100)

    def validate_file(self, file: Any) -> Any:
        if file.size > LARGEST_FILE:
            raise serializers.ValidationError("No more than 200 MB.")
        return file


class ProductDigital(MerchantView, generics.GenericAPIView):
    """What a digital product hands over besides its codes. A new one is what all who bought it get from now on."""

    serializer_class: Any = DigitalSerializer

    def product(self) -> Product:
        found: Product = generics.get_object_or_404(Product.objects.all(), public_id=self.kwargs["public_id"])
        return found

    def digital(self) -> Digital:
        found: Digital = generics.get_object_or_404(Digital.objects.all(), product=self.product())
        return found

    @extend_schema(responses=DigitalSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        return Response(DigitalSerializer(self.digital()).data)

    @extend_schema(responses=DigitalSerializer, description="A link, instead of what there was.")
    def put(self, request: Request, public_id: str) -> Response:
        product = self.product()
        body = self.get_serializer(data=request.data or {})
        body.is_valid(raise_exception=True)
        return Response(DigitalSerializer(replace(product, url=body.validated_data["url"])).data)

    @extend_schema(responses={204: None}, description="Nothing is fetched any more; who bought it asks a person.")
    def delete(self, request: Request, public_id: str) -> Response:
        digital = self.digital()
        with transaction.atomic():
            _forget_file(digital)
            digital.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)


class ProductDigitalFile(ProductDigital):
    serializer_class = DigitalFileSerializer
    parser_classes = [MultiPartParser]
    content_negotiation_class = Whatever

    @extend_schema(
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, description="The file.")},
        description="The file itself, as its buyers get it; no fetch is counted.",
    )
    def get(self, request: Request, public_id: str) -> Any:
        digital = self.digital()
        try:
            opened = digital.file.open("rb")
        except (OSError, ValueError) as error:
            raise Http404 from error
        return FileResponse(opened, as_attachment=True, filename=str(digital))

    @extend_schema(
        request={"multipart/form-data": DigitalFileSerializer},
        responses=DigitalSerializer,
        description="A file, instead of what there was.",
    )
    def put(self, request: Request, public_id: str) -> Response:
        product = self.product()
        body = self.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(DigitalSerializer(replace(product, file=body.validated_data["file"])).data)

    @extend_schema(exclude=True)
    def delete(self, request: Request, public_id: str) -> Response:
        return self.http_method_not_allowed(request)


@transaction.atomic
def replace(product: Product, *, file: Any = None, url: str = "") -> Digital:
    """The product hands this over from now on. Raises `Conflict` for one that does not come as digital goods."""
    locked = Product.objects.select_for_update(no_key=True, of=("self",)).get(pk=product.pk)
    if locked.comes_as != Product.ComesAs.DIGITAL:
        raise Conflict("Only what comes as digital goods hands something over.")
    digital: Digital = Digital.objects.filter(product=locked).first() or Digital(product=locked)
    _forget_file(digital)
    digital.merchant_id, digital.file, digital.url = locked.merchant_id, file or "", url
    digital.save()
    return digital


def _forget_file(digital: Digital) -> None:
    """The bytes go once nothing names them any more."""
    if digital.file:
        after_commit(digital.file.storage.delete, digital.file.name)


class CodePoolSerializer(StrictSerializer):
    """The codes of a variant; its stock is the number of those that are free. No code is ever told here."""

    id = serializers.CharField(source="public_id", read_only=True)
    variant = serializers.CharField(source="variant.public_id", read_only=True)
    sku = serializers.CharField(source="variant.sku", read_only=True)
    free = serializers.IntegerField(read_only=True)
    given = serializers.IntegerField(read_only=True)
    low_at = WholeNumber(
        min_value=0,
        max_value=MOST_PIECES,
        required=False,
        help_text="The desk says so when no more free codes are left.",
    )
    created_at = serializers.DateTimeField(read_only=True)


class NewCodePoolSerializer(StrictSerializer):
    variant = serializers.CharField(max_length=32, help_text="Of a product that comes as digital goods.")
    low_at = WholeNumber(min_value=0, max_value=MOST_PIECES, required=False, default=10)


class NewCodesSerializer(StrictSerializer):
    codes = serializers.ListField(
        child=serializers.CharField(max_length=2 * LONGEST_CODE), min_length=1, max_length=MOST_AT_ONCE
    )


class RefusedSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="Which of those that were sent, from 1.")
    why = serializers.ChoiceField(choices=[why.value for why in Why])


class AddedSerializer(serializers.Serializer[Any]):
    added = serializers.IntegerField()
    refused = RefusedSerializer(many=True)
    pool = CodePoolSerializer()


class TakenBackSerializer(serializers.Serializer[Any]):
    taken = serializers.IntegerField()
    refused = RefusedSerializer(many=True)
    pool = CodePoolSerializer()


def pools() -> QuerySet[CodePool]:
    return counted(CodePool.objects.select_related("variant"))


class CodePoolList(MerchantView, generics.ListAPIView):
    """All pools of codes, newest first; or a new one."""

    serializer_class = CodePoolSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[CodePool]:
        return pools()

    @extend_schema(
        request=NewCodePoolSerializer,
        responses={201: CodePoolSerializer},
        description="From now on the variant hands out codes, and there are as many of it as free codes: none yet.",
    )
    def post(self, request: Request) -> Response:
        body = NewCodePoolSerializer(data=request.data or {}, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        found = Variant.objects.select_related("product").filter(public_id=body.validated_data["variant"]).first()
        if found is None:
            raise serializers.ValidationError({"variant": ["There is no such variant."]})
        try:
            made = open_pool(found, low_at=body.validated_data["low_at"], reference=self.token.reference)
        except NoPool as refused:
            raise Conflict(str(refused)) from refused
        return Response(CodePoolSerializer(pools().get(pk=made.pk)).data, status=status.HTTP_201_CREATED)


class CodePoolDetail(MerchantView, generics.GenericAPIView):
    serializer_class = CodePoolSerializer

    @extend_schema(responses=CodePoolSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        return Response(CodePoolSerializer(generics.get_object_or_404(pools(), public_id=public_id)).data)

    @extend_schema(responses=CodePoolSerializer)
    def patch(self, request: Request, public_id: str) -> Response:
        pool = generics.get_object_or_404(pools(), public_id=public_id)
        body = self.get_serializer(data=request.data or {}, partial=True)
        body.is_valid(raise_exception=True)
        CodePool.objects.filter(pk=pool.pk).update(**body.validated_data or {"low_at": pool.low_at})
        return Response(CodePoolSerializer(pools().get(pk=pool.pk)).data)


class CodesView(MerchantView, generics.GenericAPIView):
    """A call that names codes of a pool."""

    serializer_class = NewCodesSerializer

    def told(self, request: Request, public_id: str) -> tuple[CodePool, list[str]]:
        pool = generics.get_object_or_404(pools(), public_id=public_id)
        body = self.get_serializer(data=request.data or {})
        body.is_valid(raise_exception=True)
        return pool, body.validated_data["codes"]


class CodePoolCodes(CodesView):
    @extend_schema(
        responses=AddedSerializer,
        description="Bring codes. Those that are known or unfit are refused by their place, all others come in; sent again, "
        "all are known.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        pool, codes = self.told(request, public_id)
        told: Added = add_codes(pool, codes, reference=self.token.reference)
        refused = _refused(told.refused)
        answer = {"added": told.added, "refused": refused, "pool": pools().get(pk=pool.pk)}
        return Response(AddedSerializer(answer).data)


class CodePoolTakeBack(CodesView):
    @extend_schema(
        responses=TakenBackSerializer,
        description="Take unused codes out again. Those somebody has, or the pool does not know, are refused by their place; 409 "
        "where fewer would be left than are promised to carts and orders, and then none goes.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        pool, codes = self.told(request, public_id)
        told = take_back(pool, codes, reference=self.token.reference)
        answer = {"taken": told.taken, "refused": _refused(told.refused), "pool": pools().get(pk=pool.pk)}
        return Response(TakenBackSerializer(answer).data)


def _refused(lines: dict[int, Why]) -> list[dict[str, Any]]:
    return [{"line": line, "why": why.value} for line, why in lines.items()]
