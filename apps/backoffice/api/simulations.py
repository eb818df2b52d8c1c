"""What would this cart pay? Asked by a merchant's own programs; nothing is written."""

from collections.abc import Sequence
from typing import Any, cast

from django.conf import settings
from django.utils.translation import override
from djmoney.money import Money
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.carts.models import DeliveryMethod
from apps.carts.money import NotPayable
from apps.carts.promotions.calculate import Adjustment, Offer, Reason, Refused
from apps.carts.promotions.codes import MAX_CODES
from apps.carts.quote import Quote, QuoteLine, offers_taken
from apps.catalog.models import Variant
from apps.customers.models import Customer
from apps.loyalty.models import Reward, Tier
from apps.messaging.channel import all_channels
from apps.payments.models import GiftCard
from apps.payments.tenders import Part

from ..imagined import Asked, CannotImagine, Imagined, imagine
from .authentication import MayRead
from .base import MerchantView, MomentField, StrictSerializer, WholeNumber
from .money import MoneyField

MOST_LINES, MOST_PIECES = 100, 999
NOT_PAYABLE = "Prices have fractions of the currency's smallest coin: correct them, then ask again."
# Its name in the API, where that is another than in `Asked`.
CALLED = {"delivery": "delivery_method", "moment": "at"}


class WantedSerializer(StrictSerializer):
    sku = serializers.CharField(max_length=64)
    quantity = WholeNumber(min_value=1, max_value=MOST_PIECES, default=1)


class SimulationSerializer(StrictSerializer):
    """All but `lines` may be left out. With a `customer`, what is left out is theirs."""

    lines = WantedSerializer(many=True, allow_empty=False)
    codes = serializers.ListField(child=serializers.CharField(max_length=64), max_length=MAX_CODES, required=False)
    customer = serializers.SlugRelatedField(
        slug_field="public_id", queryset=Customer.objects.none(), required=False, allow_null=True
    )
    customer_group = serializers.CharField(max_length=60, required=False, allow_blank=True)
    tier = serializers.SlugRelatedField(
        slug_field="public_id", queryset=Tier.objects.none(), required=False, allow_null=True
    )
    reward = serializers.SlugRelatedField(
        slug_field="public_id",
        queryset=Reward.objects.none(),
        required=False,
        allow_null=True,
        help_text="As if its points were redeemed now.",
    )
    gift_card = serializers.SlugRelatedField(
        slug_field="public_id", queryset=GiftCard.objects.none(), required=False, allow_null=True
    )
    store_credit = serializers.BooleanField(required=False, help_text="The customer's credit pays what it can.")
    currency = serializers.ChoiceField(choices=settings.CURRENCIES, required=False)
    channel = serializers.ChoiceField(choices=sorted(all_channels()), required=False)
    country = serializers.RegexField(r"^[A-Z]{2}\Z", required=False)
    region = serializers.CharField(max_length=80, required=False, allow_blank=True)
    postcode = serializers.CharField(max_length=20, required=False, allow_blank=True)
    delivery_method = serializers.PrimaryKeyRelatedField(
        source="delivery", queryset=DeliveryMethod.objects.none(), required=False, allow_null=True
    )
    at = MomentField(source="moment", required=False, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if "merchant" in self.context:
            for name, rows in {
                "customer": Customer.objects.filter(merged_into=None),
                "tier": Tier.objects.all(),
                "reward": Reward.objects.filter(is_active=True),
                "gift_card": GiftCard.objects.select_related("merchant"),
                "delivery_method": DeliveryMethod.objects.filter(is_active=True),
            }.items():
                cast(Any, fields[name]).queryset = rows
        return fields

    def validate_lines(self, lines: Sequence[dict[str, Any]]) -> list[tuple[Variant, int]]:
        if len(lines) > MOST_LINES:
            raise serializers.ValidationError(f"At most {MOST_LINES} in one cart.")
        skus = {line["sku"] for line in lines}
        found = {row.sku: row for row in Variant.objects.filter(sku__in=skus).select_related("product")}
        if missing := [line["sku"] for line in lines if line["sku"] not in found]:
            raise serializers.ValidationError(f"There is no variant {missing[0]}.")
        if len(skus) < len(lines):
            raise serializers.ValidationError("A variant stands here twice: say its pieces in one line.")
        return [(found[line["sku"]], line["quantity"]) for line in lines]


class TakenOfferSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    code = serializers.CharField()
    amount = MoneyField()


class SimulatedLineSerializer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    title = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = MoneyField()
    regular_price = MoneyField(allow_null=True)
    price_source = serializers.CharField()
    price_reason = serializers.CharField()
    offers = TakenOfferSerializer(many=True)
    charged = MoneyField()
    tax_percent = serializers.CharField()
    tax = MoneyField()
    problem = serializers.CharField(help_text="out_of_stock, no_price, not_for_sale, or nothing.")


class RefusedOfferSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    code = serializers.CharField()
    why_not = serializers.ChoiceField(choices=[reason.value for reason in Reason])
    missing = MoneyField(allow_null=True)
    count = serializers.IntegerField(help_text="Pieces that are missing.")
    other = serializers.CharField(help_text="The offers it does not go with, or the levels it is for.")


class PaidWithSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["gift_card", "store_credit"])
    gift_card = serializers.CharField(allow_null=True)
    amount = MoneyField()
    balance = MoneyField()


class SimulatedTaxSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    percent = serializers.CharField()
    amount = MoneyField()


class SimulatedDeliverySerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    charged = MoneyField()
    discount = MoneyField()
    earliest = serializers.DateField(allow_null=True)
    latest = serializers.DateField(allow_null=True)


class SimulatedSerializer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    groups = serializers.ListField(child=serializers.CharField())
    tier = serializers.CharField(allow_null=True)
    country = serializers.CharField()
    lines = SimulatedLineSerializer(many=True)
    subtotal = MoneyField()
    discount = MoneyField()
    offers = TakenOfferSerializer(many=True)
    refused = RefusedOfferSerializer(many=True)
    promised = serializers.ListField(child=serializers.CharField(), help_text="Wait for a way of delivery.")
    unknown_codes = serializers.ListField(child=serializers.CharField())
    delivery = SimulatedDeliverySerializer(allow_null=True)
    taxes = SimulatedTaxSerializer(many=True)
    is_tax_inclusive = serializers.BooleanField()
    total = MoneyField()
    paid_with = PaidWithSerializer(many=True)
    due = MoneyField()
    problems = serializers.ListField(child=serializers.CharField(), help_text="What keeps it from being ordered.")


class SimulationView(MerchantView):
    permission_classes = [MayRead]

    @extend_schema(
        request=SimulationSerializer,
        responses=SimulatedSerializer,
        description="What would this cart pay? Calculated as for a shopper, tax by the shop's own table. "
        "Nothing is written: a token that may only read may ask.",
    )
    def post(self, request: Request) -> Response:
        body = SimulationSerializer(data=request.data, context={"merchant": self.merchant})
        body.is_valid(raise_exception=True)
        asked = dict(body.validated_data)
        try:
            with override("en"):
                found = imagine(self.merchant, Asked(wanted=asked.pop("lines"), **asked))
                return Response(SimulatedSerializer(_told(found)).data)
        except CannotImagine as cannot:
            wrong = {CALLED.get(name, name): [str(sentence)] for name, sentence in cannot.wrong.items()}
            raise serializers.ValidationError(wrong) from cannot
        except NotPayable as fraction:
            raise serializers.ValidationError({"lines": [NOT_PAYABLE]}) from fraction


def _told(found: Imagined) -> dict[str, Any]:
    now = found.quote
    return {
        "currency": now.currency,
        "groups": found.groups,
        "tier": found.tier.public_id if found.tier else None,
        "country": found.address.country,
        "lines": [_line(line) for line in now.lines],
        "subtotal": now.subtotal,
        "discount": now.discount,
        "offers": [_offer(offer, amount) for offer, amount in offers_taken(now.offers)],
        "refused": [_refused(no) for no in now.offers.refused],
        "promised": [offer.name for offer in now.offers.promised],
        "unknown_codes": found.unknown,
        "delivery": _delivery(now),
        "taxes": [
            {"name": name, "percent": _said(percent), "amount": amount} for name, percent, amount in now.tax_lines
        ],
        "is_tax_inclusive": now.is_tax_inclusive,
        "total": now.total,
        "paid_with": [_part(part) for part in found.split.parts],
        "due": found.split.due,
        "problems": now.problems,
    }


def _line(line: QuoteLine) -> dict[str, Any]:
    return {
        "sku": line.variant.sku,
        "title": line.title,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "regular_price": line.regular_price,
        "price_source": line.price_source,
        "price_reason": line.price_reason,
        "offers": [_adjustment(part) for part in line.adjustments],
        "charged": line.line_total - line.discount,
        "tax_percent": _said(line.tax_percent),
        "tax": line.tax_amount,
        "problem": line.problem,
    }


def _said(percent: Any) -> str:
    return f"{percent.normalize():f}"


def _adjustment(part: Adjustment) -> dict[str, Any]:
    return _offer(part.offer, part.amount)


def _offer(offer: Offer, amount: Money) -> dict[str, Any]:
    return {"name": offer.name, "code": offer.code, "amount": amount}


def _refused(no: Refused) -> dict[str, Any]:
    named = {"name": no.offer.name, "code": no.offer.code, "why_not": str(no.reason)}
    return {**named, "missing": no.missing, "count": no.count, "other": no.other}


def _delivery(now: Quote) -> dict[str, Any] | None:
    if not now.delivery_name:
        return None
    sums = {"charged": now.delivery, "discount": now.delivery_discount}
    return {"name": now.delivery_name, **sums, "earliest": now.earliest, "latest": now.latest}


def _part(part: Part) -> dict[str, Any]:
    card = part.gift_card.public_id if part.gift_card else None
    kind = "gift_card" if part.gift_card else "store_credit"
    return {"kind": kind, "gift_card": card, "amount": part.amount, "balance": part.balance}
