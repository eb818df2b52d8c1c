"""Who turns words into vectors: a service outside that speaks OpenAI's `/v1/embeddings`, or nobody, which is usual.

What goes out is the text alone. Of a shopper's words that is what they look for, and nothing by which one could reach
them (`without_people`).
"""

import json
import re
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from typing import Any

import httpx2
from django.conf import settings

from apps.merchants.codes import hide_codes
from apps.merchants.doors import ProviderUnavailable
from apps.merchants.outside import exchange
from apps.merchants.reach import PrivateAddress

from .words import plain

BUDGET = 1.5  # seconds a shopper waits for it, names of hosts and slow lines included
PATIENCE = 20.0  # seconds for each wait of a call that nobody is waiting for
LONGEST_QUESTION = 200
MOST_BYTES = 16_000_000  # of an answer: a batch of 64 vectors of 3,072 numbers in decimals is 4 MB
MOST_NUMBERS = 16_000  # of a vector, as pgvector has it
MOST_AT_ONCE = 4  # questions of a process under way; a service that hangs takes no more of it than that
PERSONAL = re.compile(
    r"[^\s@]+@[^\s@]+"  # e-mail addresses, names on networks
    r"|https?://\S+|www\.\S+"
    r"|\+?\d(?:[\s\-–—_./()\u00a0]{0,3}\d){5,}"  # phone numbers, and numbers of whatever else is one person's
    r"|@\w+"
)
WORD = re.compile(r"\w+")

_under_way = threading.BoundedSemaphore(MOST_AT_ONCE)


def is_on() -> bool:
    """Whether the installation has such a service."""
    return bool(settings.EMBEDDER_URL and settings.EMBEDDER_MODEL)


def without_people(text: str, *, heard: str = "") -> str:
    """The text without e-mail addresses, numbers of phones and such, and codes; what is left of it may be nothing.

    `heard` is the whole message it was read out of: in "ana@example.com" as a few words nobody would know an address.
    """
    told = {word for part in PERSONAL.findall(heard) for word in WORD.findall(plain(part))}
    bare = PERSONAL.sub(" ", hide_codes(text)[0])
    return " ".join(word for word in bare.split() if plain(word) not in told)[:LONGEST_QUESTION]


def vectors_of(texts: Sequence[str], *, timeout: float = PATIENCE) -> list[list[float]]:
    """One vector for each text, all of one length. `timeout` is in seconds, for each wait of the call.

    Raises `ProviderUnavailable`: no answer, a refusal, or an answer nobody can use. OpenAI's API reference, "Create
    embeddings": `data` may stand in any order, each with its `index`.
    """
    try:
        reply = exchange(
            "POST",
            f"{settings.EMBEDDER_URL.rstrip('/')}/embeddings",
            timeout=timeout,
            headers={"Authorization": f"Bearer {settings.EMBEDDER_KEY}"} if settings.EMBEDDER_KEY else {},
            max_bytes=MOST_BYTES,
            json={"model": settings.EMBEDDER_MODEL, "input": list(texts), "encoding_format": "float"},
        )
    except (httpx2.HTTPError, httpx2.InvalidURL, PrivateAddress) as error:
        raise ProviderUnavailable(f"not reached: {type(error).__name__}") from error
    if reply.status != 200:
        raise ProviderUnavailable(f"answered {reply.status}")
    try:
        return _read(json.loads(reply.content), len(texts))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProviderUnavailable(f"no vectors: {error!r}") from error


def vector_in_time(text: str) -> list[float]:
    """The vector of what a shopper looks for, within the budget. Raises `ProviderUnavailable`.

    The waits of a call have each their end, all of them together have not: so another thread makes it.
    """
    if not _under_way.acquire(blocking=False):
        raise ProviderUnavailable("too many questions under way")
    answer: Future[list[list[float]]] = Future()

    def ask() -> None:
        try:
            answer.set_result(vectors_of([text], timeout=BUDGET))
        except BaseException as error:  # told to whoever waits, if anybody still does
            answer.set_exception(error)
        finally:
            _under_way.release()

    threading.Thread(target=ask, name="embedder", daemon=True).start()
    try:
        return answer.result(timeout=BUDGET)[0]
    except TookTooLong as error:
        raise ProviderUnavailable("took too long") from error


def _read(body: Any, count: int) -> list[list[float]]:
    found = {int(row["index"]): [float(number) for number in row["embedding"]] for row in body["data"]}
    vectors = [found[place] for place in range(count)]
    sizes = {len(vector) for vector in vectors}
    if len(sizes) != 1 or not 0 < sizes.pop() <= MOST_NUMBERS:
        raise ValueError("vectors of several lengths")
    if not all(any(vector) and all(abs(number) < 1e30 for number in vector) for vector in vectors):
        raise ValueError("a vector without a direction")
    return vectors
