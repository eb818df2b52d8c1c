"""Calling platforms, and what the failures of a call mean."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from apps.merchants import clock
from apps.merchants.deadline import time_left
from apps.merchants.outside import Reply, exchange
from apps.merchants.reach import PrivateAddress

from .channel import ErrorClass, SendFailed

USER_AGENT = "chatshop/0.1.0"  # Meta's specification wants name/major.minor.patch
MAX_ANSWER = 1_000_000  # bytes of a platform's answer that we read as JSON
LEAST = 5.0  # seconds: with less before a deadline no call begins, as its answer would hardly be waited for
# Nothing of the request had been written, so nothing can have been accepted.
BEFORE_THE_REQUEST = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, Any] = field(default_factory=dict)
    retry_after: float | None = None  # seconds
    is_json: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300


def _exchange(method: str, url: str, *, timeout: float, headers: Mapping[str, str], **body: Any) -> Answer:
    """One request and its answer. Raises `PrivateAddress`, `httpx2.HTTPError`, `httpx2.InvalidURL`; and `SendFailed`,
    RETRY, where it is too late to begin."""
    if time_left() < LEAST:
        raise SendFailed(ErrorClass.RETRY, "no time left for another call")
    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", **headers}
    return _answer(exchange(method, url, timeout=timeout, headers=headers, max_bytes=MAX_ANSWER, **body))


def post(
    url: str,
    *,
    timeout: float,
    json_body: Mapping[str, Any] | None = None,
    form: Mapping[str, Any] | None = None,
    raw: bytes | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> Answer:
    """The platform's answer, whatever its status. `timeout` is in seconds, for each wait of the exchange.

    The body is `json_body`, a `form`, `raw` bytes (say in `headers` what they are), or `files` as field: (name, content,
    media type), with the form's fields beside them.

    Raises `SendFailed`: RETRY while nothing was written (also where the deadline leaves too little time to begin), AMBIGUOUS once the platform may have the request, BAD_REQUEST
    for an address that is none or is inside.
    """
    body: dict[str, Any] = {"json": json_body} if form is None else {"data": form}
    if raw is not None:
        body = {"content": raw}
    if files is not None:
        body = {"data": form or {}, "files": files}
    try:
        return _exchange("POST", url, timeout=timeout, headers=_headers(headers, auth), **body)
    except BEFORE_THE_REQUEST as error:
        raise SendFailed(ErrorClass.RETRY, f"not reached: {type(error).__name__}") from error
    except (httpx2.InvalidURL, PrivateAddress) as error:
        raise SendFailed(ErrorClass.BAD_REQUEST, f"no address: {error}") from error
    except httpx2.HTTPError as error:
        raise SendFailed(ErrorClass.AMBIGUOUS, f"no answer: {type(error).__name__}") from error


def put(url: str, *, timeout: float, json_body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    """As `post`, for what may be said twice without harm: every failure but a wrong address is RETRY."""
    try:
        return _exchange("PUT", url, timeout=timeout, headers=headers or {}, json=json_body)
    except PrivateAddress as error:
        raise SendFailed(ErrorClass.BAD_REQUEST, f"no address: {error}") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise SendFailed(ErrorClass.RETRY, f"not reached: {type(error).__name__}") from error


def get(
    url: str, *, timeout: float, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
) -> Answer:
    """As `post`; asking twice does no harm, so every other failure is RETRY."""
    try:
        return _exchange("GET", url, timeout=timeout, headers=_headers(headers, auth))
    except PrivateAddress as error:
        raise SendFailed(ErrorClass.BAD_REQUEST, f"no address: {error}") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise SendFailed(ErrorClass.RETRY, f"not reached: {type(error).__name__}") from error


def meaning_of(status: int, *, is_repeatable: bool = False) -> ErrorClass:
    """What an answer means of which we understand the status alone.

    429 and 503 say by themselves that the call was not taken (RFC 6585, 4; RFC 9110, 15.6.4). Another 5xx may be a
    proxy's word about a platform that had taken the call; it is no such doubt where `is_repeatable`: the platform itself
    says that it failed, or knows the call by its name when it comes again.
    """
    if status == 429:
        return ErrorClass.RETRY_AFTER
    if status >= 500:
        return ErrorClass.RETRY if status == 503 or is_repeatable else ErrorClass.AMBIGUOUS
    return ErrorClass.AUTH if status in (401, 403) else ErrorClass.BAD_REQUEST


@contextmanager
def saying_nothing() -> Iterator[None]:
    """Around calls of which no shopper hears: a token, an upload, a question. Whatever became of one, it is simply made
    again."""
    try:
        yield
    except SendFailed as failure:
        if failure.error_class is not ErrorClass.AMBIGUOUS:
            raise
        raise SendFailed(ErrorClass.RETRY, failure.detail, code=failure.code) from failure


def _headers(headers: Mapping[str, str] | None, auth: tuple[str, str] | None) -> dict[str, str]:
    found = dict(headers or {})
    if auth:
        found["Authorization"] = basic(":".join(auth).encode())
    return found


def basic(credentials: bytes) -> str:
    """The Authorization header for "name:password"."""
    return "Basic " + base64.b64encode(credentials).decode()


def _answer(reply: Reply) -> Answer:
    retry_after = _retry_after(reply.headers.get("retry-after", ""))
    try:
        data = json.loads(reply.content)
    except ValueError:
        return Answer(reply.status, {}, retry_after, is_json=False, headers=reply.headers)
    if not isinstance(data, dict):
        return Answer(reply.status, {}, retry_after, is_json=False, headers=reply.headers)
    return Answer(reply.status, data, retry_after, headers=reply.headers)


def _retry_after(value: str) -> float | None:
    """The header in seconds, or as a date; at most an hour."""
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value), 3600.0)
    try:
        return min(max((parsedate_to_datetime(value) - clock.now()).total_seconds(), 0.0), 3600.0)
    except (ValueError, TypeError):
        return None
