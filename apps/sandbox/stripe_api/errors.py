"""Stripe's refusals."""

from typing import Any

from ..platforms.base import Refused


def invalid(message: str, *, param: str = "", code: str = "", status: int = 400) -> Refused:
    """An invalid_request_error."""
    inner: dict[str, Any] = {"type": "invalid_request_error", "message": message}
    if param:
        inner["param"] = param
    if code:
        inner |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
    return Refused(status, {"error": inner}, code=code or "invalid_request_error")


def missing(kind: str, wanted: str, *, param: str = "id") -> Refused:
    return invalid(f"No such {kind}: '{wanted}'", param=param, code="resource_missing", status=404)


def other(kind: str, message: str, *, status: int, code: str = "") -> Refused:
    """api_error, idempotency_error, rate_limit…"""
    return Refused(
        status, {"error": {"type": kind, "message": message, **({"code": code} if code else {})}}, code=code or kind
    )


def card(error: dict[str, Any]) -> Refused:
    """The bank's no, with the payment it was said to."""
    return Refused(402, {"error": error}, code=str(error["code"]))
