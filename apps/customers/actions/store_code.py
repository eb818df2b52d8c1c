"""Digits a shopper shows in the store: a colleague types them, and has the shopper's thread and cart in front of them.

A guess takes its number before it is looked at. What guessing is worth: 10 tries × 10 codes alive ÷ 10^6 codes = one hit in
10,000 windows of ten minutes, by people who may read the shop's threads anyway.
"""

import datetime as dt
import secrets
from typing import Any

from django.db import connection, transaction
from django.utils.crypto import salted_hmac

from apps.accounts.models import User
from apps.merchants import clock

from ..models import Identity, LinkCode
from .link import WINDOW, LinkCodeLocked, LinkCodeWrong, digits_of, keep_code

DIGITS = 6
MAX_WRONG = 10  # of one person in one window
_TAKE_NUMBER = """
INSERT INTO customers_storecodeattempt AS a (merchant_id, user_id, failures, window_started_at)
VALUES (%(merchant)s, %(user)s, 1, %(now)s)
ON CONFLICT (merchant_id, user_id) DO UPDATE SET
    failures = CASE WHEN a.window_started_at <= %(cutoff)s THEN 1 ELSE LEAST(a.failures + 1, %(most)s + 1) END,
    window_started_at = CASE WHEN a.window_started_at <= %(cutoff)s THEN %(now)s ELSE a.window_started_at END
RETURNING failures, window_started_at
"""
_RIGHT = (
    "UPDATE customers_storecodeattempt SET failures = GREATEST(failures - 1, 0) WHERE merchant_id = %s AND user_id = %s"
)


@transaction.atomic
def issue_store_code(identity: Identity) -> str:
    """Six digits for this person, good once and for ten minutes."""
    while True:
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        hashed = _hash(identity.merchant_id, code)
        live = LinkCode.objects.filter(
            kind=LinkCode.Kind.STORE, code_hash=hashed, expires_at__gt=clock.now(), used_at=None
        )
        if not live.exists():  # so few digits: two shoppers must not stand there with the same
            break
    keep_code(identity, LinkCode.Kind.STORE, code_hash=hashed)
    return code


def redeem_store_code(user: User, merchant_id: int, code: str) -> Identity:
    """The channel whose shopper shows this code. Raises `LinkCodeWrong`, and `LinkCodeLocked` after too many wrong ones."""
    now = clock.now()
    number, started = _take_number(user, merchant_id, now)
    if number > MAX_WRONG:
        raise LinkCodeLocked(started + WINDOW)
    with transaction.atomic():
        rows = LinkCode.objects.select_for_update(no_key=True, of=("self",)).select_related("identity__customer")
        live = rows.filter(kind=LinkCode.Kind.STORE, merchant_id=merchant_id, used_at=None, expires_at__gt=now)
        found = live.filter(code_hash=_hash(merchant_id, digits_of(code))).order_by("-id").first()
        if found is None:
            raise LinkCodeWrong
        found.used_at = now
        found.save(update_fields=["used_at"])
        with connection.cursor() as cursor:
            cursor.execute(_RIGHT, [merchant_id, user.pk])
    identity: Identity = found.identity
    return identity


def _take_number(user: User, merchant_id: int, now: dt.datetime) -> tuple[int, dt.datetime]:
    values: dict[str, Any] = {
        "merchant": merchant_id,
        "user": user.pk,
        "now": now,
        "cutoff": now - WINDOW,
        "most": MAX_WRONG,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_NUMBER, values)
        number, started = cursor.fetchone()
    return number, started


def _hash(merchant_id: int, code: str) -> str:
    return salted_hmac(f"customers.store_code:{merchant_id}", code, algorithm="sha256").hexdigest()
