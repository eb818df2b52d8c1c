"""Size guides for a merchant's own programs."""

from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from rest_framework import generics, serializers

from apps.catalog.models import Category, Product, SizeGuide
from apps.catalog.sizes import LONGEST, MOST_MEASURES, MOST_ROWS, WrongTable, check_rows

from .base import StrictSerializer
from .catalog import LANGUAGES, CatalogView, attribute


class GuideWordsSerializer(StrictSerializer):
    name = serializers.CharField(max_length=80, required=False)
    measures = serializers.CharField(max_length=200, required=False)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class SizeGuideSerializer(StrictSerializer):
    """`measures` is "Chest, Waist"; each row is a size and a value for every measure."""

    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(max_length=80)
    measures = serializers.CharField(max_length=200)
    unit = serializers.ChoiceField(choices=SizeGuide.Unit.choices, required=False)
    rows = serializers.ListField(
        child=serializers.ListField(
            child=serializers.CharField(max_length=LONGEST), min_length=1, max_length=MOST_MEASURES + 1
        ),
        max_length=MOST_ROWS,
    )
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)
    translations = serializers.DictField(child=GuideWordsSerializer(), required=False, write_only=True)
    categories = serializers.SlugRelatedField(
        slug_field="slug", many=True, required=False, queryset=Category.objects.none()
    )
    products = serializers.SlugRelatedField(
        slug_field="public_id", many=True, required=False, queryset=Product.objects.none()
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        if "merchant" in self.context:
            cast(serializers.ManyRelatedField, fields["categories"]).child_relation.queryset = Category.objects.all()
            cast(serializers.ManyRelatedField, fields["products"]).child_relation.queryset = Product.objects.all()
        return fields

    def validate_translations(self, value: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        if set(value) - set(LANGUAGES):
            raise serializers.ValidationError(f"Languages we speak: {', '.join(LANGUAGES)}.")
        return value

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """The table fits the measures in every language they are named in."""
        was: SizeGuide | None = self.instance
        rows = data.get("rows", was.rows if was else [])
        named = [data.get("measures", was.measures if was else "")]
        for code in LANGUAGES:
            kept = getattr(was, attribute("measures", code)) if was else ""
            named.append(data.get("translations", {}).get(code, {}).get("measures", kept) or named[0])
        try:
            for measures in named:
                check_rows(rows, measures)
        except WrongTable as wrong:
            raise serializers.ValidationError({"rows": [str(wrong)]}) from wrong
        return data

    def create(self, data: dict[str, Any]) -> SizeGuide:
        return self._save(SizeGuide(merchant=self.context["merchant"]), data)

    def update(self, guide: SizeGuide, data: dict[str, Any]) -> SizeGuide:
        return self._save(guide, data)

    @transaction.atomic
    def _save(self, guide: SizeGuide, data: dict[str, Any]) -> SizeGuide:
        lists = {name: data.pop(name) for name in ("categories", "products") if name in data}
        translations = data.pop("translations", {})
        for name, value in data.items():
            setattr(guide, name, value)
        for language, words in translations.items():
            for name, value in words.items():
                setattr(guide, attribute(name, language), value)
        guide.save()
        for name, rows in lists.items():
            getattr(guide, name).set(rows)
        return guide


class SizeGuideList(CatalogView, generics.ListCreateAPIView):
    """All size guides, newest first; or a new one."""

    serializer_class = SizeGuideSerializer

    def get_queryset(self) -> QuerySet[SizeGuide]:
        return SizeGuide.objects.prefetch_related("categories", "products")


class SizeGuideDetail(CatalogView, generics.RetrieveUpdateDestroyAPIView):
    serializer_class = SizeGuideSerializer
    lookup_field = "public_id"
    http_method_names = ["get", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[SizeGuide]:
        return SizeGuide.objects.prefetch_related("categories", "products")
