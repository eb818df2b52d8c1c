"""What a platform tells of a newcomer only when it is asked: asked once, by the worker, before their first turn.

No lock is held meanwhile, and whatever goes wrong, the turn is taken without it.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django_scopes import scope

from apps.customers.models import Identity
from apps.merchants.models import ChannelAccount
from apps.messaging.channel import ErrorClass, Profile, SendFailed, all_channels, channel_for
from apps.messaging.events import ChannelEvent, EventKind

logger = structlog.get_logger(__name__)

WAIT = 3.0  # seconds for an answer: somebody waits for theirs
KEPT = 600.0  # seconds that it is remembered in this process; by then the turn has written it down
MOST = 1000
REST = 60.0  # seconds that a platform which gave no answer is not asked by this process
FIRST_WORDS = (EventKind.MESSAGE, EventKind.CHOICE, EventKind.REFERRAL, EventKind.CONVERSATION_STARTED)
NOBODY = Profile()

_resting: dict[int, float] = {}
_told: dict[tuple[int, str], tuple[Profile, float]] = {}
_lock = threading.Lock()


@dataclass(slots=True)
class Newcomer(Exception):
    """A turn is about to begin with somebody whose platform has not been asked yet who they are."""

    account: ChannelAccount
    user: str
    rows: list[int]  # of the inbox, waiting until the platform has answered


def greet(account: ChannelAccount | None, waiting: Mapping[int, dict[str, Any]]) -> None:
    """Raises `Newcomer` where these rows are somebody's first words and their platform is to be asked of them."""
    if account is None or _resting.get(account.pk, 0.0) > time.monotonic():
        return
    channel = all_channels().get(account.kind)
    if channel is None or not channel.tells_profiles(account.config):
        return
    user = next((str(one["external_user_id"]) for one in waiting.values() if one["kind"] in FIRST_WORDS), "")
    if not user or _known(account, user) is not None:
        return
    with scope(merchant=account.merchant):
        is_known = Identity.objects.filter(channel_account=account, external_id=user).exists()
    if not is_known:
        raise Newcomer(account, user, list(waiting))


def ask(newcomer: Newcomer) -> None:
    """Ask the platform, once; an answer that does not come is none."""
    account, user = newcomer.account, newcomer.user
    try:
        profile = channel_for(account.kind).profile(user, account.config, timeout=WAIT)
    except SendFailed as error:
        logger.info("profile.untold", account=account.pk, error=str(error.error_class), code=error.code)
        profile = NOBODY
        if error.error_class == ErrorClass.RETRY:
            _resting[account.pk] = time.monotonic() + REST
    except Exception:  # whatever it was, the shopper waits for an answer
        logger.exception("profile.untold", account=account.pk)
        profile = NOBODY
        _resting[account.pk] = time.monotonic() + REST
    with _lock:
        now = time.monotonic()
        for key in [key for key, (_profile, until) in _told.items() if until < now]:
            del _told[key]
        if len(_told) >= MOST:
            _told.clear()
        _told[account.pk, user] = (profile, now + KEPT)


def introduced(account: ChannelAccount, events: list[ChannelEvent]) -> list[ChannelEvent]:
    """The events, with what was told of who they are from."""
    return [_introduced(account, event) for event in events]


def _introduced(account: ChannelAccount, event: ChannelEvent) -> ChannelEvent:
    profile = _known(account, event.external_user_id)
    if profile is None or event.kind not in FIRST_WORDS:
        return event
    name, language = event.profile_name or profile.name[:120], event.language or profile.language[:10]
    return event.changed(profile_name=name, language=language)


def _known(account: ChannelAccount, user: str) -> Profile | None:
    found = _told.get((account.pk, user))
    return found[0] if found is not None and found[1] >= time.monotonic() else None
