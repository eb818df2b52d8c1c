"""Rows kept by their model's own rules: what is wrong is said at its field, what is there already is a conflict."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from rest_framework import generics, serializers
from rest_framework.settings import api_settings

from apps.merchants.models import Merchant

from .base import MerchantView, NewestFirst, StrictSerializer
from .catalog import LANGUAGES, attribute
from .problems import Conflict

M = TypeVar("M", bound=models.Model)


def one_at_a_time(merchant: Merchant) -> None:
    """Two programs at once: the shop's row lets one after the other in. Inside a transaction."""
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)


def keep(row: M, data: Mapping[str, Any], *, there_is: str) -> M:
    """Change the row and save it. Raises DRF's `ValidationError` for what its model refuses, and `Conflict` with
    `there_is` for what the database has already."""
    for name, value in data.items():
        setattr(row, name, value)
    try:
        row.full_clean(exclude=["merchant"])  # with it Django would look for others of the kind, and say so at no field
    except ValidationError as refused:
        raise serializers.ValidationError(at_the_fields(refused)) from refused
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Conflict(there_is) from error
    return row


def at_the_fields(refused: ValidationError) -> dict[str, list[str]]:
    """As DRF tells errors: what concerns no field stands under its name for that."""
    told = dict(refused.message_dict)
    if NON_FIELD_ERRORS in told:
        told[api_settings.NON_FIELD_ERRORS_KEY] = told.pop(NON_FIELD_ERRORS)
    return told


class NamedSerializer(StrictSerializer):
    name = serializers.CharField(max_length=60, allow_blank=True)


class NamesField(serializers.DictField):
    """`{"de": {"name": "Silber"}}`: the row's name in the languages it has one in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=NamedSerializer(), required=False, **kwargs)

    def get_attribute(self, row: models.Model) -> dict[str, dict[str, str]]:
        names = {code: getattr(row, attribute("name", code)) for code in LANGUAGES}
        return {code: {"name": name} for code, name in names.items() if name}

    def to_internal_value(self, data: Any) -> dict[str, str]:
        """Column → name, to be set on the row."""
        said = super().to_internal_value(data)
        if set(said) - set(LANGUAGES):
            raise serializers.ValidationError(f"Languages we speak: {', '.join(LANGUAGES)}.")
        return {attribute("name", code): words["name"] for code, words in said.items()}


class KeptSerializer(StrictSerializer):
    """Of a row that its model judges. `there_is` is the sentence for a second one."""

    model: ClassVar[type[models.Model]]
    there_is: ClassVar[str] = "There is one like this already."

    def create(self, data: dict[str, Any]) -> Any:
        return self._keep(self.model(merchant=self.context["merchant"]), data)

    def update(self, row: Any, data: dict[str, Any]) -> Any:
        return self._keep(row, data)

    def _keep(self, row: Any, data: dict[str, Any]) -> Any:
        data |= data.pop("translations", {})
        with transaction.atomic():
            one_at_a_time(self.context["merchant"])
            if row.pk:
                row.refresh_from_db()  # what another program said meanwhile stays, as far as this one is silent about it
            return keep(row, data, there_is=self.there_is)


class KeptView(MerchantView, generics.GenericAPIView):
    pagination_class: Any = NewestFirst
    in_use: ClassVar[str] = "Something else needs it."

    def perform_destroy(self, row: models.Model) -> None:
        """Raises `Conflict` with `in_use` where other rows hold on to it."""
        try:
            row.delete()
        except models.ProtectedError as used:
            raise Conflict(self.in_use) from used

    def get_serializer_context(self) -> dict[str, Any]:
        context = super().get_serializer_context()
        return context if getattr(self, "swagger_fake_view", False) else {**context, "merchant": self.merchant}
