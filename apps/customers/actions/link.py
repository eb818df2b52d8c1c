"""Prove on a second channel that you are the same person, by a one-time code asked for on the first.

A guess takes its number before it is looked at, in one statement, so fifty guesses at once are still fifty guesses.
Only guesses that were looked at count, and nobody has more than five of them in ten minutes. After a hundred wrong ones
at one shop everybody has one: a shopper with the right code still gets through, and who guesses needs a new visitor for
each try. After five hundred nobody has any until the first ones are ten minutes old.

What guessing is worth: 500 tries × 10 codes alive (a shop where a thousand people a day ask for one) ÷ 10^8 codes = one
hit in 20,000 storms of ten minutes; and from the hundredth try on each costs one more visitor.
"""

import datetime as dt
import re
import secrets
import unicodedata

from django.db import connection, transaction
from django.db.models import F, Sum
from django.db.models.functions import Greatest, Least
from django.utils.crypto import salted_hmac

from apps.merchants import clock

from ..models import Customer, Identity, LinkAttempt, LinkCode
from .privacy import merge_customers

DIGITS = 8
LIFETIME = dt.timedelta(minutes=10)
MAX_LIVE = 3
MAX_WRONG = 5
WINDOW = dt.timedelta(minutes=10)
MAX_WRONG_PER_MERCHANT = 100  # in one window: many identities guessing together; from here on one try each
MAX_TRIES_PER_MERCHANT = 500  # in one window: then none at all
_TAKE_NUMBER = """
INSERT INTO customers_linkattempt AS a (merchant_id, identity_id, failures, window_started_at)
VALUES (%(merchant)s, %(identity)s, 1, %(now)s)
ON CONFLICT (identity_id) DO UPDATE SET
    failures = CASE WHEN a.window_started_at <= %(cutoff)s THEN 1
        ELSE GREATEST(a.failures, LEAST(a.failures + 1, %(most)s + 1)) END,
    window_started_at = CASE WHEN a.window_started_at <= %(cutoff)s THEN %(now)s ELSE a.window_started_at END
RETURNING failures, window_started_at
"""


class LinkCodeWrong(Exception):
    """No live code of this merchant reads like that: mistyped, expired, used, or never given out."""


class LinkCodeLocked(Exception):
    """Too many wrong codes; `until` says when the next guess counts."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(f"locked until {until.isoformat()}")
        self.until = until


def looks_like_link_code(text: str) -> bool:
    """Whether a message could be a code: eight digits, in groups or not."""
    return re.fullmatch(r"[\s\-.]*(?:\d[\s\-.]*){%d}" % DIGITS, text.strip()) is not None  # noqa: UP031


@transaction.atomic
def issue_link_code(identity: Identity) -> str:
    """A fresh code for this person, good once and for ten minutes. Only its hash is kept; a fourth voids the oldest."""
    Identity.objects.select_for_update(no_key=True).get(pk=identity.pk)
    now = clock.now()
    live = LinkCode.objects.filter(identity=identity, used_at=None, expires_at__gt=now).order_by("-id")
    voided = list(live.values_list("pk", flat=True)[MAX_LIVE - 1 :])
    LinkCode.objects.filter(pk__in=voided).update(expires_at=now)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    LinkCode.objects.create(
        merchant_id=identity.merchant_id,
        identity=identity,
        code_hash=_hash(identity.merchant_id, code),
        expires_at=now + LIFETIME,
    )
    return code


def redeem_link_code(identity: Identity, code: str) -> Customer:
    """Join `identity` to the customer who asked for `code`. Raises `LinkCodeWrong`, `LinkCodeLocked`."""
    now = clock.now()
    tried = _tried_at_merchant(identity.merchant_id, now)
    if tried >= MAX_TRIES_PER_MERCHANT:
        raise LinkCodeLocked(now + WINDOW)
    most = MAX_WRONG if tried < MAX_WRONG_PER_MERCHANT else 1
    number, window_started_at = _take_number(identity, now, most=most)
    if number > most:
        raise LinkCodeLocked(window_started_at + WINDOW)
    digits = "".join(str(unicodedata.decimal(char)) for char in code if char.isdecimal())
    with transaction.atomic():
        claimed = (
            LinkCode.objects.select_for_update(no_key=True, of=("self",))
            .filter(code_hash=_hash(identity.merchant_id, digits), merchant_id=identity.merchant_id)
            .filter(used_at=None, expires_at__gt=now)
            .select_related("identity__customer")
            .order_by("-id")
            .first()
        )
        if claimed is None or claimed.identity_id == identity.pk:
            raise LinkCodeWrong
        claimed.used_at = now
        claimed.save(update_fields=["used_at"])
        # This one was right; the wrong ones before it stay counted, or a code of one's own would buy more guesses.
        LinkAttempt.objects.filter(identity=identity).update(failures=Greatest(F("failures") - 1, 0))
        source, target = (
            Identity.objects.select_related("customer").get(pk=identity.pk).customer,
            claimed.identity.customer,
        )
        if source.pk != target.pk:
            merge_customers(source, target)
        Identity.objects.filter(pk__in=[identity.pk, claimed.identity_id]).update(verified_at=now)
    identity.customer = target
    return target


def _take_number(identity: Identity, now: dt.datetime, *, most: int) -> tuple[int, dt.datetime]:
    """The how-manieth guess of this identity this is, counted to one more than the `most` that are looked at."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE_NUMBER,
            {
                "merchant": identity.merchant_id,
                "identity": identity.pk,
                "now": now,
                "cutoff": now - WINDOW,
                "most": most,
            },
        )
        number, started = cursor.fetchone()
    return number, started


def _tried_at_merchant(merchant_id: int, now: dt.datetime) -> int:
    """Guesses that were looked at in this window; what a locked identity goes on trying is none."""
    tried = LinkAttempt.objects.filter(merchant_id=merchant_id, window_started_at__gt=now - WINDOW)
    return tried.aggregate(total=Sum(Least(F("failures"), MAX_WRONG)))["total"] or 0


def _hash(merchant_id: int, code: str) -> str:
    return salted_hmac(f"customers.link:{merchant_id}", code, algorithm="sha256").hexdigest()
