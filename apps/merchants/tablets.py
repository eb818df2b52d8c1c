"""Shared tablets: pairing one by a code that is good once, who is at it, and when that ends.

A session begun at a tablet carries its number. It holds while the tablet is paired, the same person is at it, and
somebody touched it within its minutes: the database says so, not the page, so a stolen cookie ends with the lock.
"""

import datetime as dt
import hashlib
import secrets
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django_scopes import scope, scopes_disabled

from . import clock, codes
from .models import StaffRole, Tablet

COOKIE = "tablet"
COOKIE_DAYS = 400  # the longest that browsers keep one (RFC 6265bis); renewed whenever the tablet asks who is there
SESSION_KEY = "tablet"  # in the session: the tablet's number
BY_PIN = "by_pin"  # in the session: the person proved themselves by PIN alone
CODE_SIGNS, CODE_MINUTES = 8, 10
SHIFT = dt.timedelta(hours=12)  # nobody's session at a tablet is longer
TOUCHES = dt.timedelta(seconds=15)  # a touch sooner after the last one is not written


def new_pairing(tablet: Tablet) -> str:
    """A fresh code to pair this tablet with, in two groups, good once and for ten minutes. What was paired before ends."""
    signs = "".join(secrets.choice(codes.ALPHABET) for _ in range(CODE_SIGNS))
    tablet.code_hash, tablet.code_until = _hash(signs), clock.now() + dt.timedelta(minutes=CODE_MINUTES)
    unpair(tablet, but_keep=("code_hash", "code_until"))
    return f"{signs[:4]}-{signs[4:]}"


def unpair(tablet: Tablet, *, but_keep: tuple[str, ...] = ()) -> None:
    """The device is a stranger again, and whoever was at it is signed out."""
    cleared = {"code_hash": "", "code_until": None, "key_hash": "", "paired_at": None, "user": None, "touched_at": None}
    for field, empty in cleared.items():
        if field not in but_keep:
            setattr(tablet, field, empty)
    tablet.save(update_fields=list(cleared))


def waiting_for(code: str) -> Tablet | None:
    """The tablet this code would pair, while it is good; `None` otherwise. Anybody may ask."""
    signs = codes.tidy(code)
    if len(signs) != CODE_SIGNS:
        return None
    with scopes_disabled():
        found = Tablet.objects.select_related("merchant", "location")
        return found.filter(code_hash=_hash(signs), code_until__gt=clock.now(), merchant__is_active=True).first()


@transaction.atomic
def pair(code: str) -> tuple[Tablet, str] | None:
    """Whoever shows the code first is the tablet: it, and the key for its cookie. `None` where the code is not good."""
    found = waiting_for(code)
    if found is None:
        return None
    with scopes_disabled():
        tablet = Tablet.objects.select_for_update(no_key=True, of=("self",)).select_related("merchant").get(pk=found.pk)
        if tablet.code_hash != found.code_hash:
            return None
        key = secrets.token_urlsafe(32)
        tablet.code_hash, tablet.code_until, tablet.key_hash, tablet.paired_at = "", None, _hash(key), clock.now()
        tablet.save(update_fields=["code_hash", "code_until", "key_hash", "paired_at"])
    return tablet, key


def tablet_of(key: str | None) -> Tablet | None:
    """The paired tablet whose cookie this is."""
    if not key:
        return None
    with scopes_disabled():
        found = Tablet.objects.select_related("merchant", "location", "user")
        return found.filter(key_hash=_hash(key), merchant__is_active=True).first()


def colleagues(tablet: Tablet) -> QuerySet[StaffRole]:
    """Who can come to this tablet by PIN: active, of its store or of none, and with a PIN of their own."""
    with scope(merchant=tablet.merchant):
        here = StaffRole.objects.select_related("user").filter(is_active=True, user__is_active=True)
        if tablet.location_id:
            here = here.filter(Q(location=None) | Q(location=tablet.location_id))
        return here.exclude(user__pin="").order_by("user__display_name", "user__email")


def come_to(tablet: Tablet, user: Any) -> None:
    """This person is at the tablet now; whoever was before is not."""
    with scopes_disabled():
        Tablet.objects.filter(pk=tablet.pk).exclude(key_hash="").update(user=user, touched_at=clock.now())


def leave(tablet: Tablet) -> None:
    """Nobody is at it: it is locked."""
    with scopes_disabled():
        Tablet.objects.filter(pk=tablet.pk).update(user=None)


def touch(number: int, user_id: int) -> None:
    """Somebody is still at it. One that has locked already stays so."""
    now = clock.now()
    with scopes_disabled():
        tablet = _held_by(number, user_id)
        before = tablet.touched_at if tablet is not None and not _is_locked(tablet, now) else None
        if before is not None and now - before >= TOUCHES:
            Tablet.objects.filter(pk=number, user=user_id, touched_at=before).update(touched_at=now)


def holds(session: Any, user_id: int) -> bool:
    """Whether this session may go on: true where it was not begun at a tablet."""
    number = session.get(SESSION_KEY)
    if number is None:
        return True
    with scopes_disabled():
        tablet = _held_by(number, user_id)
    return tablet is not None and not _is_locked(tablet, clock.now())


def _held_by(number: Any, user_id: int) -> Tablet | None:
    held: Tablet | None = Tablet.objects.filter(pk=number, user=user_id).exclude(key_hash="").first()
    return held


def _is_locked(tablet: Tablet, now: dt.datetime) -> bool:
    return tablet.touched_at is None or now - tablet.touched_at > dt.timedelta(minutes=tablet.locks_after)


def _hash(secret: str) -> str:
    """Keys and codes are long random ones: a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()
