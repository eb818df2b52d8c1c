"""The tax table, and how a tax provider calls the shop's goods, for a merchant's own programs."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.carts.models import TaxCode, TaxRate

from .keeping import KeptSerializer, KeptView, NamesField
from .money import MoneyField


class TaxRateSerializer(KeptSerializer):
    """Tax on a category of goods at a place. The most specific place counts; its parts together are the rate."""

    model = TaxRate
    there_is = "There is a rate for this part, category and place already."

    id = serializers.IntegerField(source="pk", read_only=True)
    country = serializers.RegexField(r"\A[A-Za-z]{2}\Z")
    region = serializers.CharField(
        max_length=10, required=False, allow_blank=True, help_text="A state of the US by its two letters."
    )
    postcode = serializers.CharField(
        max_length=10, required=False, allow_blank=True, help_text="How postcodes begin there; empty is all of it."
    )
    category = serializers.CharField(
        max_length=20, required=False, help_text='As products have it; "delivery" is for what delivery costs.'
    )
    part = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="Whose it is where several tax one sale. A place is taxed as a whole or in parts.",
    )
    percent = serializers.DecimalField(max_digits=6, decimal_places=3)
    taxed_from = MoneyField(
        currencies=settings.CURRENCIES,
        required=False,
        allow_null=True,
        help_text="Due from this price of one piece on; null is always.",
    )
    is_inclusive = serializers.BooleanField(required=False, help_text="Inside the prices, or on top of them.")
    name = serializers.CharField(
        max_length=40, required=False, allow_blank=True, help_text="As shoppers read it; empty is the usual word."
    )
    translations = NamesField()
    label = serializers.CharField(  # type: ignore[assignment]
        read_only=True, help_text="What shoppers read: the part, the name or the usual word."
    )


class TaxCodeSerializer(KeptSerializer):
    """What is not here is called as usual: `usual_codes` of the account tells how."""

    model = TaxCode
    there_is = "There is a code for this category already."

    id = serializers.IntegerField(source="pk", read_only=True)
    category = serializers.CharField(max_length=20)
    code = serializers.CharField(max_length=40, help_text="As the provider lists it, such as txcd_20030000.")


class TaxRateList(KeptView, generics.ListCreateAPIView):
    """The tax table, newest first; `country` narrows it. Or a new rate."""

    serializer_class = TaxRateSerializer

    def get_queryset(self) -> QuerySet[TaxRate]:
        country = self.request.query_params.get("country")
        found: QuerySet[TaxRate] = TaxRate.objects.all()
        return found.filter(country=country.upper()) if country else found

    @extend_schema(parameters=[OpenApiParameter("country", str, description="Two letters.")])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class TaxRateDetail(KeptView, generics.RetrieveUpdateDestroyAPIView):
    """One rate. Orders and invoices keep what they were reckoned with."""

    serializer_class = TaxRateSerializer
    http_method_names = ["get", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[TaxRate]:
        found: QuerySet[TaxRate] = TaxRate.objects.all()
        return found


class TaxCodeList(KeptView, generics.ListCreateAPIView):
    """The shop's own codes of categories, newest first; or a new one."""

    serializer_class = TaxCodeSerializer

    def get_queryset(self) -> QuerySet[TaxCode]:
        found: QuerySet[TaxCode] = TaxCode.objects.all()
        return found


class TaxCodeDetail(KeptView, generics.RetrieveUpdateDestroyAPIView):
    """One category's code. Without it the category is called as usual."""

    serializer_class = TaxCodeSerializer
    http_method_names = ["get", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[TaxCode]:
        found: QuerySet[TaxCode] = TaxCode.objects.all()
        return found
