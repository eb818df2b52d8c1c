"""Asking a provider: about one attempt and about it alone, a hosted page or a kept card's charge; at once and later."""

import datetime as dt
import time
from collections.abc import Callable
from typing import TypeVar

from .accounts import asked_for, config_of
from .models import Payment
from .provider import ProviderUnavailable, Session, provider_for

T = TypeVar("T")
PAUSES = (0.2, 0.8)  # seconds between tries with the same key
FIRST_PAUSE, LONGEST_PAUSE = dt.timedelta(seconds=5), dt.timedelta(hours=1)
MOST_DOUBLINGS = 20  # 5 seconds become two months: whatever is longest, it is reached


def look_at(payment: Payment) -> Session:
    """What became of it, by the name the provider gave it. Raises `ProviderError` in its kinds and `NotConfigured`."""
    account = asked_for(payment)
    provider, config = provider_for(account.provider), config_of(account)
    if payment.is_off_session:
        return provider.fetch_charge(payment.provider_payment, config)
    return provider.fetch_checkout(payment.provider_session, config)


def end(payment: Payment) -> Session:
    """Make sure it can bring no money any more. Returns what it is then: somebody may have paid just now, and then the
    money stays, also where it is only reserved."""
    account = asked_for(payment)
    provider, config = provider_for(account.provider), config_of(account)
    if payment.is_off_session:
        return provider.end_charge(payment.provider_payment, config)
    return provider.expire_checkout(payment.provider_session, config)


def insist(call: Callable[[], T]) -> T:
    """What got no answer is asked again; the call has a key of its own, so that it is never done twice."""
    for pause in PAUSES:
        try:
            return call()
        except ProviderUnavailable:
            time.sleep(pause)
    return call()


def pause_after(attempts: int, *, longest: dt.timedelta = LONGEST_PAUSE) -> dt.timedelta:
    """How long a provider that gave no answer so many times is left alone before it is asked again: twice as long each
    time, and never longer than `longest`."""
    return min(longest, FIRST_PAUSE * 2 ** min(attempts, MOST_DOUBLINGS))
