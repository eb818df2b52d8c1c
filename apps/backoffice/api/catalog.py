"""Products, variants, categories and stock for a merchant's own programs."""

from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.barcodes import WrongBarcode, barcode
from apps.catalog.lists import FOR_EVERYONE, Terms, terms_for
from apps.catalog.models import Category, Price, Product, StockAlert, StockLevel, Variant
from apps.catalog.prices import Tag, prices_now, with_prices
from apps.catalog.products import count_nothing
from apps.catalog.search import Filters, search
from apps.catalog.stock import adjust_stock
from apps.customers.models import Customer
from apps.merchants.models import Location

from .base import MerchantView, NewestFirst, SaidField, StrictSerializer, WholeNumber
from .money import MoneyField
from .problems import Conflict

LANGUAGES = tuple(code for code, _ in settings.LANGUAGES)
SEARCH_PAGE = 20
MAX_STOCK = 1_000_000
WHOSE = [
    OpenApiParameter("customer", str, description="Id of a shopper: prices are as they pay them."),
    OpenApiParameter("country", str, description="Where it would go: prices are as they are there."),
]


def attribute(name: str, language: str) -> str:
    """modeltranslation's column for a language: ("title", "zh-hans") → "title_zh_hans"."""
    return f"{name}_{language.replace('-', '_')}"


class CategorySerializer(StrictSerializer):
    slug = serializers.SlugField(max_length=80)
    name = serializers.CharField(max_length=80)
    is_active = serializers.BooleanField(default=True)

    def create(self, data: dict[str, Any]) -> Category:
        try:
            with transaction.atomic():
                category = Category(merchant=self.context["merchant"], **data)
                category.save()
        except IntegrityError as error:
            raise Conflict("A category with this slug exists already.") from error
        return category

    def update(self, category: Category, data: dict[str, Any]) -> Category:
        for name, value in data.items():
            setattr(category, name, value)
        try:
            with transaction.atomic():
                category.save()
        except IntegrityError as error:
            raise Conflict("A category with this slug exists already.") from error
        return category


class StockSerializer(serializers.ModelSerializer[StockLevel]):
    location = serializers.CharField(source="location.name")
    location_id = serializers.CharField(source="location.public_id")

    class Meta:
        model = StockLevel
        fields = ["location", "location_id", "on_hand", "allocated", "held"]
        read_only_fields = fields


class PriceSerializer(serializers.Serializer[Tag]):
    """The price of the list, what it costs now, and what must stand beside a reduction."""

    amount = MoneyField(source="listed")
    compare_at = MoneyField(source="listed_compare_at", allow_null=True)
    now = MoneyField(source="amount")
    now_compare_at = MoneyField(source="compare_at", allow_null=True)
    lowest_30_days = MoneyField(source="lowest", allow_null=True)


class VariantSerializer(StrictSerializer):
    id = serializers.CharField(source="public_id", read_only=True)
    product = serializers.CharField(source="product.public_id", read_only=True)
    sku = serializers.CharField(max_length=64)
    barcode = serializers.CharField(max_length=32, required=False, allow_blank=True)
    options = serializers.SerializerMethodField()
    weight_grams = WholeNumber(min_value=0, max_value=MAX_STOCK, required=False)
    is_tracked = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)
    price = MoneyField(required=False, currencies=settings.CURRENCIES, write_only=True)
    compare_at = MoneyField(required=False, allow_null=True, currencies=settings.CURRENCIES, write_only=True)
    prices = serializers.SerializerMethodField()
    stock = StockSerializer(source="stock_levels", many=True, read_only=True)

    def get_options(self, variant: Variant) -> dict[str, str]:
        return {value.option.name: value.value for value in variant.values.all()}

    @extend_schema_field(PriceSerializer(many=True))
    def get_prices(self, variant: Variant) -> list[dict[str, Any]]:
        prices = getattr(variant, "all_prices", None)
        if prices is None:
            prices = prices_now([variant.pk])[variant.pk]
        return [PriceSerializer(price).data for price in prices]

    def validate_barcode(self, value: str) -> str:
        try:
            return barcode(value)
        except WrongBarcode as wrong:
            raise serializers.ValidationError(str(wrong)) from wrong

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        before, price = data.get("compare_at"), data.get("price")
        if "compare_at" in data and price is None:
            raise serializers.ValidationError({"compare_at": ["Send it together with the price."]})
        if before is not None and price is not None and before.currency != price.currency:
            raise serializers.ValidationError({"compare_at": ["It has the currency of the price."]})
        return data

    def create(self, data: dict[str, Any]) -> Variant:
        product = self.context["product"]
        fresh = Variant(
            merchant=self.context["merchant"], product=product, is_tracked=product.comes_as == Product.ComesAs.GOODS
        )
        return self._save(fresh, data)

    def update(self, variant: Variant, data: dict[str, Any]) -> Variant:
        return self._save(variant, data)

    def _save(self, variant: Variant, data: dict[str, Any]) -> Variant:
        price = data.pop("price", None)
        before = {"compare_at": data.pop("compare_at")} if "compare_at" in data else {}
        for name, value in data.items():
            setattr(variant, name, value)
        try:
            with transaction.atomic():
                variant.save()
                if price is not None:
                    Price.objects.update_or_create(
                        variant=variant,
                        amount_currency=str(price.currency),
                        defaults={"amount": price, "merchant": variant.merchant, **before},
                    )
        except IntegrityError as error:
            raise Conflict("A variant with this SKU exists already.") from error
        return variants().get(pk=variant.pk)


class TranslationSerializer(StrictSerializer):
    title = serializers.CharField(max_length=200, required=False, allow_blank=True)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)


class ProductSerializer(StrictSerializer):
    id = serializers.CharField(source="public_id", read_only=True)
    slug = serializers.SlugField(max_length=200)
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    brand = serializers.CharField(max_length=80, required=False, allow_blank=True)
    product_type = serializers.CharField(max_length=80, required=False, allow_blank=True)
    status = serializers.ChoiceField(choices=Product.Status.choices, required=False)
    comes_as = serializers.ChoiceField(
        choices=Product.ComesAs.choices,
        required=False,
        help_text="What is not goods needs no address: it is handed over in the chat as soon as it is paid.",
    )
    categories = serializers.SlugRelatedField(
        slug_field="slug", many=True, required=False, queryset=Category.objects.none()
    )
    translations = serializers.DictField(child=TranslationSerializer(), required=False, write_only=True)
    variants = VariantSerializer(many=True, read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if "merchant" in self.context:
            cast(serializers.ManyRelatedField, fields["categories"]).child_relation.queryset = Category.objects.all()
        return fields

    def validate_translations(self, value: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        unknown = sorted(set(value) - set(LANGUAGES))
        if unknown:
            raise serializers.ValidationError(f"Languages we speak: {', '.join(LANGUAGES)}.")
        return value

    def create(self, data: dict[str, Any]) -> Product:
        return self._save(Product(merchant=self.context["merchant"]), data)

    def update(self, product: Product, data: dict[str, Any]) -> Product:
        return self._save(product, data)

    def _save(self, product: Product, data: dict[str, Any]) -> Product:
        categories = data.pop("categories", None)
        for language, words in data.pop("translations", {}).items():
            for name, value in words.items():
                setattr(product, attribute(name, language), value)
        for name, value in data.items():
            setattr(product, name, value)
        try:
            product.clean()
        except ValidationError as refused:
            raise serializers.ValidationError(refused.message_dict) from refused
        try:
            with transaction.atomic():
                product.save()
                if categories is not None:
                    product.categories.set(categories)
                if "comes_as" in data:
                    count_nothing(product)
        except IntegrityError as error:
            raise Conflict("A product with this slug exists already.") from error
        return products().get(pk=product.pk)


class StockChangeSerializer(StrictSerializer):
    location = serializers.CharField(
        max_length=80, required=False, help_text="Its id or its name; the first location where left out."
    )
    change = WholeNumber(
        min_value=-MAX_STOCK, max_value=MAX_STOCK, help_text="Pieces to add or, below zero, to take off."
    )
    reason = SaidField(max_length=120)


def variants() -> QuerySet[Variant]:
    return Variant.objects.select_related("product").prefetch_related("values__option", "stock_levels__location")


def products() -> QuerySet[Product]:
    return Product.objects.prefetch_related(
        "categories",
        "variants__product",
        "variants__values__option",
        "variants__stock_levels__location",
    )


class CatalogView(MerchantView, generics.GenericAPIView):
    pagination_class = NewestFirst

    def terms(self) -> Terms:
        """What the shopper named by `customer`, in `country` or where they usually are, pays; else what everyone does."""
        asked = self.request.query_params
        if not {"customer", "country"} & set(asked):
            return FOR_EVERYONE
        customer = None
        if public_id := asked.get("customer"):
            customer = (
                Customer.objects.filter(public_id=public_id, merged_into=None).values_list("pk", flat=True).first()
            )
            if customer is None:
                raise serializers.ValidationError({"customer": ["There is no such customer."]})
        return terms_for(self.merchant, customer, country=asked.get("country", ""))

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return context if getattr(self, "swagger_fake_view", False) else {**context, "merchant": self.merchant}


@extend_schema_view(get=extend_schema(parameters=WHOSE))
class ProductList(CatalogView, generics.ListCreateAPIView):
    """All products, newest first; or a new one."""

    serializer_class = ProductSerializer

    def get_queryset(self) -> QuerySet[Product]:
        return products()

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        with_prices((variant for product in page or () for variant in product.variants.all()), self.terms())
        return page


class ProductDetail(CatalogView, generics.RetrieveUpdateAPIView):
    """One product. To take it off sale set its status to archived; orders keep their own copy."""

    serializer_class = ProductSerializer
    lookup_field = "public_id"
    http_method_names = ["get", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[Product]:
        return products()


class ProductSearch(CatalogView):
    """What a shopper would find with these words, typos and all."""

    serializer_class = ProductSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter("q", str, required=True, description="The shopper's words"),
            OpenApiParameter("language", str, enum=list(LANGUAGES)),
            *WHOSE,
        ],
        responses=ProductSerializer(many=True),
        operation_id="products_search",
    )
    def get(self, request: Request) -> Response:
        words = request.query_params.get("q", "")[:400]
        language = request.query_params.get("language", self.merchant.default_language)
        if language not in LANGUAGES:
            raise serializers.ValidationError({"language": [f"One of {', '.join(LANGUAGES)}."]})
        page = search(self.merchant, words, language=language, filters=Filters(), limit=SEARCH_PAGE, terms=self.terms())
        found = {product.pk: product for product in products().filter(pk__in=[hit.pk for hit in page.products])}
        ordered = [found[hit.pk] for hit in page.products if hit.pk in found]
        with_prices((variant for product in ordered for variant in product.variants.all()), page.terms)
        return Response(self.get_serializer(ordered, many=True).data)


class VariantCreate(CatalogView, generics.CreateAPIView):
    """A new variant of a product, with its price in one currency."""

    serializer_class = VariantSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        if "merchant" not in context:
            return context
        product = Product.objects.filter(public_id=self.kwargs["public_id"]).first()
        if product is None:
            raise Http404
        return {**context, "product": product}


class VariantDetail(CatalogView, generics.RetrieveUpdateAPIView):
    """One variant: what it is, what it costs, how many there are."""

    serializer_class = VariantSerializer
    lookup_field = "public_id"
    http_method_names = ["get", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[Variant]:
        return variants()


class VariantStock(CatalogView):
    """Count stock up or down. Never below what is sold or held."""

    serializer_class = StockChangeSerializer

    @extend_schema(request=StockChangeSerializer, responses=VariantSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        variant = generics.get_object_or_404(variants(), public_id=public_id)
        change = self.get_serializer(data=request.data)
        change.is_valid(raise_exception=True)
        adjust_stock(
            variant,
            self._location(change.validated_data.get("location")),
            change.validated_data["change"],
            reason=change.validated_data["reason"],
            reference=self.token.reference,
        )
        shown = VariantSerializer(variants().get(pk=variant.pk), context=self.get_serializer_context())
        return Response(shown.data, status=status.HTTP_200_OK)

    def _location(self, name: str | None) -> Location:
        locations = Location.objects.filter(Q(public_id=name) | Q(name=name)) if name else Location.objects.all()
        location = locations.first()
        if location is None:
            raise serializers.ValidationError({"location": ["There is no location by that name."]})
        return location


class CategoryList(CatalogView, generics.ListCreateAPIView):
    serializer_class = CategorySerializer

    def get_queryset(self) -> QuerySet[Category]:
        return Category.objects.all()


class CategoryDetail(CatalogView, generics.RetrieveUpdateAPIView):
    serializer_class = CategorySerializer
    lookup_field = "slug"
    http_method_names = ["get", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[Category]:
        return Category.objects.all()


class AlertSerializer(serializers.ModelSerializer[StockAlert]):
    """Who waits is the shop's secret; how many, for what and since when is what a buyer needs."""

    variant = serializers.CharField(source="variant.public_id")
    sku = serializers.CharField(source="variant.sku")

    class Meta:
        model = StockAlert
        fields = ["variant", "sku", "state", "created_at", "until"]
        read_only_fields = fields


class AlertList(CatalogView, generics.ListAPIView):
    """The shoppers who asked to be told when something is back, newest first."""

    serializer_class = AlertSerializer

    def get_queryset(self) -> QuerySet[StockAlert]:
        return StockAlert.objects.select_related("variant")
