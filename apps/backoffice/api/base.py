"""What every API view shares: the merchant's scope, strict bodies, keyset pages."""

import json
import re
from collections.abc import Mapping
from contextlib import ExitStack
from typing import IO, Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase
from django_scopes import scope
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.conversations.actions import mask_secrets
from apps.merchants.clock import is_a_day_of_ours
from apps.merchants.models import ApiToken, Merchant
from apps.merchants.storable import is_storable

from .authentication import MayReadOrWrite

MAX_DEPTH = 20
BAD_TEXT = "Text must be valid Unicode without NUL characters, and numbers finite."
ROW = re.compile(r"[0-9]{1,18}")


class MomentField(serializers.DateTimeField):
    """A moment of ours: what programs write for "no date" is told apart from one."""

    default_error_messages = {"not_ours": "Write a moment between the years 1900 and 3000, or null for none."}

    def to_internal_value(self, value: Any) -> Any:
        moment = super().to_internal_value(value)
        if not is_a_day_of_ours(moment):
            self.fail("not_ours")
        return moment


class StrictJSONParser(JSONParser):
    """JSON that a database can hold: no NaN, no lone surrogates, no bottomless nesting, no doubled keys."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
            if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise RequestDataTooBig
            text = raw.decode("utf-8")
            value = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constants)
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON we can read: {str(error)[:120]}") from error
        _check(value, depth=0)
        return value


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constants(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def _check(value: Any, *, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ParseError("The body is nested too deeply.")
    if isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth=depth + 1)
            _check(item, depth=depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth=depth + 1)
    elif not is_storable(value):
        raise ParseError(BAD_TEXT)


class MerchantView(APIView):
    """Opens the scope of the token's merchant for the whole call."""

    permission_classes = [MayReadOrWrite]
    parser_classes = [StrictJSONParser]
    metadata_class = None  # the schema tells all there is; OPTIONS would look up rows that a list has none of

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with ExitStack() as self.scopes:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not is_storable(kwargs):
            raise NotFound("There is nothing here by that name.")
        if not is_storable(dict(request.query_params.lists())):
            raise ParseError(BAD_TEXT)
        self.scopes.enter_context(scope(merchant=self.merchant))
        request._request.user = AnonymousUser()  # the history of a product asks Django's request, and knows people only

    @property
    def merchant(self) -> Merchant:
        return self.token.merchant

    @property
    def token(self) -> ApiToken:
        """Whose call it is; rows name it by its `reference`."""
        return cast(ApiToken, self.request.auth)


class NewestFirst(CursorPagination):
    """Keyset pages: the thousandth costs what the first costs, and no total is counted."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Raises `NotFound` for a place that no row can have."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not ROW.fullmatch(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor


class SaidField(serializers.CharField):
    """What is written of an act: kept without card numbers and codes that are worth money."""

    def to_internal_value(self, data: Any) -> str:
        return mask_secrets(super().to_internal_value(data))


class NameField(serializers.CharField):
    """A name of the integrator's for what they ask for, kept in a space of its own: none of them is one we made."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        said = super().run_validation(data)
        return f"api:{said}" if said else said


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields it does not know or may not take: a client that sends a price or a merchant learns so at once."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            unknown = sorted(set(map(str, data)) - writable)
            if unknown:
                raise serializers.ValidationError({name: ["This cannot be set here."] for name in unknown})
        return super().to_internal_value(data)


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction; "3", "３", 3.0 and true are something else."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)
