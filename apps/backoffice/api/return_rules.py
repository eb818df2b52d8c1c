"""How the shop takes things back, for its own programs: where to, with whose label, at whose cost."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.carts.money import from_minor, to_minor
from apps.merchants.models import Merchant
from apps.orders.carrier import all_carriers
from apps.orders.models import CarrierAccount, ReturnRules

from ..choosing import countries
from .base import MerchantView, StrictSerializer, WholeNumber
from .keeping import one_at_a_time
from .money import MAX_MINOR


class ReturnRulesSerializer(StrictSerializer):
    """Sent whole. Without an account shoppers get the shop's own slip and choose how to send it."""

    name = serializers.CharField(max_length=80, help_text="On the parcel.")
    street = serializers.CharField(max_length=120)
    postcode = serializers.CharField(max_length=16)
    city = serializers.CharField(max_length=80)
    region = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    country = serializers.RegexField(r"\A[A-Z]{2}\Z")
    phone = serializers.CharField(max_length=32, required=False, allow_blank=True, default="")
    account = serializers.CharField(
        max_length=81, required=False, allow_null=True, default=None,
        help_text='The carrier\'s account that buys labels, as "carrier/name"; it must be able to.',
    )  # fmt: skip
    at_once = serializers.BooleanField(
        required=False, default=False, help_text="Nobody looks at what is within its days."
    )
    payer = serializers.ChoiceField(
        choices=ReturnRules.Payer.choices, required=False, default=ReturnRules.Payer.SHOP.value,
        help_text="mind: the shopper, unless the goods are at fault; needs an account and a postage.",
    )  # fmt: skip
    postage = WholeNumber(
        min_value=0, max_value=MAX_MINOR, required=False, allow_null=True, default=None,
        help_text="Taken off the refund for a label, in minor units of the shop's currency.",
    )  # fmt: skip
    label_days = WholeNumber(min_value=1, max_value=32_767, required=False, default=28)
    grams = WholeNumber(
        min_value=1, max_value=1_000_000, required=False, default=500, help_text="Of goods without a weight."
    )

    def validate_country(self, code: str) -> str:
        if code not in {known for known, _ in countries()}:
            raise serializers.ValidationError("There is no such country.")
        return code

    def validate_account(self, named: str | None) -> CarrierAccount | None:
        """Raises for one the shop does not have, and for one that only tells where parcels are."""
        if named is None:
            return None
        provider, _, name = named.partition("/")
        account: CarrierAccount | None = CarrierAccount.objects.filter(provider=provider, name=name).first()
        if account is None:
            raise serializers.ValidationError("There is no such account.")
        if not all_carriers()[account.provider].sells_labels(account.config):
            raise serializers.ValidationError("This account cannot buy labels yet: give it its API key.")
        return account

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["payer"] == ReturnRules.Payer.MIND:
            missing = [name for name in ("account", "postage") if data[name] is None]
            if missing:
                raise serializers.ValidationError({name: ["Needed where the shopper pays."] for name in missing})
        return data

    def to_representation(self, rules: ReturnRules) -> dict[str, Any]:
        plain = (
            "name",
            "street",
            "postcode",
            "city",
            "region",
            "country",
            "phone",
            "at_once",
            "payer",
            "label_days",
            "grams",
        )
        return {
            **{name: getattr(rules, name) for name in plain},
            "account": str(rules.account) if rules.account else None,
            "postage": to_minor(rules.postage) if rules.postage is not None else None,
        }


class Rules(MerchantView, generics.GenericAPIView):
    """How things come back; there is one set of rules in a shop, or none."""

    serializer_class = ReturnRulesSerializer
    pagination_class = None

    @extend_schema(
        responses=ReturnRulesSerializer,
        description="404 where the shop has not said.",
        operation_id="return_rules_retrieve",
    )
    def get(self, request: Request) -> Response:
        rules = generics.get_object_or_404(ReturnRules.objects.select_related("account"))
        return Response(ReturnRulesSerializer(rules).data)

    @extend_schema(responses=ReturnRulesSerializer, description="These rules, instead of what there was.")
    def put(self, request: Request) -> Response:
        body = self.get_serializer(data=request.data or {})
        body.is_valid(raise_exception=True)
        return Response(ReturnRulesSerializer(_kept(self.merchant, dict(body.validated_data))).data)


@transaction.atomic
def _kept(merchant: Merchant, wanted: dict[str, Any]) -> ReturnRules:
    one_at_a_time(merchant)
    if wanted["postage"] is not None:
        wanted["postage"] = from_minor(wanted["postage"], merchant.currency)
    rules, _ = ReturnRules.objects.update_or_create(merchant=merchant, defaults=wanted)
    return rules
