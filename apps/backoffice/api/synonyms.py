"""Other words of shoppers for what the shop has, for a merchant's own programs."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.models import Synonym

from .keeping import KeptSerializer, KeptView


class SynonymSerializer(KeptSerializer):
    """Who looks for `word` finds what `means` finds as well."""

    model = Synonym
    there_is = "This word means that already."

    id = serializers.IntegerField(source="pk", read_only=True)
    word = serializers.CharField(max_length=60, help_text='As shoppers say: "hoodie".')
    means = serializers.CharField(max_length=60, help_text='As the catalogue says: "sweatshirt".')


class SynonymView(KeptView):
    serializer_class = SynonymSerializer

    def get_queryset(self) -> QuerySet[Synonym]:
        found: QuerySet[Synonym] = Synonym.objects.all()
        return found


class SynonymList(SynonymView, generics.ListCreateAPIView):
    """Other words, newest first; `word` narrows it, in any case. Or a new one: shoppers find by it from then on."""

    def get_queryset(self) -> QuerySet[Synonym]:
        word = self.request.query_params.get("word")
        return super().get_queryset().filter(word__iexact=word) if word else super().get_queryset()

    @extend_schema(parameters=[OpenApiParameter("word", str)])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class SynonymDetail(SynonymView, generics.RetrieveUpdateDestroyAPIView):
    """One of them."""

    http_method_names = ["get", "patch", "delete", "head", "options"]
