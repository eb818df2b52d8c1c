"""Access tokens that platforms lend for a while: asked for once, kept in this process, renewed before they end.

Every process asks for its own: the platforms whose tokens are kept here let several be good at once.
"""

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable

EARLY = 300.0  # seconds before its end that a token is renewed
SOONEST = 30.0  # a token is kept at least this long, whatever the platform says of its end

_tokens: dict[str, tuple[str, float]] = {}
_locks: defaultdict[str, threading.Lock] = defaultdict(
    threading.Lock
)  # each asks for its own: one that hangs stops no other

Fetch = Callable[[], tuple[str, float]]


def token_for(*secrets: str, fetch: Fetch) -> str:
    """The token that these credentials (with the address they are for) are lent. `fetch` asks the platform for one and
    how many seconds it is good, and raises `SendFailed`; nothing is kept then."""
    name = _name_of(secrets)
    held = _tokens.get(name)
    if held is not None and held[1] > time.monotonic():
        return held[0]
    with _locks[name]:
        held = _tokens.get(name)
        if held is not None and held[1] > time.monotonic():
            return held[0]
        token, seconds = fetch()
        _tokens[name] = (token, time.monotonic() + max(seconds - EARLY, SOONEST))
        return token


def forget(*secrets: str) -> None:
    """The platform refused it although it should be good: the next call asks anew."""
    _tokens.pop(_name_of(secrets), None)


def forget_all() -> None:
    """Nothing was ever asked for: how a process begins."""
    _tokens.clear()


def _name_of(secrets: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(secrets).encode()).hexdigest()
