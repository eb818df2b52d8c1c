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
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Sum
from django.db.models.functions import Greatest, Least
from django.utils.crypto import salted_hmac
from django_scopes import scopes_disabled

from apps.merchants import clock
from apps.merchants.models import Merchant

from ..models import Customer, Identity, LinkAttempt, LinkCode, Merge
from .privacy import MergeRefused, forget_former, merge_customers

DIGITS = 8
TOKEN_BYTES = 16
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
WORD = "continue_"  # fits every platform's link, and no token of an entry is as long
LIFETIME = dt.timedelta(minutes=10)
KEPT = dt.timedelta(days=30)  # so long a link that comes back is known as one that was good once
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


class LinkCodeUsed(LinkCodeWrong):
    """Somebody was faster: it was good once, and that was that."""


class LinkCodeOwn(LinkCodeWrong):
    """It came out of this very thread."""


class LinkCodeLocked(Exception):
    """Too many wrong codes; `until` says when the next guess counts."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(f"locked until {until.isoformat()}")
        self.until = until


def looks_like_link_code(text: str) -> bool:
    """Whether a message could be a code: eight digits, in groups or not."""
    return re.fullmatch(r"[\s\-.]*(?:\d[\s\-.]*){%d}" % DIGITS, text.strip()) is not None  # noqa: UP031


@dataclass(frozen=True, slots=True)
class Continuation:
    """One way out of a thread, once: `code` to type on another channel, `token` in a link; whichever comes first."""

    code: str
    token: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Who they are now, the channel they came from, and the merge that made them one (None where they were already)."""

    customer: Customer
    origin: Identity
    merge: Merge | None


@transaction.atomic
def issue_continuation(identity: Identity) -> Continuation:
    """A fresh way for this person to go on elsewhere, good once and for ten minutes. A fourth voids the oldest."""
    code, token = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}", secrets.token_urlsafe(TOKEN_BYTES)
    keep_code(
        identity, LinkCode.Kind.CHANNEL, code_hash=_hash(identity.merchant_id, code), token_hash=_token_hash(token)
    )
    return Continuation(code, token)


def issue_link_code(identity: Identity) -> str:
    """The digits alone."""
    return issue_continuation(identity).code


def keep_code(identity: Identity, kind: str, **hashes: str) -> None:
    """At most so many are good at once. Call inside a transaction."""
    Identity.objects.select_for_update(no_key=True).get(pk=identity.pk)
    now = clock.now()
    live = LinkCode.objects.filter(identity=identity, kind=kind, used_at=None, expires_at__gt=now).order_by("-id")
    voided = list(live.values_list("pk", flat=True)[MAX_LIVE - 1 :])
    LinkCode.objects.filter(pk__in=voided).update(expires_at=now)
    LinkCode.objects.create(
        merchant_id=identity.merchant_id, identity=identity, kind=kind, expires_at=now + LIFETIME, **hashes
    )


def forget_codes() -> int:
    """Codes and links long over, used or not; what they joined stands in its own row. Returns how many."""
    return int(LinkCode.objects.filter(expires_at__lt=clock.now() - KEPT).delete()[0])


def redeem_link_code(identity: Identity, code: str) -> Customer:
    """Join `identity` to the customer who asked for `code`. Raises `LinkCodeWrong`, `LinkCodeLocked`."""
    return join_by_code(identity, code).customer


def join_by_code(identity: Identity, code: str) -> Joined:
    """The same, with where they came from. Raises `LinkCodeWrong`, `LinkCodeLocked`."""
    now = clock.now()
    take_guess(identity)
    with transaction.atomic():
        joined = _join(identity, now, code_hash=_hash(identity.merchant_id, digits_of(code)))
        forgive_guess(identity)
    return joined


def take_guess(identity: Identity) -> None:
    """Count one try to prove who this is before it is looked at. Raises `LinkCodeLocked` where it is one too many."""
    now = clock.now()
    tried = _tried_at_merchant(identity.merchant_id, now)
    if tried >= MAX_TRIES_PER_MERCHANT:
        raise LinkCodeLocked(now + WINDOW)
    most = MAX_WRONG if tried < MAX_WRONG_PER_MERCHANT else 1
    number, window_started_at = _take_number(identity, now, most=most)
    if number > most:
        raise LinkCodeLocked(window_started_at + WINDOW)


def forgive_guess(identity: Identity) -> None:
    """This one was right; the wrong ones before it stay counted, or a code of one's own would buy more guesses."""
    LinkAttempt.objects.filter(identity=identity).update(failures=Greatest(F("failures") - 1, 0))


@transaction.atomic
def join_by_token(identity: Identity, token: str) -> Joined:
    """By a link: nobody guesses 128 bits, so nothing is counted. Raises `LinkCodeUsed` for one that was taken already, by
    whomever, `LinkCodeOwn` in the thread it came out of, and `LinkCodeWrong`."""
    return _join(identity, clock.now(), token_hash=_token_hash(token))


def _join(identity: Identity, now: dt.datetime, **hashed: str) -> Joined:
    """People are locked before their codes, as whoever undoes a join does it. Whoever has the row first has it; the
    others wait, and find it used. Raises `MergeRefused` where one of the two was joined to somebody else meanwhile."""
    mine = LinkCode.objects.filter(merchant_id=identity.merchant_id, kind=LinkCode.Kind.CHANNEL, **hashed)
    found = mine.filter(used_at=None, expires_at__gt=now).order_by("-id").first()
    by_link = "token_hash" in hashed
    if found is None:
        raise LinkCodeUsed if by_link and mine.filter(used_at__isnull=False).exists() else LinkCodeWrong
    if found.identity_id == identity.pk:
        raise LinkCodeOwn
    source, target = _people(identity.pk, found.identity_id)
    taken = LinkCode.objects.filter(pk=found.pk, used_at=None, expires_at__gt=now).update(used_at=now)
    if not taken:
        raise LinkCodeUsed if by_link else LinkCodeWrong
    origin = Identity.objects.select_related("channel_account__merchant").get(pk=found.identity_id)
    merge = merge_customers(source, target, origin=origin) if source != target else None
    both = Identity.objects.filter(pk__in=[identity.pk, origin.pk])
    both.update(verified_at=now)
    forget_former(both.filter(formerly__customer=target), merge)
    identity.customer = origin.customer = target
    return Joined(target, origin, merge)


def _people(joining: int, origin: int) -> tuple[Customer, Customer]:
    """Who two channels belong to, locked. Raises `MergeRefused` where that changed in this moment."""
    owner = dict(Identity.objects.filter(pk__in=[joining, origin]).values_list("pk", "customer"))
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=owner.values()).order_by("pk")
    locked = {row.pk: row for row in rows}
    if dict(Identity.objects.filter(pk__in=owner).values_list("pk", "customer")) != owner:
        raise MergeRefused("one of the two was joined to somebody else meanwhile")
    return locked[owner[joining]], locked[owner[origin]]


def asked_for_by(merchant: Merchant, *, code: str = "", token: str = "") -> Customer | None:
    """Who asked for a code or a link that is good now, for locking what is theirs before it is redeemed. Never to be
    told: nothing is counted."""
    hashed = {"token_hash": _token_hash(token)} if token else {"code_hash": _hash(merchant.pk, digits_of(code))}
    found = LinkCode.objects.filter(merchant=merchant, kind=LinkCode.Kind.CHANNEL, used_at=None, **hashed)
    row = found.filter(expires_at__gt=clock.now()).select_related("identity__customer").order_by("-id").first()
    return row.identity.customer if row else None


def continuation_by(token: str) -> "Asked | None":
    """Whose shop a link of this kind belongs to while it is good; None for any other, whatever is wrong with it. Runs
    outside any shop's scope."""
    if not TOKEN.fullmatch(token):
        return None
    with scopes_disabled():
        row = (
            LinkCode.objects.filter(token_hash=_token_hash(token), used_at=None, expires_at__gt=clock.now())
            .filter(merchant__is_active=True)
            .select_related("merchant", "identity__channel_account")
            .first()
        )
        return Asked(row.merchant, row.identity.channel_account.kind) if row else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page of a link may know: the shop, and the kind of channel that needs no link to itself."""

    merchant: Merchant
    asked_on: str


def continue_url(token: str, *, on: str = "") -> str:
    return f"{settings.PUBLIC_URL}/continue/{token}" + (f"?on={on}" if on else "")


def word_to_continue(token: str) -> str:
    """What the first message on the other channel brings along."""
    return f"{WORD}{token}"


def token_in(word: str) -> str:
    """The token of a link in what a first message brought along, "" where it is no such word."""
    token = word.removeprefix(WORD)
    return token if token != word and TOKEN.fullmatch(token) else ""


def digits_of(code: str) -> str:
    return "".join(str(unicodedata.decimal(char)) for char in code if char.isdecimal())


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


def _token_hash(token: str) -> str:
    return salted_hmac("customers.continue", token, algorithm="sha256").hexdigest()
