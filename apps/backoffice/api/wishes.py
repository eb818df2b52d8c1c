"""What shoppers saved for later, for a merchant's own programs: a shopper's list, and how many want a product."""

from collections import defaultdict
from typing import Any

from django.db.models import Count, Exists, IntegerField, Max, OuterRef, QuerySet, Subquery
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.models import Product, Wish
from apps.customers.models import Customer

from .base import MerchantView, NewestFirst


class WishSerializer(serializers.ModelSerializer[Wish]):
    product = serializers.CharField(source="product.public_id")
    title = serializers.CharField(source="product.title")
    variant = serializers.CharField(
        source="variant.public_id", default=None, allow_null=True, help_text="null: any kind of the product."
    )
    sku = serializers.CharField(source="variant.sku", default="")

    class Meta:
        model = Wish
        fields = ["id", "product", "title", "variant", "sku", "created_at"]
        read_only_fields = fields


class WishedVariantSerializer(serializers.Serializer[Any]):
    variant = serializers.CharField()
    sku = serializers.CharField()
    shoppers = serializers.IntegerField()


class WishedSerializer(serializers.ModelSerializer[Product]):
    """A shopper counts once, however many kinds of it they saved."""

    product = serializers.CharField(source="public_id")
    shoppers = serializers.IntegerField()
    latest_at = serializers.DateTimeField()
    variants = WishedVariantSerializer(many=True, source="wished", help_text="Where a kind of it was saved.")

    class Meta:
        model = Product
        fields = ["product", "title", "shoppers", "latest_at", "variants"]
        read_only_fields = fields


class CustomerWishes(MerchantView, generics.ListAPIView):
    """What a shopper saved, newest first."""

    serializer_class = WishSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Wish]:
        found: QuerySet[Wish] = Wish.objects.select_related("product", "variant")
        return found.filter(customer__public_id=self.kwargs.get("public_id"))

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        generics.get_object_or_404(Customer.objects.filter(merged_into=None), public_id=kwargs["public_id"])
        return super().get(request, *args, **kwargs)


class WishedList(MerchantView, generics.ListAPIView):
    """Products that somebody saved, the newest product first, and how many did; `product` narrows it to one."""

    serializer_class = WishedSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Product]:
        mine = Wish.objects.filter(product=OuterRef("pk")).order_by()
        shoppers = mine.values("product").annotate(n=Count("customer", distinct=True)).values("n")
        latest = mine.values("product").annotate(at=Max("created_at")).values("at")
        found: QuerySet[Product] = Product.objects.filter(Exists(mine))
        if product := self.request.query_params.get("product"):
            found = found.filter(public_id=product)
        return found.annotate(shoppers=Subquery(shoppers, output_field=IntegerField()), latest_at=Subquery(latest))

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        wished = _by_variant(product.pk for product in page or ())
        for product in page or ():
            product.wished = wished[product.pk]
        return page

    @extend_schema(parameters=[OpenApiParameter("product", str, description="A product's id.")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


def _by_variant(products: Any) -> dict[int, list[dict[str, Any]]]:
    """Product id → its variants that were saved, the most wanted first. One query."""
    rows = Wish.objects.filter(product__in=list(products), variant__isnull=False).order_by()
    counted = rows.values_list("product", "variant__public_id", "variant__sku").annotate(n=Count("customer"))
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for product, variant, sku, shoppers in counted.order_by("-n", "variant"):
        found[product].append({"variant": variant, "sku": sku, "shoppers": shoppers})
    return found
