"""Calls to a carrier, and what comes of them: a readable yes, a no that would stay one, or nothing clear."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx2

from apps.merchants.doors import Malformed
from apps.merchants.outside import Reply, exchange
from apps.merchants.reach import PrivateAddress
from apps.merchants.storable import is_storable

from .carrier import CarrierRefused, CarrierUnavailable

TIMEOUT = 20.0  # seconds; buying waits for the carrier behind them
MOST_JSON, MOST_FILE = 2_000_000, 5_000_000  # bytes


def ask(method: str, url: str, headers: Mapping[str, str], *, most: int, **body: Any) -> Reply:
    """One call, as it was answered. Raises `CarrierRefused` for an address inside, `CarrierUnavailable` for silence."""
    try:
        return exchange(method, url, timeout=TIMEOUT, headers=headers, max_bytes=most, **body)
    except PrivateAddress as error:
        raise CarrierRefused(str(error)) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise CarrierUnavailable(f"no answer: {type(error).__name__}") from error


def call(
    method: str, url: str, headers: Mapping[str, str], *, why: Callable[[Any], str], **body: Any
) -> dict[str, Any]:
    """One call and its JSON object; `why` reads their reason out of a no ("" where there is none to read).

    Raises `CarrierRefused` for a no, `CarrierUnavailable` for anything unclear.
    """
    reply = ask(method, url, headers, most=MOST_JSON, **body)
    try:
        answer = json.loads(reply.content)
    except (ValueError, RecursionError):
        answer = None
    if 200 <= reply.status < 300 and isinstance(answer, dict):
        return answer
    reason = why(answer) or f"status {reply.status}"
    if 400 <= reply.status < 500 and reply.status not in (408, 409, 429):
        raise CarrierRefused(reason)
    raise CarrierUnavailable(reason)


def file_at(url: str) -> bytes:
    """A label's sheet or code. Raises `CarrierUnavailable`."""
    reply = ask("GET", url, {}, most=MOST_FILE)
    if reply.status != 200 or not reply.content:
        raise CarrierUnavailable(f"no file: {reply.status}")
    return reply.content


def text_of(answer: Mapping[str, Any], name: str, *, most: int) -> str:
    """A text that has to stand in an answer. Raises `CarrierUnavailable`."""
    value = answer.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most or not is_storable(value):
        raise CarrierUnavailable(f"no {name} in the answer")
    return value


def said(value: Any, *, most: int) -> str:
    """A text that has to stand in an event. Raises `Malformed`."""
    if not isinstance(value, str) or not 0 < len(value) <= most or not is_storable(value):
        raise Malformed
    return value


def moment(written: Any) -> dt.datetime:
    """Some carriers' times have no zone: they are taken as UTC. Raises `ValueError`, `TypeError`."""
    at = dt.datetime.fromisoformat(written)
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)
