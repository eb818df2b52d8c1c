"""Stores and warehouses for a merchant's own programs: where stock lies, where shoppers come to, where they pick up."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics, serializers

from apps.merchants.models import Location

from .base import WholeNumber
from .keeping import KeptSerializer, KeptView

LONGEST_ADDRESS = 1000


class Degrees(serializers.FloatField):
    """A JSON number; "52.5" and true are something else."""

    def to_internal_value(self, data: Any) -> float:
        if not isinstance(data, int | float) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class LocationSerializer(KeptSerializer):
    """Latitude and longitude go together. With a state and a postcode the tax on what is picked up is known."""

    model = Location

    id = serializers.CharField(source="public_id", read_only=True)
    name = serializers.CharField(max_length=80)
    address = serializers.CharField(max_length=LONGEST_ADDRESS, required=False, allow_blank=True)
    postcode = serializers.CharField(max_length=16, required=False, allow_blank=True)
    region = serializers.CharField(max_length=80, required=False, allow_blank=True)
    is_store = serializers.BooleanField(required=False, help_text="Shoppers are told where it is and when it is open.")
    hours = serializers.CharField(
        max_length=160, required=False, allow_blank=True, help_text="As shoppers read them: Mon–Fri 8–20, Sat 9–14."
    )
    latitude = Degrees(min_value=-90, max_value=90, required=False, allow_null=True)
    longitude = Degrees(min_value=-180, max_value=180, required=False, allow_null=True)
    is_pickup = serializers.BooleanField(required=False, help_text="Orders can be picked up there.")
    ships = serializers.BooleanField(required=False, help_text="Parcels leave from there.")
    position = WholeNumber(min_value=0, max_value=32_767, required=False)


class LocationView(KeptView):
    serializer_class = LocationSerializer
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[Location]:
        found: QuerySet[Location] = Location.objects.all()
        return found


class LocationList(LocationView, generics.ListCreateAPIView):
    """Stores and warehouses, newest first; or a new one."""


class LocationDetail(LocationView, generics.RetrieveUpdateDestroyAPIView):
    """One of them. Where stock lies or something is picked up cannot be deleted: 409."""

    in_use = "Stock lies there, or something is picked up there."
    http_method_names = ["get", "patch", "delete", "head", "options"]
