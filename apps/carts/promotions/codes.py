"""Codes: typed by shoppers, made by merchants."""

import re
import secrets
import unicodedata
from copy import copy

from django.db import transaction
from django.db.models import F

from apps.catalog.models import Variant
from apps.catalog.products import NoPrice
from apps.catalog.stock import OutOfStock
from apps.merchants import clock

from ..actions import MAX_CODES, add_to_cart, editable
from ..changes import SHOPPER, Actor, note
from ..errors import TooMany
from ..models import Cart, CartChange, Coupon, Promotion
from ..quote import quote
from .calculate import CURABLE, Reason, Refused
from .vouchers import find_voucher

MAX_BATCH = 5000
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that could be taken for something else on paper
LENGTH = 10  # random letters of a generated code: 50 bits, not to be guessed


class CodeUnknown(Exception):
    """No code of this shop, one that was switched off, or a voucher of somebody else."""


class CodeRefused(Exception):
    """It is ours, and nothing this shopper can do with this cart makes it apply; `refused` says why."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.reason)
        self.refused = refused


class TooManyCodes(Exception):
    """No more than `MAX_CODES` in one cart."""


def tidy_code(text: str) -> str:
    """As codes are kept, however it was typed: " welcome 10" is WELCOME10."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()[:64]


def find_code(text: str) -> Coupon | None:
    """The shop's own code that this text is; None for anything else."""
    code = tidy_code(text)
    if not 3 <= len(code) <= 32:
        return None
    known = Coupon.objects.select_related("promotion")
    return known.filter(code=code, is_active=True, promotion__is_active=True).first()


def known_code(cart: Cart, text: str) -> str:
    """The shop's code or the shopper's own voucher that this text is, as it is kept; "" for anything else."""
    coupon = find_code(text)
    if coupon is not None:
        return coupon.code
    code = tidy_code(text)
    return code if len(code) == 8 and find_voucher(cart, code) is not None else ""


@transaction.atomic
def enter_code(cart: Cart, text: str, *, channel: str = "", by: Actor = SHOPPER) -> Refused | None:
    """Put a code into the cart. Returns why it does not apply yet, where the shopper can change that; else None.

    A second code of the same promotion takes the first one's place; a voucher for a product brings it along. Raises `CodeUnknown`, `CodeRefused`,
    `TooManyCodes`, `CartClosed`; then the cart is as it was.
    """
    code = known_code(cart, text)
    if not code:
        raise CodeUnknown(text)
    codes = [*(known for known in cart.codes if known not in _twins(cart, code)), code]
    if len(codes) > MAX_CODES:
        raise TooManyCodes
    trial = copy(cart)
    trial.codes = codes
    refused = next((no for no in quote(trial, channel=channel).offers.refused if no.offer.code == code), None)
    if refused is not None and refused.reason not in CURABLE:
        raise CodeRefused(refused)
    if codes != cart.codes:
        _set_codes(cart, codes, by)
    return None if refused is not None and _has_brought(cart, refused, by) else refused


def _twins(cart: Cart, code: str) -> set[str]:
    """The code itself, and others in the cart of the promotion that it opens."""
    promotion = Coupon.objects.filter(code=code).values_list("promotion_id", flat=True)
    twins = Coupon.objects.filter(code__in=cart.codes, promotion__in=promotion).values_list("code", flat=True)
    return {code, *twins}


def _has_brought(cart: Cart, refused: Refused, by: Actor) -> bool:
    """What a voucher gives is put into the cart where it is missing, if it is there to be had."""
    if refused.reason != Reason.GOODS or not refused.offer.variant:
        return False
    variant = Variant.objects.select_related("product").get(pk=refused.offer.variant)
    try:
        with transaction.atomic():
            add_to_cart(cart.customer, variant, by=by)
    except (OutOfStock, TooMany, NoPrice):
        return False
    return True


@transaction.atomic
def remove_code(cart: Cart, text: str = "", *, by: Actor = SHOPPER) -> list[str]:
    """Take this code out, or all of them; which ones went. Raises `CartClosed`."""
    gone = [code for code in cart.codes if not text or code == tidy_code(text)]
    if gone:
        _set_codes(cart, [code for code in cart.codes if code not in gone], by)
    return gone


def _set_codes(cart: Cart, codes: list[str], by: Actor) -> None:
    locked = editable(cart)
    note(locked, CartChange.What.CODES, ", ".join(locked.codes), ", ".join(codes), by)
    Cart.objects.filter(pk=locked.pk).update(codes=codes, version=F("version") + 1, updated_at=clock.now())
    cart.codes = codes


@transaction.atomic
def generate_codes(
    promotion: Promotion,
    count: int,
    *,
    prefix: str = "",
    batch: str = "",
    usage_limit: int | None = 1,
    limit_per_customer: int | None = None,
) -> list[Coupon]:
    """So many new codes that nobody can guess, single use unless said otherwise. Raises `ValueError` above `MAX_BATCH`."""
    if not 1 <= count <= MAX_BATCH:
        raise ValueError(f"from 1 to {MAX_BATCH} at a time")
    start = f"{tidy_code(prefix)}-" if prefix else ""
    made: list[Coupon] = []
    while len(made) < count:
        wanted = {start + _random() for _ in range(count - len(made))}
        wanted -= set(Coupon.objects.filter(code__in=wanted).values_list("code", flat=True))
        made += Coupon.objects.bulk_create(
            Coupon(
                merchant_id=promotion.merchant_id,
                promotion=promotion,
                code=code,
                batch=batch,
                usage_limit=usage_limit,
                limit_per_customer=limit_per_customer,
            )
            for code in sorted(wanted)
        )
    return made


def _random() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
