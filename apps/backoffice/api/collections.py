"""Collections for a merchant's own programs: what chooses their products, and which these are now."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.collected import gathered, product_ids
from apps.catalog.models import Collection, CollectionPick, CollectionRule, Product
from apps.catalog.rules import MOST_PICKS, RuleSpec, WrongRule, check_all, checked

from .base import MomentField, StrictSerializer, WholeNumber
from .catalog import LANGUAGES, CatalogView, attribute
from .problems import Conflict

PAGE = 50
MOST_SKIPPED = 10_000


class RuleSerializer(StrictSerializer):
    """`value` is text: a slug, a name, an amount, a number of days. Prices are in the shop's currency unless one is named."""

    field = serializers.ChoiceField(choices=CollectionRule.Field.choices)
    value = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    currency = serializers.CharField(max_length=3, required=False, allow_blank=True, default="")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if "field" not in data:  # a PATCH makes the rows within it partial, too: no default, and nothing is required
            raise serializers.ValidationError({"field": ["This field is required."]})
        said = (data["field"], data.get("value", ""), data.get("currency", ""))
        try:
            rule = checked(*said, shop_currency=self.context["merchant"].currency)
        except WrongRule as wrong:
            raise serializers.ValidationError({wrong.at: [str(wrong)]}) from wrong
        return {"field": rule.field, "value": rule.value, "currency": rule.currency}


class CollectionWordsSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80, required=False)
    text = serializers.CharField(max_length=300, required=False, allow_blank=True)


class CollectionSerializer(StrictSerializer):
    """What meets the rules (`match`: all or any of them) and what is `pinned`, without what is `left_out`."""

    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(max_length=80)
    text = serializers.CharField(max_length=300, required=False, allow_blank=True)
    slug = serializers.SlugField(max_length=80)
    translations = serializers.DictField(child=CollectionWordsSerializer(), required=False, write_only=True)
    match = serializers.ChoiceField(choices=Collection.Match.choices, required=False)
    sort = serializers.ChoiceField(choices=Collection.Sort.choices, required=False, allow_blank=True)
    rules = RuleSerializer(many=True, required=False)
    pinned = serializers.ListField(child=serializers.CharField(max_length=32), required=False, max_length=MOST_PICKS)
    left_out = serializers.ListField(child=serializers.CharField(max_length=32), required=False, max_length=MOST_PICKS)
    position = WholeNumber(min_value=0, max_value=32767, required=False)
    shown_from = MomentField(required=False, allow_null=True)
    shown_until = MomentField(required=False, allow_null=True)
    is_in_menu = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)

    def to_representation(self, collection: Collection) -> dict[str, Any]:
        picks = list(collection.picks.all())
        shown = {name: value for name, value in _columns(collection).items() if name in self.fields}
        by_hand = {
            kind: [pick.product.public_id for pick in picks if pick.kind == kind] for kind in CollectionPick.Kind.values
        }
        rules = [
            {"field": rule.field, "value": rule.value, "currency": rule.currency} for rule in collection.rules.all()
        ]
        return {"id": collection.public_id, **shown, "rules": rules, **by_hand}

    def validate_translations(self, value: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        if set(value) - set(LANGUAGES):
            raise serializers.ValidationError(f"Languages we speak: {', '.join(LANGUAGES)}.")
        return value

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        was: Collection | None = self.instance
        kept = gathered([was])[0] if was else None
        for name in ("pinned", "left_out"):
            if name in data:
                data[name] = _products(name, data[name])
        self._check_picks(data, was)
        start, end = (data.get(name, getattr(was, name, None)) for name in ("shown_from", "shown_until"))
        if start and end and start >= end:
            raise serializers.ValidationError({"shown_until": ["It must end after it starts."]})
        rules = [RuleSpec(**rule) for rule in data["rules"]] if "rules" in data else list(kept.rules if kept else ())
        has_pinned = bool(data.get("pinned", kept and kept.pinned))
        try:
            check_all(rules, has_pinned=has_pinned)
        except WrongRule as wrong:
            raise serializers.ValidationError({"rules": [str(wrong)]}) from wrong
        return data

    def _check_picks(self, data: dict[str, Any], was: Collection | None) -> None:
        chosen: dict[str, set[int]] = {}
        for kind in CollectionPick.Kind.values:
            given = data.get(kind)
            kept = was.picks.filter(kind=kind).values_list("product", flat=True) if was and given is None else ()
            chosen[kind] = {product.pk for product in given or ()} | set(kept)
        if chosen["pinned"] & chosen["left_out"]:
            raise serializers.ValidationError({"left_out": ["A product cannot be pinned and left out."]})

    def create(self, data: dict[str, Any]) -> Collection:
        return self._save(Collection(merchant=self.context["merchant"]), data)

    def update(self, collection: Collection, data: dict[str, Any]) -> Collection:
        return self._save(collection, data)

    def _save(self, collection: Collection, data: dict[str, Any]) -> Collection:
        rules, translations = data.pop("rules", None), data.pop("translations", {})
        picks = {kind: data.pop(kind) for kind in CollectionPick.Kind.values if kind in data}
        for name, value in data.items():
            setattr(collection, name, value)
        for language, words in translations.items():
            for name, value in words.items():
                setattr(collection, attribute(name, language), value)
        try:
            with transaction.atomic():
                collection.save()
                if rules is not None:
                    collection.rules.all().delete()
                    for rule in rules:
                        CollectionRule.objects.create(merchant=collection.merchant, collection=collection, **rule)
                set_picks(collection, picks)
        except IntegrityError as error:
            raise Conflict(_why(error)) from error
        return collections().get(pk=collection.pk)


def _why(error: IntegrityError) -> str:
    """What stood in the way, by the constraint that said so."""
    broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    if broken == "collection_slug_once":
        return "A collection with this slug exists already."
    return "A product of “pinned” or “left_out” changed meanwhile. Please read the collection again."


def _columns(collection: Collection) -> dict[str, Any]:
    names = (
        "name",
        "text",
        "slug",
        "match",
        "sort",
        "position",
        "shown_from",
        "shown_until",
        "is_in_menu",
        "is_active",
    )
    shown = {name: getattr(collection, name) for name in names}
    for name in ("shown_from", "shown_until"):
        shown[name] = serializers.DateTimeField().to_representation(shown[name]) if shown[name] else None
    return {**shown, "text": shown["text"] or ""}


def _products(name: str, ids: list[str]) -> list[Product]:
    """In the order given. Raises `ValidationError` for what is none of ours, or named twice."""
    if len(set(ids)) != len(ids):
        raise serializers.ValidationError({name: ["A product is named twice."]})
    found = {product.public_id: product for product in Product.objects.filter(public_id__in=ids)}
    if missing := [one for one in ids if one not in found]:
        raise serializers.ValidationError({name: [f"There is no product “{missing[0]}”."]})
    return [found[one] for one in ids]


def set_picks(collection: Collection, picks: dict[str, list[Product]]) -> None:
    """Products by hand, by kind and in their order; a kind that is not said stays as it is."""
    for kind in picks:
        collection.picks.filter(kind=kind).delete()
    for kind, products in picks.items():
        for place, product in enumerate(products):
            CollectionPick.objects.create(
                merchant=collection.merchant, collection=collection, product=product, kind=kind, position=place
            )


def collections() -> QuerySet[Collection]:
    return Collection.objects.prefetch_related("rules", "picks__product")


class CollectionList(CatalogView, generics.ListCreateAPIView):
    """All collections, newest first; or a new one."""

    serializer_class = CollectionSerializer

    def get_queryset(self) -> QuerySet[Collection]:
        return collections()


class CollectionDetail(CatalogView, generics.RetrieveUpdateDestroyAPIView):
    """One collection. One that a promotion is about cannot be deleted; switch it off with is_active."""

    serializer_class = CollectionSerializer
    lookup_field = "public_id"
    http_method_names = ["get", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[Collection]:
        return collections().select_for_update(of=("self",)) if self.request.method == "PATCH" else collections()

    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Rules and picks are compared with those kept; who changes the same collection meanwhile waits."""
        with transaction.atomic():
            return super().patch(request, *args, **kwargs)

    def perform_destroy(self, instance: Collection) -> None:
        try:
            with transaction.atomic():
                instance.delete()
        except ProtectedError as error:
            raise Conflict("A promotion is about this collection.") from error


class CollectionProducts(CatalogView):
    """Ids of the products in a collection now, in its order, fifty at a time."""

    @extend_schema(
        parameters=[OpenApiParameter("offset", int)],
        responses={200: serializers.ListSerializer(child=serializers.CharField())},
    )
    def get(self, request: Request, public_id: str) -> Response:
        collection = generics.get_object_or_404(collections(), public_id=public_id)
        said = request.query_params.get("offset", "0")
        offset = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
        ids = product_ids(self.merchant, gathered([collection])[0], offset=min(offset, MOST_SKIPPED), limit=PAGE)
        named = dict(Product.objects.filter(pk__in=ids).values_list("pk", "public_id"))
        return Response([named[pk] for pk in ids if pk in named])
