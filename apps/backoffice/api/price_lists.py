"""Price lists, the prices in them, and groups of customers, for a merchant's own programs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.carts.money import from_minor, money, to_minor
from apps.catalog.index import collecting
from apps.catalog.models import ListPrice, Price, PriceList, Variant
from apps.catalog.models.lists import LEAST, MOST
from apps.customers.actions import add_members
from apps.customers.models import Customer, CustomerGroup, GroupMember
from apps.loyalty.models import Tier

from .base import MerchantView, MomentField, NewestFirst, StrictSerializer, WholeNumber
from .money import MAX_MINOR
from .problems import Conflict

MOST_PRICES = 1000  # in one call
SENTENCES = {
    "pricelist_name_once": "There is a list of this name already.",
    "pricelist_ends_after_it_begins": "ends_at must come after starts_at.",
    "listprice_in_its_shop": "There are prices in it: the currency stays.",
    "customergroup_name_once": "There is a group of this name already.",
}


@contextmanager
def _telling_conflicts() -> Iterator[None]:
    """In one transaction; what the database refuses is told as a sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        said = next((words for name, words in SENTENCES.items() if name in str(error)), "These do not go together.")
        raise Conflict(said) from error


class PercentField(serializers.DecimalField):
    def __init__(self, **kwargs: Any) -> None:
        kwargs |= {"max_digits": 5, "decimal_places": 2, "min_value": LEAST, "max_value": MOST}
        super().__init__(required=False, allow_null=True, **kwargs)


class PriceListSerializer(StrictSerializer):
    """For nobody's group, on no level, in no country it is for everyone everywhere; the most telling list counts."""

    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(max_length=60)
    reason = serializers.CharField(max_length=80, required=False, allow_blank=True)
    groups = serializers.SlugRelatedField(
        slug_field="public_id", many=True, required=False, queryset=CustomerGroup.objects.none()
    )
    tiers = serializers.SlugRelatedField(
        slug_field="public_id",
        many=True,
        required=False,
        queryset=Tier.objects.none(),
        help_text="Levels of the points whose members it is for, beside the groups.",
    )
    countries = serializers.ListField(child=serializers.RegexField(r"^[A-Z]{2}\Z"), required=False, max_length=250)
    currency = serializers.ChoiceField(choices=settings.CURRENCIES)
    percent = PercentField(help_text="On everything without a price of its own: -15 is 15 % off.")
    rounding = serializers.ChoiceField(choices=PriceList.Rounding.choices, required=False)
    priority = WholeNumber(min_value=-1000, max_value=1000, required=False)
    starts_at = MomentField(required=False, allow_null=True)
    ends_at = MomentField(required=False, allow_null=True)
    is_active = serializers.BooleanField(required=False)
    created_at = serializers.DateTimeField(read_only=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if "merchant" in self.context:
            for name, model in (("groups", CustomerGroup), ("tiers", Tier)):
                relation = cast(serializers.ManyRelatedField, fields[name]).child_relation
                cast(Any, relation).queryset = model.objects.all()
        return fields

    def create(self, data: dict[str, Any]) -> PriceList:
        return self._save(PriceList(merchant=self.context["merchant"]), data)

    def update(self, price_list: PriceList, data: dict[str, Any]) -> PriceList:
        return self._save(price_list, data)

    def _save(self, price_list: PriceList, data: dict[str, Any]) -> PriceList:
        for_whom = {name: data.pop(name) for name in ("groups", "tiers") if name in data}
        for name, value in data.items():
            setattr(price_list, name, value)
        with _telling_conflicts():
            price_list.save()
            for name, chosen in for_whom.items():
                getattr(price_list, name).set(chosen)
        return price_list


class ListPriceSerializer(StrictSerializer):
    """An amount in minor units of the list's currency, or percent on the price for everyone."""

    sku = serializers.CharField(max_length=64)
    minor = WholeNumber(min_value=0, max_value=MAX_MINOR, required=False, allow_null=True)
    before_minor = WholeNumber(min_value=0, max_value=MAX_MINOR, required=False, allow_null=True)
    percent = PercentField()

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if (data.get("minor") is None) == (data.get("percent") is None):
            raise serializers.ValidationError("Either minor or percent.")
        if data.get("before_minor") is not None and data.get("minor") is None:
            raise serializers.ValidationError({"before_minor": ["It needs minor."]})
        return data

    def to_representation(self, price: ListPrice) -> dict[str, Any]:
        return {
            "sku": price.variant.sku,
            "minor": _minor(price.amount, price.currency),
            "before_minor": _minor(price.compare_at, price.currency),
            "percent": None if price.percent is None else str(price.percent),
        }


def _minor(amount: Any, currency: str) -> int | None:
    return None if amount is None else to_minor(money(amount, currency))


class ListPricesSerializer(StrictSerializer):
    prices = ListPriceSerializer(many=True)

    def validate_prices(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(rows) > MOST_PRICES:
            raise serializers.ValidationError(f"At most {MOST_PRICES} in one call.")
        return rows


class GroupSerializer(StrictSerializer):
    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(max_length=60)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True)
    created_at = serializers.DateTimeField(read_only=True)

    def create(self, data: dict[str, Any]) -> CustomerGroup:
        return self._save(CustomerGroup(merchant=self.context["merchant"]), data)

    def update(self, group: CustomerGroup, data: dict[str, Any]) -> CustomerGroup:
        return self._save(group, data)

    def _save(self, group: CustomerGroup, data: dict[str, Any]) -> CustomerGroup:
        for name, value in data.items():
            setattr(group, name, value)
        with _telling_conflicts():
            group.save()
        return group


class MembersSerializer(StrictSerializer):
    """Ids of customers."""

    customers = serializers.ListField(child=serializers.CharField(max_length=32), max_length=MOST_PRICES)

    def validate_customers(self, ids: list[str]) -> list[Customer]:
        found = {row.public_id: row for row in Customer.objects.filter(public_id__in=ids, merged_into=None)}
        if missing := [one for one in ids if one not in found]:
            raise serializers.ValidationError(f"There is no customer {missing[0]}.")
        return list(found.values())


class ListView(MerchantView, generics.GenericAPIView):
    serializer_class: Any = PriceListSerializer
    pagination_class = NewestFirst
    lookup_field = "public_id"

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return context if getattr(self, "swagger_fake_view", False) else {**context, "merchant": self.merchant}

    def get_queryset(self) -> QuerySet[Any]:
        return PriceList.objects.prefetch_related("groups", "tiers")


class PriceListList(ListView, generics.ListCreateAPIView):
    """All price lists, newest first; or a new one."""


class PriceListDetail(ListView, generics.RetrieveUpdateAPIView):
    """One price list. To end it set is_active to false; what it made things cost stays in the history."""

    http_method_names = ["get", "patch", "head", "options"]


class PriceListPrices(ListView, generics.ListAPIView):
    """The prices of a list, newest first."""

    serializer_class = ListPriceSerializer

    def price_list(self) -> PriceList:
        return generics.get_object_or_404(PriceList.objects.all(), public_id=self.kwargs["public_id"])

    def get_queryset(self) -> QuerySet[ListPrice]:
        return ListPrice.objects.filter(price_list=self.price_list()).select_related("variant")

    @extend_schema(request=ListPricesSerializer, responses=ListPriceSerializer(many=True))
    def put(self, request: Request, public_id: str) -> Response:
        """All prices of the list at once: what is not sent is taken out. All of it or, with an error, nothing."""
        price_list = self.price_list()
        sent = ListPricesSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        wanted = _variants_for(price_list, sent.validated_data["prices"])
        with _telling_conflicts(), collecting(self.merchant):
            price_list.prices.exclude(variant__in=wanted).delete()
            for variant, row in wanted.items():
                _put(price_list, variant, row)
        rows = self.get_queryset().order_by("variant__sku")
        return Response(ListPriceSerializer(rows, many=True).data)


def _variants_for(price_list: PriceList, rows: list[dict[str, Any]]) -> dict[Variant, dict[str, Any]]:
    """Raises `ValidationError` for a SKU that is unknown, named twice, or not sold in the list's currency."""
    by_sku = {row["sku"]: row for row in rows}
    if len(by_sku) < len(rows):
        raise serializers.ValidationError({"prices": ["A variant stands here twice."]})
    found = {variant.sku: variant for variant in Variant.objects.filter(sku__in=by_sku)}
    if missing := [sku for sku in by_sku if sku not in found]:
        raise serializers.ValidationError({"prices": [f"There is no variant {missing[0]}."]})
    priced = Price.objects.filter(variant__in=found.values(), amount_currency=price_list.currency)
    sold = set(priced.values_list("variant_id", flat=True))
    if unsold := [variant.sku for variant in found.values() if variant.pk not in sold]:
        raise serializers.ValidationError({"prices": [f"{unsold[0]} has no price in {price_list.currency} yet."]})
    return {found[sku]: row for sku, row in by_sku.items()}


def _put(price_list: PriceList, variant: Variant, row: dict[str, Any]) -> None:
    price = price_list.prices.filter(variant=variant).first() or ListPrice(
        merchant_id=price_list.merchant_id, price_list=price_list, variant=variant
    )
    for name, minor in (("amount", row.get("minor")), ("compare_at", row.get("before_minor"))):
        setattr(price, name, None if minor is None else from_minor(minor, price_list.currency).amount)
    price.percent = row.get("percent")
    price.save()


class GroupList(ListView, generics.ListCreateAPIView):
    """All customer groups, newest first; or a new one."""

    serializer_class = GroupSerializer

    def get_queryset(self) -> QuerySet[CustomerGroup]:
        return CustomerGroup.objects.all()


class GroupDetail(ListView, generics.RetrieveUpdateDestroyAPIView):
    """One customer group. It stays as long as a price list is for it."""

    serializer_class = GroupSerializer
    http_method_names = ["get", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[CustomerGroup]:
        return CustomerGroup.objects.all()

    def perform_destroy(self, group: CustomerGroup) -> None:
        try:
            with transaction.atomic():
                group.delete()
        except ProtectedError as refused:
            raise Conflict("A price list is for this group.") from refused


class GroupMembers(ListView):
    """Who is in a group."""

    serializer_class = MembersSerializer

    def get_queryset(self) -> QuerySet[CustomerGroup]:
        return CustomerGroup.objects.all()

    @extend_schema(responses=MembersSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        return Response(_members(self.get_object()))

    @extend_schema(request=MembersSerializer, responses=MembersSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """All of them at once: who is not sent is taken out."""
        group = self.get_object()
        sent = MembersSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        with transaction.atomic():
            GroupMember.objects.filter(group=group).exclude(customer__in=sent.validated_data["customers"]).delete()
            add_members(group, sent.validated_data["customers"])
        return Response(_members(group), status=status.HTTP_200_OK)


def _members(group: CustomerGroup) -> dict[str, list[str]]:
    rows = GroupMember.objects.filter(group=group).order_by("pk")
    return {"customers": list(rows.values_list("customer__public_id", flat=True))}
