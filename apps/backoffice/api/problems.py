"""Errors as RFC 9457 problem details: a type, a sentence, and where it went wrong."""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from apps.catalog.stock import CountedByCodes, OutOfStock

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
TITLES = {
    400: "The request was not understood",
    401: "Who is asking?",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    406: "Cannot answer in that format",
    409: "Not in this state",
    413: "Too large",
    415: "Cannot read that format",
    429: "Too many requests",
}


class Conflict(exceptions.APIException):
    """The thing is not in a state where this can be done."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "This is not possible in the present state."
    default_code = "conflict"


class TooLarge(exceptions.APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than we read. Please send it in parts."
    default_code = "too_large"


def problem_details(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. Unknown exceptions stay unknown: they are bugs and answer 500."""
    response = exception_handler(_as_api_exception(exc), context)
    if response is None:
        return None
    detail = response.data
    problem: dict[str, Any] = {
        "type": f"/api/docs/#problem-{_code(exc)}",
        "title": TITLES.get(response.status_code, "Error"),
        "status": response.status_code,
    }
    if isinstance(detail, dict) and set(detail) == {"detail"}:
        problem["detail"] = str(detail["detail"])
    else:
        problem["detail"] = "Some fields need another value."
        problem["errors"] = _flatten(detail)
    response.data = problem
    response.content_type = CONTENT_TYPE
    return response


def _as_api_exception(exc: Exception) -> Exception:
    if isinstance(exc, Http404):
        return exceptions.NotFound("There is nothing here by that name.")
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    if isinstance(exc, RequestDataTooBig):
        return TooLarge()
    if isinstance(exc, SuspiciousOperation):
        return exceptions.ParseError()
    if isinstance(exc, OutOfStock):
        return Conflict(f"Only {exc.left} left.")
    if isinstance(exc, CountedByCodes):
        return Conflict("There are as many as free codes: add codes to its pool instead.")
    return exc


def _code(exc: Exception) -> str:
    return str(getattr(exc, "default_code", "error")).replace("_", "-")


def _flatten(detail: Any, at: str = "") -> list[dict[str, str]]:
    """`[{"pointer": "#/options/0/name", "detail": "…"}]`"""
    if isinstance(detail, dict):
        return [item for key, value in detail.items() for item in _flatten(value, f"{at}/{key}")]
    if isinstance(detail, list):
        if all(isinstance(item, str) for item in detail):
            return [{"pointer": f"#{at}", "detail": str(item)} for item in detail]
        return [item for index, value in enumerate(detail) for item in _flatten(value, f"{at}/{index}")]
    return [{"pointer": f"#{at}", "detail": str(detail)}]
