"""Gift cards as goods: issued once for each piece that was paid for, void again while nobody has used them.

In the ledger what was paid becomes what is owed: from "sold" to the card, and back by what is left when it is void.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Sum
from django_scopes import scopes_disabled
from djmoney.money import Money

from apps.carts.money import money, total_of, zero
from apps.catalog.models import Product
from apps.customers.models import Customer
from apps.ledger.actions import NotEnough, transfer
from apps.ledger.models import Account, Posting
from apps.merchants import clock
from apps.orders.actions.hand_over import take_back
from apps.orders.codes import all_to_withdraw, to_withdraw
from apps.orders.downloads import begun
from apps.orders.models import Order, OrderLine

from ..books import buyer_of, folded_attempts
from ..errors import GiftCardUsed
from ..models import GiftCard, Payment
from ..shares import given_back
from ..tenders import SOLD, card_account, card_balance, source_account
from .gift_card import new_card

GIFT_CARD, DIGITAL = Product.ComesAs.GIFT_CARD, Product.ComesAs.DIGITAL


def issue_sold(order: Order) -> list[GiftCard]:
    """The cards of a placed and paid order that do not exist yet, each worth what one piece cost. The order is locked."""
    made = []
    for line in order.lines.filter(comes_as=GIFT_CARD).order_by("pk"):
        known = set(GiftCard.objects.filter(sold_in=line).values_list("piece", flat=True))
        pieces = range(1, line.handed + line.dropped + 1)
        made += [_issue(order, line, piece) for piece in pieces if piece not in known]
    return made


def _issue(order: Order, line: OrderLine, piece: int) -> GiftCard:
    name = hashlib.sha256(f"sold card:{line.pk}:{piece}".encode()).hexdigest()[:32]
    return new_card(order.merchant, line.unit_price, name, source=SOLD, keeps_code=True, sold_in=line, piece=piece)[0]


def sold_to(customer: Customer, *, order: Order | None = None) -> list[GiftCard]:
    """The cards this shopper has bought (in this order), the latest order first; void ones are not among them."""
    mine = GiftCard.objects.filter(sold_in__order__customer=customer, voided_at=None)
    rows = mine.filter(sold_in__order=order) if order is not None else mine
    return list(rows.select_related("merchant", "sold_in__order").order_by("-sold_in__order", "pk"))


def code_for(name: str, customer: int) -> str:
    """The code of a bought card for whoever bought it (a customer's id), while it is good; "" for everybody else."""
    with scopes_disabled():
        mine = GiftCard.objects.filter(public_id=name, sold_in__order__customer=customer, voided_at=None)
        card: GiftCard | None = mine.filter(is_blocked=False).first()
    return card.sealed or "" if card is not None else ""


def take_sold_back(order: Order, lines: Mapping[int, int], *, actor: Any = None, ends: bool = True) -> dict[int, int]:
    """So many of these lines (line id → how many) are the shop's again: gift cards, and downloads that nobody has
    fetched; what was fetched stays the shopper's, and what was told as a code is to be withdrawn. The order is locked. With `ends` one of which nothing is left is
    called off.

    Returns how many cards of which lines `void_sold` has still to void, once all but the ledger is locked.
    """
    fetched = {line.pk for line in begun(order)}
    sold = list(order.lines.filter(pk__in=lines).exclude(pk__in=fetched).order_by("pk"))
    cards = {line.pk: min(lines[line.pk], line.handed) for line in sold if line.comes_as == GIFT_CARD}
    files = {line.pk: min(lines[line.pk], line.handed) for line in sold if line.comes_as == DIGITAL}
    if told := {pk: count for pk, count in lines.items() if pk in fetched}:
        before = given_back(order).units
        to_withdraw({pk: before[pk] + count for pk, count in told.items()})
    take_back(order, cards | files, actor=actor, ends=ends)
    return cards


def void_sold(cards: Mapping[int, int], *, actor: Any = None) -> None:
    """So many unused cards of these lines (line id → how many) are worth nothing any more.

    Raises `GiftCardUsed` where there are not as many, and then the caller's transaction is to be given up.
    """
    for pk, count in sorted(cards.items()):
        _void_unused(GiftCard.objects.filter(sold_in=pk, voided_at=None).order_by("-piece"), count, actor=actor)


def may_undo(order: Order) -> bool:
    """Whether all that was handed over with it can still be taken back: no card has paid, no download has begun."""
    cards = GiftCard.objects.filter(sold_in__order=order, voided_at=None).select_related("merchant")
    return not begun(order) and all(card_balance(card) == card.issued for card in cards)


def all_handed(order: Order) -> dict[int, int]:
    """Line id → how many of it were handed over and not taken back."""
    return {line.pk: line.handed for line in order.lines.all() if line.handed}


def _void_unused(cards: Iterable[GiftCard], count: int, *, actor: Any) -> None:
    """The last ones first; a card that has paid for something is passed over while there are others."""
    used: GiftCard | None = None
    for card in cards:
        if not count:
            return
        if card_balance(card) == card.issued and _void(card, actor=actor):
            count -= 1
        else:
            used = card
    if count and used is not None:
        raise GiftCardUsed(used, card_balance(used))


def _void(card: GiftCard, *, actor: Any = None) -> bool:
    """All of it goes back to where it came from; False where somebody is spending it at this moment."""
    try:
        transfer(
            {card_account(card): -card.issued, source_account(card.merchant, SOLD, card.currency): card.issued},
            key=f"void:{card.public_id}",
            kind="voided",
            reference=f"card:{card.public_id}",
            actor=actor,
        )
    except NotEnough:
        return False
    GiftCard.objects.filter(pk=card.pk).update(voided_at=clock.now(), sealed=None)
    return True


def void_left(order: Order) -> None:
    """Money went back behind our back, or was lost in a dispute: what is left on the order's cards is gone as far as
    what is kept of the payment that bought them covers it no more, and once nothing at all is kept its codes are to
    be withdrawn. The order is locked; again changes nothing.

    What was spent of them stays spent; cards whose money is set aside somewhere are blocked with what comes back.
    """
    if _kept_in_all(order).amount <= 0:
        all_to_withdraw(order)
    kept = _kept_for(order)
    cards = list(GiftCard.objects.filter(sold_in__order=order, voided_at=None).select_related("merchant"))
    if not cards:
        return
    worth = _worth(order)
    missing = worth - kept
    for card in sorted(cards, key=lambda card: -card_balance(card).amount):
        if missing.amount <= 0:
            return
        taken = _take_off(card, missing, key=f"void:{card.public_id}:{worth.amount}")
        missing -= taken
        if missing.amount > 0 or taken == card.issued or kept.amount <= 0:
            GiftCard.objects.filter(pk=card.pk).update(voided_at=clock.now(), is_blocked=True, sealed=None)


def _kept_for(order: Order) -> Money:
    """What is still here of the attempt that paid the order; what another one brought is not the cards'."""
    paid = order.events.filter(kind="paid").first()
    attempt = folded_attempts(order).get(paid.data["payment"]) if paid is not None else None
    return attempt.kept if attempt is not None else zero(order.currency)


def _kept_in_all(order: Order) -> Money:
    """What is still here of all that paid the order; what a second attempt brought goes back as a whole and is not
    counted."""
    paying = {buyer_of(order), *order.payments.exclude(tender=Payment.Tender.PROVIDER).values_list("pk", flat=True)}
    kept = [attempt.kept for pk, attempt in folded_attempts(order).items() if pk in paying]
    return total_of(kept, currency=order.currency)


def _worth(order: Order) -> Money:
    """What its cards were sold for, less what was voided of them."""
    cards = GiftCard.objects.filter(sold_in__order=order)
    sold = cards.aggregate(sum=Sum("issued"))["sum"] or 0
    names = [f"card:{name}" for name in cards.values_list("public_id", flat=True)]
    back = Posting.objects.filter(account__kind=SOLD, transfer__kind="voided", transfer__reference__in=names)
    return money(sold - (back.aggregate(sum=Sum("amount"))["sum"] or 0), order.currency)


def _take_off(card: GiftCard, most: Money, *, key: str) -> Money:
    """So much of what is left on it, at the most, is owed no more. Returns how much that was."""
    held, source = card_account(card), source_account(card.merchant, SOLD, card.currency)
    both = Account.objects.select_for_update(no_key=True).filter(pk__in=[held.pk, source.pk]).order_by("pk")
    left = money({account.pk: account for account in both}[held.pk].balance.amount, card.currency)
    taken = min(left, most)
    if taken.amount:
        transfer(
            {held: -taken, source: taken},
            key=key,
            kind="voided",
            reference=f"card:{card.public_id}",
        )
    return taken
