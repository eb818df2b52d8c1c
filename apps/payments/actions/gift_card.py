"""Gift cards: made by the shop, found by their code, put into a cart. Who guesses codes is stopped."""

import datetime as dt
import hashlib
from typing import Any

from django.db import IntegrityError, connection, transaction
from djmoney.money import Money

from apps.carts.actions import editable, touched
from apps.carts.models import Cart
from apps.customers.models import Customer
from apps.ledger.actions import transfer
from apps.merchants import clock, codes
from apps.merchants.goodwill import Gift
from apps.merchants.markets import is_sold_in
from apps.merchants.models import Goodwill, Merchant, new_public_id

from ..models import CartTender, GiftCard, GiftCardGuess
from ..tenders import ISSUED, card_account, card_balance, source_account

MAX_WRONG = 5
WINDOW = dt.timedelta(minutes=30)
MAX_CARDS = 5  # of one cart
GIVEN_BACK_FOR = dt.timedelta(days=90)  # the least that a card is good for when money comes back to it
_TAKE_NUMBER = """
INSERT INTO payments_giftcardguess AS g (merchant_id, customer_id, failures, window_started_at)
VALUES (%(merchant)s, %(customer)s, 1, %(now)s)
ON CONFLICT (customer_id) DO UPDATE SET
    failures = CASE WHEN g.window_started_at <= %(cutoff)s THEN 1 ELSE g.failures + 1 END,
    window_started_at = CASE WHEN g.window_started_at <= %(cutoff)s THEN %(now)s ELSE g.window_started_at END
RETURNING failures, window_started_at
"""


class GiftCardRefused(Exception):
    """This card cannot be used, and why."""


class GiftCardUnknown(GiftCardRefused):
    """No card of this shop has this code."""


class GiftCardLocked(GiftCardRefused):
    """Too many wrong codes; `until` says when the next one is looked at."""

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(f"locked until {until.isoformat()}")
        self.until = until


class GiftCardOver(GiftCardRefused):
    """Blocked, or past its day."""


class GiftCardEmpty(GiftCardRefused):
    """Nothing is left on it."""


class GiftCardForeign(GiftCardRefused):
    """It holds another currency than the cart's."""


class TooManyCards(GiftCardRefused):
    """No more than `MAX_CARDS` in one cart."""


class CardKnown(Exception):
    """A card was made under this key already; its code is not told again."""


class CardIsSo(Exception):
    """The card is blocked, or free, already."""


class OverAlready(ValueError):
    """A card whose last day has passed before it is made."""


class WorthNothing(ValueError):
    """An amount that is zero, below it, or not in a currency of the shop."""


def issue_gift_card(
    merchant: Merchant,
    amount: Money,
    *,
    actor: Any = None,
    expires_at: dt.datetime | None = None,
    note: str = "",
    reference: str = "",
    key: str = "",
    code: str = "",
) -> tuple[GiftCard, str]:
    """A new card with this much on it, and its code: told now, and never again. Raises `WorthNothing`,
    `OverAlready`, and `OverLimit` where the `actor` gives more than they may. `reference` names the program that asks.

    Under the same `key` only one is ever made in a shop, and with the same `code`, for a card that is out already:
    the second raises `CardKnown`.
    """
    if amount.amount <= 0 or not is_sold_in(merchant, str(amount.currency)):
        raise WorthNothing(str(amount))
    if expires_at is not None and expires_at <= clock.now():
        raise OverAlready(expires_at.isoformat())
    name = hashlib.sha256(f"gift card:{merchant.pk}:{key}".encode()).hexdigest()[:32] if key else new_public_id()
    if key and GiftCard.objects.filter(public_id=name).exists():
        raise CardKnown(key)
    try:
        return _issue(
            merchant, amount, name, actor=actor, expires_at=expires_at, note=note, reference=reference, code=code
        )
    except IntegrityError as twice:
        raise CardKnown(key) from twice


@transaction.atomic
def _issue(
    merchant: Merchant, amount: Money, name: str, *, actor: Any, note: str, reference: str, **facts: Any
) -> tuple[GiftCard, str]:
    gift = Gift(merchant, actor)
    gift.write(Goodwill.Kind.GIFT_CARD, amount.amount, unit=str(amount.currency), key=name)
    facts |= {"note": note[:200], "issued_by": actor}
    return new_card(merchant, amount, name, source=ISSUED, reference=reference, **facts)


def new_card(
    merchant: Merchant,
    amount: Money,
    name: str,
    *,
    source: str,
    reference: str = "",
    code: str = "",
    keeps_code: bool = False,
    **facts: Any,
) -> tuple[GiftCard, str]:
    """A card of this name and its code, its money owed from here on; `source` is the account it comes from.

    With `keeps_code` it is sealed beside the card. Raises `IntegrityError` where there is one of this name.
    """
    code = code or codes.new_code()
    card: GiftCard = GiftCard.objects.create(
        merchant=merchant,
        public_id=name,
        fingerprint=codes.fingerprint(code),
        ends=codes.ending(code),
        sealed=code if keeps_code else None,
        issued=amount,
        **facts,
    )
    transfer(
        {source_account(merchant, source, card.currency): -amount, card_account(card): amount},
        key=f"card:{name}",
        kind="issued" if source == ISSUED else "sold",
        reference=reference or f"card:{name}",
        reason=card.note,
        actor=card.issued_by,
    )
    return card, code


def block_gift_card(card: GiftCard, *, is_blocked: bool = True) -> GiftCard:
    """Lost or stolen: nothing is paid with it until it is free again. What is on it stays.

    Raises `CardIsSo` where somebody was quicker: whoever blocks a blocked card has not freed it.
    """
    changed = GiftCard.objects.filter(pk=card.pk, is_blocked=not is_blocked).update(is_blocked=is_blocked)
    card.is_blocked = is_blocked
    if not changed:
        raise CardIsSo(str(card))
    return card


def find_gift_card(customer: Customer, token: str) -> GiftCard:
    """The shop's card whose code has this fingerprint. Raises `GiftCardUnknown`, and `GiftCardLocked` for who guesses.

    A guess takes its number before it is looked at, in one statement, so that fifty at once are still fifty.
    """
    number, started = _take_number(customer)
    if number > MAX_WRONG:
        raise GiftCardLocked(started + WINDOW)
    card: GiftCard | None = GiftCard.objects.filter(fingerprint=token).first()
    if card is None:
        raise GiftCardUnknown
    GiftCardGuess.objects.filter(customer=customer).update(failures=number - 1)
    return card


def _take_number(customer: Customer) -> tuple[int, dt.datetime]:
    now = clock.now()
    values: dict[str, Any] = {
        "merchant": customer.merchant_id,
        "customer": customer.pk,
        "now": now,
        "cutoff": now - WINDOW,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_NUMBER, values)
        number, started = cursor.fetchone()
    return number, started


@transaction.atomic
def use_gift_card(cart: Cart, card: GiftCard) -> CartTender:
    """The cart shall be paid with it as far as it reaches. Twice is once.

    Raises `GiftCardOver`, `GiftCardEmpty`, `GiftCardForeign`, `TooManyCards`, `CartClosed`.
    """
    if card.merchant_id != cart.merchant_id:
        raise GiftCardUnknown
    if not card.is_usable(clock.now()):
        raise GiftCardOver
    if card.currency != cart.currency:
        raise GiftCardForeign
    known = CartTender.objects.filter(cart=cart, gift_card=card).first()
    if known is not None and known.is_on:
        return known
    if not card_balance(card).amount:
        raise GiftCardEmpty
    if CartTender.objects.filter(cart=cart, is_on=True, gift_card__isnull=False).count() >= MAX_CARDS:
        raise TooManyCards
    return _choose(cart, card)


@transaction.atomic
def use_credit(cart: Cart) -> CartTender:
    """The cart shall be paid with the shopper's credit, after their cards. Twice is once. Raises `CartClosed`."""
    known = CartTender.objects.filter(cart=cart, gift_card=None, is_on=True).first()
    return known if known is not None else _choose(cart, None)


def _choose(cart: Cart, card: GiftCard | None) -> CartTender:
    locked = editable(cart)
    chosen, _ = CartTender.objects.update_or_create(
        cart=locked, gift_card=card, defaults={"is_on": True, "merchant_id": locked.merchant_id}
    )
    touched(locked)
    return chosen


@transaction.atomic
def drop_tenders(cart: Cart) -> int:
    """Pay it all another way: no card and no credit. Returns how many were taken out. Raises `CartClosed`."""
    if not CartTender.objects.filter(cart=cart, is_on=True).exists():
        return 0
    locked = editable(cart)
    dropped = CartTender.objects.filter(cart=locked, is_on=True).update(is_on=False)
    touched(locked)
    return int(dropped)


def pour_tenders(source: Cart, target: Cart) -> None:
    """What the one shall be paid with, the other shall: as many cards as a cart takes, in its currency. Both are locked."""
    there = {tender.gift_card_id for tender in CartTender.objects.filter(cart=target, is_on=True)}
    for tender in CartTender.objects.filter(cart=source, is_on=True).select_related("gift_card"):
        card = tender.gift_card
        is_foreign = card is not None and card.currency != target.currency
        if tender.gift_card_id in there or is_foreign or (card and len(there - {None}) >= MAX_CARDS):
            continue
        CartTender.objects.update_or_create(
            cart=target, gift_card=card, defaults={"is_on": True, "merchant_id": target.merchant_id}
        )
        there.add(tender.gift_card_id)


def take_out_tenders(source: Cart, target: Cart) -> None:
    """Two carts again: what came from the one does not pay for the other."""
    theirs = CartTender.objects.filter(cart=source, is_on=True)
    cards = list(theirs.filter(gift_card__isnull=False).values_list("gift_card", flat=True))
    CartTender.objects.filter(cart=target, gift_card__in=cards).update(is_on=False)


def cards_of(customer: Customer) -> list[GiftCard]:
    """The cards this shopper has put into a cart, the latest first."""
    known = CartTender.objects.filter(cart__customer=customer, gift_card__isnull=False).order_by("-pk")
    rows = known.select_related("gift_card__merchant")
    return list({row.gift_card_id: row.gift_card for row in rows[:50]}.values())


def lengthen(card: GiftCard) -> None:
    """Money has come back to it: it stays good for a while."""
    least = clock.now() + GIVEN_BACK_FOR
    GiftCard.objects.filter(pk=card.pk, expires_at__lt=least).update(expires_at=least)
