"""Ways of delivery with their tables of prices, for a merchant's own programs."""

from typing import Any, cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from rest_framework import generics, serializers

from apps.carts.models import DeliveryMethod, DeliveryStep
from apps.carts.money import money
from apps.merchants.models import Location

from ..delivering import price_line
from .base import MerchantView, NewestFirst, StrictSerializer, WholeNumber
from .money import MoneyField
from .problems import Conflict

MAX_GRAMS, MAX_STEPS, MAX_NAMED, MAX_DAYS = 100_000_000, 100, 1000, 366
SENTENCES = {
    "deliverystep_once": "Two steps are for the same weight and order value.",
    "deliverymethod_one_kind_of_pick_up": "It is picked up in a store already.",
    "deliverymethod_earliest_first": "days_min cannot be more than days_max.",
}


class DeliveryStepSerializer(StrictSerializer):
    """For parcels of at most `up_to_grams` (null is any weight) in orders of at least `from_amount`."""

    up_to_grams = WholeNumber(min_value=1, max_value=MAX_GRAMS, required=False, allow_null=True, default=None)
    from_amount = MoneyField(currencies=settings.CURRENCIES, required=False, allow_null=True, default=None)
    price = MoneyField(currencies=settings.CURRENCIES)

    def to_representation(self, step: DeliveryStep) -> dict[str, Any]:
        currency = str(step.method.price.currency)
        written = MoneyField().to_representation
        return {
            "up_to_grams": step.up_to_grams,
            "from_amount": written(money(step.from_amount, currency)),
            "price": written(money(step.price, currency)),
        }


class DeliveryMethodSerializer(StrictSerializer):
    """Where it goes, what it costs and how long it takes. `steps` given replace the whole table."""

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(max_length=80)
    price = MoneyField(currencies=settings.CURRENCIES)
    free_from = MoneyField(currencies=settings.CURRENCIES, required=False, allow_null=True)
    countries = serializers.ListField(child=serializers.RegexField(r"^[A-Z]{2}\Z"), required=False, max_length=250)
    regions = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=MAX_NAMED)
    postcodes = serializers.ListField(child=serializers.CharField(max_length=12), required=False, max_length=MAX_NAMED)
    max_grams = WholeNumber(min_value=1, max_value=MAX_GRAMS, required=False, allow_null=True)
    cutoff_hour = WholeNumber(min_value=0, max_value=23, required=False, allow_null=True)
    closed_days = serializers.ListField(child=serializers.DateField(), required=False, max_length=MAX_DAYS)
    days_min = WholeNumber(min_value=0, max_value=365, required=False)
    days_max = WholeNumber(min_value=0, max_value=365, required=False)
    position = WholeNumber(min_value=0, max_value=30_000, required=False)
    is_active = serializers.BooleanField(required=False)
    pickup_at = serializers.SlugRelatedField(
        slug_field="public_id",
        required=False,
        allow_null=True,
        queryset=Location.objects.none(),
        help_text="The location where the shopper picks it up.",
    )
    to_point = serializers.BooleanField(required=False, help_text="The shopper chooses one of its pick-up points.")
    steps = DeliveryStepSerializer(many=True, required=False)
    price_line = serializers.SerializerMethodField(help_text="The prices in one line, as people read them.")

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if "merchant" in self.context:
            cast(serializers.SlugRelatedField, fields["pickup_at"]).queryset = Location.objects.all()
        return fields

    def get_price_line(self, method: DeliveryMethod) -> str:
        return price_line(method)

    def validate_steps(self, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(steps) > MAX_STEPS:
            raise serializers.ValidationError(f"{MAX_STEPS} steps are enough.")
        return steps

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        price = data.get("price") or (self.instance.price if self.instance else None)
        given = [step.get(name) for step in data.get("steps", ()) for name in ("price", "from_amount")]
        given.append(data.get("free_from") or (self.instance.free_from if self.instance else None))
        if "price" in data and self.instance and "steps" not in data and self.instance.steps.exists():
            given.append(self.instance.price)  # the table is in the currency of the price
        if price and any(amount is not None and amount.currency != price.currency for amount in given):
            raise serializers.ValidationError({"price": ["All amounts of one way are in one currency."]})
        return data

    def create(self, data: dict[str, Any]) -> DeliveryMethod:
        return self._save(DeliveryMethod(merchant=self.context["merchant"]), data)

    def update(self, method: DeliveryMethod, data: dict[str, Any]) -> DeliveryMethod:
        return self._save(method, data)

    def _save(self, method: DeliveryMethod, data: dict[str, Any]) -> DeliveryMethod:
        """All of it or nothing; what the database refuses is told as a sentence."""
        steps = data.pop("steps", None)
        for name, value in data.items():
            setattr(method, name, value)
        try:
            with transaction.atomic():
                method.save()
                if steps is not None:
                    _replace_steps(method, steps)
        except IntegrityError as error:
            said = next((words for name, words in SENTENCES.items() if name in str(error)), "These do not go together.")
            raise Conflict(said) from error
        return methods().get(pk=method.pk)


def _replace_steps(method: DeliveryMethod, steps: list[dict[str, Any]]) -> None:
    method.steps.all().delete()
    DeliveryStep.objects.bulk_create(
        DeliveryStep(
            merchant_id=method.merchant_id,
            method=method,
            up_to_grams=step.get("up_to_grams"),
            from_amount=step["from_amount"].amount if step.get("from_amount") else 0,
            price=step["price"].amount,
        )
        for step in steps
    )


def methods() -> QuerySet[DeliveryMethod]:
    found: QuerySet[DeliveryMethod] = DeliveryMethod.objects.select_related("pickup_at").prefetch_related(
        "steps__method"
    )
    return found


class DeliveryMethodView(MerchantView, generics.GenericAPIView):
    serializer_class: Any = DeliveryMethodSerializer
    pagination_class = NewestFirst

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return context if getattr(self, "swagger_fake_view", False) else {**context, "merchant": self.merchant}

    def get_queryset(self) -> QuerySet[Any]:
        return methods()


class DeliveryMethodList(DeliveryMethodView, generics.ListCreateAPIView):
    """All ways of delivery, newest first; or a new one."""


class DeliveryMethodDetail(DeliveryMethodView, generics.RetrieveUpdateAPIView):
    """One way of delivery. To end it set is_active to false; orders keep what they were promised."""

    http_method_names = ["get", "patch", "head", "options"]
