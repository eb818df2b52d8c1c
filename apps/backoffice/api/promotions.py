"""Promotions and codes for a merchant's own programs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.carts.models import Coupon, Promotion
from apps.carts.promotions.codes import MAX_BATCH, generate_codes, tidy_code
from apps.carts.promotions.models import CODE
from apps.catalog.models import Category, Collection, Product
from apps.loyalty.models import Tier

from .base import MerchantView, MomentField, NewestFirst, StrictSerializer, WholeNumber
from .money import MoneyField
from .problems import Conflict

MAX_LIMIT = 1_000_000_000
MAX_PIECES = 999
RELATED: dict[str, Any] = {"products": Product, "categories": Category, "collections": Collection, "tiers": Tier}
SENTENCES = {
    "promotion_percent": "percent must be more than 0 and at most 100.",
    "promotion_amount": "An amount off needs an amount of more than 0.",
    "promotion_buy_get": "Buy some, get some needs buy_quantity and get_quantity.",
    "promotion_dates": "ends_at must come after starts_at.",
    "promotion_uses_within_limit": "It has been used more often than usage_limit already.",
    "coupon_uses_within_limit": "It has been used more often than usage_limit already.",
    "coupon_code_once": "A code of these letters exists already.",
}


class PromotionSerializer(StrictSerializer):
    """With no products, no categories and no collections it is about everything."""

    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=Promotion.Kind.choices)
    percent = serializers.DecimalField(max_digits=5, decimal_places=2, required=False)
    amount = MoneyField(currencies=settings.CURRENCIES, required=False, allow_null=True)
    buy_quantity = WholeNumber(min_value=0, max_value=MAX_PIECES, required=False)
    get_quantity = WholeNumber(min_value=0, max_value=MAX_PIECES, required=False)
    products = serializers.SlugRelatedField(
        slug_field="public_id", many=True, required=False, queryset=Product.objects.none()
    )
    categories = serializers.SlugRelatedField(
        slug_field="slug", many=True, required=False, queryset=Category.objects.none()
    )
    collections = serializers.SlugRelatedField(
        slug_field="public_id", many=True, required=False, queryset=Collection.objects.none()
    )
    min_subtotal = MoneyField(currencies=settings.CURRENCIES, required=False, allow_null=True)
    min_quantity = WholeNumber(min_value=0, max_value=MAX_PIECES, required=False)
    is_first_order_only = serializers.BooleanField(required=False)
    channels = serializers.ListField(child=serializers.SlugField(max_length=20), required=False, max_length=20)
    countries = serializers.ListField(child=serializers.RegexField(r"^[A-Z]{2}\Z"), required=False, max_length=250)
    currency = serializers.ChoiceField(choices=settings.CURRENCIES, required=False, allow_blank=True)
    customer_group = serializers.CharField(max_length=60, required=False, allow_blank=True)
    tiers = serializers.SlugRelatedField(
        slug_field="public_id",
        many=True,
        required=False,
        queryset=Tier.objects.none(),
        help_text="Levels of the points whose members it is for, beside the group.",
    )
    starts_at = MomentField(required=False, allow_null=True)
    ends_at = MomentField(required=False, allow_null=True)
    is_automatic = serializers.BooleanField(required=False)
    is_exclusive = serializers.BooleanField(required=False)
    priority = WholeNumber(min_value=-1000, max_value=1000, required=False)
    usage_limit = WholeNumber(min_value=0, max_value=MAX_LIMIT, required=False, allow_null=True)
    limit_per_customer = WholeNumber(min_value=0, max_value=MAX_LIMIT, required=False, allow_null=True)
    returns_use = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)
    uses = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if "merchant" in self.context:
            for name, model in RELATED.items():
                relation = cast(serializers.ManyRelatedField, fields[name]).child_relation
                cast(Any, relation).queryset = model.objects.all()
        return fields

    def create(self, data: dict[str, Any]) -> Promotion:
        return self._save(Promotion(merchant=self.context["merchant"]), data)

    def update(self, promotion: Promotion, data: dict[str, Any]) -> Promotion:
        return self._save(promotion, data)

    def _save(self, promotion: Promotion, data: dict[str, Any]) -> Promotion:
        related = {name: data.pop(name) for name in RELATED if name in data}
        for name, value in data.items():
            setattr(promotion, name, value)
        with _telling_conflicts():
            promotion.save()
            for name, chosen in related.items():
                getattr(promotion, name).set(chosen)
        return promotions().get(pk=promotion.pk)


@contextmanager
def _telling_conflicts() -> Iterator[None]:
    """In one transaction; what the database refuses is told as a sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        said = next((words for name, words in SENTENCES.items() if name in str(error)), "These do not go together.")
        raise Conflict(said) from error


class CouponSerializer(StrictSerializer):
    code = serializers.CharField(max_length=32)
    usage_limit = WholeNumber(min_value=0, max_value=MAX_LIMIT, required=False, allow_null=True)
    limit_per_customer = WholeNumber(min_value=0, max_value=MAX_LIMIT, required=False, allow_null=True)
    batch = serializers.CharField(max_length=40, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)
    promotion = serializers.CharField(source="promotion.public_id", read_only=True)
    uses = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)

    def validate_code(self, value: str) -> str:
        code = tidy_code(value)
        CODE(code)
        return code

    def create(self, data: dict[str, Any]) -> Coupon:
        with _telling_conflicts():
            made: Coupon = Coupon.objects.create(
                merchant=self.context["merchant"], promotion=self.context["promotion"], **data
            )
        return made

    def update(self, coupon: Coupon, data: dict[str, Any]) -> Coupon:
        if data.get("code", coupon.code) != coupon.code:
            raise serializers.ValidationError({"code": ["A code that is out stays what it is."]})
        for name, value in data.items():
            setattr(coupon, name, value)
        with _telling_conflicts():
            coupon.save(update_fields=list(data) or ["code"])
        return coupon


class GenerateSerializer(StrictSerializer):
    count = WholeNumber(min_value=1, max_value=MAX_BATCH)
    prefix = serializers.RegexField(r"^[A-Za-z0-9]*\Z", max_length=12, required=False, allow_blank=True, default="")
    batch = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    usage_limit = WholeNumber(min_value=1, max_value=MAX_LIMIT, required=False, allow_null=True, default=1)
    limit_per_customer = WholeNumber(min_value=1, max_value=MAX_LIMIT, required=False, allow_null=True, default=None)


def promotions() -> QuerySet[Promotion]:
    return Promotion.objects.prefetch_related(*RELATED)


class PromotionView(MerchantView, generics.GenericAPIView):
    serializer_class: Any = PromotionSerializer
    pagination_class = NewestFirst

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return context if getattr(self, "swagger_fake_view", False) else {**context, "merchant": self.merchant}

    def get_queryset(self) -> QuerySet[Any]:
        return promotions()


class PromotionList(PromotionView, generics.ListCreateAPIView):
    """All promotions, newest first, with how often each was used; or a new one."""


class PromotionDetail(PromotionView, generics.RetrieveUpdateAPIView):
    """One promotion. To end it set is_active to false; orders keep what they had off."""

    lookup_field = "public_id"
    http_method_names = ["get", "patch", "head", "options"]


class CouponList(PromotionView, generics.ListCreateAPIView):
    """The codes of a promotion, newest first; or a new one."""

    serializer_class = CouponSerializer

    def promotion(self) -> Promotion:
        return generics.get_object_or_404(Promotion.objects.all(), public_id=self.kwargs["public_id"])

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        is_real = self.request is not None and self.request.method == "POST" and "merchant" in context
        return {**context, "promotion": self.promotion()} if is_real else context

    def get_queryset(self) -> QuerySet[Coupon]:
        found = Coupon.objects.select_related("promotion").filter(promotion=self.promotion())
        batch = self.request.query_params.get("batch")
        return found.filter(batch=batch) if batch else found

    @extend_schema(parameters=[OpenApiParameter("batch", str)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class CouponGenerate(PromotionView):
    serializer_class = GenerateSerializer

    @extend_schema(
        responses={201: CouponSerializer(many=True)},
        description="Makes so many codes that nobody can guess, single use unless said otherwise.",
    )
    def post(self, request: Request, public_id: str) -> Response:
        promotion = generics.get_object_or_404(Promotion.objects.all(), public_id=public_id)
        body = self.get_serializer(data=request.data or {})
        body.is_valid(raise_exception=True)
        made = generate_codes(promotion, **body.validated_data)
        return Response(CouponSerializer(made, many=True).data, status=status.HTTP_201_CREATED)


class CouponDetail(PromotionView, generics.RetrieveUpdateAPIView):
    """One code, with how often it was used. To end it set is_active to false."""

    serializer_class = CouponSerializer
    lookup_field = "code"
    http_method_names = ["get", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[Coupon]:
        return Coupon.objects.select_related("promotion")
